"""The transfer matrix of a wired ohmic array: its exact answer to every input."""

from xbarsim.backend import Array, array_namespace, require_memory
from xbarsim.crossbar.elimination import eliminated_columns
from xbarsim.crossbar.wires import Wires, check_conductances


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
    SpecError : a conductance is negative or not finite.
    ResourceError : the computation would not fit into memory.

    Notes
    -----
    Rows and columns are exchanged where that is cheaper: by reciprocity the array driven at its
    sense ends has the transposed transfer matrix. Cost: 6 max(rows, cols) min(rows, cols)^3 flop.
    """
    g = array_namespace(g).asarray(g)
    check_conductances(g)
    if wires.ideal:
        return g.copy()
    if g.shape[-2] > g.shape[-1]:
        return _transfer(_turned(g), wires.reciprocal)[..., ::-1, ::-1].swapaxes(-1, -2)
    return _transfer(g, wires)


def _turned(g: Array) -> Array:
    """The array seen from its sense ends: its last row and last column come first."""
    return g[..., ::-1, ::-1].swapaxes(-1, -2)


def _transfer(g: Array, wires: Wires) -> Array:
    xp = array_namespace(g)
    m, n = g.shape[-2:]
    need = 8 * g.itemsize * g.size * (1 + m / n)
    require_memory(need, f"the transfer matrix of an array of {g.shape}", xp)
    t = xp.zeros_like(g)
    fed = xp.zeros_like(g)
    for j, column in zip(reversed(range(n)), eliminated_columns(g, wires), strict=True):
        t[..., j] = column.bit.sum(axis=-2)
        seen = t[..., :, j:]  # from here on t maps word-line nodes, not yet sources
        if column.feed is not None:
            fed[..., :, j:] += column.feed.swapaxes(-1, -2) @ seen
        t[..., :, j:] = column.forward.swapaxes(-1, -2) @ seen
    return t + fed
