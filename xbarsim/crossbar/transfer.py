"""The transfer matrix of a wired ohmic array: its exact answer to every input."""

from math import prod

from xbarsim.backend import Array, array_namespace, require_memory
from xbarsim.crossbar.tree import Terminated, cut, grown
from xbarsim.crossbar.wires import Lines, Wires, check_conductances, lines_of
from xbarsim.parallel import spread

_CELLS = 65536  # of small arrays that are joined together; a larger one takes all cores by itself


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

    Notes
    -----
    Blocks of cells are joined two by two, alternately side by side and on top of each other
    (`xbarsim.crossbar.blocks`), over as many cores as the BLAS may use. Cost: about 60 k^3 flop for
    k x k cells.
    """
    xp = array_namespace(g)
    g = xp.asarray(g)
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
    return xp.concatenate(list(each(lambda part: _transfer(part, lines), parts))).reshape(g.shape)


def _transfer(g: Array, lines: Lines) -> Array:
    """The transfer matrices of a few arrays (k, rows, cols)."""
    xp = array_namespace(g)
    rows, cols = g.shape[-2:]
    grid = cut(g, lines)
    t = Terminated(grid, grown(grid)).transfer()
    return xp.ascontiguousarray(t[..., -rows:, :cols])
