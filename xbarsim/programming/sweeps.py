"""Current against a voltage that is swept up and down."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw
from xbarsim.errors import SpecError
from xbarsim.programming.pace import OwnPace
from xbarsim.programming.reading import check_one_cell, conductance
from xbarsim.transient import simulate
from xbarsim.transient.compiled import is_compiled
from xbarsim.units import show

Shape = Literal["triangle", "sine"]

_ALIKE = 1e-3  # relative change of the conductance that counts as none


@dataclass(frozen=True, kw_only=True)
class IVSweep:
    """The last cycle of a sweep: first the positive half, then the negative one.

    Parameters
    ----------
    period : of a cycle, s.
    t, v, i : (points,) s, V and A; t counts from the beginning of the cycle.
    state : (points, states).
    g : what a read at `v_read` sees of each state, (points,) S.
    v_read : V.
    lobes : area between the way out and the way back of both halves, W; positive where the cell
        conducts better on the way back, negative where it conducts worse.
    v_set, v_reset : where `g` passes the geometric mean of its extremes in the cycle, upwards and
        downwards, V; None where it does not.
    """

    period: float
    t: Array
    v: Array
    i: Array
    state: Array
    g: Array
    v_read: float
    lobes: tuple[float, float]
    v_set: float | None
    v_reset: float | None


def iv_sweep(
    law: SwitchingLaw,
    v_low: float,
    v_high: float,
    period: float,
    **settings: Any,
) -> IVSweep:
    """One sweep; settings and errors are those of `iv_sweeps`."""
    return iv_sweeps(law, v_low, v_high, [period], **settings)[0]


def iv_sweeps(
    law: SwitchingLaw,
    v_low: float,
    v_high: float,
    periods: Sequence[float],
    *,
    cycles: int = 2,
    shape: Shape = "triangle",
    points: int = 400,
    v_read: float | None = None,
    state: Array | None = None,
    temperature: float | None = None,
    tolerance: float = 1e-6,
) -> tuple[IVSweep, ...]:
    """Sweep a cell from 0 to `v_high`, to `v_low` and back to 0, several times; one cell a period.

    Parameters
    ----------
    v_low, v_high : extremes, V, around 0.
    periods : of a cycle, s.
    cycles : how many; the last one is kept.
    points : of a cycle, a multiple of 4.
    v_read : at which conductances are read, V; a tenth of `v_high` by default.
    state : at the beginning; the law's own by default.
    temperature : of the surroundings, K; the law's own by default.
    tolerance : of `xbarsim.transient.simulate`.

    Raises
    ------
    SpecError : voltages not around 0, a period, cycles or points of nothing; cells that differ; as
        `xbarsim.transient.simulate`.
    """
    check_one_cell(law)
    if not v_low <= 0 < v_high:
        raise SpecError(
            f"v_low is {show(v_low, 'volt')} and v_high {show(v_high, 'volt')}; a sweep goes "
            "around 0 V"
        )
    if not len(periods) or not all(0 < p < inf for p in periods):
        told = ", ".join(show(p, "second") for p in periods)
        raise SpecError(f"periods are [{told}]; there must be one or more, finite and above 0 s")
    if cycles < 1 or points < 8 or points % 4:
        raise SpecError(
            f"cycles is {cycles} and points {points}; there must be a cycle, and points a multiple "
            "of 4 from 8"
        )
    if shape not in ("triangle", "sine"):
        raise SpecError(f"shape is '{shape}'; it is 'triangle' or 'sine'")
    phase = np.arange(cycles * points + 1) / points
    unit = _unit(phase % 1.0, shape)
    v = np.where(unit > 0, v_high * unit, -v_low * unit)
    start = np.asarray(law.initial_state() if state is None else state, dtype=float).reshape(-1, 1)
    settings: dict[str, Any] = {"state": start, "temperature": temperature, "tolerance": tolerance}
    if is_compiled(law):
        courses = [simulate(law, p * phase, v, **settings) for p in periods]
        along = [(trace.i[:, 0], trace.state[:, :, 0]) for trace in courses]
    else:  # all at once, each in units of its period
        trace = simulate(OwnPace(law, np.asarray(periods, dtype=float)), phase, v, **settings)
        along = [(trace.i[:, k], trace.state[:, :, k]) for k in range(len(periods))]
    last = slice((cycles - 1) * points, None)
    read = 0.1 * v_high if v_read is None else v_read
    return tuple(
        _evaluated(law, v[last], i[last], states[last], period, read, temperature)
        for period, (i, states) in zip(periods, along, strict=True)
    )


def _evaluated(
    law: SwitchingLaw,
    v: Array,
    i: Array,
    states: Array,
    period: float,
    v_read: float,
    temperature: float | None,
) -> IVSweep:
    g = conductance(law, states.T, v_read, temperature)
    half = len(v) // 2
    return IVSweep(
        period=period,
        t=period * np.linspace(0.0, 1.0, len(v)),
        v=v,
        i=i,
        state=states,
        g=g,
        v_read=v_read,
        lobes=(_lobe(v[: half + 1], i[: half + 1]), _lobe(v[half:], i[half:])),
        v_set=_passed(v, g, 1.0),
        v_reset=_passed(v, g, -1.0),
    )


def _unit(phase: Array, shape: Shape) -> Array:
    if shape == "sine":
        unit = np.sin(2 * np.pi * phase)
        return np.where(abs(unit) < 1e-12, 0.0, unit)  # a multiple of half a turn, but for rounding
    return np.interp(phase, [0.0, 0.25, 0.75, 1.0], [0.0, 1.0, -1.0, 0.0])


def _lobe(v: Array, i: Array) -> float:
    return float(-np.trapezoid(i, v))


def _passed(v: Array, g: Array, towards: float) -> float | None:
    """Voltage at which `g` first passes the geometric mean of its extremes, up or down."""
    low, high = float(g.min()), float(g.max())
    if not low > 0 or high / low - 1 < _ALIKE:
        return None
    beyond = towards * (np.log(g) - 0.5 * (np.log(low) + np.log(high)))
    crossed = np.flatnonzero((beyond[:-1] < 0) & (beyond[1:] >= 0))
    if not len(crossed):
        return None
    k = int(crossed[0])
    return float(v[k] + (v[k + 1] - v[k]) * beyond[k] / (beyond[k] - beyond[k + 1]))
