"""A scenario file to a plan: the checked scenario and every point it stands for."""

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xbarsim.device import list_devices, load_device
from xbarsim.documents import Document, read_yaml, validate
from xbarsim.errors import SpecError
from xbarsim.scenario.build import check_ages, hardware_of
from xbarsim.scenario.gallery import find_scenario
from xbarsim.scenario.schema import Scenario, check_sheet
from xbarsim.scenario.sweep import Point, get_path, points, set_path

#: parts that do not change what a trial computes
_NOT_PHYSICS = ("name", "description", "sweep", "run", "output", "report", "schema_version")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A checked scenario and its points.

    Parameters
    ----------
    scenario : the file as it stands, before the sweep is applied.
    axes : dotted paths that are swept.
    points : the scenario at every point of the sweep.
    source : what messages call the file.
    """

    scenario: Scenario
    axes: list[str]
    points: list[Scenario]
    source: str

    @property
    def resolved(self) -> dict[str, Any]:
        """The scenario as plain data in SI units, every default filled in."""
        return self.scenario.model_dump(mode="json")

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides the table: equal fingerprints give equal tables."""
        return digest(self.identity)

    @property
    def identity(self) -> dict[str, Any]:
        """What the fingerprint is a hash of."""
        kept = {k: v for k, v in self.resolved.items() if k not in _NOT_PHYSICS or k == "sweep"}
        kept["sweep"] = {k: v for k, v in kept["sweep"].items() if k != "max_points"}
        return kept

    def axis_values(self, point: int) -> dict[str, Any]:
        """The swept values at a point, SI."""
        data = self.points[point].model_dump(mode="json")
        return {path: get_path(data, path) for path in self.axes}


def digest(data: Any) -> str:
    """A hash of plain data that does not depend on the order of keys."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def physics(scenario: Scenario) -> dict[str, Any]:
    """All of a point that decides its trials, as plain data."""
    return {k: v for k, v in scenario.model_dump(mode="json").items() if k not in _NOT_PHYSICS}


def load_scenario(source: str | Path, settings: Mapping[str, Any] | None = None) -> Plan:
    """Read, check and resolve a scenario.

    Parameters
    ----------
    source : a file, or a name from the gallery.
    settings : dotted path → value; replaces what the file says. A swept path is then no longer
        swept.

    Raises
    ------
    SpecError : every fault of the file with line, column and path.
    """
    document = find_scenario(source)
    document = _with_settings(document, settings or {})
    scenario = _checked(document)
    try:
        swept = points(document.data.get("sweep") or {})
    except SpecError as error:
        raise SpecError([document.placed(fault) for fault in error.faults]) from None
    faults: list[str] = []
    found: list[Scenario] = []
    for point in swept:
        try:
            found.append(_checked(_at(document, point)))
        except SpecError as error:
            faults += [f for f in error.faults if f not in faults]
    if faults:
        raise SpecError(faults)
    return Plan(scenario=scenario, axes=list(swept[0]), points=found, source=document.name)


def parse_setting(text: str) -> tuple[str, Any]:
    """``array.rows=64`` as path and value; the value is read as YAML.

    Raises
    ------
    SpecError : there is no ``=``, or the value is not YAML.
    """
    path, equals, value = text.partition("=")
    if not (equals and path.strip()):
        raise SpecError(f"--set {text}: expected key=value, for example array.rows=64")
    return path.strip(), read_yaml(f"value: {value}", f"--set {path}").data["value"]


def _with_settings(document: Document, settings: Mapping[str, Any]) -> Document:
    """`document` with `settings` in place of what it says, swept or not."""
    data, places = copy.deepcopy(document.data), dict(document.places)
    for path, value in settings.items():
        _unsweep(data, path)
        set_path(data, path, value)
        parts = _parts(path)
        places = {k: v for k, v in places.items() if k[: len(parts)] != parts}
        places[parts] = f"--set {path}"
    return Document(document.name, data, places)


def _unsweep(data: Any, path: str) -> None:
    """Take `path` and all below it out of the sweep."""
    sweep = data.get("sweep") if isinstance(data, dict) else None
    if not isinstance(sweep, dict):
        return

    def stays(axis: str) -> bool:
        return axis != path and not axis.startswith(f"{path}.")

    if isinstance(sweep.get("axes"), dict):
        sweep["axes"] = {k: v for k, v in sweep["axes"].items() if stays(k)}
    if isinstance(sweep.get("zip"), list):
        groups = [{k: v for k, v in g.items() if stays(k)} for g in sweep["zip"]]
        sweep["zip"] = [g for g in groups if g]


def _at(document: Document, point: Point) -> Document:
    """`document` at a point of its sweep; places of swept values are those of their axes."""
    data, places = copy.deepcopy(document.data), dict(document.places)
    for path, value in point.items():
        set_path(data, path, value)
        axis = _axis_place(document, path)
        if axis is not None:
            places[_parts(path)] = axis
    return Document(document.name, data, places)


def _axis_place(document: Document, path: str) -> tuple[int, int] | str | None:
    found = [at for where, at in document.places.items() if where[:1] == ("sweep",)
             and where[-1] == path]  # fmt: skip
    return found[0] if found else None


def _parts(path: str) -> tuple[str | int, ...]:
    return tuple(int(p) if p.isdigit() else p for p in path.split("."))


def _checked(document: Document) -> Scenario:
    """The scenario in `document`, its device and ages included; all faults at once."""
    faults = _device_faults(document)
    try:
        scenario = validate(Scenario, document)
    except SpecError as error:
        raise SpecError([*error.faults, *faults]) from None
    if faults:
        raise SpecError(faults)
    try:
        check_ages(scenario, hardware_of(scenario).device)
    except SpecError as error:
        raise SpecError([document.placed(fault) for fault in error.faults]) from None
    return scenario


def _device_faults(document: Document) -> list[str]:
    device = document.data.get("device") if isinstance(document.data, dict) else None
    if not isinstance(device, dict) or not isinstance(device.get("sheet"), str):
        return []  # the schema says what is wrong
    try:
        check_sheet(device["sheet"], list_devices())
    except SpecError as error:
        return [f"{document.where(('device', 'sheet'))}: device.sheet: {error}"]
    try:
        load_device(**{"name": device["sheet"]} | {k: v for k, v in device.items() if k != "sheet"})
    except SpecError as error:
        return [document.placed(fault) for fault in error.faults]
    return []
