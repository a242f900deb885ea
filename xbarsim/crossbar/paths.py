"""The lines between a driver, one cell and a virtual ground, where no other cell conducts."""

import numpy as np

from xbarsim.backend import Array, to_numpy
from xbarsim.crossbar.wires import Wires


def path_resistance(wires: Wires, rows: int, cols: int) -> Array:
    """Resistance in series with each cell of an array whose other cells are cut off by transistors.

    Parameters
    ----------
    wires : of the array.

    Returns
    -------
    (rows, cols) ohm; ``inf`` where no line leads to a cell.
    """
    word = np.broadcast_to(to_numpy(wires.r_word), (rows, cols - 1))
    bit = np.broadcast_to(to_numpy(wires.r_bit), (rows - 1, cols))
    source = np.broadcast_to(to_numpy(wires.r_source), (rows,))[:, None]
    sense = np.broadcast_to(to_numpy(wires.r_sense), (cols,))[None]
    return (
        _to_ends(word.astype(float), source, wires.sides, last=False)
        + _to_ends(bit.T.astype(float), sense.T, wires.sense_sides, last=True).T
    )


def _to_ends(segments: Array, terminal: Array, sides: int, *, last: bool) -> Array:
    """From each place along lines (lines, places) to one end of its line, or to both at once."""
    start = np.concatenate([np.zeros((len(segments), 1)), np.cumsum(segments, axis=1)], axis=1)
    back = np.cumsum(segments[:, ::-1], axis=1)[:, ::-1]
    end = np.concatenate([back, np.zeros((len(segments), 1))], axis=1)
    ways = [(end if last else start) + terminal, (start if last else end) + terminal]
    if sides == 1:
        return ways[0]
    with np.errstate(divide="ignore"):
        return 1.0 / (1.0 / ways[0] + 1.0 / ways[1])
