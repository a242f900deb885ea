"""Hold settings against their limits."""

from xbarsim.checks import check_count
from xbarsim.errors import SpecError


def check_converter(name: str, bits: int, percentile: float) -> None:
    """Hold the settings that both converters share against their limits.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """
    check_count(f"{name}.bits", bits, 1, 16)
    if not 50 <= percentile <= 100:
        raise SpecError(f"{name}.percentile is {percentile:g}; it must lie from 50 to 100")
