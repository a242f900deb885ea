"""Digital operations on windows of images and series: arrays (n, channels, *spatial axes)."""

from collections.abc import Mapping
from itertools import product
from types import ModuleType
from typing import Any

from xbarsim.backend import Array
from xbarsim.layers.elementwise import DigitalOp, unary
from xbarsim.layers.shapes import padded

Ints = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]


def windows_along(
    length: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int, ceil: bool
) -> int:
    """How many windows fit on an axis; with `ceil`, the last one may reach over its end."""
    room = length + sum(padding) - dilation * (kernel - 1) - 1
    count = (room + (stride - 1 if ceil else 0)) // stride + 1
    if ceil and (count - 1) * stride >= length + padding[0]:
        count -= 1
    return count


def _shifted(
    x: Array, kernel: Ints, stride: Ints, padding: Pairs, dilation: Ints, ceil: bool, value: float
) -> list[Array]:
    """For each place in a window, what stands there in every window."""
    lengths = x.shape[-len(kernel) :]
    axes = list(zip(lengths, kernel, stride, padding, dilation, strict=True))
    counts = [windows_along(*axis, ceil) for axis in axes]
    needed = tuple(
        (p[0], max(0, (count - 1) * s + d * (k - 1) + 1 - n - p[0]))
        for count, (n, k, s, p, d) in zip(counts, axes, strict=True)
    )
    x = padded(x, needed, value)
    places = zip(counts, stride, strict=True)
    spans = [((count - 1) * s + 1, s) for count, s in places]
    return [
        x[(..., *(slice(a * d, a * d + n, s) for a, d, (n, s) in zip(at, dilation, spans)))]  # noqa: B905
        for at in product(*map(range, kernel))
    ]


def _max_pool(
    xp: ModuleType,
    x: Array,
    *,
    kernel: Ints,
    stride: Ints,
    padding: Pairs,
    dilation: Ints,
    ceil: bool = False,
) -> Array:
    first, *others = _shifted(x, kernel, stride, padding, dilation, ceil, -float("inf"))
    for other in others:
        first = xp.maximum(first, other)
    return first


def _average_pool(
    xp: ModuleType,
    x: Array,
    *,
    kernel: Ints,
    stride: Ints,
    padding: Pairs,
    dilation: Ints | None = None,
    ceil: bool = False,
    count_padding: bool = True,
    divisor: int | None = None,
) -> Array:
    """`count_padding`: padding counts as values of the mean. `divisor` instead of their number."""
    dilation = dilation or (1,) * len(kernel)
    first, *others = _shifted(x, kernel, stride, padding, dilation, ceil, 0.0)
    total = first.copy()
    for other in others:
        total += other
    if divisor is not None:
        return total / divisor
    lengths = x.shape[-len(kernel) :]
    counted: list[list[int]] = []
    for n, k, s, (before, after), d in zip(lengths, kernel, stride, padding, dilation, strict=True):
        low, high = (-before, n + after) if count_padding else (0, n)
        starts = range(-before, -before + s * total.shape[2 + len(counted)], s)
        counted.append([sum(low <= at + d * j < high for j in range(k)) for at in starts])
    for axis, sizes in enumerate(counted, start=2):
        shape = [1] * (total.ndim - axis - 1)
        total /= xp.asarray(sizes, dtype=x.dtype).reshape(-1, *shape)
    return total


def _bins(length: int, size: int) -> list[slice]:
    """Adaptive windows: bin k of `size` reaches from floor(k n/size) to ceil((k + 1) n/size)."""
    return [slice(k * length // size, -(-(k + 1) * length // size)) for k in range(size)]


def _adaptive(name: str) -> DigitalOp:
    def run(xp: ModuleType, x: Array, *, size: tuple[int | None, ...]) -> Array:
        """`size`: how many windows each spatial axis has, None for as many as values."""
        for axis, count in enumerate(size, start=x.ndim - len(size)):
            if count is not None and count != x.shape[axis]:
                moved = xp.moveaxis(x, axis, -1)
                parts = [
                    getattr(xp, name)(moved[..., b], axis=-1) for b in _bins(x.shape[axis], count)
                ]
                x = xp.stack(parts, axis=axis)
        return x

    return unary(run)


def _upsample(
    xp: ModuleType,
    x: Array,
    *,
    size: int | Ints | None = None,
    factors: float | tuple[float, ...] | None = None,
) -> Array:
    """The nearest value: place k of an axis shows place floor(k / factor).

    Of `size` and `factors` one is given: for each spatial axis, or one for all.
    """
    given: Any = factors if size is None else size
    each = given if isinstance(given, tuple) else (given,) * (x.ndim - 2)
    for axis, of_axis in enumerate(each, start=x.ndim - len(each)):
        n = x.shape[axis]
        count = int(n * of_axis) if size is None else of_axis
        step = 1 / of_axis if size is None else n / count
        places = xp.minimum((xp.arange(count) * step).astype(int), n - 1)
        x = xp.take(x, places, axis=axis)
    return x


POOLING: Mapping[str, DigitalOp] = {
    "max_pool": unary(_max_pool),
    "average_pool": unary(_average_pool),
    "adaptive_average_pool": _adaptive("mean"),
    "adaptive_max_pool": _adaptive("max"),
    "upsample": unary(_upsample),
}
