"""Rounding and clipping as converters do, with gradients straight through."""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from xbarsim.backend import Array
from xbarsim.nn._convert import convert
from xbarsim.nn.draws import Draws
from xbarsim.parallel import pieces, spread

_AT_ONCE = 262144  # signals for which another thread is worth waking


class Conversion(NamedTuple):
    """How signals become levels.

    Parameters
    ----------
    per : levels per unit of a signal: a number, or a tensor that broadcasts with signals.
    low, high : the lowest and the highest level.
    noise : standard deviation of the converter's own, in levels.
    draws : of standard normals; None where there is no noise.
    """

    per: Any
    low: float
    high: float
    noise: float = 0.0
    draws: Draws | None = None


class _Converted(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, y: Tensor, how: Conversion, variance: Tensor | None) -> Tensor:
        plain = y.device.type == "cpu" and not isinstance(how.per, Tensor)
        total, inside = (_compiled if plain else in_tensors)(y, how, variance)
        ctx.save_for_backward(inside)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (inside,) = ctx.saved_tensors
        return grad * inside, None, None


def converted(y: Tensor, how: Conversion, variance: Tensor | None = None) -> Tensor:
    """Signals (down, ...) to the nearest of the levels, added up: (...).

    The gradient passes straight through where a signal is within the range, and is 0 beyond (Bengio
    et al., arXiv:1308.3432 (2013), straight-through estimator; saturated as in Hubara et al., NIPS
    2016).

    Parameters
    ----------
    variance : of what is added before rounding, of y's shape and in its unit squared.
    """
    return _Converted.apply(y, how, variance)


def in_tensors(y: Tensor, how: Conversion, variance: Tensor | None) -> tuple[Tensor, Tensor]:
    """What `converted` gives, and 1 for signals within the range, by PyTorch's operations."""
    level = y * how.per
    inside = ((level >= how.low - 0.5) & (level <= how.high + 0.5)).to(y)
    if how.draws is not None:
        z = torch.from_numpy(how.draws.block(y.shape[0], y[0].numel())).to(y).reshape(y.shape)
        own = 0.0 if variance is None else variance.clamp_min(0.0) * how.per**2
        level = level + z * ((own + how.noise**2) ** 0.5)
    return (level.round_().clamp_(how.low, how.high) / how.per).sum(dim=0), inside


def _compiled(y: Tensor, how: Conversion, variance: Tensor | None) -> tuple[Tensor, Tensor]:
    """The same by compiled kernels."""
    down, order = len(y), None if y.is_contiguous() else _order(y)
    signals = _flat(y, order)
    spreads, kind = None if variance is None else _flat(variance, order), signals.dtype.type
    total, inside = np.empty(signals.shape[1], signals.dtype), np.empty_like(signals)
    key, number = (None, 0) if how.draws is None else (how.draws.key, how.draws.number)
    square, per, low, high = (kind(x) for x in (how.noise**2, how.per, how.low, how.high))

    def some(part: slice) -> None:
        given = signals, spreads, square, key, number, per, low, high, part.start, part.stop
        convert(*given, total, inside)

    spread(some, pieces(total.size, -(-_AT_ONCE // down)))
    return _shaped(total, y, order), _shaped(inside, y, order)


def _order(y: Tensor) -> list[int]:
    """Axes after the first as they stand in memory: what belongs together there stays so."""
    strides = y.stride()
    return sorted(range(1, y.ndim), key=lambda axis: -strides[axis])


def _flat(x: Tensor, order: list[int] | None) -> Array:
    found: Array = (x if order is None else x.permute(0, *order)).reshape(len(x), -1).numpy()
    return found


def _shaped(x: Array, like: Tensor, order: list[int] | None) -> Tensor:
    """What was flat, in the shape of `like`; without its first axis if `x` has none."""
    found, first = torch.from_numpy(x), x.ndim - 1
    if order is None:
        return found.view(like.shape[1 - first :])
    found = found.view(*x.shape[:first], *(like.shape[axis] for axis in order))
    back = sorted(range(len(order)), key=order.__getitem__)
    return found.permute(*range(first), *(first + axis for axis in back))
