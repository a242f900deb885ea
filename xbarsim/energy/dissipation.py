"""Where the power of a read goes inside an array: cells, wires, terminations."""

from dataclasses import dataclass

from xbarsim.backend import Array, array_namespace
from xbarsim.crossbar import Wires, solve


@dataclass(frozen=True, kw_only=True)
class Dissipation:
    """Powers of one array under each of its inputs, (..., k) W.

    Parameters
    ----------
    source : delivered by the word-line sources, signed sum.
    cells, wires, terminations : turned into heat in cells, in line segments, and in the source and
        sense resistances.
    """

    source: Array
    cells: Array
    wires: Array
    terminations: Array

    @property
    def imbalance(self) -> float:
        """Largest ``|source - cells - wires - terminations| / source``, 1."""
        xp = array_namespace(self.source)
        missing = xp.abs(self.source - self.cells - self.wires - self.terminations)
        scale = xp.where(self.source > 0, self.source, 1.0)
        return float(xp.max(missing / scale))


def dissipation(g: Array, v: Array, wires: Wires) -> Dissipation:
    """Powers in the array `g` (rows, cols) S under sources `v` (k, rows) V.

    Raises
    ------
    SpecError, ConvergenceError, ResourceError : as `xbarsim.crossbar.solve`.
    """
    if wires.ideal:
        power = (v**2) @ g.sum(axis=-1)
        nothing = 0.0 * power
        return Dissipation(source=power, cells=power, wires=nothing, terminations=nothing)
    wires.require_uniform("the power of an array")
    solution = solve(g, v, wires)
    i = solution.i_cell
    word = _line_currents(i, wires.r_word, wires.r_source, wires.sides)
    upward = i[..., ::-1, :].swapaxes(-1, -2)
    bit = _line_currents(upward, wires.r_bit, wires.r_sense, wires.sense_sides)
    return Dissipation(
        source=(v * i.sum(axis=-1)).sum(axis=-1),
        cells=(g * (solution.v_word - solution.v_bit) ** 2).sum(axis=(-2, -1)),
        wires=wires.r_word * _squares(word[..., 1:-1]) + wires.r_bit * _squares(bit[..., 1:-1]),
        terminations=wires.r_source * _squares(word[..., [0, -1]])
        + wires.r_sense * _squares(bit[..., [0, -1]]),
    )


def _squares(i: Array) -> Array:
    return (i**2).sum(axis=(-2, -1))


def _line_currents(i: Array, r_segment: float, r_end: float, sides: int) -> Array:
    """Currents in a line's segments, its terminations first and last.

    Parameters
    ----------
    i : drawn from the line at its n nodes, the near end first, (..., lines, n) A.

    Returns
    -------
    (..., lines, n + 1) A, positive from the near end on; the last is zero for an open far end.
    """
    xp = array_namespace(i)
    n = i.shape[-1]
    total = 2 * r_end + (n - 1) * r_segment
    if sides == 1 or total == 0:
        share = xp.ones(n)
    else:  # a node's current divides between the two ends as their resistances ask
        share = (r_end + r_segment * xp.arange(n)[::-1]) / total
    near = (i * share).sum(axis=-1, keepdims=True)
    passed = xp.cumsum(i, axis=-1)
    return xp.concatenate([near, near - passed], axis=-1)
