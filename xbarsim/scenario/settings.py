"""What the command line says in place of a scenario's file: values, and axes of its sweep."""

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

from xbarsim.documents import Document, read_yaml
from xbarsim.errors import SpecError
from xbarsim.scenario.conditions import matches
from xbarsim.scenario.paths import place_of, set_path

#: stands in a list for what an option takes out
_GONE: Any = object()

_RANGE = re.compile(r"([^:,\[\]{}]+):([^:,\[\]{}]+):\s*(\d+)\s*(?::\s*(\w+)\s*)?")


def parse_setting(text: str) -> tuple[str, Any]:
    """``array.rows=64`` as path and value; the value is read as YAML.

    Raises
    ------
    SpecError : there is no ``=``, or the value is not YAML.
    """
    path, value = _parts(text, "--set", "key=value, for example array.rows=64")
    return path, _read(value, "--set", path)


def parse_sweep(text: str) -> tuple[str, Any]:
    """An axis from the command line, as path and axis.

    ``array.rows=32,64,128`` lists values, each read as YAML; ``device.read_noise=0:0.04:5`` are
    five at equal distances and ``array.wires.r_word=1 ohm:100 ohm:3:log`` three at equal ratios; a
    list or mapping is an axis as it would stand in a file.

    Raises
    ------
    SpecError : there is no ``=``, nothing behind it, or no YAML.
    """
    example = "key=values, for example array.rows=32,64,128 or device.read_noise=0:0.04:5"
    path, value = _parts(text, "--sweep", example)
    if not value.strip():
        raise SpecError(f"--sweep {text}: expected {example}")
    spaced = _RANGE.fullmatch(value)
    if spaced:
        first, last, num, how = spaced.groups()
        if how not in (None, "log"):
            raise SpecError(f"--sweep {path}: {value!r}: expected first:last:number or ...:log")
        ends = _read(f"[{first}, {last}]", "--sweep", path)
        form = "logspace" if how else "linspace"
        return path, {form: {"from": ends[0], "to": ends[1], "num": int(num)}}
    if value.strip()[0] in "[{":
        try:
            axis = _read(value, "--sweep", path)
        except SpecError:
            pass  # several values, the first of which is a list or a mapping
        else:
            return path, axis
    return path, _read(f"[{value}]", "--sweep", path)


def _read(text: str, option: str, path: str) -> Any:
    """What `text` says as YAML; no place in it is told, as it is short."""
    try:
        document = read_yaml(f"value: {text}", "").data
    except SpecError as error:
        raise SpecError(f"{option} {path}: {str(error).partition(': ')[2]}") from None
    if list(document) != ["value"]:
        raise SpecError(f"{option} {path}: expected one value, not lines of keys")
    return document["value"]


def _parts(text: str, option: str, example: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not (equals and path.strip()):
        raise SpecError(f"{option} {text}: expected {example}")
    return path.strip(), value


def with_settings(
    document: Document, settings: Mapping[str, Any], sweeps: Mapping[str, Any]
) -> Document:
    """`document` with `settings` in place of what it says, swept or not, and `sweeps` swept.

    Parameters
    ----------
    settings : dotted path → value; the path is no longer swept.
    sweeps : dotted path → axis, which replaces one of that path.

    Raises
    ------
    SpecError : every path that leads nowhere, or is both set and swept.
    """
    if not isinstance(document.data, dict):
        return document  # the schema says what is wrong
    data = copy.deepcopy(document.data)
    document = Document(document.name, data, document.places, document.told)
    faults = _both(data, settings, sweeps)
    for path, value in settings.items():
        try:
            _unsweep(data, path, "set")
            _decide(data, path, value)
            set_path(data, path, value)
        except SpecError as error:
            faults += [f"--set {fault}" for fault in error.faults]
        else:
            document = document.with_place(place_of(data, path), f"--set {path}")
    for path, axis in sweeps.items():
        try:
            _sweep(data, path, axis)
        except SpecError as error:
            faults += [f"--sweep {fault}" for fault in error.faults]
        else:
            document = document.with_place(("sweep", "axes", path), f"--sweep {path}")
    if faults:
        raise SpecError(faults)
    return _without_gone(document)


def _both(data: Any, settings: Mapping[str, Any], sweeps: Mapping[str, Any]) -> list[str]:
    """Faults of paths that are set, and swept as a whole or with what they lie in."""
    faults = []
    for setting in settings:
        for swept in sweeps:
            place, other = place_of(data, setting), place_of(data, swept)
            if place == other:
                faults.append(f"--sweep {swept}: is also given by --set {setting}; give one")
            elif place[: len(other)] == other:
                faults.append(f"--set {setting}: lies inside {swept}, which --sweep replaces")
    return faults


def _sweep(data: dict[str, Any], path: str, axis: Any) -> None:
    """Make `axis` the one of `path`; where `path` is an axis already it keeps its turn."""
    sweep = data.setdefault("sweep", {})
    if sweep is None:
        sweep = data["sweep"] = {}
    if not isinstance(sweep, dict):
        return  # the schema says what is wrong
    axes = sweep.setdefault("axes", {})
    if not isinstance(axes, dict):
        return
    place, old = place_of(data, path), list(axes)
    _unsweep(data, path, "sweep")
    kept = sweep["axes"]
    sweep["axes"] = {}
    for name in old:
        if place_of(data, str(name)) == place:
            sweep["axes"].setdefault(path, copy.deepcopy(axis))
        elif name in kept:
            sweep["axes"][name] = kept[name]
    sweep["axes"].setdefault(path, copy.deepcopy(axis))


def _unsweep(data: dict[str, Any], path: str, verb: str) -> None:
    """Take `path` and all below it out of the sweep, and out of its conditional blocks.

    Blocks that are left with nothing to sweep go, and rules of ``exclude`` that name what is no
    longer swept.

    Raises
    ------
    SpecError : `path` lies inside an axis, whose values would replace it.
    """
    place = place_of(data, path)

    def stays(axis: Any) -> bool:
        other = place_of(data, str(axis))
        if len(other) < len(place) and place[: len(other)] == other:
            raise SpecError(f"{path}: lies inside {axis}, which is swept; {verb} {axis} instead")
        return other[: len(place)] != place

    for name in ("search", "sensitivity"):
        if isinstance(data.get(name), dict):
            _thin(data[name], stays)
    sweep = data.get("sweep")
    if not isinstance(sweep, dict):
        return
    _thin(sweep, stays)
    for k, block in _items(sweep, "when"):
        if _sweeps(block):
            _thin(block, stays)
            if not _sweeps(block):
                sweep["when"][k] = _GONE
    for k, rule in _items(sweep, "exclude") if verb == "set" else []:
        if not all(map(stays, rule)):
            sweep["exclude"][k] = _GONE


def _decide(data: dict[str, Any], path: str, value: Any) -> None:
    """Take out blocks whose condition `value`, which all points have at `path`, does not meet."""
    place, sweep = place_of(data, path), data.get("sweep")
    for k, block in _items(sweep, "when"):
        rule = block.get("if")
        for own, wanted in rule.items() if isinstance(rule, dict) else []:
            if place_of(data, str(own)) == place and not matches(value, wanted):
                sweep["when"][k] = _GONE  # type: ignore[index]


def _items(sweep: Any, name: str) -> list[tuple[int, dict[str, Any]]]:
    """Blocks or rules of a sweep with their numbers, less what is gone or malformed."""
    items = sweep.get(name) if isinstance(sweep, dict) else None
    found = enumerate(items if isinstance(items, list) else [])
    return [(k, item) for k, item in found if isinstance(item, dict)]


def _without_gone(document: Document) -> Document:
    """`document` less what is gone from its sweep; places of later items stay with them."""
    sweep = document.data.get("sweep")
    for name in ("when", "exclude"):
        items = sweep.get(name) if isinstance(sweep, dict) else None
        if isinstance(items, list) and _GONE in items:
            left = [k for k, item in enumerate(items) if item is not _GONE]
            sweep[name] = [items[k] for k in left]
            document = document.with_items(("sweep", name), left)
    return document


def _thin(block: dict[str, Any], stays: Callable[[Any], bool]) -> None:
    """Leave in the axes, groups and sample of a block the paths that stay."""

    def thinned(axes: dict[str, Any]) -> dict[str, Any]:
        return {path: axis for path, axis in axes.items() if stays(path)}

    if isinstance(block.get("axes"), dict):
        block["axes"] = thinned(block["axes"])
    if _rules(block.get("zip")):
        block["zip"] = [thinned(group) for group in block["zip"]]
    sample = block.get("sample")
    if isinstance(sample, dict) and isinstance(sample.get("axes"), dict) and sample["axes"]:
        left = thinned(sample["axes"])
        block["sample"] = {**sample, "axes": left} if left else None


def _sweeps(block: Mapping[str, Any]) -> bool:
    """Whether a conditional block has anything to sweep."""
    return any(block.get(key) not in (None, {}, [], [{}]) for key in ("axes", "zip", "sample"))


def _rules(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
