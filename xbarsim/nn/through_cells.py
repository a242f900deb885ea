"""Weights through simulated cells and, where there are wires, the exact circuit; with gradients."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from xbarsim.backend import Array
from xbarsim.encode import check_smooth, decode_slope, target_slope
from xbarsim.hardware import Hardware
from xbarsim.nn.training import Cells as How
from xbarsim.partition import Partition
from xbarsim.streams import Streams
from xbarsim.tile.cells import Cells
from xbarsim.tile.compensation import Reference
from xbarsim.tile.held import held


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
    """The arrays that training goes through, with wires for ``circuit`` only.

    Raises
    ------
    SpecError : weights have no gradient in such an encoding.
    """
    check_smooth(hardware.code)
    wires = hardware.wires if how == "circuit" else None
    hardware = replace(hardware, wires=wires, settling=hardware.settling and wires is not None)
    return Arrays(hardware=hardware, partition=partition, streams=streams)


class _ThroughCells(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, u: Tensor, at: Arrays, cycle: int, t: float) -> Tensor:
        weights = u.detach().cpu().numpy().astype(float)
        cells = Cells(weights, at.partition, at.hardware, at.streams)
        cells.program(cycle)
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
    if cells.hardware.settling:
        columns = columns * cells.settled_share
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
