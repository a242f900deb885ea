"""The circuit of an array whose states stand still: voltages, heat, and whose power it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from xbarsim.backend import Array
from xbarsim.crossbar.iteration import Ends, Nodes
from xbarsim.crossbar.nonlinear import solve_lines
from xbarsim.crossbar.wires import Lines
from xbarsim.device import SwitchingLaw
from xbarsim.errors import ConvergenceError
from xbarsim.programming.crosstalk import Crosstalk
from xbarsim.programming.wired_cells import WiredCells, check_cell_voltages, conductance

_RTOL = 1e-11  # of a solution of the circuit, so that power balances
_WARM = 1e-4  # K, to which the heat of a moment and its power agree
_WARMINGS = 50  # solutions of the circuit for that, at most
SIDES = ("left", "right", "top", "bottom")


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """The circuit at one time.

    Parameters
    ----------
    t : s.
    u : voltage across each cell, (cells,) V.
    v_word, v_bit : node voltages, (rows, cols) V.
    power : dissipated in each cell, (cells,) W.
    wires, sources : power of lines and terminals, and what holds the line ends gives, W.
    rise : warming of each cell's surroundings by the others, (cells,) K.
    steady : where that goes under `power`, (cells,) K.
    imbalance : power of the sources that neither cells nor wires take, over the sum of the
        magnitudes of all powers, 1.
    """

    t: float
    u: Array
    v_word: Array
    v_bit: Array
    power: Array
    wires: float
    sources: float
    rise: Array
    steady: Array
    imbalance: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Circuit:
    """What stays the same while states move.

    Parameters
    ----------
    law : parameters that are arrays are (cells,).
    shape : rows and columns.
    lines : resistances; ends that are open float.
    ambient : temperature of the surroundings, (cells,) K.
    v_read : voltage at which conductances are taken, V.
    crosstalk : heat from cell to cell; None keeps each at its own.
    """

    law: SwitchingLaw
    shape: tuple[int, int]
    lines: Lines
    ambient: Array
    v_read: float
    crosstalk: Crosstalk | None

    def moment(
        self, t: float, state: Array, ends: Ends, rise: Array, settled: Callable[[Array], Array]
    ) -> tuple[Moment, int]:
        """The circuit at `t`, and how often it had to be solved.

        Parameters
        ----------
        state : (states, cells).
        ends : voltages of the line ends, (lines,) V each.
        rise : a guess, (cells,) K.
        settled : the rise at `t` if `steady` is what it is given, (cells,) K; power decides the
            one, the rise the other, so that both are sought together.

        Raises
        ------
        SpecError : a cell stands at a voltage that the law does not describe.
        ConvergenceError : the circuit, or heat and power together, cannot be solved.
        """
        for solves in range(1, _WARMINGS + 1):
            found = self._solved(t, state, ends, rise)
            if not self.crosstalk:
                return found, solves
            new = settled(found.steady)
            if float(np.abs(new - rise).max()) <= _WARM:
                return replace(found, rise=new), solves
            rise = new
        raise ConvergenceError(
            f"heat from cell to cell does not settle at {t:g} s: neighbours warm a cell by "
            f"{float(rise.max()):.4g} K and more; they are coupled too much"
        )

    def _solved(self, t: float, state: Array, ends: Ends, rise: Array) -> Moment:
        """The circuit with surroundings warmed by `rise`."""
        cells = WiredCells(law=self.law, state=state, temperature=self.ambient + rise)
        g = np.maximum(conductance(self.law, state, self.v_read, cells.temperature), 0.0)
        found = solve_lines(g.reshape(1, *self.shape), self.lines, ends, cells, rtol=_RTOL)
        nodes = Nodes(
            v_word=found.v_word,
            v_bit=found.v_bit,
            i_cell=found.i_cell,
            ends=Ends(**{name: getattr(ends, name)[None] for name in SIDES}),
            lines=self.lines,
            residual=found.residual,
            iterations=found.iterations,
        )
        u = (found.v_word - found.v_bit).reshape(-1)
        check_cell_voltages(self.law, u, self.shape)
        power = u * found.i_cell.reshape(-1)
        given, wires, taken = _given(nodes), _wires(nodes), float(power.sum())
        total, sources = float(np.abs(given).sum()) + wires + taken, float(given.sum())
        steady = np.zeros_like(u)
        if self.crosstalk:
            own = self.crosstalk.own(self.law, u, state, cells.temperature, power)
            steady = self.crosstalk.steady(own.reshape(self.shape)).reshape(-1)
        return Moment(
            t=t,
            u=u,
            v_word=found.v_word[0],
            v_bit=found.v_bit[0],
            power=power,
            wires=wires,
            sources=sources,
            rise=rise,
            steady=steady,
            imbalance=abs(sources - taken - wires) / total if total > 0 else 0.0,
        )


def _given(nodes: Nodes) -> Array:
    """Power that each line end gives, W."""
    ends = nodes.ends
    sides = (
        (ends.left, nodes.i_word_left),
        (ends.right, nodes.i_word_right),
        (-ends.top, nodes.i_top),
        (-ends.bottom, nodes.i_bottom),
    )
    return np.concatenate([(volts * current).reshape(-1) for volts, current in sides])


def _wires(nodes: Nodes) -> float:
    """Heat in segments and terminals, W."""
    pairs = ((nodes.lines.word, nodes.i_word[0]), (nodes.lines.bit, nodes.i_bit[0]))
    return sum(float((np.where(np.isinf(r), 0.0, r) * i**2).sum()) for r, i in pairs)
