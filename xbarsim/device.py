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
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from xbarsim.backend import Array, array_namespace
from xbarsim.documents import Document, dotted_path, read_yaml, read_yaml_file, validate
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

    def write(self, g_target: Array, z: Array, z_device: Array, wires: Any) -> Any:
        """Cells written to `g_target`: `g`, `pulses`, `energy`, `verified`, of its shape.

        `z` is drawn for each write, `z_device` once for each cell; `wires` are those of the array.
        """


def programmed(
    device: "StatisticalDevice", g_target: Array, z: Array, z_device: Array, wires: Any = None
) -> Array:
    """Conductances right after programming, S; written cells differ by `z_device`.

    Parameters are those of `WrittenCells.write`; a device that is not written takes `z` alone.
    """
    if isinstance(device, WrittenCells):
        return device.write(g_target, z, z_device, wires).g
    return device.program(g_target, z)


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


def part_of(device: T, cells: Array) -> T:
    """The device of some of its cells, whose parameters are numbers or (cells,)."""
    return with_parameters(device, {n: value[cells] for n, value in arrays_of(device).items()})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spread:
    """How a parameter differs from device to device: normally distributed, cut off at its limits.

    Parameters
    ----------
    relative : standard deviation over the magnitude of the parameter, 1.
    absolute : standard deviation in the parameter's unit; one of the two is given.
    low, high : where the distribution is cut off, beside the range that the law allows; None for
        that range alone.
    fast : 1 or -1, the side to which the parameter moves where devices are fast, which means that
        they switch sooner; 0 for a parameter that process corners leave alone.

    Raises
    ------
    SpecError : neither or both deviations, a negative one, limits that do not ascend, another
        `fast`.
    """

    relative: float | None = None
    absolute: float | None = None
    low: float | None = None
    high: float | None = None
    fast: int = 0

    def __post_init__(self) -> None:
        given = [value for value in (self.relative, self.absolute) if value is not None]
        if len(given) != 1:
            raise SpecError("a spread takes one of 'relative' and 'absolute'")
        if not 0 <= given[0] < float("inf"):
            raise SpecError(f"the standard deviation is {given[0]:g}; it must be at least 0")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise SpecError(f"limits are {self.low:g} and {self.high:g}; they must ascend")
        if self.fast not in (-1, 0, 1):
            raise SpecError(f"fast is {self.fast!r}; it must be -1, 0 or 1")

    def sigma(self, nominal: float) -> float:
        """Standard deviation about the `nominal` value, in its unit."""
        if self.absolute is not None:
            return self.absolute
        return (self.relative or 0.0) * abs(nominal)


Spreads = typing.Mapping[str, Spread]


def sampled(law: T, spreads: Spreads, z: Array) -> T:
    """The law of many cells, whose parameters differ.

    Parameters
    ----------
    law : one cell; its parameters are where the distributions have their middle.
    spreads : of each parameter that differs, by its name in sheets.
    z : standard normals, (parameters, ...), in the order of `spreads`; (parameters,) gives the law
        of one cell.

    Raises
    ------
    SpecError : names an unknown parameter, or one that is no single number, and what the law
        refuses about the values together.
    """
    if len(z) != len(spreads):
        raise SpecError(f"z has {len(z)} rows; {len(spreads)} parameters differ")
    fields = {_key(field): field for field in dataclasses.fields(law)}  # type: ignore[arg-type]
    values = {}
    for (key, spread), normals in zip(spreads.items(), z, strict=True):
        if key not in fields:
            raise SpecError(f"{key}: unknown parameter{suggestion(key, list(fields))}")
        name, nominal = fields[key].name, getattr(law, fields[key].name)
        if not isinstance(nominal, float | int):
            raise SpecError(f"{key}: is not a single number, which alone can differ between cells")
        values[name] = _between_limits(float(nominal), spread, fields[key].metadata, normals)
    found = with_parameters(law, values)
    _check_cells(found)
    return found


def at_corner(law: T, spreads: Spreads, sigmas: float) -> T:
    """The law at a process corner: `sigmas` standard deviations to the side that is fast.

    A negative number is a slow corner. Parameters whose spread does not say what is fast stay.

    Raises
    ------
    SpecError : no spread says which side is fast, or as `sampled`.
    """
    fast = {key: spread for key, spread in spreads.items() if spread.fast}
    if not sigmas:
        return law
    if not fast:
        raise SpecError(
            "no spread says on which side devices are fast, so there are no corners; give 'fast' "
            f"of a parameter (with a spread: {', '.join(spreads) or 'none'})"
        )
    return sampled(law, fast, [sigmas * spread.fast for spread in fast.values()])


_FAR = 8.0  # standard deviations beyond which cutting off changes no digit


def _between_limits(
    nominal: float, spread: Spread, metadata: typing.Mapping[str, Any], z: Array
) -> Array:
    """Normal about `nominal` and cut off; `z` decides the quantile."""
    xp, sigma, z = array_namespace(z), spread.sigma(nominal), 1.0 * z
    lows = [x for x in (spread.low, metadata.get("low")) if x is not None]
    highs = [x for x in (spread.high, metadata.get("high")) if x is not None]
    low, high = max(lows, default=-float("inf")), min(highs, default=float("inf"))
    if sigma and (nominal - low < _FAR * sigma or high - nominal < _FAR * sigma):
        special = import_module(
            "scipy.special" if xp.__name__ == "numpy" else "cupyx.scipy.special"
        )
        below, above = (special.ndtr((x - nominal) / sigma) for x in (low, high))
        z = special.ndtri(below + special.ndtr(xp.asarray(z)) * (above - below))
    found = xp.clip(nominal + sigma * z, low, high)
    return found if getattr(found, "shape", ()) else float(found)


def _check_cells(law: Any) -> None:
    """Hold the law's own checks against its cells, one by one where it takes no arrays."""
    arrays = arrays_of(law)
    try:
        law.__post_init__()
    except SpecError:
        raise
    except ValueError:  # the law compares numbers; numpy refuses that of arrays
        flat = {name: value.reshape(-1) for name, value in arrays.items()}
        for k in range(min((len(value) for value in flat.values()), default=0)):
            with_parameters(law, {n: float(v[k]) for n, v in flat.items()}).__post_init__()


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


class SheetSpread(BaseModel):
    """How a parameter of a sheet differs from device to device, see `Spread`."""

    model_config = ConfigDict(extra="forbid")
    relative: Any = None
    absolute: Any = None
    low: Any = None
    high: Any = None
    fast: Literal[-1, 0, 1] = 0
    source: str
    status: Literal["read", "computed", "recalled", "assumed"] = "read"


class Sheet(BaseModel):
    """A device sheet: a law, a publication, and the law's parameters from it.

    Sheets of switching laws say in `sweep` under which voltages they switch back and forth.
    `spread` says how far devices differ.
    """

    model_config = ConfigDict(extra="forbid")
    title: str
    model: str
    cite: list[str]
    notes: str = ""
    sweep: Sweep | None = None
    parameters: dict[str, SheetParameter]
    spread: dict[str, SheetSpread] = {}


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
    law = _law_of(name)
    return [kind for kind, method in KINDS.items() if hasattr(law, method)]


def load_sheet(name: str) -> Sheet:
    """The sheet called `name`, or in the file ``name.yaml``.

    Raises
    ------
    SpecError : no pack has such a sheet, the file cannot be read, or the sheet is malformed.
    """
    return validate(Sheet, _document(name)[1]) if is_sheet_file(name) else _packed_sheet(name)


@cache
def _packed_sheet(name: str) -> Sheet:
    return validate(Sheet, _packed(name)[1])


def is_sheet_file(name: str) -> bool:
    """Whether `name` is the path of a sheet's file, and not a name within a pack."""
    return name.endswith(".yaml")


def load_device(name: str, **overrides: Any) -> Any:
    """The device whose published values stand in the sheet `name`.

    Parameters
    ----------
    name : a name from `list_devices`, or the path of a sheet's file, which ends in ``.yaml``.
    overrides : parameters that replace the sheet's: SI numbers or text with a unit.

    Raises
    ------
    SpecError : unknown sheet or parameter, or a value of the wrong dimension or out of range.
    """
    pack, document = _document(name)
    sheet = load_sheet(name)
    law = _law(pack, sheet, document)
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


def spreads_of(name: str, law: Any, chosen: typing.Mapping[str, Any] | None = None) -> Spreads:
    """How the parameters of a device differ from device to device.

    Parameters
    ----------
    name : its sheet.
    law : the device, which may know its spread itself (`spreads`); the sheet's goes before that.
    chosen : goes before both, by parameter: a standard deviation over the value, or what `Spread`
        takes, as numbers or text with a unit.

    Raises
    ------
    SpecError : unknown parameters, and values that are no spread.
    """
    units = device_parameters(name)
    found = dict(getattr(law, "spreads", {}))
    faults = []
    sheet = {
        k: v.model_dump(exclude={"source", "status"}) for k, v in load_sheet(name).spread.items()
    }
    for where, given in (("spread", sheet), ("device.spread", chosen or {})):
        for key, value in given.items():
            try:
                found[key] = _spread(value, key, units)
            except SpecError as error:
                faults += [f"{where}.{key}: {fault}" for fault in error.faults]
    if faults:
        raise SpecError(faults)
    return found


def _spread(value: Any, key: str, units: typing.Mapping[str, str]) -> Spread:
    if key not in units:
        raise SpecError(f"unknown key{suggestion(key, list(units))}")
    if not isinstance(value, typing.Mapping):
        return Spread(relative=quantity(value, "dimensionless"))
    known = [field.name for field in dataclasses.fields(Spread)]
    for name in value:
        if name not in known:
            raise SpecError(f"{name}: unknown key{suggestion(str(name), known)}")
    si = {
        name: quantity(value[name], "dimensionless" if name == "relative" else units[key])
        for name in ("relative", "absolute", "low", "high")
        if value.get(name) is not None
    }
    return Spread(**si, fast=value.get("fast", 0))


def device_parameters(name: str) -> dict[str, str]:
    """Unit of each parameter that the sheet `name` takes."""
    fields = dataclasses.fields(_law_of(name))
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
    return [_pack(entry) for entry in entry_points(group=GROUP)]


def _pack(entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except Exception as error:  # whatever a pack of somebody else does when it is imported
        raise SpecError(
            f"the pack of devices '{entry.name}' ({entry.value}) cannot be imported: "
            f"{type(error).__name__}: {error}"
        ) from error


def _sheet_names(pack: Any) -> list[str]:
    folder = files(pack) / "parameters"
    if not folder.is_dir():
        raise SpecError(f"the pack of devices {pack.__name__} has no folder 'parameters'")
    return [p.name[:-5] for p in folder.iterdir() if p.name.endswith(".yaml")]


def _document(name: str) -> tuple[Any, Document]:
    """The pack of a sheet, None of a file, and what stands in it; files are read anew."""
    return (None, read_yaml_file(Path(name))) if is_sheet_file(name) else _packed(name)


@cache
def _packed(name: str) -> tuple[Any, Document]:
    for pack in _packs():
        sheet = files(pack) / "parameters" / f"{name}.yaml"
        if name.replace("_", "").isalnum() and sheet.is_file():
            return pack, read_yaml(sheet.read_text("utf-8"), f"{name}.yaml")
    raise SpecError(f"no device sheet '{name}'{suggestion(name, list_devices())}")


def _law_of(name: str) -> typing.Any:
    pack, document = _document(name)
    return _law(pack, load_sheet(name), document)


def _law(pack: Any, sheet: Sheet, document: Document) -> typing.Any:
    """The class of a sheet: in a module of its pack, or anywhere if its name has a dot."""
    module, _, cls = sheet.model.partition(":")
    full = f"{pack.__name__}.{module}" if pack is not None and "." not in module else module
    try:
        found = getattr(import_module(full), cls)
    except (ImportError, AttributeError, ValueError) as error:
        raise SpecError(
            f"{document.where(('model',))}: model: '{sheet.model}' cannot be found; expected "
            "module:Class of a pack, or package.module:Class"
        ) from error
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        raise SpecError(
            f"{document.where(('model',))}: model: '{sheet.model}' is no law; a law is a dataclass"
        )
    return found
