"""What small random changes of the cells do to the outputs, to first order, through the wires."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array, require_memory
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.solve import check_inputs
from xbarsim.crossbar.update import NoisyRead, changed_cells, noisy_read
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
    residual : bound of the error of `i_out` over its largest for the same input, 1.
    """

    i_out: Array
    drop: Array
    adjoint: Array
    residual: float

    def change(self, dg: Array) -> Array:
        """First-order change of the outputs for changed cells.

        Parameters
        ----------
        dg : change of the cells for each input, (k, rows, cols) S.

        Returns
        -------
        (k, cols) A.
        """
        adjoint = self.adjoint.reshape(len(self.adjoint), -1)
        return -(dg * self.drop).reshape(-1, adjoint.shape[1]) @ adjoint.T

    def remainder(self, g: Array, dg: Array) -> Array:
        r"""Bound of what `change` leaves out, for any output of an input.

        It is :math:`\sum a\,\delta g\,Z\,\delta g\,u'`, u' the drops across the changed cells and Z
        those that unit currents beside the cells cause. As the cells take no more power than such
        currents give, :math:`g^{1/2} Z g^{1/2} \le 1`, so that with :math:`e = \delta g / g` it
        is at most :math:`\sqrt{\sum g e^2 a^2 \sum g e^2 u^2} / (1 - \max|e|)`.

        Parameters
        ----------
        g : conductances of the unchanged array, (rows, cols) S.
        dg : change of the cells for each input, (k, rows, cols) S.

        Returns
        -------
        (k,) A; infinite where a conductance doubles or is lost.
        """
        nothing = np.where(dg == 0, 0.0, np.inf)
        relative = np.divide(np.abs(dg), g, out=nothing, where=g > 0)
        largest = relative.max(axis=(1, 2), initial=0.0)
        bound, small = np.full(len(dg), np.inf), largest < 1
        weight = (np.abs(dg) * relative)[small].reshape(-1, g.size)
        drop = self.drop[small].reshape(weight.shape)
        forward = (weight * drop**2).sum(axis=1)
        back = np.max([weight @ (adjoint**2).ravel() for adjoint in self.adjoint], axis=0)
        bound[small] = np.sqrt(forward * back) / (1 - largest[small])
        return bound

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


def first_order_read(
    g: Array, v: Array, dg: Array, wires: Wires, *, rtol: float = 1e-3
) -> NoisyRead:
    """Outputs to first order in a change of the cells, where that is good enough.

    Parameters
    ----------
    g : conductances, (rows, cols) S.
    v : source voltages, (k, rows) V.
    dg : change of the cells for each input, (k, rows, cols) S. A cell never conducts less than
        nothing: what would is taken as 0 S.
    wires : line and terminal resistances.
    rtol : accepted error over the largest output of the same input. What first order leaves out is
        bounded for every input, see `Sensitivity.remainder`; those that miss are solved anew.

    Raises
    ------
    SpecError, ConvergenceError, ResourceError : as `sensitivity` and `noisy_read`.

    Notes
    -----
    The bound allows for every cell's change to act on every other's. For independent changes of
    relative size s it is about :math:`s^2` times the root of the number of bit lines, and far above
    what first order misses.
    """
    g, v, dg = (np.asarray(array, dtype=float) for array in (g, np.atleast_2d(v), dg))
    require_memory(40.0 * dg.size, f"first order in a change of {dg.shape} cells")
    dg = changed_cells(g, v, dg) - g
    unchanged = sensitivity(g, v, wires)
    i_out = unchanged.i_out + unchanged.change(dg)
    missed, largest = unchanged.remainder(g, dg), np.abs(i_out).max(axis=1)
    nothing = np.where(missed > 0, np.inf, 0.0)
    error = np.divide(missed, largest, out=nothing, where=largest > 0) + unchanged.residual
    exact = error > rtol
    if exact.any():
        anew = noisy_read(g, v[exact], dg[exact], wires, rtol)
        i_out[exact], error[exact] = anew.i_out, anew.error
    return NoisyRead(i_out=i_out, error=float(error.max(initial=0.0)), exact=exact)


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
    require_memory(32.0 * g.size * (cols + len(v)), f"the sensitivity of an array of {g.shape}")
    lines, unit = lines_of(wires, g.shape), np.eye(cols)
    driven = line_solve(g, lines, Ends(left=v, right=v))
    sensed = line_solve(g, lines, Ends(top=unit, bottom=unit))
    return Sensitivity(
        i_out=driven.i_cell.sum(axis=-2),
        drop=driven.v_word - driven.v_bit,
        adjoint=sensed.v_word - sensed.v_bit,
        residual=driven.residual,
    )
