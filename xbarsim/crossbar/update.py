"""An array whose cells change a little from one input to the next: read noise through the wires."""

from dataclasses import dataclass

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.solve import check_inputs
from xbarsim.crossbar.wires import Wires, lines_of
from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class NoisyRead:
    """Outputs of an array whose cells differ a little for each input.

    Parameters
    ----------
    i_out : (k, cols) A.
    error : bound of their error over the largest output of the same input, 1; of the input where it
        is largest.
    exact : which inputs were solved with their own cells, (k,) bool; the others are right to first
        order in the change.
    """

    i_out: Array
    error: float
    exact: Array


def noisy_read(g: Array, v: Array, dg: Array, wires: Wires, rtol: float = 1e-5) -> NoisyRead:
    """Output currents with a different change of the cells for each input.

    Each input is solved anew with its own cells: no more exactly than `rtol` asks, which is cheaper
    than to solve the unchanged array first and to start from there.

    Parameters
    ----------
    g : conductances, (rows, cols) S, of the unchanged array. Computed in float64, returned in the
        precision of `g`.
    v : source voltages, (k, rows) V.
    dg : change of the cells for each input, (k, rows, cols) S. A cell never conducts less than
        nothing: what would is taken as 0 S.
    wires : line and terminal resistances.
    rtol : accepted error of the outputs over the largest output of the same input.

    Raises
    ------
    SpecError : as `xbarsim.crossbar.solve`, or `dg` has another shape.
    ConvergenceError, ResourceError : as `xbarsim.crossbar.solve`.
    """
    xp = array_namespace(g, v, dg)
    g, v, dg = xp.asarray(g), xp.asarray(v), xp.asarray(dg)
    noisy = changed_cells(g, v, dg)
    drive = Ends(left=to_numpy(v), right=to_numpy(v))
    found = line_solve(to_numpy(noisy), lines_of(wires, g.shape), drive, rtol=rtol)
    i_out = xp.asarray(found.i_cell.sum(axis=-2), dtype=g.dtype)
    return NoisyRead(i_out=i_out, error=found.residual, exact=xp.ones(len(v), dtype=bool))


def changed_cells(g: Array, v: Array, dg: Array) -> Array:
    """The cells of each input, (k, rows, cols) S, none below 0 S.

    Raises
    ------
    SpecError : as `noisy_read`.
    """
    xp = array_namespace(g)
    check_inputs(g, v)
    if g.ndim != 2 or v.ndim != 2:
        raise SpecError(f"g has shape {g.shape} and v {v.shape}; expected (rows, cols), (k, rows)")
    if dg.shape != (*v.shape[:1], *g.shape):
        raise SpecError(f"dg has shape {dg.shape}; expected {(*v.shape[:1], *g.shape)}")
    if not bool(xp.isfinite(dg).all()):
        raise SpecError(f"dg holds {int((~xp.isfinite(dg)).sum())} changes that are not finite")
    return xp.maximum(g + dg, 0.0)
