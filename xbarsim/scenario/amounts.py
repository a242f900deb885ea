"""Numbers as a scenario writes them, with a unit or without: read, compared, written again."""

import math
import re
from functools import lru_cache
from typing import Annotated, Any

from xbarsim.errors import SpecError
from xbarsim.scenario.base import Checked

#: the most values that an axis, or points that a sample has
MOST = 100_000


def split(value: Any) -> tuple[float, str]:
    """Number and unit of a quantity; no unit for a plain number.

    Raises
    ------
    SpecError : `value` does not begin with a finite number.
    """
    number, unit = _split("" if isinstance(value, bool) else str(value).strip())
    if not math.isfinite(number):
        raise SpecError(f"{value!r} is not a finite number with an optional unit")
    return number, unit


@lru_cache(maxsize=4096)
def _split(text: str) -> tuple[float, str]:
    """The same of text; not a number for what is none."""
    found = re.match(r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?", text)
    try:
        return (float(found[0]), text[found.end() :].strip()) if found else (math.nan, "")
    except ValueError:
        return math.nan, ""


def in_unit(value: Any, unit: str, *, difference: bool = False) -> float:
    """`value` as a number of `unit`; see `xbarsim.units.convert` for a `difference`.

    Raises
    ------
    SpecError : it has no unit where there is one, or measures another thing.
    """
    number, own = split(value)
    if own == unit:
        return number
    if not own or not unit:
        raise SpecError(
            f"{value!r} must be given in the unit of the first value ({unit or 'none'})"
        )
    from xbarsim.units import convert

    return convert(number, own, unit, difference=difference)


def joined(number: float, unit: str) -> Any:
    """`number` and `unit` as a scenario writes them, to 12 digits."""
    number = float(f"{number:.12g}")
    return f"{number!r} {unit}" if unit else number


def amount(value: Any) -> Any:
    """`value` as it is; raises SpecError for what is no number with an optional unit."""
    split(value)
    return value


def plain_number(value: Any) -> float:
    """`value` as a float; raises SpecError for what is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise SpecError(f"{value!r} is not a finite number")
    return float(value)


def _positive(value: Any) -> float:
    if plain_number(value) <= 0:
        raise SpecError(f"{value!r}: must be above zero")
    return float(value)


def _num(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SpecError(f"{value!r}: must be a whole number of at least 1")
    if value > MOST:
        raise SpecError(f"{value!r}: an axis has at most {MOST} values")
    return value


Amount = Annotated[Any, Checked(amount, {"anyOf": [{"type": "number"}, {"type": "string"}]})]
Positive = Annotated[float, Checked(_positive, {"type": "number", "exclusiveMinimum": 0})]
Num = Annotated[int, Checked(_num, {"type": "integer", "minimum": 1, "maximum": MOST})]


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal, in whatever unit they are written; numbers are SI."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if a == b:
        return True
    numbers = alike(a, b)
    return numbers is not None and math.isclose(*numbers, rel_tol=1e-9)


def alike(a: Any, b: Any) -> tuple[float, float] | None:
    """Two values as numbers in one unit; None where they are no numbers of one kind."""
    if not (isinstance(a, int | float | str) and isinstance(b, int | float | str)):
        return None
    try:
        (x, unit), (y, other) = split(a), split(b)
        if unit == other:
            return x, y
        if unit and other:
            return x, in_unit(b, unit)
    except SpecError:
        return None
    x_si, y_si = (n if not own else _si(n, own) for n, own in ((x, unit), (y, other)))
    return None if x_si is None or y_si is None else (x_si, y_si)


@lru_cache(maxsize=4096)
def _si(number: float, unit: str) -> float | None:
    from xbarsim.units import in_si

    return in_si(number, unit)
