"""A constant that is added to what a layer gives becomes its bias."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.layers import Node
from xbarsim.mapping.absorb import absorbed
from xbarsim.mapping.graph import Graph


def with_bias(graph: Graph) -> Graph:
    """`graph` with a constant that is added to a layer's output as the layer's bias.

    It is, where that layer has none yet, is not read by anything else, stands on tiles of its own,
    and the constant is the same for every vector.
    """

    def merged(layer: Node, add: Node) -> Node | None:
        bias = _bias(layer, add) if add.op == "add" and len(add.inputs) == 1 else None
        return None if bias is None else replace(layer, arrays={**layer.arrays, "bias": bias})

    return absorbed(graph, merged)


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
