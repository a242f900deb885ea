"""The transfer matrix of a wired ohmic array: its exact answer to every input."""

from math import prod

import numpy as np

from xbarsim.backend import Array, array_namespace, require_memory, to_numpy
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.tree import Terminated, cut, grown
from xbarsim.crossbar.wires import Lines, Wires, check_conductances, lines_of
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.parallel import spread

_CELLS = 65536  # of small arrays that are joined together; a larger one takes all cores by itself
_FLOAT32 = 5e-5  # error of float32 outputs, over the largest, beyond which they are refused


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
    ConvergenceError : float32 cannot hold the answer, by solves of each array in float64: with
        inputs all alike, of random signs, and of the weakest word line alone.

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
        ends = 9.0 * shape[0] ** 2 * (wires.sides == 2) + 6.0 * shape[1] ** 2 * (
            wires.sense_sides == 2
        )
        need = g.itemsize * at_once * (30.0 * prod(shape) + ends) + 3.0 * g.nbytes
        require_memory(need, f"the transfer matrix of an array of {g.shape}", xp)
    if g.dtype == xp.float32:
        _check_range(wires)
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


def _check_range(wires: Wires) -> None:
    """Refuse resistances that float32 would take for open.

    Raises
    ------
    SpecError : names the resistance.
    """
    largest = float(np.finfo(np.float32).max)
    for name in ("r_word", "r_bit", "r_source", "r_sense"):
        ohms = np.asarray(getattr(wires, name))
        beyond = ohms[np.isfinite(ohms) & (ohms > largest)]
        if beyond.size:
            raise SpecError(
                f"wires.{name} is {beyond.flat[0]:g} ohm; with float32 it must be at most "
                f"{largest:.3g} ohm. Pass g as float64"
            )


def _check_float32(g: Array, t: Array, wires: Wires) -> None:
    """Compare outputs of a stack of arrays with solves in float64.

    The inputs are all alike, of either sign at random, and of the word line alone that drives the
    outputs least.

    Raises
    ------
    ConvergenceError : they differ by more than float32 should.
    """
    rows, cols = g.shape[-2:]
    signs = np.where(np.random.default_rng(0).random(rows) < 0.5, -1.0, 1.0)
    step = max(1, _CELLS // (rows * cols))
    lines = lines_of(wires, (rows, cols))
    for k in range(0, len(g), step):
        part, cells = t[k : k + step].astype(float), g[k : k + step].astype(float)
        with np.errstate(invalid="ignore"):
            weakest = np.eye(rows)[np.abs(part).max(axis=-1).argmin(axis=-1)]
        for v in (np.ones((len(part), rows)), np.tile(signs, (len(part), 1)), weakest):
            _compare(
                np.einsum("kr,krc->kc", v, part), _outputs(cells, v, lines, wires), float(g.max())
            )


def _outputs(g: Array, v: Array, lines: Lines, wires: Wires) -> Array:
    """Outputs of arrays (k, rows, cols) for one input each, (k, cols) A, in float64."""
    try:
        return line_solve(g, lines, Ends(left=v, right=v), rtol=1e-8).i_cell.sum(axis=-2)
    except (SpecError, ConvergenceError):  # parts without a path, extremes: the tree does these
        return np.einsum("kr,krc->kc", v, transfer_matrix(g, wires))


def _compare(found: Array, expected: Array, largest_g: float) -> None:
    largest = abs(expected).max(axis=-1)
    error = abs(found - expected).max(axis=-1)
    wrong = ~(error <= _FLOAT32 * largest)
    if wrong.any():
        worst = float((error[wrong] / largest[wrong]).max())
        raise ConvergenceError(
            f"float32 cannot hold the transfer matrix of {int(wrong.sum())} of {len(wrong)} "
            f"arrays: outputs are wrong by up to {worst:.2g} of the largest ({_FLOAT32:g} is "
            f"allowed); conductances up to {largest_g:.3g} S are too far from each other "
            "or from the resistances. Pass g as float64"
        )


def _transfer(g: Array, lines: Lines) -> Array:
    """The transfer matrices of a few arrays (k, rows, cols)."""
    xp = array_namespace(g)
    rows, cols = g.shape[-2:]
    grid = cut(g, lines)
    t = Terminated(grid, grown(grid)).transfer()
    return xp.ascontiguousarray(t[..., -rows:, :cols])
