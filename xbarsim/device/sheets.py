"""Sheets: published values of a law, found in packs, and devices made of them."""

import dataclasses
import typing
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from xbarsim.device.parameters import key_of
from xbarsim.device.spread import Spread, Spreads
from xbarsim.documents import Document, dotted_path, read_text, read_yaml, validate
from xbarsim.errors import SpecError, suggestion
from xbarsim.units import quantity

GROUP = "xbarsim.device_models"


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
    names = sorted(name for pack in _packs() for name in sheet_names(pack))
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
    return _in_file(name)[1] if is_sheet_file(name) else _packed_sheet(name)


def has_sheet(name: str) -> bool:
    """Whether a pack has a sheet called `name`, well-formed or not."""
    try:
        _packed(name)
    except SpecError:
        return name in list_devices()
    return True


@cache
def _packed_sheet(name: str) -> Sheet:
    return validate(Sheet, _packed(name)[1])


def is_sheet_file(name: str) -> bool:
    """Whether `name` is the path of a sheet's file, and not a name within a pack."""
    return name.endswith(".yaml")


def load_device(name: str, /, **overrides: Any) -> Any:
    """The device whose published values stand in the sheet `name`.

    Parameters
    ----------
    name : a name from `list_devices`, or the path of a sheet's file, which ends in ``.yaml``.
    overrides : parameters that replace the sheet's: SI numbers or text with a unit.

    Raises
    ------
    SpecError : unknown sheet or parameter, or a value of the wrong dimension or out of range.

    Examples
    --------
    >>> cell = load_device("joshi_2020", g_max="20 uS")
    >>> cell.window  # S
    (0.0, 2e-05)
    """
    pack, document = _document(name)
    sheet = load_sheet(name)
    law = _law(pack, sheet, document)
    fields, units = _fields(law), _units(law)
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
    return dict(_units(_law_of(name)))


@cache
def _fields(law: typing.Any) -> "dict[str, dataclasses.Field[Any]]":
    return {key_of(f): f for f in dataclasses.fields(law)}


@cache
def _units(law: typing.Any) -> dict[str, str]:
    return {key: f.metadata.get("unit", "dimensionless") for key, f in _fields(law).items()}


def _convert(
    into: dict[str, Any], field: "dataclasses.Field[Any]", value: Any, where: str
) -> list[str]:
    """Put `value` in SI under the field's key; the faults met on the way."""
    depth = str(field.type).count("tuple")
    try:
        into[key_of(field)] = _to_si(value, field.metadata.get("unit", "dimensionless"), depth)
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


def sheet_names(pack: Any) -> list[str]:
    """Names of the sheets of a pack, an imported package.

    Raises
    ------
    SpecError : it has no folder of them.
    """
    folder = files(pack) / "parameters"
    if not folder.is_dir():
        raise SpecError(f"the pack of devices {pack.__name__} has no folder 'parameters'")
    return [p.name[:-5] for p in folder.iterdir() if p.name.endswith(".yaml")]


def _document(name: str) -> tuple[Any, Document]:
    """The pack of a sheet, None of a file, and what stands in it; files are read anew."""
    return (None, _in_file(name)[0]) if is_sheet_file(name) else _packed(name)


def _in_file(name: str) -> tuple[Document, Sheet]:
    """What stands in a file now."""
    return _parsed(read_text(Path(name)), name)


@lru_cache(maxsize=64)
def _parsed(text: str, name: str) -> tuple[Document, Sheet]:
    document = read_yaml(text, str(Path(name)))
    return document, validate(Sheet, document)


@cache
def _packed(name: str) -> tuple[Any, Document]:
    for pack in _packs():
        if name in sheet_names(pack):
            sheet = files(pack) / "parameters" / f"{name}.yaml"
            return pack, read_yaml(sheet.read_text("utf-8"), sheet.name)
    raise SpecError(f"no device sheet '{name}'{suggestion(name, list_devices())}")


def _law_of(name: str) -> typing.Any:
    pack, document = _document(name)
    return _law(pack, load_sheet(name), document)


def _full(pack: Any, module: str) -> str:
    """Name by which a module of laws is imported; for a sheet on file that of any pack."""
    if "." in module:
        return module
    for one in _packs() if pack is None else [pack]:
        name = f"{one.__name__}.{module}"
        if pack is not None or find_spec(name):
            return name
    return module


def _law(pack: Any, sheet: Sheet, document: Document) -> typing.Any:
    """The class of a sheet: in a module of its pack, or anywhere if its name has a dot."""
    module, _, cls = sheet.model.partition(":")
    try:
        found = getattr(import_module(_full(pack, module)), cls)
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
