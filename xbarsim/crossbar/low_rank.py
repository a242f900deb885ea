"""The transfer matrix after a few cells have changed: exact, by the matrix inversion lemma."""

from collections.abc import Sequence

import numpy as np

from xbarsim.backend import Array
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.transfer import transfer_matrix
from xbarsim.crossbar.wires import Wires, check_conductances, lines_of
from xbarsim.errors import SpecError

_FEW = 12  # changed cells up to which solving each costs less than a new transfer matrix


def updated_transfer(
    t: Array, g: Array, wires: Wires, cells: Sequence[tuple[int, int]], g_new: Array
) -> Array:
    r"""The transfer matrix when `cells` take the conductances `g_new`.

    A changed cell is its former self beside a branch of :math:`\delta g`. With a unit current
    forced through each such branch, the array gives the drops Z at all of them, the currents U
    drawn from the sources and A delivered to the outputs; by reciprocity U is also the drop there
    for unit inputs, so that :math:`t' = t + U^T (1 + \delta g Z)^{-1} \delta g A`.

    Parameters
    ----------
    t : transfer matrix of `g`, (rows, cols) S.
    g : conductances before the change, (rows, cols) S, numpy.
    wires : line and terminal resistances.
    cells : (row, column) of each changed cell, none twice.
    g_new : their new conductances, (len(cells),) S.

    Returns
    -------
    t : (rows, cols) S. As exact as `xbarsim.crossbar.solve`; with more than a dozen cells it is
        computed anew.

    Raises
    ------
    SpecError : a cell is outside the array or named twice, or a conductance is not allowed.
    ConvergenceError : as `xbarsim.crossbar.solve`.

    References
    ----------
    Hager 1989, SIAM Review 31, 221.
    """
    changed = _changed(g, cells, g_new)
    at = tuple(np.array(cells, dtype=int).reshape(-1, 2).T)
    delta = changed[at] - g[at]
    if len(cells) > _FEW or wires.ideal:
        return transfer_matrix(changed, wires)
    if not delta.any():
        return t.copy()
    injected = np.zeros((len(cells), *g.shape))
    injected[(np.arange(len(cells)), *at)] = 1.0
    nodes = line_solve(g, lines_of(wires, g.shape), Ends(), injected=injected)
    z = -(nodes.v_word - nodes.v_bit)[:, *at].T
    drawn, delivered = nodes.i_cell.sum(axis=-1), nodes.i_cell.sum(axis=-2)
    inner = np.linalg.solve(np.eye(len(cells)) + delta[:, None] * z, delta[:, None] * delivered)
    return t + drawn.T @ inner


def _changed(g: Array, cells: Sequence[tuple[int, int]], g_new: Array) -> Array:
    """`g` with the new conductances, once they are seen to be possible."""
    check_conductances(g)
    new = np.asarray(g_new, dtype=float)
    if new.shape != (len(cells),):
        raise SpecError(f"g_new has shape {new.shape}; it must hold one value for each cell")
    for k, (i, j) in enumerate(cells):
        if not (0 <= i < g.shape[0] and 0 <= j < g.shape[1]):
            raise SpecError(f"cells[{k}] is ({i}, {j}); the array has {g.shape} cells")
    if len(set(map(tuple, cells))) < len(cells):
        raise SpecError("cells names a cell twice")
    changed = g.copy()
    for (i, j), value in zip(cells, new, strict=True):
        changed[i, j] = value
    check_conductances(changed)
    return changed
