"""Ranges of converters from the signals they will see."""

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError


def full_scale(signal: Array, percentile: float) -> float:
    """The magnitude that `percentile` per cent of `signal` stays below; 1 for an all-zero signal.

    Raises
    ------
    SpecError : the signal is empty or not finite.
    """
    xp = array_namespace(signal)
    if signal.size == 0 or not bool(xp.isfinite(signal).all()):
        raise SpecError("converter ranges need at least one value, and finite ones")
    return float(xp.percentile(xp.abs(signal), percentile)) or float(xp.max(xp.abs(signal))) or 1.0


def check_converter(name: str, bits: int, percentile: float) -> None:
    """Hold the settings that both converters share against their limits.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """
    if not (isinstance(bits, int) and 1 <= bits <= 16):
        raise SpecError(f"{name}.bits is {bits!r}; it must be a whole number from 1 to 16")
    if not 50 <= percentile <= 100:
        raise SpecError(f"{name}.percentile is {percentile:g}; it must lie from 50 to 100")
