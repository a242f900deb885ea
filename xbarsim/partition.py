"""Which inputs and outputs of a weight matrix stand on which array."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from xbarsim.encode import Encoding
from xbarsim.parallel import once

Indices = npt.NDArray[np.int64]


class Piece(NamedTuple):
    """A part of a matrix that stands on one array.

    Parameters
    ----------
    row, column : place of the array in the grid of the matrix's arrays.
    inputs, outputs : indices, in order.
    groups : how many independent matrices these are.
    """

    row: int
    column: int
    inputs: Indices
    outputs: Indices
    groups: int


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A weight matrix cut into a grid of arrays, as evenly as possible.

    A block stands in the corner of its array next to the drivers and the sense amplifiers; cells
    that no weight uses are not formed (0 S). An array then behaves as one cut to its used size.
    Independent matrices (`groups`) that are smaller than an array share one, each with rows and
    columns of its own; larger ones have arrays of their own.

    Parameters
    ----------
    inputs, outputs : size of the weight matrix, all groups together.
    rows, cols : size of one array.
    encoding : how outputs stand in columns.
    groups : independent matrices, each of ``inputs / groups`` and ``outputs / groups``.
    """

    inputs: int
    outputs: int
    rows: int
    cols: int
    encoding: Encoding
    groups: int = 1

    @once
    def together(self) -> int:
        """Groups that share an array; a reference column serves one."""
        if self.encoding.references:
            return 1
        n_in, n_out = self.inputs // self.groups, self.outputs // self.groups
        return max(
            min(self.rows // n_in, self.encoding.outputs(self.cols) // n_out, self.groups), 1
        )

    @once
    def stack(self) -> int:
        """Grids of arrays whose outputs stand side by side: the outputs of one grid add up."""
        return -(-self.groups // self.together)

    @once
    def pieces(self) -> list[Piece]:
        """What stands on each array, row of arrays by row of arrays."""
        found, held = [], self.encoding.outputs(self.cols)
        n_in, n_out = self.inputs // self.groups, self.outputs // self.groups
        for k, part in enumerate(np.array_split(np.arange(self.groups), self.stack)):
            ins = np.arange(part[0] * n_in, (part[-1] + 1) * n_in)
            outs = np.arange(part[0] * n_out, (part[-1] + 1) * n_out)
            rows = np.array_split(ins, -(-len(ins) // self.rows))
            columns = np.array_split(outs, -(-len(outs) // held))
            found += [
                Piece(k * len(rows) + r, c, i, o, len(part))
                for r, i in enumerate(rows)
                for c, o in enumerate(columns)
            ]
        return found

    @once
    def down(self) -> int:
        """Arrays whose outputs add up."""
        return (1 + max(piece.row for piece in self.pieces)) // self.stack

    @once
    def across(self) -> int:
        """Arrays that share their inputs."""
        return 1 + max(piece.column for piece in self.pieces)

    @once
    def shape(self) -> tuple[int, int, int, int]:
        """Arrays with inputs of their own, arrays that share each's, used rows and columns."""
        rows = max(len(piece.inputs) for piece in self.pieces)
        outputs = max(len(piece.outputs) for piece in self.pieces)
        return self.stack * self.down, self.across, rows, self.encoding.columns(outputs)

    @property
    def arrays(self) -> int:
        """Number of arrays."""
        return len(self.pieces)

    @once
    def row_inputs(self) -> Indices:
        """The input on each word line, (stack * down, rows); `inputs` where there is none."""
        n, _, rows, _ = self.shape
        found = np.full((n, rows), self.inputs)
        for piece in self.pieces:
            found[piece.row, rows - len(piece.inputs) :] = piece.inputs
        return found

    @once
    def column_outputs(self) -> Indices:
        """The output of each group of columns, (stack * down, across, outputs); likewise."""
        n, across = self.shape[:2]
        most = max(len(piece.outputs) for piece in self.pieces)
        found = np.full((n, across, most), self.outputs)
        for piece in self.pieces:
            found[piece.row, piece.column, : len(piece.outputs)] = piece.outputs
        return found

    @once
    def formed(self) -> npt.NDArray[np.bool_]:
        """Which cells hold a weight: of `shape`."""
        row_group = _group(self.row_inputs, self.inputs, self.groups)[:, None, :, None]
        out_group = _group(self.column_outputs, self.outputs, self.groups)
        each, first = self.encoding.columns_each, self.encoding.references
        columns = np.repeat(out_group, each, axis=-1)[:, :, None, :]
        same = (row_group == columns) & (row_group >= 0)
        reference = np.broadcast_to(
            (row_group >= 0) & (self.column_outputs[:, :, None, :1] < self.outputs),
            (*same.shape[:3], first),
        )
        return np.concatenate([reference, same], axis=-1)

    def split_inputs(self, x: Any, xp: Any) -> Any:
        """`x` (n, inputs) by row of arrays: (stack * down, n, rows), zero where no input stands."""
        n, _, rows, _ = self.shape
        parts = []
        for piece in self.pieces:
            if piece.column == 0:
                part = x[:, piece.inputs[0] : piece.inputs[-1] + 1]
                parts.append(xp.pad(part, [(0, 0), (rows - part.shape[1], 0)]))
        return xp.stack(parts) if n > 1 else parts[0][None]

    def split_weights(self, weights: Any, xp: Any) -> Any:
        """`weights` (outputs, inputs of a group): (stack * down, across, outputs, rows)."""
        n, across, rows, _ = self.shape
        out = xp.zeros((n, across, self.column_outputs.shape[-1], rows), dtype=weights.dtype)
        for place, block in self._blocks:
            out[place] = weights[block]
        return out

    def join_weights(self, blocks: Any, xp: Any) -> Any:
        """The inverse of `split_weights`: (outputs, inputs of a group)."""
        out = xp.empty((self.outputs, self.inputs // self.groups), dtype=blocks.dtype)
        for place, block in self._blocks:
            out[block] = blocks[place]
        return out

    @once
    def _blocks(self) -> list[tuple[Any, Any]]:
        """Where each block of the matrix stands: index of arrays, and index of the matrix."""
        found, n_in, rows = [], self.inputs // self.groups, self.shape[2]
        for piece in self.pieces:
            o, i = piece.outputs, piece.inputs
            for k in range(piece.groups if self.groups > 1 else 1):
                outs, ins = _part(o, k, piece.groups), _part(i, k, piece.groups)
                r, c, first = rows - len(i) + ins[0] - i[0], outs[0] - o[0], ins[0] % n_in
                place = piece.row, piece.column, slice(c, c + len(outs)), slice(r, r + len(ins))
                found.append(
                    (place, (slice(outs[0], outs[-1] + 1), slice(first, first + len(ins))))
                )
        return found

    @property
    def signals(self) -> int:
        """Signals of an array, each of a slice of an output."""
        return int(self.column_outputs.shape[-1] * self.encoding.slices)

    def sums(self, y: Any) -> Any:
        """`y` (stack * down, ...) of arrays on top of each other, added up: (stack, ...)."""
        y = y.reshape(self.stack, self.down, *y.shape[1:])
        return y.sum(axis=1) if self.down > 1 else y[:, 0]

    def join_outputs(self, y: Any, xp: Any) -> Any:
        """`y` (stack * down, across, n, outputs of an array) added up: (n, outputs)."""
        return self.join_sums(self.sums(y), xp)

    def join_sums(self, y: Any, xp: Any) -> Any:
        """The same of sums over `down`, (stack, across, n, outputs of an array)."""
        parts = [
            y[piece.row // self.down, piece.column, :, : len(piece.outputs)]
            for piece in self.pieces
            if piece.row % self.down == 0
        ]
        return xp.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]


def _group(index: Indices, number: int, groups: int) -> Indices:
    """The group of each index; -1 for none."""
    return np.where(index < number, index * groups // number, -1)


def _part(index: Indices, k: int, parts: int) -> Indices:
    return index[k * len(index) // parts : (k + 1) * len(index) // parts]
