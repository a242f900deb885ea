"""Weights as the device holds them on the average and with its spread, drawn anew in a pass."""

from typing import Any

import torch
from torch import Tensor

from xbarsim.backend import Array
from xbarsim.nn._perturb import perturb
from xbarsim.nn.draws import Draws
from xbarsim.parallel import pieces, spread

_AT_ONCE = 262144  # weights for which another thread is worth waking


class _Straight(torch.autograd.Function):
    """What is held in place of what was wanted; the gradient knows no difference."""

    @staticmethod
    def forward(ctx: Any, w: Tensor, held: Tensor) -> Tensor:
        return held

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return grad, None


def straight(w: Tensor, held: Tensor) -> Tensor:
    """`held`, with the gradient of `w`."""
    return _Straight.apply(w, held)


def perturbed(
    w: Tensor, largest: Tensor, tables: Array, draws: Draws, factor: float = 1.0, read: bool = True
) -> tuple[Tensor, Tensor | None]:
    """Weights as they are held, and the variance that each has in a read at an input of 1.

    Parameters
    ----------
    w : (out, in), float32 or float64, without gradient.
    largest : what stands for the whole window, (out,).
    tables : as `xbarsim.nn.moments.Moments` has them, (3, nodes).
    factor : against drift.
    read : whether variances are wanted.
    """
    if w.device.type != "cpu":
        z = torch.from_numpy(draws.part(0, 0, w.numel())).to(w)
        return in_tensors(w, largest, tables, z.reshape(w.shape), factor, read)
    out, variance = torch.empty_like(w), torch.empty_like(w) if read else None
    given, most, target = (a.numpy() for a in (w, largest, out))
    kind, count = given.dtype.type, given.shape[1]
    own, each = tables.astype(kind), None if variance is None else variance.numpy()

    def some(rows: slice) -> None:
        noisy = None if each is None else each[rows]
        named = draws.key, draws.number, rows.start
        perturb(given[rows], most[rows], kind(factor), own, *named, target[rows], noisy)

    spread(some, pieces(len(w), -(-_AT_ONCE // count)))
    return out, variance


def in_tensors(
    w: Tensor, largest: Tensor, tables: Array, z: Tensor, factor: float, read: bool
) -> tuple[Tensor, Tensor | None]:
    """The same in PyTorch's own operations, on any device, for given standard normals `z`."""
    half, most = 0.5 * (tables.shape[1] - 1), factor * largest[:, None]
    k = (w * (half / largest[:, None]) + (half + 0.5)).int()
    shift, wide, noisy = (torch.from_numpy(table).to(w)[k] for table in tables)
    return factor * w + most * (shift + wide * z), most**2 * noisy if read else None
