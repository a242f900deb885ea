"""The programming transfer: what pulses of a few levels do to a cell, in the space of its state.

A table of changes of the conductance against the conductance fails on pulse trains that it was not
made from, as cells of one conductance can have different states; a map of the state does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw
from xbarsim.errors import SpecError
from xbarsim.transient.tables import FlowMap, flow_map
from xbarsim.units import show


@dataclass(frozen=True, kw_only=True)
class ProgrammingTransfer:
    """Pulses of several levels on cells of one law.

    Parameters
    ----------
    levels : amplitudes, ascending, (levels,) V.
    width : of every pulse, s.
    flow : state after a pulse of each level.
    energy : dissipated by a pulse of each level from each state of `flow`, (levels, states) J.
    v_read : of reads, V.
    g : conductance at `v_read` of each state of `flow`, (states,) S.
    """

    levels: Array
    width: float
    flow: FlowMap
    energy: Array
    v_read: float
    g: Array

    @property
    def states(self) -> Array:
        """The states of the tables, (states,)."""
        return np.linspace(self.flow.low, self.flow.high, len(self.g))

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance between the bounds of the state, S."""
        return float(self.g.min()), float(self.g.max())

    def read(self, x: Array) -> Array:
        """Conductance of states `x`, S."""
        place = self._place(np.asarray(x))
        k = np.clip(place.astype(np.int64), 0, len(self.g) - 2)
        return self.g[k] + (place - k) * (self.g[k + 1] - self.g[k])

    def _place(self, x: Array) -> Array:
        """Where states stand among `states`, counted from 0."""
        return (x - self.flow.low) * ((len(self.g) - 1) / (self.flow.high - self.flow.low))

    def state_of(self, g: Array) -> Array:
        """States of the conductances `g` (S); the nearest end outside the window."""
        order = np.argsort(self.g, kind="stable")
        return np.interp(g, self.g[order], self.states[order])

    def heat(self, x: Array, level: Array | int) -> Array:
        """Energy of a pulse from states `x`, J."""
        place = self._place(x)
        k = np.clip(place.astype(np.int64), 0, len(self.g) - 2)
        first = self.energy[level, k]
        return first + (place - k) * (self.energy[level, k + 1] - first)

    def pulse(self, x: Array, level: Array) -> Array:
        """Apply a pulse to states `x`, which are changed in place; the energy of each, J."""
        energy = self.heat(x, level)
        self.flow.apply(x, level)
        return energy


def programming_transfer(
    law: SwitchingLaw,
    levels: Sequence[float] | Array,
    width: float,
    v_read: float,
    *,
    states: int = 4001,
    temperature: float | None = None,
) -> ProgrammingTransfer:
    """Characterise rectangular pulses of a law with one state.

    Parameters
    ----------
    levels : amplitudes, ascending, V.
    width : of every pulse, s.
    v_read : of reads, V; the read itself is taken not to move the state.
    states : of the tables.
    temperature : of the surroundings, K; the law's own by default.

    Raises
    ------
    SpecError : as `xbarsim.transient.tables.flow_map`; levels that do not ascend or leave the law's
        validity; a width or read voltage of nothing.
    """
    levels = np.asarray(levels, dtype=float)
    if levels.ndim != 1 or not len(levels) or not (np.diff(levels) > 0).all():
        raise SpecError("levels must be voltages that ascend")
    low, high = law.valid
    if not low <= levels[0] <= levels[-1] <= high:
        raise SpecError(
            f"levels reach from {show(float(levels[0]), 'volt')} to "
            f"{show(float(levels[-1]), 'volt')}; {type(law).__name__} holds from "
            f"{show(low, 'volt')} to {show(high, 'volt')}"
        )
    if not width > 0 or not abs(v_read) > 0:
        raise SpecError(
            f"width is {show(width, 'second')} and v_read {show(v_read, 'volt')}; "
            "the one must be above 0, the other not 0"
        )
    ambient = law.ambient if temperature is None else temperature
    flow = flow_map(law, levels, width, states=states, temperature=ambient)
    x = np.linspace(flow.low, flow.high, states)
    g = law.current(np.full(states, v_read), x[None], np.full(states, ambient)) / v_read
    energy = np.stack([
        _energy(law, float(v), width, x, after, ambient)
        for v, after in zip(levels, flow.table, strict=True)
    ])  # fmt: skip
    return ProgrammingTransfer(
        levels=levels, width=width, flow=flow, energy=energy, v_read=v_read, g=g
    )


def _energy(
    law: SwitchingLaw, v: float, width: float, x: Array, after: Array, ambient: float
) -> Array:
    """Heat of a pulse from states `x`, which ends in `after`, J.

    Along the states power over rate is integrated; what is left of the pulse the cell spends where
    it ended.
    """
    fine = np.linspace(x[0], x[-1], 4 * len(x))
    volts, t = np.full(fine.shape, v), np.full(fine.shape, ambient)
    power = v * law.current(volts, fine[None], t)
    speed = np.abs(law.rate(volts, fine[None], t)[0])
    middle = np.maximum(0.5 * (speed[1:] + speed[:-1]), 1e-300)
    lasts = np.minimum(np.diff(fine) / middle, 1e3 * width)
    clock = np.concatenate([[0.0], np.cumsum(lasts)])
    work = np.concatenate([[0.0], np.cumsum(lasts * 0.5 * (power[1:] + power[:-1]))])
    moved = np.abs(np.interp(after, fine, clock) - np.interp(x, fine, clock))
    spent = np.abs(np.interp(after, fine, work) - np.interp(x, fine, work))
    share = np.minimum(1.0, width / np.maximum(moved, 1e-300))
    return spent * share + np.maximum(width - moved, 0.0) * np.interp(after, fine, power)
