"""What small random changes of the cells do to the outputs, to first order, through the wires."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array, require_memory
from xbarsim.crossbar.iteration import RTOL, Ends, line_solve
from xbarsim.crossbar.solve import check_inputs
from xbarsim.crossbar.update import noisy_read
from xbarsim.crossbar.wires import Wires, lines_of
from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    r"""Drops that say how outputs follow from changes of the cells.

    To first order an output j changes by :math:`-\sum_c \delta g_c u_c a_{jc}`, u the drop across a
    cell under the inputs and a the one with the sensed end of line j at 1 V and all else at zero
    (Director and Rohrer 1969, IEEE Trans. Circuit Theory 16, 318).

    Parameters
    ----------
    i_out : outputs of the unchanged array, (k, cols) A.
    drop : u, (k, rows, cols) V.
    adjoint : a, (cols, rows, cols), V at 1 V.
    """

    i_out: Array
    drop: Array
    adjoint: Array

    def change(self, dg: Array) -> Array:
        """First-order change of the outputs for changed cells.

        Parameters
        ----------
        dg : change of the cells for each input, (k, rows, cols) S.

        Returns
        -------
        (k, cols) A.
        """
        drawn = (dg * self.drop).reshape(len(self.drop), -1)
        return -drawn @ self.adjoint.reshape(len(self.adjoint), -1).T

    def covariance(self, sigma: Array) -> Array:
        """Covariance of the outputs when each cell varies by itself.

        Parameters
        ----------
        sigma : standard deviation of each cell in one read, (rows, cols) S, or (k, rows, cols).

        Returns
        -------
        (k, cols, cols) A^2.
        """
        spread = (np.broadcast_to(sigma, self.drop.shape) * self.drop) ** 2
        adjoint = self.adjoint.reshape(len(self.adjoint), -1)
        return np.stack([(adjoint * weight.ravel()) @ adjoint.T for weight in spread])


@dataclass(frozen=True, kw_only=True)
class NoisyRead:
    """Outputs of an array whose cells differ a little for each input.

    Parameters
    ----------
    i_out : (k, cols) A.
    error : the largest of any input, over its largest output, 1: of the first order twice the
        second-order term; of inputs solved anew what that solution was asked for.
    exact : whether first order missed the tolerance for some input, so that all were solved anew.
    """

    i_out: Array
    error: float
    exact: bool


def first_order_read(
    g: Array, v: Array, dg: Array, wires: Wires, *, rtol: float = 1e-3
) -> NoisyRead:
    """Outputs to first order in a change of the cells.

    Parameters
    ----------
    g : conductances, (rows, cols) S.
    v : source voltages, (k, rows) V.
    dg : change of the cells for each input, (k, rows, cols) S; a cell that would conduct less than
        nothing is taken as 0 S.
    wires : line and terminal resistances.
    rtol : accepted error over the largest output of an input. The second-order term, which costs
        another solve of each input, says whether it is met; if not, all inputs are solved anew.

    Raises
    ------
    SpecError, ConvergenceError, ResourceError : as `sensitivity`.
    """
    unchanged = sensitivity(g, v, wires)
    g, dg = np.asarray(g, dtype=float), np.asarray(dg, dtype=float)
    if dg.shape != unchanged.drop.shape:
        raise SpecError(f"dg has shape {dg.shape}; expected {unchanged.drop.shape}")
    dg = np.maximum(g + dg, 0.0) - g
    i_out = unchanged.i_out + unchanged.change(dg)
    moved = line_solve(g, lines_of(wires, g.shape), Ends(), injected=dg * unchanged.drop)
    second = ((moved.v_word - moved.v_bit) * dg).reshape(len(dg), -1)
    second = second @ unchanged.adjoint.reshape(len(unchanged.adjoint), -1).T
    largest = np.abs(i_out).max(axis=1)
    off = 2 * np.abs(second).max(axis=1)
    error = float(np.divide(off, largest, out=np.zeros(len(off)), where=off > 0).max(initial=0.0))
    if error <= rtol:
        return NoisyRead(i_out=i_out, error=error, exact=False)
    return NoisyRead(i_out=noisy_read(g, v, dg, wires, RTOL), error=RTOL, exact=True)


def sensitivity(g: Array, v: Array, wires: Wires) -> Sensitivity:
    """Solve the array for its inputs and once for each of its outputs.

    Parameters
    ----------
    g : conductances, (rows, cols) S, numpy.
    v : source voltages, (k, rows) V.
    wires : line and terminal resistances.

    Raises
    ------
    SpecError, ConvergenceError : as `xbarsim.crossbar.solve`.
    ResourceError : cols drops of (rows, cols) do not fit into memory.
    """
    g, v = np.asarray(g, dtype=float), np.atleast_2d(np.asarray(v, dtype=float))
    check_inputs(g, v)
    if g.ndim != 2:
        raise SpecError(f"g has shape {g.shape}; the sensitivity takes one array, (rows, cols)")
    cols = g.shape[1]
    require_memory(24.0 * g.size * (cols + len(v)), f"the sensitivity of an array of {g.shape}")
    lines, unit = lines_of(wires, g.shape), np.eye(cols)
    driven = line_solve(g, lines, Ends(left=v, right=v))
    sensed = line_solve(g, lines, Ends(top=unit, bottom=unit))
    return Sensitivity(
        i_out=driven.i_cell.sum(axis=-2),
        drop=driven.v_word - driven.v_bit,
        adjoint=sensed.v_word - sensed.v_bit,
    )
