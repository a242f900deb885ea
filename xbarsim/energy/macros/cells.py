"""Cells of published macros by class: what current they draw when they are read.

Macros seldom tell their cells' currents. They are taken from the class of the device and, for the
transistor in series, from the node.
"""

from dataclasses import dataclass

from xbarsim.energy.macros.description import Macro
from xbarsim.energy.parts.drivers import GATE_PER_WIDTH
from xbarsim.errors import SpecError, suggestion
from xbarsim.technology import Node

_CHANNEL = 0.8e3 * 1e-6  # ohm m: a transistor that is on, times its width; unverified
_GATE = GATE_PER_WIDTH
_WIDTH = 2  # of a cell's transistor, in node lengths, as memories have it: assumed


@dataclass(frozen=True, kw_only=True)
class CellClass:
    """A class of cells.

    Parameters
    ----------
    r_on : lowest resistance, ohm.
    ratio : highest over lowest resistance.
    source : where they are from.
    """

    r_on: float
    ratio: float
    source: str


CELLS = {
    "rram": CellClass(
        r_on=6e3, ratio=17, source="22 nm, Jain et al., ISSCC 2019, as in the manual of NeuroSim"
    ),
    "rram_analog": CellClass(
        r_on=100e3, ratio=10, source="130 nm, Tsinghua University, as in the manual of NeuroSim"
    ),
    "pcm": CellClass(
        r_on=40e3, ratio=12.5, source="90 nm, Kim et al., VLSI 2019, as in the manual of NeuroSim"
    ),
    "mram": CellClass(r_on=1.4e3, ratio=2.8, source="as in the manual of NeuroSim"),
}


def resistances(macro: Macro) -> tuple[float, float]:
    """Of the low and of the high state, ohm: those of the macro, else those of its class.

    Raises
    ------
    SpecError : there is no such class.
    """
    if macro.r_on is not None and macro.r_off is not None:
        return macro.r_on, macro.r_off
    if macro.cell not in CELLS:
        near = suggestion(str(macro.cell), list(CELLS))
        raise SpecError(f"{macro.name}: cell is {macro.cell!r}{near}; or give r_on and r_off")
    cell = CELLS[macro.cell]
    return cell.r_on, cell.r_on * cell.ratio


def gate_capacitance(node: Node) -> float:
    """Of the transistor of one cell, F."""
    return _GATE * _WIDTH * node.length


def mean_conductance(states: tuple[float, float], node: Node, weights: float) -> float:
    """Of a cell with its transistor, S; `weights` of the cells are in the low state.

    Cells of many levels are as often high as low: the same with one half.
    """
    series = _CHANNEL / (_WIDTH * node.length)
    low, high = (r + series for r in states)
    return weights / low + (1 - weights) / high
