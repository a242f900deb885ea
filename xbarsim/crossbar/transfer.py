"""The transfer matrix of a wired ohmic array: its exact answer to every input."""

import numpy as np

from xbarsim.backend import Array, array_namespace, native, require_memory, to_numpy
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.tree import TOGETHER, Terminated, beyond, by_parts, cut, grown, together
from xbarsim.crossbar.wires import Lines, Wires, check_conductances, lines_of
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.parallel import blas_threads

_FLOAT32 = 5e-6  # error of float32 outputs beyond which they are refused, see `transfer_matrix`
_FLOAT64 = 1e-9  # the same of float64 outputs, which is looked at where
_FAR = 1e6  # the largest resistance is more than this over the smallest and the best cell's
_INPUTS = 2  # random inputs for which that is seen
_RESISTANCES = ("r_word", "r_bit", "r_source", "r_sense")


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
    SpecError : a conductance is negative or not finite, `wires` does not fit `g`, or float32 cannot
        hold a resistance.
    ResourceError : the computation would not fit into memory.
    ConvergenceError : numbers overflow, or their type cannot hold the answer.

    Notes
    -----
    float32 answers are compared with float64 solves of each array for two random inputs, standard
    normal on every word line. No output may be off by more than 5e-6 of the largest output, by its
    root mean square over such inputs. Inputs whose outputs are smaller than that, because they
    cancel or because a weak word line is driven alone, keep no more than these decimals. Answers in
    float64 are compared, with 1e-9 allowed, where some resistance is more than a million times that
    of the best cell and of the best segment: differences then leave few decimals.

    Blocks of cells are joined two by two, alternately side by side and on top of each other
    (`xbarsim.crossbar.blocks`), over as many cores as the BLAS may use. Cost: about 60 k^3 flop for
    k x k cells.

    Examples
    --------
    >>> import numpy as np
    >>> from xbarsim.crossbar import Wires
    >>> g = np.full((2, 2), 100e-6)
    >>> t = transfer_matrix(g, Wires(r_word=10.0, r_bit=10.0))
    >>> 1e6 * (np.array([0.2, 0.1]) @ t)  # uA; 30 each without wires
    array([29.98001998, 29.95008983])
    """
    xp = array_namespace(g)
    g = native(xp.asarray(g))
    check_conductances(g)
    shape = g.shape[-2:]
    if g.dtype == xp.float32:
        _check_range(wires)
    lines = lines_of(wires, shape, xp, g.dtype)
    if wires.ideal:
        return g.copy()
    stack = g.reshape(-1, *shape)
    require_memory(needed(stack, wires), f"the transfer matrix of an array of {g.shape}", xp)
    t = xp.concatenate(by_parts(lambda part: _transfer(stack[part], lines), len(stack), shape, xp))
    if not bool(xp.isfinite(t).all()):
        raise beyond(g)
    if t.dtype == xp.float32:
        _compare(to_numpy(stack), to_numpy(t), wires, _FLOAT32)
    elif g.size and far_apart(float(g.max()), lines):
        _compare(to_numpy(stack), to_numpy(t), wires, _FLOAT64)
    return t.reshape(g.shape)


def needed(stack: Array, wires: Wires) -> float:
    """Bytes that the matrices of arrays (k, rows, cols) take, and what leads to them; measured."""
    k, rows, cols = stack.shape
    at_once, tasks = together(k, (rows, cols), array_namespace(stack))
    right, top = wires.sides == 2, wires.sense_sides == 2  # ends whose lines meet in the last step
    ends = 8.0 * right * rows**2 + 6.0 * top * cols**2 + 8.0 * (right and top) * rows * cols
    cells = at_once * rows * cols
    task = (19.0 if blas_threads() <= 2 else 38.0) * cells + at_once * ends
    tree = float(stack.itemsize * (2 * stack.size + tasks * task))
    return max(tree, 112.0 * cells) if stack.itemsize == 4 else tree  # of float32, the comparison


def _check_range(wires: Wires) -> None:
    """Refuse resistances that float32 would take for breaks.

    Raises
    ------
    SpecError : names the resistance.
    """
    for name in _RESISTANCES:
        if _largest(wires, name) > float(np.finfo(np.float32).max):
            raise SpecError(
                f"wires.{name} holds {_largest(wires, name):g} ohm, which float32 cannot. "
                "Pass g as float64"
            )


def far_apart(g: float, lines: Lines) -> bool:
    """Whether some resistance is so large that differences may leave few decimals."""
    least, most = lines.extremes
    return g > 0 and most > _FAR * (1.0 / g + least)


def _largest(wires: Wires, *names: str) -> float:
    """The largest resistance that is no break, ohm."""
    ohms = [np.asarray(getattr(wires, name)) for name in names or _RESISTANCES]
    return max(float(r.max(initial=0.0, where=np.isfinite(r))) for r in ohms)


def _compare(g: Array, t: Array, wires: Wires, allowed: float) -> None:
    """Compare the outputs of a stack of arrays under random inputs with float64 solves.

    Raises
    ------
    ConvergenceError : they differ by more than `allowed` of the usual largest output.
    """
    rows, cols = g.shape[-2:]
    step = max(1, TOGETHER // (rows * cols))
    v = np.random.default_rng(0).standard_normal((_INPUTS, rows))
    for k in range(0, len(g), step):
        found = t[k : k + step].astype(float)
        error = abs(v @ found - _outputs(g[k : k + step], v, wires, allowed)).max(axis=(1, 2))
        usual = np.sqrt((found**2).sum(axis=-2)).max(axis=-1)
        wrong = ~(error <= allowed * usual)
        if wrong.any():
            worst = float((error / usual)[wrong].max())
            advice = (
                "Pass g as float64" if t.dtype == np.float32 else
                "Call solve, which holds it, or give what is broken as inf"
            )  # fmt: skip
            raise ConvergenceError(
                f"{t.dtype} cannot hold the transfer matrix of {int(wrong.sum())} of {len(wrong)} "
                f"arrays: outputs are wrong by up to {worst:.2g} of the usual largest one "
                f"({allowed:g} is allowed); conductances up to {float(g.max()):.3g} S are too far "
                f"from each other or from resistances of up to {_largest(wires):.3g} ohm. {advice}"
            )


def _outputs(g: Array, v: Array, wires: Wires, allowed: float) -> Array:
    """Outputs of each array (k, rows, cols) for each of the inputs `v`, in float64."""
    lines = lines_of(wires, g.shape[-2:])

    def solved(u: Array) -> Array:
        found = line_solve(g, lines, Ends(left=u, right=u), rtol=allowed / 50)
        return found.i_cell.sum(axis=-2)

    try:
        return np.stack([solved(u) for u in v], axis=1)
    except (SpecError, ConvergenceError):  # parts without a path, extremes: the tree does these
        return v @ np.concatenate([_transfer(one[None].astype(float), lines) for one in g])


def _transfer(g: Array, lines: Lines) -> Array:
    """The transfer matrices of a few arrays (k, rows, cols)."""
    xp = array_namespace(g)
    rows, cols = g.shape[-2:]
    grid = cut(g, lines)
    t = Terminated(grid, grown(grid)).transfer()
    return xp.ascontiguousarray(t[..., -rows:, :cols])
