"""The transfer matrix after a few cells have changed: exact, by the matrix inversion lemma."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.crossbar.iteration import RTOL, Ends, check_rtol, line_solve
from xbarsim.crossbar.transfer import transfer_matrix
from xbarsim.crossbar.wires import Wires, check_conductances, lines_of
from xbarsim.errors import SpecError

_FEW = 12  # changed cells up to which solving each costs less than a new transfer matrix
_CLOSEST = 1e-12  # what is asked of a solve to compare with, at most; it is stated with the error


@dataclass(frozen=True, kw_only=True)
class UpdatedTransfer:
    """A transfer matrix after a change.

    Parameters
    ----------
    t : (rows, cols) S.
    error : of its outputs for one random input, over the largest, by a solve of the changed array,
        1; 0 where the matrix was computed anew.
    exact : whether it was computed anew, to rounding.
    """

    t: Array
    error: float
    exact: bool


def updated_transfer(
    t: Array,
    g: Array,
    wires: Wires,
    cells: Sequence[tuple[int, int]],
    g_new: Array,
    *,
    rtol: float = 10 * RTOL,
) -> UpdatedTransfer:
    r"""The transfer matrix when `cells` take the conductances `g_new`.

    A changed cell is its former self beside a branch of :math:`\delta g`. With a unit current
    forced through each such branch, the array gives the drops Z at all of them, the currents U
    drawn from the sources and A delivered to the outputs; by reciprocity U is also the drop there
    for unit inputs, so that :math:`t' = t + U^T (1 + \delta g Z)^{-1} \delta g A`.

    Parameters
    ----------
    t : transfer matrix of `g`, (rows, cols) S.
    g : conductances before the change, (rows, cols) S.
    wires : line and terminal resistances.
    cells : (row, column) of each changed cell, none twice.
    g_new : their new conductances, (len(cells),) S.
    rtol : accepted `UpdatedTransfer.error`; where it is missed, also as `t` is not the matrix of
        `g`, and for more than a dozen cells, the matrix is computed anew.

    Raises
    ------
    SpecError : a cell is outside the array or named twice, a conductance is not allowed, or `t` has
        another shape than `g`.
    ConvergenceError : as `xbarsim.crossbar.solve`.

    References
    ----------
    Hager 1989, SIAM Review 31, 221.
    """
    check_rtol(rtol)
    t, g = np.asarray(t, dtype=float), np.asarray(g, dtype=float)
    if t.shape != g.shape:
        raise SpecError(f"t has shape {t.shape}; it must be that of g, {g.shape}")
    changed = _changed(g, cells, g_new)
    if len(cells) <= _FEW and not wires.ideal:
        found = _corrected(t, g, wires, cells, changed)
        error = _error(found, changed, wires, rtol)
        if error <= rtol:
            return UpdatedTransfer(t=found, error=error, exact=False)
    return UpdatedTransfer(t=transfer_matrix(changed, wires), error=0.0, exact=True)


def _corrected(
    t: Array, g: Array, wires: Wires, cells: Sequence[tuple[int, int]], changed: Array
) -> Array:
    """`t` of `g` made that of `changed`."""
    at = tuple(np.array(cells, dtype=int).reshape(-1, 2).T)
    delta = changed[at] - g[at]
    if not delta.any():
        return t.copy()
    injected = np.zeros((len(cells), *g.shape))
    injected[(np.arange(len(cells)), *at)] = 1.0
    nodes = line_solve(g, lines_of(wires, g.shape), Ends(), injected=injected)
    z = -(nodes.v_word - nodes.v_bit)[:, *at].T
    drawn, delivered = nodes.i_cell.sum(axis=-1), nodes.i_cell.sum(axis=-2)
    inner = np.linalg.solve(np.eye(len(cells)) + delta[:, None] * z, delta[:, None] * delivered)
    return t + drawn.T @ inner


def _error(t: Array, g: Array, wires: Wires, rtol: float) -> float:
    """Of the outputs of `t` for a random input, over the largest, by a solve of `g`."""
    v = np.random.default_rng(0).standard_normal(len(g))
    closely = max(rtol / 10, _CLOSEST)
    nodes = line_solve(g, lines_of(wires, g.shape), Ends(left=v, right=v), rtol=closely)
    expected = nodes.i_cell.sum(axis=-2)[0]
    largest = float(np.abs(expected).max())
    off = float(np.abs(v @ t - expected).max())
    return off / largest + nodes.residual if largest else (np.inf if off else 0.0)


def _changed(g: Array, cells: Sequence[tuple[int, int]], g_new: Array) -> Array:
    """`g` with the new conductances, once they are seen to be possible."""
    check_conductances(g)
    if g.ndim != 2:
        raise SpecError(f"g has shape {g.shape}; expected one array, (rows, cols)")
    new = np.asarray(g_new, dtype=float)
    if new.shape != (len(cells),):
        raise SpecError(f"g_new has shape {new.shape}; it must hold one value for each cell")
    for k, (i, j) in enumerate(cells):
        if not (isinstance(i, int | np.integer) and isinstance(j, int | np.integer)):
            raise SpecError(f"cells[{k}] is ({i!r}, {j!r}); it must be two whole numbers")
        if not (0 <= i < g.shape[0] and 0 <= j < g.shape[1]):
            raise SpecError(f"cells[{k}] is ({i}, {j}); the array has {g.shape} cells")
    if len(set(map(tuple, cells))) < len(cells):
        raise SpecError("cells names a cell twice")
    changed = g.copy()
    for (i, j), value in zip(cells, new, strict=True):
        changed[i, j] = value
    check_conductances(changed)
    return changed
