"""Quantities with units: text in, SI floats out.

Scenario files and device sheets may write ``"2.5 ohm"``, ``"100 ns"``, ``"25 uS"`` or plain SI
numbers; a value of the wrong dimension is refused.
"""

import math
import re
from decimal import Decimal
from functools import cache, lru_cache
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
    "1/volt": "an inverse voltage",
    "dimensionless": "a number",
}

_STEPS = [(1e-18, "a"), (1e-15, "f"), (1e-12, "p"), (1e-9, "n"), (1e-6, "u"), (1e-3, "m"),
          (1.0, ""), (1e3, "k"), (1e6, "M"), (1e9, "G")]  # fmt: skip
_SYMBOLS = {"ohm": "ohm", "siemens": "S", "volt": "V", "second": "s", "hertz": "Hz", "meter": "m",
            "farad": "F", "joule": "J", "ampere": "A", "watt": "W", "kelvin": "K",
            "electron_volt": "eV", "volt/meter": "V/m", "meter/second": "m/s",
            "kelvin/watt": "K/W", "byte": "B"}  # fmt: skip
_SPANS = [(365.25 * 86400.0, "year"), (86400.0, "day"), (3600.0, "h"), (60.0, "min")]
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_FACTOR = r"(?:[^\W\d]+|°C|%)(?:(?:\^|\*\*)-?[0-9])?"
_QUANTITY = re.compile(rf"({_NUMBER})\s*((?:(?:1\s*/\s*)?{_FACTOR}(?:\s*[*/ ]\s*{_FACTOR})*)?)")


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
    try:
        number = _parse(value, unit) if isinstance(value, str) else float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SpecError(f"{value!r} is not finite; expected {_wanted(unit)}")
    return number


def _wanted(unit: str) -> str:
    return "a plain number" if unit == "dimensionless" else f"a quantity in {unit}"


@lru_cache(maxsize=8192)
def _parse(text: str, unit: str) -> float:
    """One number and one unit: "1 2", "1,5 ohm" and "2 ohm + 3 ohm" are refused, not worked out."""
    found = _QUANTITY.fullmatch(text.strip().replace("\u2126", "\u03a9"))  # ohm sign, omega
    if found is None:
        raise SpecError(f"{text!r} is not a quantity; expected one in {unit}")
    number, own = found[1], found[2]
    known = _prefixed().get(own)
    if known is not None and known[0] == unit:
        return float(Decimal(number) * known[1])
    import pint

    try:
        scale = _scale(own, unit)
        if scale is not None:  # 25 uS is 2.5e-05 to the last bit; 25 * 1e-6 is not
            return float(Decimal(number) * scale)
        return float(_registry().Quantity(float(number), own).to(unit).magnitude)
    except pint.DimensionalityError:
        kind = _kind_of(_registry().Quantity(1.0, own))
        raise SpecError(f"{text!r} is {kind}, expected {_wanted(unit)}") from None
    except Exception as error:  # pint raises kinds of its own for units that it does not know
        raise SpecError(f"{text!r} is not a quantity; expected one in {unit}") from error


@cache
def _prefixed() -> dict[str, tuple[str, Decimal]]:
    """What `show` writes, a prefix and a symbol, as the SI unit and how many of it that is.

    These are read without pint, which takes a third of a second to start.
    """
    found = {"": ("dimensionless", Decimal(1))}
    found |= {name: ("second", Decimal(str(span))) for span, name in _SPANS}
    for unit, symbol in _SYMBOLS.items():
        prefixes = [(1.0, "")] if "/" in unit else _STEPS
        found |= {prefix + symbol: (unit, Decimal(str(step))) for step, prefix in prefixes}
    return found


def symbol(unit: str) -> str:
    """The symbol of a unit that takes a prefix, ``siemens`` → ``S``; empty for others."""
    return "" if "/" in unit else _SYMBOLS.get(unit, "")


@cache
def _scale(own: str, unit: str) -> Decimal | None:
    """How many `unit` one `own` is, as a decimal; None where that is not exact, as for degC."""
    registry = _registry()
    one = registry.Quantity(1.0, own)
    there, back = one.to(unit).magnitude, registry.Quantity(1.0, unit).to(one.units).magnitude
    if (2 * one).to(unit).magnitude != 2 * there:  # degC, dB
        return None
    scale = 1 / Decimal(f"{back:.12g}") if back > 1 else Decimal(f"{there:.12g}")
    return scale if math.isclose(float(scale), there, rel_tol=1e-14) else None


def show(value: float, unit: str) -> str:
    """`value` (SI) as a person would write it, ``2.5e-05, "siemens"`` → ``25 uS``."""
    if unit == "dimensionless" or not math.isfinite(value):
        return f"{value:g}"
    if unit.startswith("1/"):
        return f"{value:.4g} 1/{_SYMBOLS.get(unit[2:], unit[2:])}"
    symbol = _SYMBOLS.get(unit)
    if symbol is None:
        return f"{value:.4g} {unit}"
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
    return _of_unit(1.0, unit, other)


@lru_cache(maxsize=1024)
def _of_unit(number: float, unit: str, other: str) -> float:
    """`number` of `unit` in `other`; a logarithmic unit has none for zero."""
    import numpy as np

    try:
        with np.errstate(all="ignore"):
            return float(_registry().Quantity(number, unit).to(other).magnitude)
    except Exception as error:  # pint raises kinds of its own for unknown and for other dimensions
        raise SpecError(f"'{unit}' cannot be converted to '{other}'") from error


def convert(number: float, unit: str, other: str, *, difference: bool = False) -> float:
    """`number` of `unit` in `other`.

    A `difference`, such as the 5 degC from 20 degC to 25 degC, does not know where a scale begins.

    Raises
    ------
    SpecError : one is not a unit, or they measure different things.
    """
    start, end, beyond = (_of_unit(x, unit, other) for x in (0.0, 1.0, 2.0))
    if start == 0:
        return number * end
    scale = end - start
    if math.isclose(beyond - end, scale):  # degC
        return number * scale if difference else number * scale + start
    found = math.nan if difference else _of_unit(number, unit, other)  # dB
    if not math.isfinite(found):
        raise SpecError(f"{number:g} '{unit}' cannot be converted to '{other}'")
    return found


def in_si(number: float, unit: str) -> float | None:
    """`number` of `unit` in SI units; None for what is no unit."""
    try:
        return float(_registry().Quantity(number, unit).to_base_units().magnitude)
    except Exception:  # pint raises kinds of its own
        return None
