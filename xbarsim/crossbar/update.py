"""An array whose cells change a little from one input to the next: read noise through the wires."""

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.solve import check_inputs
from xbarsim.crossbar.wires import Wires, lines_of
from xbarsim.errors import SpecError


def noisy_read(g: Array, v: Array, dg: Array, wires: Wires, rtol: float = 1e-5) -> Array:
    """Output currents with a different change of the cells for each input.

    Each input is solved anew with its own cells: no more exactly than `rtol` asks, which is cheaper
    than to solve the unchanged array first and to start from there.

    Parameters
    ----------
    g : conductances, (rows, cols) S, of the unchanged array.
    v : source voltages, (k, rows) V.
    dg : change of the cells for each input, (k, rows, cols) S. A cell never conducts less than
        nothing: what would is taken as 0 S.
    wires : line and terminal resistances.
    rtol : accepted error of the outputs, over the largest of the same input.

    Returns
    -------
    i_out : (k, cols) A, in the precision of `g`.

    Raises
    ------
    SpecError : as `xbarsim.crossbar.solve`, or `dg` has another shape.
    ConvergenceError : `rtol` is not reached for some input.
    ResourceError : as `xbarsim.crossbar.solve`.
    """
    xp = array_namespace(g, v, dg)
    g, v, dg = xp.asarray(g), xp.asarray(v), xp.asarray(dg)
    check_inputs(g, v)
    if dg.shape != (*v.shape[:1], *g.shape):
        raise SpecError(f"dg has shape {dg.shape}; expected {(*v.shape[:1], *g.shape)}")
    if not bool(xp.isfinite(dg).all()):
        raise SpecError(f"dg holds {int((~xp.isfinite(dg)).sum())} changes that are not finite")
    drive = Ends(left=to_numpy(v), right=to_numpy(v))
    noisy = to_numpy(xp.maximum(g + dg, 0.0))
    found = line_solve(noisy, lines_of(wires, g.shape), drive, rtol=rtol)
    return xp.asarray(found.i_cell.sum(axis=-2), dtype=g.dtype)
