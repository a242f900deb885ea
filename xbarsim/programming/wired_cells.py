"""Cells of a switching law as the circuit sees them at one moment: a current for every voltage."""

from dataclasses import dataclass
from math import prod

import numpy as np

from xbarsim.backend import Array
from xbarsim.crossbar.laws import CellLaw
from xbarsim.device import SwitchingLaw
from xbarsim.errors import SpecError
from xbarsim.units import show

#: V, over which the slope of a current is taken, at least, and relative to the voltage
_STEP = 1e-6
#: conductance below which a cell counts as absent, S
_LEAST = 1e-300


@dataclass(frozen=True, kw_only=True, eq=False)
class WiredCells(CellLaw):
    """The cells of one array, whose states stand still while the circuit is solved.

    Beyond the voltages that the law describes the current goes on as a straight line, so that the
    iterations of the solver may pass through them; whoever uses a solution checks it.

    Parameters
    ----------
    law : parameters that are arrays are (cells,), row by row.
    state : (states, cells).
    temperature : of the surroundings of each cell, (cells,) K.
    """

    law: SwitchingLaw
    state: Array
    temperature: Array

    def current(self, u: Array, g: Array, gate: Array | None = None) -> tuple[Array, Array]:
        """Current and slope at the drop `u`, (1, rows, cols) V; `g` counts for nothing."""
        flat = u.reshape(-1)
        low, high = self.law.valid
        v = np.clip(flat, low, high)
        step = _STEP * np.maximum(1.0, np.abs(v))
        step = np.where((v >= 0) & (v + step <= high), step, -step)
        i = self.law.current(v, self.state, self.temperature)
        beside = self.law.current(v + step, self.state, self.temperature)
        slope = np.maximum((beside - i) / step, 0.0)
        return (i + slope * (flat - v)).reshape(u.shape), slope.reshape(u.shape)


def conductance(
    law: SwitchingLaw, state: Array, v_read: float, temperature: Array | float
) -> Array:
    """Current over voltage at `v_read` (V), shape of the cells, S; what the circuit sees.

    `xbarsim.programming.reading.conductance` is that of the channel, for cells with a gate.

    Parameters
    ----------
    law : its parameters are numbers or of the cells' shape.
    state : (states, ...).
    temperature : of the surroundings, K, one number or (...,).
    """
    v = np.full(state.shape[1:], v_read)
    return law.current(v, state, np.broadcast_to(temperature, v.shape)) / v_read


def log_conductance(law: SwitchingLaw, state: Array, v_read: float, temperature: Array) -> Array:
    """Natural logarithm of `conductance`; finite even where nothing flows."""
    return np.log(np.maximum(conductance(law, state, v_read, temperature), _LEAST))


def flat_states(law: SwitchingLaw, state: Array) -> tuple[Array, tuple[int, int]]:
    """States of an array as (states, cells), and its rows and columns.

    Raises
    ------
    SpecError : the shape is not (states, rows, cols), or a state is not within its bounds.
    """
    state = np.asarray(state, dtype=float)
    names = law.states
    if state.ndim != 3 or len(state) != len(names) or not state.size:
        raise SpecError(
            f"state has shape {state.shape}; expected ({len(names)}, rows, cols), as "
            f"{type(law).__name__} has {len(names)}: {', '.join(names)}"
        )
    shape = state.shape[1:]
    flat = state.reshape(len(names), prod(shape)).copy()
    low, high = law.bounds(np.zeros(flat.shape[1]))
    for name, values, least, most in zip(names, flat, low, high, strict=True):
        wrong = ~((values >= least) & (values <= most))
        if wrong.any():
            k = int(np.argmax(wrong))
            raise SpecError(
                f"state {name.partition(':')[0]} of cell {_place(k, shape)} is {values[k]:g}; it "
                f"must be from {float(np.min(least)):g} to {float(np.max(most)):g} "
                f"({int(wrong.sum())} such cells)"
            )
    return flat, (shape[0], shape[1])


def check_cell_voltages(law: SwitchingLaw, u: Array, shape: tuple[int, int]) -> None:
    """Refuse voltages across cells, (cells,) V, that the law does not describe.

    Raises
    ------
    SpecError : names the cell farthest beyond, and its voltage.
    """
    low, high = law.valid
    beyond = np.maximum(low - u, u - high)
    k = int(np.argmax(beyond))
    if beyond[k] > 0:
        raise SpecError(
            f"cell {_place(k, shape)} stands at {show(float(u[k]), 'volt')}; {type(law).__name__} "
            f"holds from {show(low, 'volt')} to {show(high, 'volt')}"
        )


def _place(k: int, shape: tuple[int, ...]) -> tuple[int, int]:
    return k // shape[1], k % shape[1]
