"""Normalisation with fixed statistics becomes part of the weights before it."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from xbarsim.backend import Array
from xbarsim.layers import Node
from xbarsim.mapping.absorb import absorbed
from xbarsim.mapping.graph import Graph


def fold(graph: Graph) -> Graph:
    """`graph` with each ``batch_norm`` in the ``linear`` or ``conv`` before it, where exact.

    It is exact where the layer's output goes nowhere else, the layer's weights are used once, and
    outputs lie along axis 1, as of a convolution. Of a linear layer they do if it is given
    (n, in): where the normalisation's setting ``axes`` does not say so, the layer will refuse
    anything else. What cannot be folded stays digital.
    """

    def merged(layer: Node, norm: Node) -> Node | None:
        fits = norm.op == "batch_norm" and _fits(layer, norm)
        return _folded(layer, norm) if fits else None

    return absorbed(graph, merged)


def batch_norm_arrays(
    gamma: Array | None, beta: Array | None, mean: Array, variance: Array, epsilon: float
) -> Mapping[str, Array]:
    """Arrays of a ``batch_norm`` node: ``gamma (x - mean) / sqrt(variance + epsilon) + beta``."""
    scale = 1 / np.sqrt(variance.astype(float) + epsilon)
    if gamma is not None:
        scale = scale * gamma
    shift = -mean * scale if beta is None else beta - mean * scale
    return {"scale": scale.astype(mean.dtype), "shift": shift.astype(mean.dtype)}


def _fits(layer: Node, norm: Node) -> bool:
    if layer.op == "linear":
        same = len(layer.arrays["weights"]) == len(norm.arrays["scale"])
        return same and norm.settings.get("axes", 2) == 2
    return layer.op == "conv"


def _folded(layer: Node, norm: Node) -> Node:
    w, scale = layer.arrays["weights"], norm.arrays["scale"].astype(float)
    bias = layer.arrays.get("bias", 0.0) * scale + norm.arrays["shift"]
    if layer.settings.get("transposed"):  # (in, out of a group, kernel)
        groups = layer.settings["groups"]
        by_group = w.reshape(groups, -1, *w.shape[1:])
        factor = scale.reshape(groups, 1, -1, *[1] * (w.ndim - 2))
        weights = (by_group * factor).reshape(w.shape)
    else:
        weights = w * scale.reshape(-1, *[1] * (w.ndim - 1))
    unsure = layer.op == "linear" and "axes" not in norm.settings
    return replace(
        layer,
        arrays={"weights": weights.astype(w.dtype), "bias": bias.astype(w.dtype)},
        settings={**layer.settings, **({"axes": 2} if unsure else {})},
    )
