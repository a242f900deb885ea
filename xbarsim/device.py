"""What an array asks of a memory cell, and where cells are found.

A device is a frozen dataclass with its parameters bound. Its law is a module of a pack (the
built-in pack is ``device_models``), its published values a sheet, ``parameters/<author_year>.yaml``
in that pack. Packs are found by the entry point group ``xbarsim.device_models``.
"""

import copy
import dataclasses
import typing
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from xbarsim.backend import Array, array_namespace
from xbarsim.documents import Document, dotted_path, read_yaml, validate
from xbarsim.errors import SpecError, suggestion
from xbarsim.units import quantity, show

GROUP = "xbarsim.device_models"

T = TypeVar("T")


@runtime_checkable
class StatisticalDevice(Protocol):
    """A cell as an array sees it: its window, and its error, ageing and noise as distributions.

    Noise is an argument: `z` is standard normal and independent in each cell, so that a law is
    deterministic and agrees on every array library.
    """

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that can be programmed, S."""

    @property
    def ages(self) -> tuple[float, float]:
        """First age that the model describes and the last that was measured, s.

        Reads before the first are refused; reads after the last extrapolate.
        """

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance right after programming, at age ``ages[0]``; shape of `g_target`, S."""

    def age(self, g: Array, t: float, z: Array) -> Array:
        """Conductance `t` seconds after programming to `g`; shape of `g`, S.

        The same `z` at two ages gives two points of one cell's history.
        """

    def read_noise(
        self,
        g: Array,
        t_read: float,
        z: Array,
        t: float | None = None,
        g_programmed: Array | None = None,
    ) -> Array:
        """Change of the conductance `g` (S) during one read of `t_read` seconds; linear in `z`.

        `t` is the age (s) and `g_programmed` the conductance (S) before ageing; without them the
        cell is read right after programming.
        """


@runtime_checkable
class SwitchingLaw(Protocol):
    """A cell whose state moves under voltage: ds/dt = `rate`, i = `current`.

    States stand in the first axis of an array, cells in the others. Parameters are numbers, or
    arrays of the cells' shape where cells differ.
    """

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the states, each with its unit."""

    @property
    def valid(self) -> tuple[float, float]:
        """Lowest and highest voltage that the law describes, V."""

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Voltages at which the rate or the current has a kink, V."""

    @property
    def ambient(self) -> Any:
        """Temperature of the surroundings for which the parameters stand, K."""

    @property
    def volatile(self) -> bool:
        """Whether the state moves without voltage."""

    def initial_state(self) -> Array:
        """Where a fresh cell begins, (states,) or (states, ...)."""

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """Where states stop at the voltage `v`, lowest and highest: (states, ...) each.

        A state that is beyond a bound stays where it is, or comes back.
        """

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Current (A) at `v` (V), shaped like it; `state` (states, ...), `temperature` K."""

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Change of the state within a second, shaped like `state`."""


def interval(low: Array | float, high: Array | float, v: Array) -> tuple[Array, Array]:
    """Bounds of one state that know no voltage, for `SwitchingLaw.bounds`: (1, cells or 1) each.

    Parameters
    ----------
    low, high : one number each, or (cells,).
    v : any array of the library that is wanted.
    """
    xp = array_namespace(v, low, high)
    return tuple(xp.asarray(end, dtype=float).reshape(1, -1) for end in (low, high))


@runtime_checkable
class WrittenCells(Protocol):
    """A statistical device whose cells are written one by one, which costs pulses and energy."""

    def write(self, g_target: Array, z: Array) -> Any:
        """Cells written to `g_target`: `g`, `pulses`, `energy`, `verified`, of its shape."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Response:
    """What many cells do along a course of pulses, steps or whatever else moves them.

    Parameters
    ----------
    title : what is done to them, in a few words; responses of one title belong into one plot.
    label : what tells this response from others of its title.
    x, x_name, x_unit : along the course, (points,) in SI, what it is, and the symbol of its unit.
    y, y_name, y_unit : of each cell, (points, cells), likewise.
    grows : whether `x` spans decades.
    """

    title: str
    label: str = ""
    x: Array
    x_name: str
    x_unit: str
    y: Array
    y_name: str
    y_unit: str
    grows: bool = False


@runtime_checkable
class RespondingCells(Protocol):
    """Pulsed and stepped cells, which have no method in common, show what pulses do to them."""

    def responses(self, normals: Callable[[tuple[int, ...]], Array]) -> tuple[Response, ...]:
        """Courses that show the law at work; `normals` gives standard normals of a shape."""


def arrays_of(device: Any) -> dict[str, Array]:
    """Parameters of a device that differ from cell to cell."""
    values = {field.name: getattr(device, field.name) for field in dataclasses.fields(device)}
    return {name: value for name, value in values.items() if hasattr(value, "shape")}


def with_parameters(device: T, parameters: typing.Mapping[str, Any]) -> T:
    """The device with other values in some fields, which are not checked again."""
    if not parameters:
        return device
    changed = copy.copy(device)
    for name, value in parameters.items():
        object.__setattr__(changed, name, value)
    return changed


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
                    f"{_key(field)} is {show(value, unit)}; "
                    f"it must be {' and '.join(t for t in limits if t)}"
                )
    if not faults and isinstance(device, StatisticalDevice):
        g_min, g_max = device.window
        if not g_min < g_max:
            faults = [f"g_min ({g_min:g} S) must be below g_max ({g_max:g} S)"]
    if faults:
        raise SpecError(faults)


def _key(field: "dataclasses.Field[Any]") -> str:
    return field.metadata.get("key") or field.name


def _numbers(value: Any) -> list[float]:
    if isinstance(value, tuple):
        return [n for item in value for n in _numbers(item)]
    if hasattr(value, "shape"):
        return [float(value.min()), float(value.max())]
    return [value] if isinstance(value, float) else []


class SheetParameter(BaseModel):
    """One value of a sheet with where it stands in the publication."""

    model_config = ConfigDict(extra="forbid")
    value: Any
    source: str
    #: read in the publication, computed from it, recalled, or assumed by us
    status: Literal["read", "computed", "recalled", "assumed"] = "read"


class Sweep(BaseModel):
    """A sine or triangle that shows a switching law at work."""

    model_config = ConfigDict(extra="forbid")
    v_low: float
    v_high: float
    period: float

    @field_validator("v_low", "v_high", "period", mode="before")
    @classmethod
    def _si(cls, value: Any, info: ValidationInfo) -> float:
        return quantity(value, "second" if info.field_name == "period" else "volt")


class Sheet(BaseModel):
    """A device sheet: a law, a publication, and the law's parameters from it.

    Sheets of switching laws say in `sweep` under which voltages they switch back and forth.
    """

    model_config = ConfigDict(extra="forbid")
    title: str
    model: str
    cite: list[str]
    notes: str = ""
    sweep: Sweep | None = None
    parameters: dict[str, SheetParameter]


#: what a device of each kind can do
KINDS = {"statistical": "program", "switching": "rate", "pulsed": "pulse", "stepped": "advance"}

Kind = Literal["statistical", "switching", "pulsed", "stepped"]


def list_devices(kind: Kind | None = None) -> list[str]:
    """Names of all sheets in all installed packs, or of those of one kind.

    Parameters
    ----------
    kind : ``statistical``, what arrays are made of, ``switching``, what `xbarsim.transient`
        integrates, ``pulsed``, what answers to one pulse after another, or ``stepped``, what
        jumps within and is taken through steps of constant voltage.
    """
    names = sorted(name for pack in _packs() for name in _sheet_names(pack))
    return [name for name in names if kind is None or kind in kinds_of(name)]


def kinds_of(name: str) -> list[str]:
    """What the device of the sheet `name` can be used as."""
    pack, _ = _document(name)
    law = _law(pack, load_sheet(name))
    return [kind for kind, method in KINDS.items() if hasattr(law, method)]


@cache
def load_sheet(name: str) -> Sheet:
    """The sheet called `name`.

    Raises
    ------
    SpecError : no pack has such a sheet, or the sheet is malformed.
    """
    return validate(Sheet, _document(name)[1])


def load_device(name: str, **overrides: Any) -> Any:
    """The device whose published values stand in the sheet `name`.

    Parameters
    ----------
    name : a name from `list_devices`.
    overrides : parameters that replace the sheet's: SI numbers or text with a unit.

    Raises
    ------
    SpecError : unknown sheet or parameter, or a value of the wrong dimension or out of range.
    """
    pack, document = _document(name)
    sheet = load_sheet(name)
    law = _law(pack, sheet)
    fields = {_key(f): f for f in dataclasses.fields(law)}
    units = {key: f.metadata.get("unit", "dimensionless") for key, f in fields.items()}
    faults = [
        f"device.{key}: unknown key{suggestion(key, list(units))}"
        for key in overrides
        if key not in units
    ]
    required = {key for key, f in fields.items() if f.default is dataclasses.MISSING}
    faults += [
        f"{document.where(('parameters',))}: parameters: '{key}' is missing"
        for key in sorted(required - set(sheet.parameters))
    ]
    values: dict[str, Any] = {}
    for key, entry in sheet.parameters.items():
        where = document.where(("parameters", key))
        if key not in units:
            faults.append(f"{where}: {dotted_path(('parameters', key))}: unknown"
                          f"{suggestion(key, list(units))}")  # fmt: skip
            continue
        if key not in overrides:
            faults += _convert(values, fields[key], entry.value, f"{where}: {key}")
    for key in sorted(set(overrides) & set(units)):
        faults += _convert(values, fields[key], overrides[key], f"device.{key}")
    if faults:
        raise SpecError(faults)
    return law(**{fields[key].name: value for key, value in values.items()})


def device_parameters(name: str) -> dict[str, str]:
    """Unit of each parameter that the sheet `name` takes."""
    pack, _ = _document(name)
    fields = dataclasses.fields(_law(pack, load_sheet(name)))
    return {_key(f): f.metadata.get("unit", "dimensionless") for f in fields}


def _convert(
    into: dict[str, Any], field: "dataclasses.Field[Any]", value: Any, where: str
) -> list[str]:
    """Put `value` in SI under the field's key; the faults met on the way."""
    depth = str(field.type).count("tuple")
    try:
        into[_key(field)] = _to_si(value, field.metadata.get("unit", "dimensionless"), depth)
    except SpecError as error:
        return [f"{where}: {fault}" for fault in error.faults]
    return []


def _to_si(value: Any, unit: str, depth: int) -> Any:
    """A number in SI, or `depth` levels of tuples of them."""
    if depth == 0:
        return quantity(value, unit)
    if not isinstance(value, list | tuple) or not value:
        raise SpecError(f"{value!r} is not a list; expected one of {'lists' * (depth > 1) or unit}")
    return tuple(_to_si(item, unit, depth - 1) for item in value)


def _packs() -> list[Any]:
    return [entry.load() for entry in entry_points(group=GROUP)]


def _sheet_names(pack: Any) -> list[str]:
    folder = files(pack) / "parameters"
    return [p.name[:-5] for p in folder.iterdir() if p.name.endswith(".yaml")]


@cache
def _document(name: str) -> tuple[Any, Document]:
    for pack in _packs():
        sheet = files(pack) / "parameters" / f"{name}.yaml"
        if name.replace("_", "").isalnum() and sheet.is_file():
            return pack, read_yaml(sheet.read_text("utf-8"), f"{name}.yaml")
    raise SpecError(f"no device sheet '{name}'{suggestion(name, list_devices())}")


def _law(pack: Any, sheet: Sheet) -> typing.Any:
    module, _, cls = sheet.model.partition(":")
    return getattr(import_module(f"{pack.__name__}.{module}"), cls)
