"""Quantities with units: text in, SI floats out.

Scenario files and device sheets may write ``"2.5 ohm"``, ``"100 ns"``, ``"25 uS"`` or plain SI
numbers; a value of the wrong dimension is refused.
"""

import math
from functools import cache
from typing import Any

from xbarsim.errors import SpecError

#: SI unit of each kind of quantity and the name a message calls it by.
KINDS = {
    "ohm": "a resistance",
    "siemens": "a conductance",
    "volt": "a voltage",
    "second": "a time",
    "hertz": "a frequency",
    "meter": "a length",
    "farad": "a capacitance",
    "joule": "an energy",
    "ampere": "a current",
    "watt": "a power",
    "kelvin": "a temperature",
    "dimensionless": "a number",
}

_STEPS = [(1e-15, "f"), (1e-12, "p"), (1e-9, "n"), (1e-6, "u"), (1e-3, "m"), (1.0, ""),
          (1e3, "k"), (1e6, "M"), (1e9, "G")]  # fmt: skip
_SYMBOLS = {"ohm": "ohm", "siemens": "S", "volt": "V", "second": "s", "hertz": "Hz", "meter": "m",
            "farad": "F", "joule": "J", "ampere": "A", "watt": "W", "kelvin": "K"}  # fmt: skip
_SPANS = [(365.25 * 86400.0, "year"), (86400.0, "day"), (3600.0, "h"), (60.0, "min")]


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True, cache_folder=None)


def _kind_of(quantity: Any) -> str:
    for unit, name in KINDS.items():
        if quantity.check(_registry()(unit).dimensionality):
            return name
    return f"of dimension {quantity.dimensionality}"


def quantity(value: Any, unit: str) -> float:
    """`value` in the SI unit `unit`.

    Parameters
    ----------
    value : a number, taken as SI, or text such as ``"2.5 ohm"``.
    unit : one of `KINDS`.

    Raises
    ------
    SpecError : the text is no quantity, is of another dimension, or is not finite.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise SpecError(f"{value!r} is not a quantity; expected a number or text in {unit}")
    number = float(value) if isinstance(value, int | float) else _parse(value, unit)
    if not math.isfinite(number):
        raise SpecError(f"{value!r} is not finite; expected a quantity in {unit}")
    return number


def _parse(text: str, unit: str) -> float:
    import pint

    registry = _registry()
    try:
        parsed = registry.Quantity(text)
    except (pint.errors.PintError, ValueError, TypeError, AttributeError, SyntaxError) as error:
        raise SpecError(f"{text!r} is not a quantity; expected one in {unit}") from error
    except Exception as error:  # pint's tokenizer raises its own kinds on malformed text
        raise SpecError(f"{text!r} is not a quantity; expected one in {unit}") from error
    try:
        parsed.to(unit)
        per_unit = float(f"{registry.Quantity(1.0, unit).to(parsed.units).magnitude:.12g}")
        if per_unit > 1:  # 25 uS: 25 / 1e6 is 2.5e-05 to the last bit, 25 * 1e-6 is not
            return float(parsed.magnitude) / per_unit
        return float(parsed.to(unit).magnitude)
    except pint.DimensionalityError:
        wanted = "a plain number" if unit == "dimensionless" else f"a quantity in {unit}"
        raise SpecError(f"{text!r} is {_kind_of(parsed)}, expected {wanted}") from None


def show(value: float, unit: str) -> str:
    """`value` (SI) as a person would write it, ``2.5e-05, "siemens"`` → ``25 uS``."""
    if unit == "dimensionless" or not math.isfinite(value):
        return f"{value:g}"
    symbol = _SYMBOLS.get(unit, unit)
    if unit == "second":
        for span, name in _SPANS:
            if abs(value) >= span:
                return f"{value / span:.4g} {name}"
    if value == 0:
        return f"0 {symbol}"
    scale, prefix = _STEPS[0]
    for step in _STEPS:
        if abs(value) >= step[0] * (1 - 1e-12):
            scale, prefix = step
    return f"{value / scale:.4g} {prefix}{symbol}"


def ratio(unit: str, other: str) -> float:
    """How many `other` one `unit` is.

    Raises
    ------
    SpecError : one is not a unit, or they measure different things.
    """
    try:
        return float(_registry().Quantity(1.0, unit).to(other).magnitude)
    except Exception as error:  # pint raises kinds of its own for unknown and for other dimensions
        raise SpecError(f"'{unit}' cannot be converted to '{other}'") from error
