"""A constant that is added to what a layer gives becomes its bias."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.layers import Node
from xbarsim.mapping.graph import Graph


def with_bias(graph: Graph) -> Graph:
    """`graph` with a constant that is added to a layer's output as the layer's bias.

    It is, where that layer has none yet, is not read by anything else, stands on tiles of its own,
    and the constant is the same for every vector.
    """
    users = Counter(name for node in graph.nodes for name in node.inputs)
    users[graph.output] += 1
    homes = Counter(node.home for node in graph.nodes)
    kept: dict[str, Node] = {}
    renamed: dict[str, str] = {}
    for node in graph.nodes:
        node = replace(node, inputs=tuple(renamed.get(name, name) for name in node.inputs))
        layer = kept.get(node.inputs[0]) if node.op == "add" and len(node.inputs) == 1 else None
        bias = _bias(layer, node) if layer else None
        if layer and bias is not None and users[layer.name] == homes[layer.home] == 1:
            kept[layer.name] = replace(layer, arrays={**layer.arrays, "bias": bias})
            renamed[node.name] = layer.name
            users[layer.name] = users[node.name]
        else:
            kept[node.name] = node
    output = renamed.get(graph.output, graph.output)
    return replace(graph, nodes=tuple(kept.values()), output=output)


def _bias(layer: Node, add: Node) -> npt.NDArray[Any] | None:
    """What `add` adds to each output of `layer`; None if it is no bias."""
    added = next(iter(add.arrays.values()))
    if layer.op not in ("linear", "conv") or "bias" in layer.arrays:
        return None
    w = layer.arrays["weights"]
    if layer.op == "linear":
        out, axis = len(w), added.ndim - 1
    else:
        groups = layer.settings["groups"]
        out = w.shape[1] * groups if layer.settings.get("transposed") else len(w)
        axis = added.ndim - 1 - (w.ndim - 2)
    if added.size == 1 or (axis > 0 and added.shape[axis] == added.size == out):
        return np.broadcast_to(added.reshape(-1), (out,)).astype(w.dtype)
    return None
