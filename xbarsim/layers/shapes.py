"""Digital operations that move values about, or sum them up along axes."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from xbarsim.backend import Array, array_namespace
from xbarsim.layers.elementwise import DigitalOp, unary
from xbarsim.layers.node import Node

Ints = tuple[int, ...]


def _reshape(xp: ModuleType, x: Array, *, shape: Ints) -> Array:
    """One of `shape` may be -1; 0 keeps the size that the axis has."""
    return x.reshape([x.shape[k] if size == 0 else size for k, size in enumerate(shape)])


def _flatten(xp: ModuleType, x: Array, *, start: int = 1, end: int = -1) -> Array:
    """Axes `start` to `end`, that one too, become one."""
    start, end = start % x.ndim, end % x.ndim
    size = 1
    for n in x.shape[start : end + 1]:
        size *= n
    return x.reshape(*x.shape[:start], size, *x.shape[end + 1 :])


def _unflatten(xp: ModuleType, x: Array, *, axis: int, shape: Ints) -> Array:
    axis %= x.ndim
    known = 1
    for size in shape:
        known *= size if size != -1 else 1
    sizes = [x.shape[axis] // known if size == -1 else size for size in shape]
    return x.reshape(*x.shape[:axis], *sizes, *x.shape[axis + 1 :])


def _transpose(xp: ModuleType, x: Array, *, axes: Ints) -> Array:
    return x.transpose(axes)


def _swap_axes(xp: ModuleType, x: Array, *, axes: Ints) -> Array:
    return x.swapaxes(*axes)


def _squeeze(xp: ModuleType, x: Array, *, axes: Ints) -> Array:
    """Axes of size 1 among `axes` are left out."""
    gone = tuple(a % x.ndim for a in axes)
    return x.squeeze(tuple(a for a in gone if x.shape[a] == 1))


def _unsqueeze(xp: ModuleType, x: Array, *, axes: Ints) -> Array:
    return xp.expand_dims(x, axes)


def _slice(xp: ModuleType, x: Array, *, index: tuple[Any, ...]) -> Array:
    """Each of `index`: a number, (start, stop, step), None for a new axis, or ``...``."""
    return x[tuple(slice(*item) if isinstance(item, tuple) else item for item in index)]


def _chunk(xp: ModuleType, x: Array, *, axis: int, count: int, index: int) -> Array:
    """Part `index` of at most `count` equal parts along `axis`, the last perhaps smaller."""
    size = -(-x.shape[axis] // count)
    moved = xp.moveaxis(x, axis, 0)[index * size : (index + 1) * size]
    return xp.moveaxis(moved, 0, axis)


def _take(node: Node, x: list[Array]) -> Array:
    """What stands at the whole numbers in array ``indices`` along `axis`."""
    xp = array_namespace(x[0])
    return xp.take(x[0], xp.asarray(node.arrays["indices"]), axis=node.settings["axis"])


def _pad(
    xp: ModuleType, x: Array, *, padding: tuple[tuple[int, int], ...], value: float = 0.0
) -> Array:
    """`padding` before and after each of the last axes; less than nothing cuts away."""
    return padded(x, padding, value)


def padded(x: Array, padding: tuple[tuple[int, int], ...], value: float = 0.0) -> Array:
    """`x` with `value` before and after its last ``len(padding)`` axes."""
    pairs = [(0, 0)] * (x.ndim - len(padding)) + [(int(a), int(b)) for a, b in padding]
    x = x[tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(pairs, x.shape))]  # noqa: B905
    pairs = [(max(a, 0), max(b, 0)) for a, b in pairs]
    if not any(a or b for a, b in pairs):
        return x
    return array_namespace(x).pad(x, pairs, constant_values=value)


def _expand(xp: ModuleType, x: Array, *, shape: Ints) -> Array:
    """-1 keeps the size that the axis, counted from the last, has."""
    new = len(shape) - x.ndim
    sizes = [x.shape[k - new] if size == -1 else size for k, size in enumerate(shape)]
    return xp.broadcast_to(x, sizes)


def _tile(xp: ModuleType, x: Array, *, times: Ints) -> Array:
    return xp.tile(x, times)


def _concatenate(node: Node, x: list[Array]) -> Array:
    return array_namespace(*x).concatenate(x, axis=node.settings["axis"])


def _stack(node: Node, x: list[Array]) -> Array:
    return array_namespace(*x).stack(x, axis=node.settings["axis"])


def _constant(node: Node, x: list[Array]) -> Array:
    """Array ``value`` (1, ...) for every item of the batch that the input holds."""
    xp = array_namespace(x[0])
    value = xp.asarray(node.arrays["value"])
    return xp.broadcast_to(value, (len(x[0]), *value.shape[1:]))


def _reduce(name: str) -> DigitalOp:
    def run(xp: ModuleType, x: Array, *, axes: Ints, keep: bool = False) -> Array:
        return getattr(xp, name)(x, axis=tuple(axes), keepdims=keep)

    return unary(run)


SHAPES: Mapping[str, DigitalOp] = {
    "reshape": unary(_reshape),
    "flatten": unary(_flatten),
    "unflatten": unary(_unflatten),
    "transpose": unary(_transpose),
    "swap_axes": unary(_swap_axes),
    "squeeze": unary(_squeeze),
    "unsqueeze": unary(_unsqueeze),
    "slice": unary(_slice),
    "chunk": unary(_chunk),
    "take": _take,
    "pad": unary(_pad),
    "expand": unary(_expand),
    "tile": unary(_tile),
    "concatenate": _concatenate,
    "stack": _stack,
    "constant": _constant,
    "reduce_mean": _reduce("mean"),
    "reduce_sum": _reduce("sum"),
    "reduce_max": _reduce("max"),
    "reduce_min": _reduce("min"),
}
