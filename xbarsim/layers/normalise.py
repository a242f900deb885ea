"""Normalisation that stays digital: at inference, with fixed statistics or those of the value."""

from collections.abc import Mapping

from xbarsim.backend import Array, array_namespace
from xbarsim.layers.elementwise import DigitalOp, constant
from xbarsim.layers.node import Node


def _scaled(node: Node, x: Array, trailing: int) -> Array:
    """`x` times array ``scale``, plus array ``shift``; either may be missing."""
    for name in ("scale", "shift"):
        if name in node.arrays:
            array = constant(node.arrays[name], x)
            array = array.reshape(*array.shape, *[1] * trailing)
            x = x * array if name == "scale" else x + array
    return x


def _standard(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    """Zero mean and unit variance along `axes`."""
    xp = array_namespace(x)
    x = x - xp.mean(x, axis=axes, keepdims=True)
    return x / xp.sqrt(xp.mean(x * x, axis=axes, keepdims=True) + epsilon)


def _batch_norm(node: Node, x: list[Array]) -> Array:
    """Arrays ``scale`` and ``shift``, one each channel (axis 1): statistics are already in them."""
    return _scaled(node, x[0], x[0].ndim - 2)


def _layer_norm(node: Node, x: list[Array]) -> Array:
    """Along the last ``axes`` axes; ``epsilon``; arrays ``scale``, ``shift`` of their shape."""
    axes = tuple(range(-node.settings.get("axes", 1), 0))
    return _scaled(node, _standard(x[0], axes, node.settings["epsilon"]), 0)


def _rms_norm(node: Node, x: list[Array]) -> Array:
    """As ``layer_norm``, of the root mean square and without a mean."""
    xp = array_namespace(x[0])
    axes = tuple(range(-node.settings.get("axes", 1), 0))
    square = xp.mean(x[0] * x[0], axis=axes, keepdims=True)
    return _scaled(node, x[0] / xp.sqrt(square + node.settings["epsilon"]), 0)


def _group_norm(node: Node, x: list[Array]) -> Array:
    """In ``groups`` of channels; 0 for a group each channel. Arrays one each channel."""
    groups = node.settings["groups"] or x[0].shape[1]
    parts = x[0].reshape(len(x[0]), groups, -1)
    parts = _standard(parts, (-1,), node.settings["epsilon"])
    return _scaled(node, parts.reshape(x[0].shape), x[0].ndim - 2)


NORMALISE: Mapping[str, DigitalOp] = {
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "group_norm": _group_norm,
}
