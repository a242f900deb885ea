"""A scenario file to a plan: the checked scenario and every point it stands for."""

import copy
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xbarsim.device import device_parameters, load_device, spreads_of
from xbarsim.documents import Document, validate
from xbarsim.errors import SpecError
from xbarsim.scenario.build import check_ages, hardware_of, wires_of
from xbarsim.scenario.cells import device_of
from xbarsim.scenario.chips import check_chip
from xbarsim.scenario.designs import axes_of, check_designs, design_points
from xbarsim.scenario.disturbs import check_disturbs, has_arrays
from xbarsim.scenario.estimators import check_reservoirs, volatile_of
from xbarsim.scenario.gallery import find_scenario
from xbarsim.scenario.lazy_points import Points
from xbarsim.scenario.paths import get_path, place_of, set_path
from xbarsim.scenario.schema import DeviceSpec, Scenario, check_sheet, unit_of
from xbarsim.scenario.settings import parse_setting as parse_setting
from xbarsim.scenario.settings import parse_sweep as parse_sweep
from xbarsim.scenario.settings import with_settings
from xbarsim.scenario.sweep import Point, axis_place, spread, swept_paths
from xbarsim.scenario.sweep import points as points_of
from xbarsim.scenario.systems import check_systems
from xbarsim.units import quantity

#: parts that do not change what a trial computes
NOT_PHYSICS = (
    "name", "description", "sweep", "search", "sensitivity", "run", "output", "report",
    "schema_version",
)  # fmt: skip
#: tables that say which points there are
VARIED = ("sweep", "search", "sensitivity")

#: parts of a sweep that older results know nothing of; left out where nothing is given
_LATER = ("sample", "when")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A checked scenario and its points.

    Parameters
    ----------
    scenario : the file as it stands, before the sweep is applied.
    axes : dotted paths that are swept.
    points : the scenario at every point of the sweep, without the sweep, checked when first
        looked at; of a search, which finds its points as it runs, at one that can be run.
    source : what messages call the file.
    document : what was read, with settings in their places; nothing filled in.
    """

    scenario: Scenario
    axes: list[str]
    points: Points
    source: str
    document: Document

    def check(self, progress: Callable[[int], object] = lambda done: None) -> None:
        """Check what stands beside the sweep, and every point; `progress` is told how many are.

        Raises
        ------
        SpecError : every fault, with line, column and path.
        """
        _checked(self.document)
        for done in self.points.checked():
            progress(done)

    @property
    def most(self) -> int:
        """Points that are run; of a search, as many as it proposes, of which some may be alike."""
        search = self.scenario.search
        return search.points if search else len(self.points)

    @property
    def resolved(self) -> dict[str, Any]:
        """The scenario as plain data in SI units, every default filled in."""
        return self.scenario.model_dump(mode="json")

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides the table: equal fingerprints give the same trials.

        Their order is that of the axes in the file, which is no part of it.
        """
        return digest(self.identity)

    @property
    def identity(self) -> dict[str, Any]:
        """What the fingerprint is a hash of."""
        kept = _given(
            {k: v for k, v in self.resolved.items() if k not in NOT_PHYSICS or k in VARIED}
        )
        kept["sweep"] = {
            k: v for k, v in kept["sweep"].items() if k != "max_points" and (v or k not in _LATER)
        }
        if self.scenario.search:  # more points go on where fewer have ended
            kept["search"] = {k: v for k, v in kept["search"].items() if k != "points"}
        if self.scenario.sensitivity:
            kept["sensitivity"] = {k: v for k, v in kept["sensitivity"].items() if k != "metrics"}
        kept["device"] = _device_in_full(self.scenario)
        return kept

    @property
    def units(self) -> dict[str, str]:
        """SI unit of each axis that is a quantity."""
        device = device_parameters(self.scenario.device.sheet)
        of_device = {f"device.{key}": unit for key, unit in device.items()}
        units = {path: of_device.get(path) or unit_of(path) for path in self.axes}
        return {path: unit for path, unit in units.items() if unit and unit != "dimensionless"}

    def axis_values(self, point: int) -> dict[str, Any]:
        """The swept values at a point: SI numbers or text (``none`` for null)."""
        return cells_at(self.axes, self.points[point], self.points[point].model_dump(mode="json"))

    def at(self, swept: Sequence[Point]) -> "Plan":
        """The same at other points, which its file does not list."""
        return replace(self, points=self.points.others(swept))

    def only(self, numbers: Sequence[int]) -> "Plan":
        """The same at some of its points."""
        return replace(self, points=self.points.only(numbers))


def cells_at(axes: list[str], point: Scenario, data: dict[str, Any]) -> dict[str, Any]:
    """What a table says of a `point` under each of `axes`; `data` is the point as plain data."""
    values = {path: get_path(data, path) for path in axes}
    if any(isinstance(value, dict) for value in values.values()):
        told = point.model_dump(mode="json", exclude_defaults=True)
        return {path: _cell(value, get_path(told, path)) for path, value in values.items()}
    return {path: _cell(value, value) for path, value in values.items()}


def _cell(value: Any, told: Any) -> Any:
    """`value` as it can stand in a table; of a mapping what was `told`, its defaults left out."""
    if value is None:
        return "none"
    if isinstance(value, dict):
        items = [(k, _cell(v, v)) for k, v in (told or {}).items()]
        return ", ".join(str(v) if k == "kind" else f"{k} {v}" for k, v in items) or "defaults"
    return ", ".join(str(v) for v in value) if isinstance(value, list) else value


def digest(data: Any) -> str:
    """A hash of plain data that does not depend on the order of keys."""
    return hashlib.sha256(_canonical(data)).hexdigest()[:20]


def digests(first: Any, seconds: Iterable[Any]) -> list[str]:
    """The `digest` of ``[first, second]`` for each second; `first` is gone through once."""
    begun = hashlib.sha256(b"[" + _canonical(first) + b",")
    out = []
    for second in seconds:
        whole = begun.copy()
        whole.update(_canonical(second) + b"]")
        out.append(whole.hexdigest()[:20])
    return out


def _canonical(data: Any) -> bytes:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def physics(scenario: Scenario, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """All of a point that decides its trials; `data` is the point as plain data, if at hand."""
    whole = scenario.model_dump(mode="json") if data is None else data
    kept = {k: v for k, v in whole.items() if k not in NOT_PHYSICS}
    return _given(kept) | {"device": _device_in_full(scenario)}


def asked_for(document: Document) -> dict[str, Any]:
    """The parts of a `document` that decide its points, as they stand there."""
    kept = {k: v for k, v in document.data.items() if k not in NOT_PHYSICS or k in VARIED}
    sweep = kept.get("sweep") or {}
    return kept | {"sweep": {k: v for k, v in sweep.items() if k != "max_points"}}


def _given(data: dict[str, Any]) -> dict[str, Any]:
    """`data` without optional parts that are not there: they change no result, nor its key."""
    optional = ("effects", "temperature", "search", "sensitivity")
    return {k: v for k, v in data.items() if k not in optional or v is not None}


def _device_in_full(scenario: Scenario) -> dict[str, Any]:
    """The device with its law and every parameter: a sheet may change under its name."""
    device = load_device(scenario.device.sheet, **scenario.device.overrides)
    law = f"{type(device).__module__}:{type(device).__qualname__}"
    plain = json.loads(json.dumps(vars(device)))
    full = {"sheet": scenario.device.sheet, "law": law, "parameters": plain}
    beside = scenario.device.model_dump(mode="json", exclude={"sheet", *scenario.device.overrides})
    return full | {k: v for k, v in beside.items() if v is not None} | _sheet_spread(scenario)


def _sheet_spread(scenario: Scenario) -> dict[str, Any]:
    """What the sheet says of spread, where that is used."""
    spec = scenario.device
    if not spec.sigmas and spec.library is None and not volatile_of(scenario):
        return {}
    device = load_device(spec.sheet, **spec.overrides)
    return {"spreads": {k: vars(v) for k, v in spreads_of(spec.sheet, device).items()}}


def load_scenario(
    source: str | Path | Document,
    settings: Mapping[str, Any] | None = None,
    sweeps: Mapping[str, Any] | None = None,
    *,
    check: bool = True,
) -> Plan:
    """Read, check and resolve a scenario.

    Parameters
    ----------
    source : a file, a name from the gallery, or what was read from one.
    settings : dotted path → value; replaces what the file says. A swept path is then no longer
        swept.
    sweeps : dotted path → axis, as it would stand in ``sweep.axes``; adds to what is swept, or
        replaces the axis of that path.
    check : whether to look at every point now; without it, points that `xbarsim.study.run_study`
        has checked before are taken as they are, so that a large study goes on at once.

    Raises
    ------
    SpecError : every fault of the file with line, column and path.
    """
    read = source if isinstance(source, Document) else find_scenario(source)
    document = with_settings(read, settings or {}, sweeps or {})
    try:
        scenario = _checked(document) if check else _described(document)
    except SpecError as error:
        raise SpecError(list(dict.fromkeys([*error.faults, *_sweep_faults(document)]))) from None
    swept = _designed(document, scenario) if axes_of(scenario) else _swept(document)
    points = Points(swept, lambda point: _checked(_at(document, point)))
    plan = Plan(
        scenario=scenario,
        axes=swept_paths(swept),
        points=points,
        source=document.name,
        document=document,
    )
    if check:
        plan.check()
    return plan


def _designed(document: Document, scenario: Scenario) -> list[Point]:
    """The points of a sensitivity study, or one of a search; faults carry their place."""
    try:
        check_designs(scenario, document.data)
    except SpecError as error:
        raise SpecError([document.placed(fault) for fault in error.faults]) from None
    found = design_points(scenario)
    _refuse_idle(document, found[:1])
    return found if scenario.sensitivity else [_first_that_is(document, found)]


def _first_that_is(document: Document, tried: list[Point]) -> Point:
    """The first of some points that the document can be at; else the faults of the first."""
    faults = list[str]()
    for point in tried:
        try:
            _checked(_at(document, point))
        except SpecError as error:
            faults = faults or error.faults
        else:
            return point
    raise SpecError(faults)


def _swept(document: Document) -> list[Point]:
    """The points of the document's sweep; faults carry their place."""
    sweep = document.data.get("sweep") or {}
    try:
        swept = points_of(sweep, document.data)
    except SpecError as error:
        faults = [document.placed(fault) for fault in error.faults]
        raise SpecError([*faults, *_faults_of_values(document)]) from None
    _refuse_idle(document, swept)
    return swept


def _refuse_idle(document: Document, swept: Iterable[Point]) -> None:
    """Refuse axes that change no result."""
    faults = [
        f"{_axis_place(document, path, point)}: {path}: cannot be swept; it decides nothing in a "
        "result"
        for point in swept
        for path in point
        if path.split(".")[0] in NOT_PHYSICS
    ]
    if faults:
        raise SpecError(list(dict.fromkeys(faults)))


def _sweep_faults(document: Document) -> list[str]:
    """Faults of the sweep of a document that has others."""
    if not isinstance(document.data, dict) or not isinstance(document.data.get("sweep"), dict):
        return []
    try:
        _swept(document)
    except SpecError as error:
        return error.faults
    return _faults_of_values(document)


def _faults_of_values(document: Document) -> list[str]:
    """Faults of the values of a sweep, each seen at some point; those of the file are left out."""
    faults = []
    for point in spread(document.data["sweep"], document.data):
        places = [_axis_place(document, path, point) for path in point]
        try:
            _checked(_at(document, point))
        except SpecError as error:
            faults += [f for f in error.faults if any(f.startswith(f"{at}: ") for at in places)]
    return list(dict.fromkeys(faults))


def _at(document: Document, point: Point) -> Document:
    """`document` at a point of its sweep, which it no longer has.

    Places of swept values are those of their axes.
    """
    kept = {k: v for k, v in document.data.items() if k not in VARIED}
    data, faults = copy.deepcopy(kept), list[str]()
    at = Document(document.name, data, document.places, document.told)
    for path, value in point.items():
        axis = _axis_place(document, path, point)
        try:
            set_path(data, path, value)
        except SpecError as error:
            faults += [f"{axis}: {fault}" for fault in error.faults]
            continue
        at = at.with_place(place_of(data, path), axis)
    if faults:
        raise SpecError(faults)
    return at


def _axis_place(document: Document, path: str, point: Point) -> str:
    """``file:line:column`` of the axis that sets `path` at a point."""
    data = document.data
    for name in ("search", "sensitivity"):
        if (name, "axes", path) in document.places:
            return document.where((name, "axes", path))
    return document.where(axis_place(data.get("sweep"), path, point, data))


def _described(document: Document) -> Scenario:
    """The scenario in `document`, as far as its schema and its device go; all faults at once."""
    faults = _device_faults(document)
    try:
        scenario = validate(Scenario, document)
    except SpecError as error:
        raise SpecError([*error.faults, *faults]) from None
    if faults:
        raise SpecError(faults)
    return _in_si(scenario)


def _checked(document: Document) -> Scenario:
    """The same, and whether all of it fits together."""
    scenario, faults = _described(document), list[str]()
    checks: list[Callable[[], object]] = [
        lambda: check_disturbs(scenario),
        lambda: check_reservoirs(scenario),
        lambda: check_systems(scenario),
        lambda: check_chip(scenario.energy),
        lambda: wires_of(scenario.array),
    ]
    if has_arrays(scenario):
        try:
            device = device_of(scenario)
        except SpecError as error:
            raise SpecError([document.placed(fault) for fault in error.faults]) from None
        checks[4:] = [lambda: hardware_of(scenario), lambda: check_ages(scenario, device)]
    for check in checks:
        try:
            check()
        except SpecError as error:
            faults += [document.placed(fault) for fault in error.faults]
    if faults:
        raise SpecError(faults)
    return scenario


def _in_si(scenario: Scenario) -> Scenario:
    """`scenario` with its device's overrides in SI units."""
    units = device_parameters(scenario.device.sheet)

    def si(value: Any, unit: str) -> Any:
        return [si(v, unit) for v in value] if isinstance(value, list) else quantity(value, unit)

    overrides = {key: si(value, units[key]) for key, value in scenario.device.overrides.items()}
    beside = scenario.device.model_dump(exclude=set(overrides))
    device = DeviceSpec.model_validate(beside | overrides)
    return scenario.model_copy(update={"device": device})


def _device_faults(document: Document) -> list[str]:
    device = document.data.get("device") if isinstance(document.data, dict) else None
    if not isinstance(device, dict) or not isinstance(device.get("sheet"), str):
        return []  # the schema says what is wrong
    if any(not isinstance(key, str) for key in device):
        return []  # so it does of keys that are no text
    try:
        check_sheet(device["sheet"])
    except SpecError as error:
        return [f"{document.where(('device', 'sheet'))}: device.sheet: {error}"]
    try:
        load_device(device["sheet"], **_overrides(device))
    except SpecError as error:
        return [document.placed(_under_device(fault, device)) for fault in error.faults]
    return []


def _overrides(device: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in device.items() if key not in DeviceSpec.model_fields}


def _under_device(fault: str, device: Mapping[str, Any]) -> str:
    """A fault that a law found, under the first key of `device` that it names."""
    if fault.startswith("device."):
        return fault
    key = next((word for word in re.findall(r"\w+", fault) if word in device), None)
    return f"device.{key}: {fault}" if key else f"device: {fault}"
