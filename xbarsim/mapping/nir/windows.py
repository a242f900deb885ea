"""NIR's convolutions and pooling."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from xbarsim.errors import SpecError
from xbarsim.layers import Node
from xbarsim.mapping.nir.tree import Part
from xbarsim.mapping.nir.values import Misfit, Shape, weights, whole


def conv_shape(part: Part, given: Shape) -> Shape:
    """Channels and places of a convolution's output."""
    axes = _axes(part)
    w = weights(part, axes + 2)["weights"]
    (groups,) = whole(part, "groups", 1, 1)
    if w.shape[0] % groups:
        raise Misfit(f"its {w.shape[0]} output channels do not divide into {groups} groups")
    if len(given) != axes + 1 or given[0] != w.shape[1] * groups:
        raise Misfit(f"it takes {w.shape[1] * groups} channels, each of {axes} axes")
    declared = part.values.get("input_shape")
    if declared is not None and tuple(np.ravel(declared).tolist()) != given[1:]:
        raise Misfit(f"its input_shape is {np.ravel(declared).tolist()}")
    return (w.shape[0], *_places(given[1:], w.shape[2:], _windows(part, w.shape[2:])))


def conv(part: Part, inputs: tuple[str, ...], given: Shape) -> Node:
    """A convolution."""
    arrays = weights(part, _axes(part) + 2)
    kernel = arrays["weights"].shape[2:]
    settings = {
        **_windows(part, kernel),
        "groups": whole(part, "groups", 1, 1)[0],
        "transposed": False,
        "output_padding": (0,) * len(kernel),
    }
    return Node(name=part.name, op="conv", inputs=inputs, settings=settings, arrays=arrays)


def pool_shape(part: Part, given: Shape) -> Shape:
    """Channels and places of pooling."""
    kernel = whole(part, "kernel_size", 2, 1)
    if len(given) != 3:
        raise Misfit("it takes channels, each of 2 axes")
    return (given[0], *_places(given[1:], kernel, _windows(part, kernel)))


def pool(part: Part, inputs: tuple[str, ...], given: Shape) -> Node:
    """Sums of windows, or their means, for which padding counts."""
    kernel = whole(part, "kernel_size", 2, 1)
    windows = _windows(part, kernel)
    divisor = 1 if part.kind == "SumPool2d" else int(np.prod(kernel))
    settings = {"kernel": kernel, **windows, "divisor": divisor}
    return Node(name=part.name, op="average_pool", inputs=inputs, settings=settings)


def _axes(part: Part) -> int:
    return int(part.kind.removeprefix("Conv").removesuffix("d"))


def _windows(part: Part, kernel: Sequence[int]) -> dict[str, tuple[Any, ...]]:
    """Stride and dilation of each axis, and what is padded before and after."""
    axes = len(kernel)
    stride = whole(part, "stride", axes, 1)
    dilation = whole(part, "dilation", axes, 1) if part.kind.startswith("Conv") else (1,) * axes
    return {
        "stride": stride,
        "dilation": dilation,
        "padding": _padding(part, kernel, stride, dilation),
    }


def _padding(
    part: Part, kernel: Sequence[int], stride: Shape, dilation: Shape
) -> tuple[tuple[int, int], ...]:
    padding = part.values.get("padding")
    if not isinstance(padding, str):
        return tuple((p, p) for p in whole(part, "padding", len(kernel), 0))
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding != "same" or max(stride) > 1:
        raise SpecError(
            f"{part}: padding is {padding} with stride {stride}; expected whole numbers, "
            "'valid', or 'same' with a stride of 1"
        )
    total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    return tuple((t // 2, t - t // 2) for t in total)


def _places(given: Shape, kernel: Sequence[int], windows: dict[str, tuple[Any, ...]]) -> Shape:
    """How many windows fit on each axis."""
    axes = zip(given, kernel, *(windows[k] for k in ("stride", "dilation", "padding")), strict=True)
    counts = tuple((n + a + b - d * (k - 1) - 1) // s + 1 for n, k, s, d, (a, b) in axes)
    if min(counts) < 1:
        raise Misfit(f"its window {tuple(kernel)} does not fit")
    return counts
