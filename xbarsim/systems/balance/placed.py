"""Cells whose conductances come from pulses, on arrays that read and age them."""

from dataclasses import dataclass, replace

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import Like
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.plasticity.synapses import pulsed_device
from xbarsim.programming import PulsedDevice
from xbarsim.streams import Streams
from xbarsim.systems.balance.network import Synapses
from xbarsim.tile import Tile


@dataclass(frozen=True, kw_only=True)
class Arrays:
    """Both arrays of the reservoir: what they are built from, and the pulses of the adapted one.

    Parameters
    ----------
    hardware : of both. Its device is programmed to the excitatory connections; it also says how
        cells of both arrays drift and how noisy they are read.
    pulses : how cells of the inhibitory array answer to pulses.

    Raises
    ------
    SpecError : names the field, and what is allowed.

    Notes
    -----
    Assumed, where no device is known by both laws: a pulsed cell drifts and is read as a cell of
    `hardware` that stands at the same share of its window; pulses move it from wherever it has
    drifted to, and it is new after them. Levels and spread from cycle to cycle of the hardware's
    effects are those of programming, so that pulsed cells, which say their own, have none of them;
    all other effects are theirs, too.
    """

    hardware: Hardware
    pulses: PulsedDevice

    def __post_init__(self) -> None:
        if not isinstance(self.hardware, Hardware):
            raise SpecError(f"hardware is {self.hardware!r}; expected a Hardware")
        pulsed_device(self.pulses, "pulses")
        code = self.hardware.code
        plain = code.slices == 1 and code.cell_bits is None and code.copies == 1
        if code.kind not in ("differential", "single") or not plain:
            raise SpecError(
                f"encoding is {code.kind} with {code.slices} slices, cell_bits {code.cell_bits} "
                f"and {code.copies} copies; an array whose cells are pulsed takes differential or "
                "single, one cell for a connection, without cell_bits"
            )


class _Placed(Like):
    """A device whose cells stand where they are put, and age and are read as those of another."""

    def program(self, g_target: Array, z: Array) -> Array:
        """See `StatisticalDevice`."""
        return g_target


def tile_of(matrix: Array, hardware: Hardware, streams: Streams) -> Tile:
    """A tile with the connections (N, senders) that there are; cells of others are not formed.

    Where an array has reference columns every cell is formed.
    """
    there = None if hardware.code.references else matrix != 0
    return Tile(matrix, hardware, streams, connected=there)


class PlacedCells:
    """A tile whose connections are those of cells elsewhere.

    Parameters
    ----------
    synapses : which connections there are.
    most : largest connection, that of the highest conductance of the window.
    hardware, streams : as `Tile` takes them. Faults are not made up for: the rule does that.
    window : of the cells elsewhere, S, which stands for that of the hardware's device.

    Attributes
    ----------
    tile : the tile.
    array, line : where each connection's cell stands, (N, heard) each.
    """

    def __init__(
        self,
        synapses: Synapses,
        most: float,
        hardware: Hardware,
        streams: Streams,
        window: tuple[float, float],
    ) -> None:
        there = replace(synapses, weights=np.full(synapses.weights.shape, most)).matrix()
        effects = hardware.effects and replace(hardware.effects, levels=None, cycle_to_cycle=0.0)
        placed = replace(
            hardware, device=_Placed(device=hardware.device), faults="ignore", effects=effects
        )
        self.tile = tile_of(there, placed, streams)
        self.low, self.low_there = window[0], hardware.device.window[0]
        self.per = (hardware.device.window[1] - self.low_there) / (window[1] - window[0])
        self._place = _places(self.tile, synapses)
        self.array, _, self.line, _ = self._place

    def put(self, g: Array) -> None:
        """Let cells conduct `g` (N, heard) S, and be new; none conducts less than nothing there."""
        targets = self.tile.cells.g_target.copy()
        targets[self._place] = np.maximum(self.low_there + self.per * (g - self.low), 0.0)
        self.tile.cells.g_target = targets
        self.tile.program(cycle=1)

    def conductances(self) -> Array:
        """Where cells stand at the tile's age, (N, heard) S: what `put` would bring there anew.

        What the effects make of any cell, such as its own factor or heat, is taken back.
        """
        there = self.tile.g[self._place] / self._factors()
        return self.low + (there - self.low_there) / self.per

    def _factors(self) -> Array:
        """What effects multiply the conductance of each cell with, (N, heard)."""
        cells = self.tile.cells
        target, new = cells.g_target[self._place], cells.g_programmed[self._place]
        some = (target > 0) & (new > 0)
        factor: Array = np.where(some, new, 1.0) / np.where(some, target, 1.0)
        return factor * cells.effects.conduction

    def seen(self) -> Array:
        """What a change of a cell by 1 S adds to the current for 1 V at its word line, (N, heard).

        To first order, with the wires' share as it is now; 0 where cells are stuck.
        """
        cells = self.tile.cells
        g, transfer = cells.g[self._place], cells.transfer[self._place]
        share = np.where(g > 0, transfer / np.where(g > 0, g, 1.0), 1.0)
        stuck = cells.effects.stuck_cells()
        if stuck is not None:
            share = np.where(np.isnan(stuck[self._place]), share, 0.0)
        return self.per * share * self._factors()


def _places(tile: Tile, synapses: Synapses) -> tuple[Array, ...]:
    """Where the cell of each connection stands: array down and across, row, column; (N, heard).

    Of a pair it is the one that conducts the more the larger the connection is.
    """
    part, code = tile.partition, tile.partition.encoding
    numbers = 1 + np.arange(tile.outputs * tile.inputs).reshape(tile.outputs, tile.inputs)
    blocks = part.split_weights(numbers, np)
    down, across, output, row = np.nonzero(blocks)
    found = np.empty((4, numbers.size), np.int64)
    found[:, blocks[down, across, output, row] - 1] = (
        down, across, row, code.references + output * code.columns_each,
    )  # fmt: skip
    wanted = np.take_along_axis(numbers - 1, synapses.index.astype(np.int64), axis=1)
    return tuple(found[:, wanted])
