"""An array whose cells change a little from one input to the next: read noise through the wires."""

from xbarsim.backend import Array, array_namespace
from xbarsim.crossbar.elimination import Elimination
from xbarsim.errors import ConvergenceError


def solve_perturbed(
    elimination: Elimination, v: Array, dg: Array, rtol: float = 1e-5, max_iterations: int = 50
) -> Array:
    r"""Output currents with a different change of the cells for each input.

    Each changed cell is its unchanged self beside a current source :math:`\delta g\,u`, u the drop
    across it; sources and drops are iterated to a fixed point, from the unchanged array on. For a
    relative change s of the cells the error shrinks by about s with each step.

    Parameters
    ----------
    elimination : the unchanged array.
    v : source voltages, (..., k, rows) V.
    dg : change of the cells for each input, columns first, (cols, ..., k, rows) S.
    rtol : accepted error of any output, over the largest output. The error left after a step is
        taken as twice its change times the factor by which changes shrink.

    Returns
    -------
    i_out : (..., k, cols) A.

    Raises
    ------
    ConvergenceError : the change of the cells is so large that the iteration does not settle.
    """
    xp = array_namespace(v)
    v_word, i_cell = elimination.drive(v)
    i_out = xp.sum(i_cell, axis=-1)
    last = 0.0
    for _ in range(max_iterations):
        drop = v_word - elimination.v_bit(i_cell)
        v_word, i_cell = elimination.drive(v, injected=dg * drop)
        before, i_out = i_out, xp.sum(i_cell, axis=-1)
        change = float(xp.max(xp.abs(i_out - before)))
        shrinks = change / last if last else 1.0
        left = 2 * change * shrinks if shrinks < 0.5 else change
        if left <= rtol * float(xp.max(xp.abs(i_out))):
            return xp.moveaxis(i_out, 0, -1)
        last = change
    raise ConvergenceError(
        f"read noise did not settle within {max_iterations} steps: cells change by up to "
        f"{float(xp.max(xp.abs(dg))):.3g} S in one read"
    )
