"""Which inputs and outputs of a weight matrix stand on which array."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.encode import Code, code
from xbarsim.parallel import once


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A weight matrix cut into a grid of arrays, as evenly as possible.

    A block stands in the corner of its array next to the drivers and the sense amplifiers; cells
    that no weight uses are not formed (0 S). An array then behaves as one cut to its used size.

    Parameters
    ----------
    inputs, outputs : size of the weight matrix.
    rows, cols : size of one array.
    encoding : how outputs stand in columns.
    """

    inputs: int
    outputs: int
    rows: int
    cols: int
    encoding: str

    @once
    def code(self) -> Code:
        """How outputs stand in columns."""
        return code(self.encoding, self.cols)

    @once
    def input_blocks(self) -> list[npt.NDArray[Any]]:
        """Indices of the inputs of each row of arrays."""
        return np.array_split(np.arange(self.inputs), -(-self.inputs // self.rows))

    @once
    def output_blocks(self) -> list[npt.NDArray[Any]]:
        """Indices of the outputs of each column of arrays."""
        held = self.code.outputs(self.cols)
        return np.array_split(np.arange(self.outputs), -(-self.outputs // held))

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Arrays down, arrays across, and the used rows and columns of the largest block."""
        outputs = len(self.output_blocks[0])
        rows = len(self.input_blocks[0])
        return len(self.input_blocks), len(self.output_blocks), rows, self.code.columns(outputs)

    @property
    def formed(self) -> npt.NDArray[np.bool_]:
        """Which cells hold a weight: (down, across, rows, cols) of `shape`."""
        down, across, rows, cols = self.shape
        row_used = np.array([[r >= rows - len(b) for r in range(rows)] for b in self.input_blocks])
        col_used = np.array(
            [[c < self.code.columns(len(b)) for c in range(cols)] for b in self.output_blocks]
        )
        return np.asarray(row_used[:, None, :, None] & col_used[None, :, None, :])

    def split_inputs(self, x: Any, xp: Any) -> Any:
        """`x` (..., inputs) by row of arrays: (down, ..., rows), zero where no input stands."""
        rows = self.shape[2]
        pads = [(0, 0)] * (x.ndim - 1)
        parts = [x[..., b[0] : b[-1] + 1] for b in self.input_blocks]
        return xp.stack([xp.pad(p, [*pads, (rows - p.shape[-1], 0)]) for p in parts])

    def split_weights(self, weights: Any, xp: Any) -> Any:
        """`weights` (outputs, inputs) by array: (down, across, outputs, rows), zero-padded."""
        most = len(self.output_blocks[0])
        parts = []
        for block in self.output_blocks:
            part = weights[block[0] : block[-1] + 1]
            padded = xp.pad(part, [(0, most - part.shape[0]), (0, 0)])
            parts.append(self.split_inputs(padded, xp))
        return xp.stack(parts, axis=1)

    def join_outputs(self, y: Any, xp: Any) -> Any:
        """`y` (across, ..., outputs of a block) side by side: (..., outputs)."""
        sizes = [len(b) for b in self.output_blocks]
        return xp.concatenate([part[..., :n] for part, n in zip(y, sizes, strict=True)], axis=-1)

    def table(self) -> list[dict[str, Any]]:
        """A row for each array: its place in the grid, its inputs, outputs and use."""
        out = []
        for r, ins in enumerate(self.input_blocks):
            for c, outs in enumerate(self.output_blocks):
                used = len(ins), self.code.columns(len(outs))
                out.append(
                    {
                        "array": r * len(self.output_blocks) + c,
                        "row_block": r,
                        "col_block": c,
                        "first_input": int(ins[0]),
                        "last_input": int(ins[-1]),
                        "first_output": int(outs[0]),
                        "last_output": int(outs[-1]),
                        "used_rows": used[0],
                        "used_cols": used[1],
                        "rows": self.rows,
                        "cols": self.cols,
                        "utilisation": used[0] * used[1] / (self.rows * self.cols),
                    }
                )
        return out
