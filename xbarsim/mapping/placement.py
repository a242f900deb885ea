"""Where each matrix of a network stands: on which arrays, in which rows and columns."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.layers import STATEFUL, Block, Node
from xbarsim.mapping.graph import Graph, Key
from xbarsim.mapping.slots import Slot, slot_faults
from xbarsim.mapping.strategy import Strategy
from xbarsim.parallel import once
from xbarsim.partition import Partition, Piece

if TYPE_CHECKING:
    import pandas as pd

Ints = npt.NDArray[np.int64]


class Used(NamedTuple):
    """Rows, columns and cells that a piece takes."""

    rows: int
    cols: int
    cells: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Placement:
    """A network placed on arrays.

    Parameters
    ----------
    graph : the network.
    hardware : what the arrays are built from.
    strategy : how it was placed.
    slots : one for every piece of every copy of each matrix. Matrices that several layers share
        stand once.

    Raises
    ------
    SpecError : slots that are missing, too many, overlap or lie outside their array.
    """

    graph: Graph
    hardware: Hardware
    strategy: Strategy = field(default_factory=Strategy)
    slots: tuple[Slot, ...]

    def __post_init__(self) -> None:
        shape = self.hardware.rows, self.hardware.cols
        if faults := slot_faults(self.slots, self.sizes, shape, corner_only(self.hardware)):
            raise SpecError(faults)

    def __repr__(self) -> str:
        size = f"{self.hardware.rows} x {self.hardware.cols}"
        return f"Placement({len(self.sizes)} matrices on {self.arrays} arrays of {size})"

    @once
    def partitions(self) -> dict[Key, Partition]:
        """How each matrix is cut, by the names of its layer and its own."""
        return {key: self.partition(block) for key, block in self.graph.blocks().items()}

    @once
    def sizes(self) -> dict[Key, dict[tuple[int, int], Used]]:
        """What each piece of each matrix takes, by its place in the matrix's grid of arrays."""
        return {
            key: {(piece.row, piece.column): used(piece, part) for piece in part.pieces}
            for key, part in self.partitions.items()
        }

    def partition(self, block: Block) -> Partition:
        """How `block` is cut into arrays."""
        return partition_of(block, self.hardware)

    def copies(self, layer: str, block: str = "") -> int:
        """How often a matrix stands."""
        return self._copies[layer, block]

    @once
    def _copies(self) -> dict[Key, int]:
        first = Counter((s.layer, s.block) for s in self.slots if s.row == s.column == 0)
        return dict(first)

    def offsets(self, layer: str, block: str = "", copy: int = 0) -> Ints:
        """Segments between each array's ends and the cells of a copy: (stack * down, across, 2).

        First the columns between drivers and cells, then the rows between cells and sense
        amplifiers.
        """
        found: Ints = self._offsets[layer, block][copy]
        return found

    @once
    def _offsets(self) -> dict[Key, Ints]:
        found = {
            key: np.zeros((self._copies[key], *part.shape[:2], 2), dtype=np.int64)
            for key, part in self.partitions.items()
        }
        for s in self.slots:
            size = self.sizes[s.layer, s.block][s.row, s.column]
            after = self.hardware.rows - s.row0 - size.rows
            found[s.layer, s.block][s.copy, s.row, s.column] = s.col0, after
        return found

    @once
    def arrays(self) -> int:
        """Number of arrays."""
        return 1 + max(slot.array for slot in self.slots)

    @once
    def places(self) -> Ints:
        """Column and row of each array on the grid, (arrays, 2)."""
        found = np.zeros((self.arrays, 2), dtype=np.int64)
        for slot in self.slots:
            found[slot.array] = slot.x, slot.y
        return found

    @property
    def utilisation(self) -> float:
        """Share of the cells of all arrays that hold a weight or a reference, 1."""
        cells = sum(self.sizes[s.layer, s.block][s.row, s.column].cells for s in self.slots)
        return cells / (self.arrays * self.hardware.rows * self.hardware.cols)

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each slot: what stands there, on which array, where, and how much of it."""
        import pandas as pd

        pieces = {
            key: {(piece.row, piece.column): piece for piece in part.pieces}
            for key, part in self.partitions.items()
        }
        return pd.DataFrame(
            [self._row(s, pieces[s.layer, s.block][s.row, s.column]) for s in self.slots]
        )

    def _row(self, slot: Slot, piece: Piece) -> dict[str, Any]:
        size, hardware = self.sizes[slot.layer, slot.block][slot.row, slot.column], self.hardware
        return {
            "layer": slot.layer,
            "block": slot.block,
            "copy": slot.copy,
            "array": slot.array,
            "x": slot.x,
            "y": slot.y,
            "row_block": slot.row,
            "col_block": slot.column,
            "first_input": int(piece.inputs[0]),
            "last_input": int(piece.inputs[-1]),
            "first_output": int(piece.outputs[0]),
            "last_output": int(piece.outputs[-1]),
            "groups": piece.groups,
            "used_rows": size.rows,
            "used_cols": size.cols,
            "used_cells": size.cells,
            "rows": hardware.rows,
            "cols": hardware.cols,
            "row0": slot.row0,
            "col0": slot.col0,
            "slices": hardware.code.slices,
            "utilisation": size.cells / (hardware.rows * hardware.cols),
        }

    @property
    def digital(self) -> "pd.DataFrame":
        """A row for each operation that stays digital: ``name``, ``op`` and ``why``."""
        import pandas as pd

        rows = [(node.name, node.op, _why(node)) for node in self.graph.digital]
        return pd.DataFrame(rows, columns=["name", "op", "why"])

    def plot(self, ax: Any = None) -> Any:
        """A floorplan on the grid of arrays, as `xbarsim.mapping.floorplan.floorplan` draws it."""
        from xbarsim.mapping.floorplan import floorplan

        return floorplan(self, ax)


def partition_of(block: Block, hardware: Hardware) -> Partition:
    """How `block` is cut into arrays of `hardware`; its bias may have rows of its own."""
    with_bias = block.bias is not None and block.groups == 1
    return Partition(
        inputs=block.inputs + (hardware.bias_rows if with_bias else 0),
        outputs=block.outputs,
        rows=hardware.rows,
        cols=hardware.cols,
        encoding=hardware.code,
        groups=block.groups,
    )


def used(piece: Piece, partition: Partition) -> Used:
    """What `piece` takes; several groups lie along its diagonal."""
    rows, cols = len(piece.inputs), partition.encoding.columns(len(piece.outputs))
    return Used(rows, cols, rows * cols // piece.groups)


def corner_only(hardware: Hardware) -> str:
    """Why blocks must stand in the driven and sensed corner of an array; empty if they need not."""
    wires = hardware.wires
    if wires is None:
        return ""
    if wires.sides == 2 or wires.sense_sides == 2:
        return "lines that are driven or sensed at both ends"
    graded = [n for n in ("r_word", "r_bit", "r_source", "r_sense") if np.ndim(getattr(wires, n))]
    return f"wires whose {graded[0]} differs from line to line" if graded else ""


def _why(node: Node) -> str:
    if node.op in STATEFUL:
        return "keeps a state from step to step"
    if node.op in ("matmul", "attention"):
        return "multiplies activations by activations; no factor is stored"
    if node.op == "embedding":
        return "looks rows up"
    return "constants, but no matrix of weights" if node.arrays else "has no weights"


def sizes_of(
    partitions: Mapping[Key, Partition], copies: Mapping[Key, int]
) -> list[tuple[Key, int, Piece, Used]]:
    """Every piece of every copy, with what it takes, in the order of the layers."""
    return [
        (key, copy, piece, used(piece, part))
        for key, part in partitions.items()
        for copy in range(copies[key])
        for piece in part.pieces
    ]
