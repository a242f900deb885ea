"""Rates and flows of a law with one state in tables: millions of cells at a stated error."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw, arrays_of
from xbarsim.errors import SpecError
from xbarsim.parallel import pieces, spread
from xbarsim.units import show

_PIECE = 1024  # cells that one task takes at least


@dataclass(frozen=True)
class RateTable:
    """The rate of a law with one state at every voltage and state of a grid.

    Between states the logarithm of the rate is a straight line, so that the time from one to the
    next has a closed form; between voltages too.

    Parameters
    ----------
    v : voltages, ascending, (voltages,) V.
    nodes : states, ascending, (n,).
    logs : logarithm of the rate's magnitude, (voltages, n).
    signs : of the rate, (voltages, n).
    """

    v: Array
    nodes: Array
    logs: Array
    signs: Array

    def advance(self, x: Array, v: Array, dt: Array | float) -> Array:
        """States after `dt` seconds at constant voltage.

        Parameters
        ----------
        x : states, any shape.
        v : voltages, broadcasts with `x`, V.
        dt : durations, broadcasts with `x`, s.

        Raises
        ------
        SpecError : a voltage is outside the table.
        """
        from xbarsim.transient._walk import walk

        x, v, dt = (np.asarray(a, dtype=float) for a in (x, v, dt))
        shape = np.broadcast_shapes(x.shape, v.shape, dt.shape)
        out = np.broadcast_to(x, shape).copy().reshape(-1)
        volts, times = (np.broadcast_to(a, shape).reshape(-1) for a in (v, dt))
        if out.size and not (self.v[0] <= volts.min() and volts.max() <= self.v[-1]):
            worst = float(volts.max() if volts.max() > self.v[-1] else volts.min())
            raise SpecError(
                f"v is {show(worst, 'volt')}; the table holds {show(float(self.v[0]), 'volt')} to "
                f"{show(float(self.v[-1]), 'volt')}"
            )
        row = np.clip(np.searchsorted(self.v, volts, side="right") - 1, 0, len(self.v) - 2)
        weight = (volts - self.v[row]) / (self.v[row + 1] - self.v[row])

        def part(cells: slice) -> None:
            walk(out[cells], times[cells], row[cells], weight[cells], self.nodes, self.logs,
                 self.signs)  # fmt: skip

        spread(part, pieces(out.size, _PIECE))
        return out.reshape(shape)


@dataclass(frozen=True)
class FlowMap:
    """What one pulse of each of several levels makes of every state.

    Parameters
    ----------
    low, high : first and last state of the table.
    table : states after the pulse, (levels, states), states at equal distances.
    error : largest difference at the middles between states, for nine in ten and for all of them.
    """

    low: float
    high: float
    table: Array
    error: tuple[float, float]

    def apply(self, x: Array, level: Array) -> None:
        """Replace states `x`, (...,), by those after a pulse of `level`, (...,) integers.

        Raises
        ------
        SpecError : a level is not in the table, or `x` is not contiguous float64.
        """
        from xbarsim.transient._walk import look_up

        level = np.ascontiguousarray(np.broadcast_to(level, x.shape)).reshape(-1)
        if x.dtype != np.float64 or not x.flags.c_contiguous:
            raise SpecError("x must be a contiguous array of float64, which is changed in place")
        if level.size and not (level.min() >= 0 and level.max() < len(self.table)):
            raise SpecError(f"levels are 0 to {len(self.table) - 1}; one is {int(level.max())}")
        per_step = (self.table.shape[1] - 1) / (self.high - self.low)
        flat = x.reshape(-1)
        spread(
            lambda c: look_up(flat[c], level[c], self.low, per_step, self.table),
            pieces(flat.size, _PIECE),
        )


def rate_table(
    law: SwitchingLaw, v: Sequence[float] | Array, states: int, temperature: float | None = None
) -> RateTable:
    """Tabulate a law with one state.

    Parameters
    ----------
    law : parameters that are arrays are refused: a table holds one cell.
    v : voltages, ascending, V; kinks of the law between the first and the last are added.
    states : nodes between the bounds of the state, closer together towards them.
    temperature : of the surroundings, K; the law's own by default.

    Raises
    ------
    SpecError : the law has several states, cells that differ or no finite bounds; `v` does not
        ascend or leaves the law's validity.
    """
    _check_scalar(law)
    v = np.asarray(v, dtype=float)
    if v.ndim != 1 or len(v) < 2 or not (np.diff(v) > 0).all():
        raise SpecError("v must be at least two voltages that ascend")
    kinks = [k for k in law.breakpoints if v[0] < k < v[-1]]
    v = np.union1d(v, kinks)
    low, high = one_state_bounds(law)
    nodes = low + (high - low) * _graded(states)
    found = _rates(law, v, nodes, law.ambient if temperature is None else temperature)
    with np.errstate(divide="ignore"):
        return RateTable(v, nodes, np.log(np.abs(found)), np.sign(found))


def flow_map(
    law: SwitchingLaw,
    levels: Sequence[float] | Array,
    width: float,
    *,
    states: int = 4001,
    temperature: float | None = None,
) -> FlowMap:
    """Tabulate what rectangular pulses do to a law with one state.

    Parameters
    ----------
    levels : amplitudes of the pulses, (levels,) V.
    width : of each, s.
    states : of the map, at equal distances.
    temperature : of the surroundings, K; the law's own by default.

    Raises
    ------
    SpecError : as `rate_table`.
    """
    from xbarsim.transient._walk import flow_along

    _check_scalar(law)
    levels = np.asarray(levels, dtype=float)
    low, high = one_state_bounds(law)
    fine = low + (high - low) * _graded(4 * states)
    x = np.linspace(low, high, 2 * states - 1)
    ambient = law.ambient if temperature is None else temperature

    def after(level: float) -> Array:
        out = x.copy()
        flow_along(out, width, fine, _rates(law, np.array([level]), fine, ambient)[0])
        return out

    whole = np.stack(spread(after, [float(level) for level in levels]))
    table = np.ascontiguousarray(whole[:, ::2])
    missed = np.abs(0.5 * (table[:, 1:] + table[:, :-1]) - whole[:, 1::2])
    return FlowMap(low, high, table, (float(np.quantile(missed, 0.95)), float(missed.max())))


def one_state_bounds(law: SwitchingLaw) -> tuple[float, float]:
    """Lowest and highest state of a law with one, without voltage."""
    low, high = (float(np.asarray(b, dtype=float).reshape(-1)[0]) for b in law.bounds(np.zeros(1)))
    return low, high


def _rates(law: SwitchingLaw, v: Array, nodes: Array, ambient: float) -> Array:
    """The rate at each voltage and node, (voltages, n)."""
    volts, x = np.repeat(v, len(nodes)), np.tile(nodes, len(v))[None]
    return law.rate(volts, x, np.full(volts.shape, ambient))[0].reshape(len(v), -1)


def _graded(number: int) -> Array:
    """Places from 0 to 1, at the ends a hundred times closer together than in the middle."""
    u = np.linspace(-1.0, 1.0, number)
    width = 2.0
    place = np.tanh(width * u) / np.tanh(width)
    return 0.5 * (1.0 + place)


def _check_scalar(law: SwitchingLaw) -> None:
    low, high = (np.asarray(b, dtype=float) for b in law.bounds(np.zeros(1)))
    if len(law.states) != 1 or arrays_of(law) or not np.isfinite([low, high]).all():
        raise SpecError(
            f"{type(law).__name__} has states {law.states}; tables take one, between finite "
            "bounds, and cells that do not differ"
        )
