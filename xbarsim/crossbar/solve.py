"""Every node voltage and current of a wired ohmic array under given inputs."""

from dataclasses import dataclass

from xbarsim.backend import Array, array_namespace, require_memory
from xbarsim.crossbar.elimination import Elimination, eliminate
from xbarsim.crossbar.wires import Wires, bit_impedance, check_conductances, word_impedance
from xbarsim.errors import ConvergenceError, SpecError

#: largest mismatch of Kirchhoff's voltage law that is returned, over the largest input voltage
_TOLERANCE = {"float64": 1e-9, "float32": 1e-3}


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A solved array; leading axes are those of ``v @ g``.

    Parameters
    ----------
    i_out : current into each virtual ground, (..., cols) A.
    v_word, v_bit : voltages of the word-line and bit-line nodes, (..., rows, cols) V.
    i_cell : current through each cell, word line to bit line, (..., rows, cols) A.
    residual : largest mismatch of Kirchhoff's laws over the largest input voltage, 1.
    iterations : steps taken; 0, the elimination is direct.
    """

    i_out: Array
    v_word: Array
    v_bit: Array
    i_cell: Array
    residual: float
    iterations: int = 0


def solve(g: Array, v: Array, wires: Wires) -> Solution:
    """Solve the array `g` driven by `v`.

    Parameters
    ----------
    g : cell conductances, (rows, cols) S; or a stack of arrays, (..., rows, cols).
    v : source voltages, (..., rows) V; for a stack of arrays (..., k, rows), matched as in
        ``v @ g``.
    wires : line and terminal resistances.

    Raises
    ------
    SpecError : a conductance or voltage is not finite, a conductance is negative, or the shapes
        disagree.
    ResourceError : the computation would not fit into memory.
    ConvergenceError : the residual exceeds 1e-9 (float32: 1e-3): conductances and resistances are
        too far apart for the precision.
    """
    xp = array_namespace(g, v)
    g, v = xp.asarray(g), xp.asarray(v)
    check_inputs(g, v)
    elimination = eliminate(g, wires)
    batch = v if v.ndim > 1 else v[None, :]
    if g.ndim == 2:
        batch = batch.reshape(-1, v.shape[-1])
    what = f"solving {batch.shape[-2]} inputs of {g.shape} arrays"
    require_memory(4.0 * g.itemsize * g.size * batch.shape[-2], what, xp)
    solution = _solved(g, batch, wires, elimination)
    if g.ndim > 2:
        return solution
    nodes = (*v.shape[:-1], *g.shape)
    return Solution(
        i_out=solution.i_out.reshape(*v.shape[:-1], g.shape[-1]),
        v_word=solution.v_word.reshape(nodes),
        v_bit=solution.v_bit.reshape(nodes),
        i_cell=solution.i_cell.reshape(nodes),
        residual=solution.residual,
    )


def check_inputs(g: Array, v: Array) -> None:
    """Refuse what cannot be solved.

    Raises
    ------
    SpecError : as `solve` says.
    """
    check_conductances(g)
    xp = array_namespace(g, v)
    if v.ndim < 1 or v.shape[-1] != g.shape[-2]:
        raise SpecError(f"v has shape {v.shape}; its last axis must hold {g.shape[-2]} word lines")
    if g.ndim > 2 and (v.ndim != g.ndim or v.shape[:-2] != g.shape[:-2]):
        raise SpecError(
            f"v has shape {v.shape} and g {g.shape}; for a stack of arrays v must be "
            f"{(*g.shape[:-2], 'k', g.shape[-2])}"
        )
    if not bool(xp.isfinite(v).all()):
        raise SpecError(f"v holds {int((~xp.isfinite(v)).sum())} voltages that are not finite")


def _solved(g: Array, v: Array, wires: Wires, elimination: Elimination) -> Solution:
    """The solution for sources (..., k, rows), once Kirchhoff's laws are seen to hold."""
    xp = array_namespace(g, v)
    v_word, i_cell = elimination.drive(v)
    v_bit = elimination.v_bit(i_cell)
    v_word, v_bit, i_cell = (xp.moveaxis(a, 0, -1) for a in (v_word, v_bit, i_cell))
    passed = g[..., None, :, :] * (v_word - v_bit)
    residual = kirchhoff_residual(v, wires, v_word, v_bit, passed)
    tolerance = _TOLERANCE[str(g.dtype)]
    if not residual <= tolerance:
        raise ConvergenceError(
            f"Kirchhoff's laws are missed by {residual:.2g} of the largest input ({g.dtype}, at "
            f"most {tolerance:g} is accepted): conductances up to {float(g.max()):.3g} S with "
            f"{wires} are too far apart for this precision"
        )
    return Solution(
        i_out=xp.sum(i_cell, axis=-2), v_word=v_word, v_bit=v_bit, i_cell=i_cell, residual=residual
    )


def kirchhoff_residual(v: Array, wires: Wires, v_word: Array, v_bit: Array, i_cell: Array) -> float:
    """Largest difference between node voltages and those that the cell currents ask for, over v."""
    xp = array_namespace(v)
    m, n = i_cell.shape[-2:]
    word = v[..., None] - i_cell @ word_impedance(n, wires, xp, i_cell.dtype)
    bit = bit_impedance(m, wires, xp, i_cell.dtype) @ i_cell
    largest = float(xp.max(xp.abs(v))) or 1.0
    return float(max(xp.max(xp.abs(word - v_word)), xp.max(xp.abs(bit - v_bit)))) / largest
