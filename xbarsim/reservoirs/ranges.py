"""Hold settings of liquids against their limits."""

from math import inf
from typing import Any

import numpy as np

from xbarsim.errors import SpecError
from xbarsim.units import show


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
    if not isinstance(value, int | float | np.number) or isinstance(value, bool):
        raise SpecError(f"{name} is {value!r}; it must be a number{_of(unit)}")
    good = low < value if above else low <= value
    if good and value <= high and abs(float(value)) < inf:
        return
    bounds = []
    if low > -inf:
        bounds.append(f"{'above' if above else 'at least'} {show(low, unit)}")
    if high < inf:
        bounds.append(f"at most {show(high, unit)}")
    allowed = " and ".join(bounds) or "a finite number"
    raise SpecError(f"{name} is {show(float(value), unit)}; it must be {allowed}")


def check_count(name: str, value: Any, low: int) -> None:
    """Refuse what is no whole number from `low`.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (whole and value >= low):
        raise SpecError(f"{name} is {value!r}; it must be a whole number from {low}")


def _of(unit: str) -> str:
    return "" if unit == "dimensionless" else f", in {unit}s"
