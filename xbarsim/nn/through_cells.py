"""Weights through simulated cells and, where there are wires, the exact circuit; with gradients."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from xbarsim.backend import Array
from xbarsim.encode import check_smooth, decode_slope, target_slope
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.nn.training import Cells as How
from xbarsim.partition import Partition
from xbarsim.streams import Streams
from xbarsim.tile.cells import Cells
from xbarsim.tile.compensation import Reference
from xbarsim.tile.held import held

_APART = 2**40  # passes draw as no programming of a chip does


@dataclass(frozen=True, kw_only=True)
class Arrays:
    """Where a matrix's cells are drawn.

    Parameters
    ----------
    hardware : of the arrays.
    partition : which weight stands where.
    streams : of the chip; its cells' faults follow from them.
    """

    hardware: Hardware
    partition: Partition
    streams: Streams


def arrays(hardware: Hardware, partition: Partition, streams: Streams, how: How) -> Arrays:
    """The arrays that training goes through, with wires for ``circuit`` only, and without wear.

    Raises
    ------
    SpecError : weights have no gradient in such an encoding, or with such settings.
    """
    check_smooth(hardware.code)
    if hardware.bias_rows:
        raise SpecError(
            f"array.bias_rows is {hardware.bias_rows}: biases on word lines have no gradient "
            f"through cells; train with bias_rows 0, or with training.cells 'moments'"
        )
    if hardware.faults in ("mend", "both"):
        raise SpecError(
            f"array.faults is {hardware.faults!r}: cells that make up for stuck ones have no "
            "gradient; train with 'ignore' or 'swap', or with training.cells 'moments'"
        )
    wired = how == "circuit" and hardware.wires is not None
    if wired and hardware.settling:
        raise SpecError(
            "array.settling: how far lines settle has no gradient; train without it, or with "
            "training.cells 'moments' or 'each'"
        )
    effects = hardware.effects and replace(hardware.effects, endurance=None)
    wires = hardware.wires if wired else None
    hardware = replace(hardware, wires=wires, settling=False, effects=effects)
    return Arrays(hardware=hardware, partition=partition, streams=streams)


class _ThroughCells(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, u: Tensor, at: Arrays, cycle: int, t: float) -> Tensor:
        weights = u.detach().cpu().numpy().astype(float)
        cells = Cells(weights, at.partition, at.hardware, at.streams)
        cells.program(_APART + cycle)
        reference = Reference(at.hardware.compensation)
        reference.set(cells)
        if t != cells.t:
            cells.age(t)
        factor = reference.factor(cells)
        ctx.cells, ctx.factor, ctx.weights = cells, factor, weights
        return torch.from_numpy(held(cells, factor)).to(u)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        slope = _slope(ctx.cells, ctx.factor, ctx.weights, grad.cpu().numpy().astype(float))
        return torch.from_numpy(slope).to(grad), None, None, None


def through_cells(u: Tensor, at: Arrays, cycle: int, t: float) -> Tensor:
    """Weights over the largest as cells hold them that are programmed and aged in this pass.

    Parameters
    ----------
    u : (out, in of a group), in [-1, 1].
    cycle : number of the pass, from which what is drawn follows.
    t : age, s.

    Notes
    -----
    The gradient is exact through wires, encoding and what is lost to drift; errors of programming
    and of drift are taken as given, and cells that are stuck have none.
    """
    return _ThroughCells.apply(u, at, cycle, t)


def _slope(cells: Cells, factor: Array | float, weights: Array, grad: Array) -> Array:
    """Derivatives by weights over the largest from those by what is held."""
    part, window = cells.partition, cells.hardware.device.window
    blocks = part.split_weights(grad, np)
    if cells.rows is not None:
        blocks = np.take_along_axis(blocks, cells.rows[:, None, None], axis=-1)
    signals = blocks.swapaxes(-1, -2) / (window[1] - window[0])
    if not isinstance(factor, float):
        factor = np.repeat(factor, len(signals) // len(factor), axis=0)
    columns = decode_slope(part.encoding, signals * factor)
    g = cells.circuit.slope(cells.g, columns)
    wanted = cells.g_target > 0
    lost = np.divide(cells.g, cells.g_programmed, out=np.ones_like(g), where=cells.g_programmed > 0)
    g = np.where(cells.formed, g * np.where(wanted, lost, 1.0), 0.0)
    stuck = cells.effects.stuck_cells()
    if stuck is not None:
        g = np.where(np.isnan(stuck), g, 0.0)
    if cells.rows is not None:
        g = np.take_along_axis(g, cells.rows.argsort(axis=-1)[:, None, :, None], axis=2)
    back = target_slope(part.encoding, g, part.split_weights(weights, np), window)
    return part.join_weights(back, np)
