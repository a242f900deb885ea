"""Placements on file: JSON that says what was placed, on what, and where each piece stands."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from xbarsim.backend import to_numpy
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.layers import Node
from xbarsim.mapping.graph import Graph
from xbarsim.mapping.placement import Placement
from xbarsim.mapping.read import read_model
from xbarsim.mapping.slots import Slot
from xbarsim.mapping.strategy import Strategy

FORMAT = "xbarsim placement"
VERSION = 1
_FIELDS = list(Slot._fields)


def save_placement(placement: Placement, path: str | Path) -> None:
    """Write `placement` to a JSON file, whole or not at all.

    Weights are not in the file, but a digest of each layer is, so that it is only read with the
    network that was placed.

    Raises
    ------
    SpecError : the file cannot be written.
    """
    path = Path(path)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "network": _network(placement.graph),
        "hardware": _hardware(placement.hardware),
        "strategy": asdict(placement.strategy),
        "slot_fields": _FIELDS,
    }
    head = json.dumps(document, indent=1)[:-2]
    slots = ",\n".join(f"  {json.dumps(list(slot))}" for slot in placement.slots)
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_text(f'{head},\n "slots": [\n{slots}\n ]\n}}\n', "utf-8")
        partial.replace(path)
    except OSError as error:
        raise SpecError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def load_placement(path: str | Path, model: Any, hardware: Hardware) -> Placement:
    """The placement of `model` on `hardware` that `save_placement` wrote to `path`.

    Raises
    ------
    SpecError : no such file, or one that is damaged or of another format; another network, with the
        layers that differ; arrays of another size or encoding; slots that cannot be. The message
        names the file.
    """
    graph = read_model(model)
    try:
        document = _document(Path(path))
        _same_hardware(document["hardware"], _hardware(hardware))
        _same_network(document["network"], _network(graph))
        strategy = Strategy(**document["strategy"])
        slots = tuple(Slot(*slot) for slot in document["slots"])
        return Placement(graph=graph, hardware=hardware, strategy=strategy, slots=slots)
    except SpecError as error:
        raise SpecError([f"{path}: {fault}" for fault in error.faults]) from None


def _document(path: Path) -> dict[str, Any]:
    """What the file holds, of the right form."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SpecError(f"cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise SpecError(f"is damaged: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SpecError(f"holds no placement: there is no format {FORMAT!r}")
    if document.get("version") != VERSION:
        raise SpecError(f"has version {document.get('version')!r}; this reads version {VERSION}")
    kinds = {"network": dict, "hardware": dict, "strategy": dict, "slots": list}
    for name, kind in kinds.items():
        if not isinstance(document.get(name), kind):
            raise SpecError(f"is damaged: {name} is missing or of the wrong kind")
    known = set(Strategy.__dataclass_fields__)
    if set(document["strategy"]) != known:
        raise SpecError(f"is damaged: strategy must hold {', '.join(sorted(known))}")
    if document.get("slot_fields") != _FIELDS:
        raise SpecError(f"is damaged: slot_fields must be {', '.join(_FIELDS)}")
    for k, slot in enumerate(document["slots"]):
        if not _is_slot(slot):
            raise SpecError(f"is damaged: slots.{k} is {slot!r}; expected {', '.join(_FIELDS)}")
    return document


def _is_slot(slot: Any) -> bool:
    whole = isinstance(slot, list) and len(slot) == len(_FIELDS)
    return whole and all(type(v) is (str if k < 2 else int) for k, v in enumerate(slot))


def _hardware(hardware: Hardware) -> dict[str, Any]:
    """What of the hardware decides where weights stand."""
    return {
        "rows": hardware.rows,
        "cols": hardware.cols,
        "bias_rows": hardware.bias_rows,
        **{f"encoding.{name}": value for name, value in asdict(hardware.code).items()},
    }


def _same_hardware(filed: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    faults = [
        f"was placed with {name} {filed.get(name)!r}; the hardware has {given.get(name)!r}"
        for name in dict.fromkeys([*given, *filed])
        if filed.get(name) != given.get(name) or (name in filed) != (name in given)
    ]
    if faults:
        raise SpecError(faults)


def _network(graph: Graph) -> dict[str, Any]:
    """Names and digests of all nodes, and how the network is entered and left."""
    return {
        "inputs": list(graph.inputs),
        "output": graph.output,
        "dt": graph.dt,
        "layers": {node.name: _digest(node) for node in graph.nodes},
    }


def _digest(node: Node) -> str:
    """Digest of an operation, its settings, what it takes and its arrays."""
    settings = json.dumps(dict(node.settings), sort_keys=True, default=_plain)
    found = sha256(json.dumps([node.op, node.inputs, settings]).encode())
    for name in sorted(node.arrays):
        array = to_numpy(node.arrays[name])
        little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        found.update(json.dumps([name, little.dtype.str, little.shape]).encode())
        found.update(little.data)
    return found.hexdigest()[:16]


def _plain(value: Any) -> Any:
    """A number or an array of NumPy as JSON has it."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _same_network(filed: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    faults = [
        f"was placed with the network's {name} {filed.get(name)!r}; it is {given[name]!r}"
        for name in ("inputs", "output", "dt")
        if filed.get(name) != given[name]
    ]
    theirs, ours = filed.get("layers"), given["layers"]
    if not isinstance(theirs, dict):
        raise SpecError("is damaged: network.layers is missing or of the wrong kind")
    faults += [
        f"placed layer {name}, which the network does not have"
        for name in theirs
        if name not in ours
    ]
    faults += [f"does not place layer {name} of the network" for name in ours if name not in theirs]
    faults += [
        f"layer {name} has digest {theirs[name]} in the file and {ours[name]} in the network: "
        "its weights, settings or inputs differ"
        for name in ours
        if name in theirs and theirs[name] != ours[name]
    ]
    if not faults and list(theirs) != list(ours):
        faults = ["was placed for a network whose layers run in another order"]
    if faults:
        raise SpecError(faults[:5])
