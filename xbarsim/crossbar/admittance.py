"""What sources see of a wired ohmic array: the matrix of their currents by their voltages."""

import numpy as np

from xbarsim.backend import Array, array_namespace, native, require_memory, to_numpy
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.transfer import far_apart, needed
from xbarsim.crossbar.tree import Terminated, by_parts, cut, grown
from xbarsim.crossbar.wires import Lines, Wires, check_conductances, lines_of
from xbarsim.errors import BrokenLinesError, ConvergenceError


def source_admittance(g: Array, wires: Wires) -> Array:
    """The symmetric matrix Y of source currents ``v @ Y``, whose power is ``v @ Y @ v``.

    All that the array dissipates comes from its sources, as bit lines end at 0 V: cells, wires and
    terminations together, exactly.

    Parameters
    ----------
    g : cell conductances, (..., rows, cols) S, numpy or cupy. Leading axes are separate arrays.
        Computed in float64.
    wires : line and terminal resistances; without any, Y is diagonal: the sums over rows of `g`.

    Returns
    -------
    y : (..., rows, rows) S.

    Raises
    ------
    SpecError : a conductance is negative or not finite, or `wires` does not fit `g`.
    ResourceError : the computation would not fit into memory.
    ConvergenceError : conductances and resistances are too far apart.

    Notes
    -----
    Read off the tree of blocks that makes the transfer matrix, at about its cost. Where some
    resistance is more than a million times that of the best cell and of the best segment, and where
    a cell joins two broken lines, each source is solved alone, by `line_solve`, on the host.
    """
    xp = array_namespace(g)
    g = native(xp.asarray(g))
    check_conductances(g)
    g = g.astype(float, copy=False)
    rows, cols = g.shape[-2:]
    if wires.ideal:
        return g.sum(axis=-1)[..., None] * xp.eye(rows)
    lines, stack = lines_of(wires, (rows, cols), xp, g.dtype), g.reshape(-1, rows, cols)
    require_memory(needed(stack, wires), f"the source admittance of an array of {g.shape}", xp)
    if g.size and far_apart(float(g.max()), lines):
        found = _one_by_one(stack, wires)
    else:
        try:
            parts = by_parts(lambda k: _grown(stack[k], lines), len(stack), (rows, cols), xp)
            found = xp.concatenate(parts)
        except (BrokenLinesError, ConvergenceError):
            found = _one_by_one(stack, wires)
    return found.reshape(*g.shape[:-1], rows)


def _grown(g: Array, lines: Lines) -> Array:
    """Of a few arrays (k, rows, cols), by the tree."""
    grid, rows = cut(g, lines, sources=True), g.shape[-2]
    return Terminated(grid, grown(grid)).admittance()[..., -rows:, -rows:]


def _one_by_one(g: Array, wires: Wires) -> Array:
    """The same by a solve for each source."""
    xp, one = array_namespace(g), np.eye(g.shape[-2])
    lines = lines_of(wires, g.shape[-2:])
    ends = Ends(left=one, right=one)
    found = [line_solve(array, lines, ends).i_cell.sum(axis=-1) for array in to_numpy(g)]
    return xp.asarray(0.5 * (np.stack(found) + np.stack(found).swapaxes(-1, -2)))
