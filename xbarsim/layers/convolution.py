"""Convolution: its matrix reads one window of the input after another.

A convolution reads, at every place of its output, the window of inputs under the kernel: a vector
(groups * channels of a group * kernel), ordered group by group, then by channel, then by place in
the kernel. A transposed one reads, at every place of its input, the vector of channels; the matrix
gives what that place adds to each output under the kernel, and these are added up digitally where
kernels overlap, with the bias. That takes as many reads as the input has places; a convolution over
an input stuffed with zeros, which gives the same, would take one for every place of the output.
"""

from itertools import product as every
from math import prod
from typing import Any

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError
from xbarsim.layers.node import Block, Node, Product, WeightedOp
from xbarsim.layers.pooling import windows_along
from xbarsim.layers.shapes import padded


def _blocks(node: Node) -> dict[str, Block]:
    w, groups = node.arrays["weights"], node.settings["groups"]
    if not node.settings.get("transposed"):
        return {
            "": Block(weights=w.reshape(len(w), -1), bias=node.arrays.get("bias"), groups=groups)
        }
    of_one = w.reshape(groups, len(w) // groups, -1)
    return {"": Block(weights=of_one.swapaxes(1, 2).reshape(-1, of_one.shape[1]), groups=groups)}


def _run(node: Node, x: list[Array], product: Product) -> Array:
    kernel = node.arrays["weights"].shape[2:]
    channels = _channels(node)
    if x[0].ndim != 2 + len(kernel) or x[0].shape[1] != channels:
        raise SpecError(
            f"layer {node.name} is given shape {x[0].shape}; expected (n, {channels}, and "
            f"{len(kernel)} spatial axes)"
        )
    run = _transposed if node.settings.get("transposed") else _direct
    return run(node, x[0], kernel, product)


def _channels(node: Node) -> int:
    w, groups = node.arrays["weights"], node.settings["groups"]
    return int(w.shape[0] if node.settings.get("transposed") else w.shape[1] * groups)


def _direct(node: Node, x: Array, kernel: tuple[int, ...], product: Product) -> Array:
    xp = array_namespace(x)
    y = product("", vectors(x, kernel, node.settings))
    return xp.moveaxis(y, -1, 1)


def vectors(x: Array, kernel: tuple[int, ...], settings: Any) -> Array:
    """What a convolution reads of `x` (n, channels, *spatial axes).

    Returns
    -------
    (n, *places of the output, channels * places of the kernel)

    Raises
    ------
    SpecError : the kernel is larger than the padded input.
    """
    xp = array_namespace(x)
    stride, dilation = settings["stride"], settings["dilation"]
    axes = zip(x.shape[2:], kernel, stride, settings["padding"], dilation, strict=True)
    counts = [windows_along(*axis, False) for axis in axes]
    if min(counts) < 1:
        raise SpecError(
            f"a kernel {tuple(kernel)} with dilation {dilation} does not fit on an input of "
            f"{x.shape[2:]} with padding {settings['padding']}"
        )
    x = padded(x, settings["padding"])
    n, channels, *_ = x.shape
    steps = x.strides[2:]
    windows = xp.lib.stride_tricks.as_strided(
        x,
        (n, *counts, channels, *kernel),
        (
            x.strides[0],
            *(a * b for a, b in zip(steps, stride, strict=True)),
            x.strides[1],
            *(a * b for a, b in zip(steps, dilation, strict=True)),
        ),
    )
    return windows.reshape(n, *counts, channels * prod(kernel))


def _transposed(node: Node, x: Array, kernel: tuple[int, ...], product: Product) -> Array:
    """Column k of a group's outputs is channel ``k // places`` at place ``k % places``."""
    xp, s = array_namespace(x), node.settings
    lengths = x.shape[2:]
    parts = product("", xp.moveaxis(x, 1, -1))
    parts = parts.reshape(*parts.shape[:-1], -1, prod(kernel))
    axes = list(zip(lengths, kernel, s["stride"], s["dilation"], strict=True))
    full = [(n - 1) * st + d * (k - 1) + 1 for n, k, st, d in axes]
    y = xp.zeros((len(x), parts.shape[-2], *full), dtype=parts.dtype)
    for k, at in enumerate(every(*map(range, kernel))):
        span = [slice(a * d, a * d + (n - 1) * st + 1, st) for a, (n, _, st, d) in zip(at, axes)]  # noqa: B905
        y[(..., *span)] += xp.moveaxis(parts[..., k], -1, 1)
    outer = s.get("output_padding") or (0,) * len(kernel)
    crop = tuple((-a, o - b) for (a, b), o in zip(s["padding"], outer, strict=True))
    y = padded(y, crop)
    if "bias" in node.arrays:
        y = y + xp.asarray(node.arrays["bias"]).reshape(-1, *[1] * len(kernel))
    return y


CONVOLUTION = WeightedOp(blocks=_blocks, run=_run)
