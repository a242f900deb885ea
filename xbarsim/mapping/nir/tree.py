"""What a NIR file or graph says, as plain parts and edges without graphs inside graphs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any

import numpy as np

from xbarsim.errors import SpecError

_NO_PARAMETER = {"metadata", "version", "input_type", "output_type"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """A node of a NIR graph.

    Parameters
    ----------
    name : in the graph; ``outer.inner`` of a graph in a graph.
    kind : its NIR type.
    values : its parameters: arrays and texts.
    inner : whether it stands in a graph in the graph.
    """

    name: str
    kind: str
    values: Mapping[str, Any]
    inner: bool = False

    def __str__(self) -> str:
        return f"node {self.name} ({self.kind})"


@dataclass(frozen=True, kw_only=True, eq=False)
class Wiring:
    """A flat NIR graph.

    Parameters
    ----------
    parts : its nodes by name.
    sources : for each node, the nodes whose outputs it is given the sum of.
    """

    parts: dict[str, Part]
    sources: dict[str, list[str]]


def read_tree(model: Any) -> Wiring:
    """The parts of a NIR graph, its subgraphs dissolved.

    An input or output of a subgraph, and the output of the graph, pass on what they are given; they
    stay among `parts`, so that the caller sees what they declare.

    Parameters
    ----------
    model : a ``nir.NIRGraph``, or the path of a NIR file.

    Raises
    ------
    SpecError : a file that is missing, truncated or no NIR file; edges that name no node, or stand
        twice; a subgraph with other than one input and one output.
    """
    where = ""
    if isinstance(model, str | PathLike):
        where = f"{fspath(model)}: "
        tree = _from_file(fspath(model))
    elif type(model).__name__ == "NIRGraph":
        tree = _from_object(model)
    else:
        raise SpecError(f"cannot read a {type(model).__name__}; expected a nir.NIRGraph or a path")
    if tree.get("type") != "NIRGraph":
        raise SpecError(f"{where}holds a {tree.get('type')}; expected a NIRGraph")
    parts: dict[str, Part] = {}
    sources: dict[str, list[str]] = {}
    _flatten(tree, "", parts, sources)
    return Wiring(parts=parts, sources=sources)


def _from_file(path: str) -> dict[str, Any]:
    try:
        import h5py
    except ImportError:
        raise SpecError(
            f"{path}: NIR files are read with the package h5py, which is not installed: "
            "pip install 'xbarsim[nir]'"
        ) from None
    try:
        with h5py.File(path, "r") as file:
            tree = _from_group(file["node"])
    except FileNotFoundError as error:
        raise SpecError(f"{path}: no such file") from error
    except (OSError, KeyError, RuntimeError, ValueError, MemoryError) as error:
        raise SpecError(f"{path}: not a NIR file, or a truncated one: {error}") from error
    return tree


def _from_group(group: Any) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key in group:
        item = group[key]
        tree[str(key)] = _from_group(item) if hasattr(item, "keys") else _text(item[()])
    if isinstance(tree.get("edges"), np.ndarray):
        tree["edges"] = [tuple(map(_text, edge)) for edge in tree["edges"]]
    return tree


def _from_object(node: Any) -> dict[str, Any]:
    kind, values = type(node).__name__, vars(node)
    tree = {key: _on_cpu(value) for key, value in values.items() if key not in _NO_PARAMETER}
    if kind in ("Input", "Output"):
        side = values.get(f"{kind.lower()}_type")
        tree["shape"] = side.get(kind.lower()) if isinstance(side, dict) else side
    if kind == "NIRGraph":
        tree["nodes"] = {str(name): _from_object(part) for name, part in node.nodes.items()}
        tree["edges"] = [(str(a), str(b)) for a, b in node.edges]
    return {**tree, "type": kind}


def _on_cpu(value: Any) -> Any:
    """A tensor, which exporters leave in a graph, as an array; all else as it is."""
    return np.asarray(value.detach().cpu()) if hasattr(value, "detach") else value


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _flatten(
    tree: Mapping[str, Any], prefix: str, parts: dict[str, Part], sources: dict[str, list[str]]
) -> None:
    if not isinstance(tree.get("nodes"), dict) or not isinstance(tree.get("edges"), Iterable):
        raise SpecError(f"graph {prefix.rstrip('.') or 'at the top'} has no nodes or no edges")
    nodes, inside = tree["nodes"], prefix.rstrip(".")
    for name, node in nodes.items():
        kind = str(node.get("type"))
        if kind == "NIRGraph":
            _flatten(node, f"{prefix}{name}.", parts, sources)
            continue
        values = {k: v for k, v in node.items() if k not in _NO_PARAMETER | {"type"}}
        if prefix + name in parts:
            raise SpecError(f"two nodes are called {prefix + name!r}")
        part = Part(name=prefix + name, kind=kind, values=values, inner=bool(prefix))
        parts[part.name], sources[part.name] = part, []
    for source, target in tree["edges"]:
        missing = [name for name in (source, target) if name not in nodes]
        if missing:
            raise SpecError(
                f"the edge from {source!r} to {target!r}{f' in graph {inside}' if inside else ''} "
                f"names {missing[0]!r}, which is not there; there are {', '.join(map(repr, nodes))}"
            )
        start, end = prefix + _port(nodes, source, "Output"), prefix + _port(nodes, target, "Input")
        if start in sources[end]:
            raise SpecError(f"the edge from {source!r} to {target!r} stands twice")
        sources[end].append(start)


def _port(nodes: Mapping[str, Any], name: str, kind: str) -> str:
    """Where an edge of node `name` ends: a graph's own input or output, at any depth."""
    node = nodes[name]
    if node.get("type") != "NIRGraph":
        return name
    ports = [inner for inner, part in node["nodes"].items() if part.get("type") == kind]
    if len(ports) != 1:
        raise SpecError(
            f"graph {name} has {len(ports)} nodes of type {kind}; expected one, since an edge does "
            "not say which"
        )
    return f"{name}.{ports[0]}"
