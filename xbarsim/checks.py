"""Hold settings against their limits."""

from collections.abc import Iterable, Sequence
from math import inf
from numbers import Real
from typing import Any

import numpy as np

from xbarsim.errors import SpecError, suggestion
from xbarsim.units import show


def check_all(checks: Iterable[tuple[Any, ...]], others: Iterable[str] = ()) -> None:
    """Make checks, given as a function and what it takes, and tell all faults at once.

    Parameters
    ----------
    others : faults that were found otherwise.

    Raises
    ------
    SpecError : every fault.
    """
    faults = []
    for check, *given in checks:
        try:
            check(*given)
        except SpecError as error:
            faults += error.faults
    faults += others
    if faults:
        raise SpecError(faults)


def check_number(
    name: str,
    value: Any,
    low: float = -inf,
    high: float = inf,
    unit: str = "dimensionless",
    *,
    above: bool = False,
) -> None:
    """Refuse what is no finite number from `low` to `high`; `above`: `low` itself, too.

    Raises
    ------
    SpecError : names the field, its value with its unit, and what is allowed.
    """
    real = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not real or isinstance(value, np.complexfloating):
        raise SpecError(f"{name} is {value!r}; it must be a number{_of(unit)}")
    number = _as_float(value)
    good = low < value if above else low <= value
    if good and value <= high and abs(number) < inf:
        return
    bounds = []
    if low > -inf:
        bounds.append(f"{'above' if above else 'at least'} {show(low, unit)}")
    if high < inf:
        bounds.append(f"at most {show(high, unit)}")
    elif bounds and number == inf:
        bounds.append("finite")
    allowed = " and ".join(bounds) or "a finite number"
    raise SpecError(f"{name} is {show(number, unit)}; it must be {allowed}")


def check_count(name: str, value: Any, low: int, high: float = inf) -> None:
    """Refuse what is no whole number from `low` to `high`.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (whole and low <= value <= high):
        end = f" to {high}" if high < inf else ""
        raise SpecError(f"{name} is {value!r}; it must be a whole number from {low}{end}")


def check_one_of(name: str, value: Any, known: Sequence[str]) -> None:
    """Refuse a word that is not known.

    Raises
    ------
    SpecError : names the field, its value, and the word that may have been meant, or all.
    """
    if value not in known:
        raise SpecError(f"{name} is {value!r}{suggestion(str(value), known)}")


def check_flag(name: str, value: Any) -> None:
    """Refuse what is neither true nor false.

    Raises
    ------
    SpecError : names the field and its value.
    """
    if not isinstance(value, bool):
        raise SpecError(f"{name} is {value!r}; it must be true or false")


def check_age(t: Any) -> None:
    """Refuse what is no finite number of seconds from 0.

    Raises
    ------
    SpecError : names what was given.
    """
    if not isinstance(t, Real) or isinstance(t, bool):
        raise SpecError(f"age is {t!r}; it must be a number, in s")
    age = _as_float(t)
    if not 0 <= age < inf:
        raise SpecError(f"age is {age:g} s; it must be finite and at least 0 s")


def check_within(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    """Refuse a number that does not lie from `low` to `high`.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """
    end = f" {unit}" if unit else ""
    try:
        fine = low <= _number(value) <= high
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
    end = f" {unit}" if unit else ""
    try:
        fine = 0 < _number(value) < inf
    except TypeError:
        raise SpecError(f"{name} is {value!r}; it must be a number above 0{end}") from None
    if not fine:
        raise SpecError(f"{name} is {value:g}{end}; it must be above 0{end}")


def _number(value: Any) -> Any:
    """`value`, unless it is true or false, which compare as numbers."""
    if isinstance(value, bool | np.bool_):
        raise TypeError
    return value


def _as_float(value: Any) -> float:
    """A number as a float; infinite where it is a whole one that is larger than any."""
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def _of(unit: str) -> str:
    return "" if unit == "dimensionless" else f", in {unit}s"
