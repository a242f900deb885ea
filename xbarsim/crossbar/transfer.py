"""The transfer matrix of a wired ohmic array: its exact answer to every input."""

from math import prod

from xbarsim.backend import Array, array_namespace, native, require_memory, to_numpy
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.tree import Terminated, cut, grown
from xbarsim.crossbar.wires import Lines, Wires, check_conductances, lines_of
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.parallel import spread

_CELLS = 65536  # of small arrays that are joined together; a larger one takes all cores by itself
_FLOAT32 = 2e-5  # error of float32 outputs, over the largest, beyond which they are refused


def transfer_matrix(g: Array, wires: Wires) -> Array:
    """The matrix t with ``i_out = v @ t``, exact to rounding.

    Parameters
    ----------
    g : cell conductances, (..., rows, cols) S, numpy or cupy, float32 or float64. Leading axes are
        separate arrays, computed together.
    wires : line and terminal resistances; all zero gives `g` itself.

    Returns
    -------
    t : (..., rows, cols) S.

    Raises
    ------
    SpecError : a conductance is negative or not finite, or `wires` does not fit `g`.
    ResourceError : the computation would not fit into memory.
    ConvergenceError : float32 cannot hold the answer, by a solve of each array in float64.

    Notes
    -----
    Blocks of cells are joined two by two, alternately side by side and on top of each other
    (`xbarsim.crossbar.blocks`), over as many cores as the BLAS may use. Cost: about 60 k^3 flop for
    k x k cells.
    """
    xp = array_namespace(g)
    g = native(xp.asarray(g))
    check_conductances(g)
    shape = g.shape[-2:]
    at_once = max(1, _CELLS // prod(shape))
    if not wires.ideal:
        need = 30.0 * g.itemsize * at_once * prod(shape) + 3.0 * g.nbytes
        require_memory(need, f"the transfer matrix of an array of {g.shape}", xp)
    lines = lines_of(wires, shape, xp, g.dtype)
    if wires.ideal:
        return g.copy()
    stack = g.reshape(-1, *shape)
    parts = [stack[k : k + at_once] for k in range(0, len(stack), at_once)]
    each = map if prod(shape) > _CELLS else spread
    t = xp.concatenate(list(each(lambda part: _transfer(part, lines), parts)))
    if t.dtype == xp.float32:
        _check_float32(to_numpy(stack), to_numpy(t), wires)
    return t.reshape(g.shape)


def _check_float32(g: Array, t: Array, wires: Wires) -> None:
    """Compare the outputs of a stack of arrays under equal inputs with a solve in float64.

    Raises
    ------
    ConvergenceError : they differ by more than float32 should.
    """
    rows, cols = g.shape[-2:]
    step = max(1, _CELLS // (rows * cols))
    lines, unit = lines_of(wires, (rows, cols)), Ends(left=1.0, right=1.0)
    for k in range(0, len(g), step):
        found = t[k : k + step].sum(axis=-2, dtype=float)
        try:
            nodes = line_solve(g[k : k + step], lines, unit, rtol=1e-8)
            expected = nodes.i_cell.sum(axis=-2)
        except (SpecError, ConvergenceError):  # parts without a path, extremes: the tree does these
            expected = transfer_matrix(g[k : k + step].astype(float), wires).sum(axis=-2)
        largest = abs(expected).max(axis=-1)
        error = abs(found - expected).max(axis=-1)
        wrong = ~(error <= _FLOAT32 * largest)
        if wrong.any():
            worst = float((error / largest)[wrong].max())
            raise ConvergenceError(
                f"float32 cannot hold the transfer matrix of {int(wrong.sum())} of {len(wrong)} "
                f"arrays: outputs are wrong by up to {worst:.2g} of the largest ({_FLOAT32:g} is "
                f"allowed); conductances up to {float(g.max()):.3g} S are too far from each other "
                "or from the resistances. Pass g as float64"
            )


def _transfer(g: Array, lines: Lines) -> Array:
    """The transfer matrices of a few arrays (k, rows, cols)."""
    xp = array_namespace(g)
    rows, cols = g.shape[-2:]
    grid = cut(g, lines)
    t = Terminated(grid, grown(grid)).transfer()
    return xp.ascontiguousarray(t[..., -rows:, :cols])
