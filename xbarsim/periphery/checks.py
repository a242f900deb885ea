"""Hold settings against their limits."""

from numbers import Real

from xbarsim.errors import SpecError


def check_converter(name: str, bits: int, percentile: float) -> None:
    """Hold the settings that both converters share against their limits.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """
    check_whole(f"{name}.bits", bits, 1, 16)
    if not 50 <= percentile <= 100:
        raise SpecError(f"{name}.percentile is {percentile:g}; it must lie from 50 to 100")


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """Refuse what is no whole number from `low` to `high`.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """
    if not (isinstance(value, int) and low <= value <= high):
        raise SpecError(f"{name} is {value!r}; it must be a whole number from {low} to {high}")


def check_within(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    """Refuse a number that does not lie from `low` to `high`.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """
    end = f" {unit}" if unit else ""
    try:
        fine = low <= value <= high
    except TypeError:
        told = f"it must be a number from {low:g} to {high:g}{end}"
        raise SpecError(f"{name} is {value!r}; {told}") from None
    if not fine:
        raise SpecError(f"{name} is {value:g}{end}; it must lie from {low:g} to {high:g}{end}")


def check_above_zero(name: str, value: float, unit: str) -> None:
    """Refuse a quantity that is not above 0 and finite.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """
    try:
        fine = 0 < value < float("inf")
    except TypeError:
        raise SpecError(f"{name} is {value!r}; it must be a number above 0 {unit}") from None
    if not fine:
        raise SpecError(f"{name} is {value:g} {unit}; it must be above 0 {unit}")


def check_age(t: float) -> None:
    """Refuse what is no finite number of seconds from 0.

    Raises
    ------
    SpecError : names what was given.
    """
    if not isinstance(t, Real):
        raise SpecError(f"age is {t!r}; it must be a number, in s")
    if not 0 <= t < float("inf"):
        raise SpecError(f"age is {t:g} s; it must be finite and at least 0 s")


def check_one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse a word that is not known.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """
    if value not in known:
        raise SpecError(f"{name} is {value!r}; known: {', '.join(known)}")
