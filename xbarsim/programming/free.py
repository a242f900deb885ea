"""Parameters that a fit may change: how they are scaled, and devices that have them."""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError, suggestion
from xbarsim.units import show

_ELEMENT = re.compile(r"(\w+)\[(\d+)\]")
_DECADES = 100.0  # ratio of bounds from which a parameter counts as spanning decades


@dataclass(frozen=True, kw_only=True)
class Free:
    """One number of a device, and the coordinate u in which it is searched.

    With a known sign it is ``value * exp(u)``, else ``value + scale * u``: u is 0 at the start, so
    that the tolerance of a search on the size of u means the same for all.

    Parameters
    ----------
    name : as sheets call it; ``name[k]`` is the k-th number of a list.
    field : of the device's class.
    index : in a list; None for a plain number.
    unit : SI.
    value : at the start.
    low, high : range allowed by the law.
    sign : of a parameter that is searched by its logarithm; 0 for others.
    scale : of others.
    """

    name: str
    field: str
    index: int | None
    unit: str
    value: float
    low: float
    high: float
    sign: int
    scale: float

    def coordinate(self, value: float) -> float:
        """Where a value stands; an infinity for the end of the range that is 0 or infinite."""
        if not self.sign:
            return (value - self.value) / self.scale
        over = value / self.value
        return -inf if over <= 0 else float(np.log(over))

    def value_at(self, u: float) -> float:
        """The value at u, within the range."""
        return min(max(float(self._at(np.array(u))), self.low), self.high)

    def _at(self, u: Array) -> Array:
        """Values at u, within the range or not."""
        with np.errstate(over="ignore"):
            return self.value * np.exp(u) if self.sign else self.value + self.scale * u

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest u."""
        ends = sorted((self.coordinate(self.low), self.coordinate(self.high)))
        return ends[0], ends[1]

    def interval(self, u: float, half_width: float) -> tuple[float, float]:
        """Values at both ends of ``u ± half_width``, ascending; not cut at the range."""
        ends = self._at(u + np.array([-half_width, half_width]))
        return float(ends.min()) + 0.0, float(ends.max()) + 0.0

    def error(self, u: float, deviation: float) -> float:
        """Standard error of the value from that of u, to first order."""
        return deviation * (abs(self.value_at(u)) if self.sign else self.scale)


def free_parameters(device: Any, names: Sequence[str] | None) -> list[Free]:
    """The parameters called `names`, lists number by number.

    Parameters
    ----------
    names : None is every number of the device but the temperature of its surroundings.

    Raises
    ------
    SpecError : a name that the device does not have, twice or without a number.
    """
    fields = {(f.metadata.get("key") or f.name): f for f in dataclasses.fields(device)
              if "unit" in f.metadata}  # fmt: skip
    if names is None:
        chosen = [n for n, f in fields.items() if n != "ambient" and _is_free(device, f)]
    else:
        chosen = list(names)
    found: list[Free] = []
    faults = []
    for name in chosen:
        element = _ELEMENT.fullmatch(name)
        key = element[1] if element else name
        if key not in fields:
            faults.append(f"free: '{name}' is no parameter of {type(device).__name__}"
                          f"{suggestion(key, list(fields))}")  # fmt: skip
            continue
        try:
            found += _of_field(device, fields[key], key, int(element[2]) if element else None)
        except SpecError as error:
            faults += error.faults
    twice = {f.name for f in found if [g.name for g in found].count(f.name) > 1}
    faults += [f"free: '{name}' stands twice" for name in sorted(twice)]
    if not found and not faults:
        faults = ["free: names no parameter; give at least one"]
    if faults:
        raise SpecError(faults)
    return found


def _is_free(device: Any, field: "dataclasses.Field[Any]") -> bool:
    value = getattr(device, field.name)
    return isinstance(value, float) and isfinite(value)


def _of_field(
    device: Any, field: "dataclasses.Field[Any]", key: str, index: int | None
) -> list[Free]:
    value = getattr(device, field.name)
    if isinstance(value, float) and index is None:
        return [_free(key, field, None, value)]
    if isinstance(value, tuple) and all(isinstance(v, float) for v in value):
        places = range(len(value)) if index is None else [index]
        if index is None or index < len(value):
            return [_free(f"{key}[{k}]", field, k, value[k]) for k in places]
        raise SpecError(f"free: '{key}' has {len(value)} numbers; the first is {key}[0]")
    raise SpecError(f"free: '{key}' is {value!r}; only numbers and lists of them can be fitted")


def _free(name: str, field: "dataclasses.Field[Any]", index: int | None, value: float) -> Free:
    unit = field.metadata["unit"]
    low = -inf if field.metadata.get("low") is None else field.metadata["low"]
    high = inf if field.metadata.get("high") is None else field.metadata["high"]
    if not isfinite(value):
        raise SpecError(f"free: '{name}' begins at {show(value, unit)}; set it to a number (--set)")
    return Free(
        name=name, field=field.name, index=index, unit=unit, value=value, low=low, high=high,
        sign=_sign(value, low, high), scale=_scale(value, low, high),
    )  # fmt: skip


def _sign(value: float, low: float, high: float) -> int:
    """Sign of a parameter that cannot change it and may span decades; else 0."""
    if isfinite(low) and isfinite(high) and not (low > 0 and high >= _DECADES * low):
        return 0
    return (value > 0 and low >= 0) - (value < 0 and high <= 0)


def _scale(value: float, low: float, high: float) -> float:
    return high - low if isfinite(high - low) else abs(value) or 1.0


def with_values(device: Any, free: Sequence[Free], u: Array) -> Any:
    """The device with other values of the free parameters.

    Raises
    ------
    SpecError : the device's class refuses them.
    """
    changed: dict[str, Any] = {}
    for parameter, place in zip(free, u, strict=True):
        value = parameter.value_at(float(place))
        if parameter.index is None:
            changed[parameter.field] = value
        else:
            numbers = list(changed.get(parameter.field, getattr(device, parameter.field)))
            numbers[parameter.index] = value
            changed[parameter.field] = tuple(numbers)
    return dataclasses.replace(device, **changed)
