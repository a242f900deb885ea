"""Parameters of a device: how they are declared and checked, and cells that differ in them."""

import copy
import dataclasses
import typing
from typing import Any, TypeVar

import numpy as np

from xbarsim.backend import Array
from xbarsim.device.protocols import StatisticalDevice
from xbarsim.errors import SpecError
from xbarsim.units import show

T = TypeVar("T")


def arrays_of(device: Any) -> dict[str, Array]:
    """Parameters of a device that differ from cell to cell; those of its parts by dotted names."""
    found: dict[str, Array] = {}
    for field in dataclasses.fields(device):
        value = getattr(device, field.name)
        if getattr(value, "shape", ()):
            found[field.name] = value
        elif dataclasses.is_dataclass(value):
            found |= {f"{field.name}.{name}": inner for name, inner in arrays_of(value).items()}
    return found


def with_parameters(device: T, parameters: typing.Mapping[str, Any]) -> T:
    """The device with other values in some fields, by dotted names; they are not checked again."""
    if not parameters:
        return device
    changed = copy.copy(device)
    parts: dict[str, dict[str, Any]] = {}
    for name, value in parameters.items():
        part, _, inner = name.partition(".")
        if inner:
            parts.setdefault(part, {})[inner] = value
        else:
            object.__setattr__(changed, name, value)
    for part, values in parts.items():
        object.__setattr__(changed, part, with_parameters(getattr(device, part), values))
    return changed


def in_a_row(device: T, shape: tuple[int, ...]) -> T:
    """The device of cells of a `shape`, each parameter that is an array as (cells,).

    Raises
    ------
    SpecError : an array does not fit the shape.
    """
    rows = {}
    for name, value in arrays_of(device).items():
        try:
            rows[name] = np.broadcast_to(value, shape).reshape(-1)
        except ValueError:
            raise SpecError(
                f"{name} of {type(device).__name__} has shape {np.shape(value)}; the array has "
                f"{shape}"
            ) from None
    return with_parameters(device, rows)


def part_of(device: T, cells: Array) -> T:
    """The device of some of its cells, whose parameters are numbers or (cells,)."""
    return with_parameters(device, {n: value[cells] for n, value in arrays_of(device).items()})


def parameter(
    unit: str,
    *,
    low: float | None = None,
    high: float | None = None,
    default: Any = None,
    key: str | None = None,
) -> Any:
    """A dataclass field for a device parameter: its SI `unit` and the closed range allowed.

    Sheets and scenarios call it by the field's name, or by `key` where a method has that name.
    """
    metadata = {"unit": unit, "low": low, "high": high, "key": key}
    if default is None:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def check_parameters(device: Any) -> None:
    """Hold every field made by `parameter` against its range; for ``__post_init__``.

    Raises
    ------
    SpecError : names each field that is outside, its value with unit, and what is allowed; or the
        window is empty.
    """
    faults = []
    for field in dataclasses.fields(device):
        unit = str(field.metadata.get("unit"))
        low, high = field.metadata.get("low"), field.metadata.get("high")
        for value in _numbers(getattr(device, field.name)):
            if (low is not None and value < low) or (high is not None and value > high):
                limits = [f"at least {show(low, unit)}" if low is not None else "",
                          f"at most {show(high, unit)}" if high is not None else ""]  # fmt: skip
                faults.append(
                    f"{key_of(field)} is {show(value, unit)}; "
                    f"it must be {' and '.join(t for t in limits if t)}"
                )
    if not faults and isinstance(device, StatisticalDevice):
        g_min, g_max = device.window
        if not g_min < g_max:
            faults = [f"g_min ({g_min:g} S) must be below g_max ({g_max:g} S)"]
    if faults:
        raise SpecError(faults)


def key_of(field: "dataclasses.Field[Any]") -> str:
    """What sheets and scenarios call a parameter."""
    return field.metadata.get("key") or field.name


def _numbers(value: Any) -> list[float]:
    if isinstance(value, tuple):
        return [n for item in value for n in _numbers(item)]
    if hasattr(value, "shape"):
        return [float(value.min()), float(value.max())]
    return [value] if isinstance(value, float) else []
