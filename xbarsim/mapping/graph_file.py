"""A network as arrays and text, to be kept on file."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.backend import to_numpy
from xbarsim.errors import DataError
from xbarsim.layers import Node
from xbarsim.mapping.graph import Graph

_STRUCTURE = "graph"
Arrays = dict[str, npt.NDArray[Any]]


def graph_arrays(graph: Graph) -> Arrays:
    """Everything that `graph` is, as arrays for an ``.npz`` file."""
    nodes = [
        {
            "name": node.name,
            "op": node.op,
            "inputs": node.inputs,
            "settings": dict(node.settings),
            "arrays": list(node.arrays),
        }
        for node in graph.nodes
    ]
    rest = {"inputs": graph.inputs, "output": graph.output, "dt": graph.dt, "nodes": nodes}
    found: Arrays = {_STRUCTURE: np.array(json.dumps(rest, sort_keys=True))}
    for k, node in enumerate(graph.nodes):
        found |= {f"{k}/{name}": to_numpy(array) for name, array in node.arrays.items()}
    return found


def graph_from(arrays: Mapping[str, npt.NDArray[Any]]) -> Graph:
    """The network that `graph_arrays` took apart.

    Raises
    ------
    DataError : something is missing.
    """
    try:
        rest = json.loads(str(arrays[_STRUCTURE]))
        nodes = [
            Node(
                name=node["name"],
                op=node["op"],
                inputs=tuple(node["inputs"]),
                settings={name: _tuples(value) for name, value in node["settings"].items()},
                arrays={name: arrays[f"{k}/{name}"] for name in node["arrays"]},
            )
            for k, node in enumerate(rest["nodes"])
        ]
        names = tuple(rest["inputs"])
        return Graph(nodes=tuple(nodes), inputs=names, output=rest["output"], dt=rest["dt"])
    except (KeyError, ValueError) as error:
        raise DataError(f"this holds no whole network: {error}") from None


def graph_digest(graph: Graph) -> str:
    """A hash of a network's structure and weights: equal for equal networks."""
    found = blake2b(digest_size=10)
    for name, array in graph_arrays(graph).items():
        found.update(f"{name} {array.dtype.str} {array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def _tuples(value: Any) -> Any:
    """`value` with tuples where JSON has lists."""
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
