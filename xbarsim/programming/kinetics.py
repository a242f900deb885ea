"""How long a constant voltage takes to switch a cell."""

from math import inf

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.programming.pace import OwnPace
from xbarsim.programming.reading import check_one_cell, conductance, state_of
from xbarsim.transient import simulate
from xbarsim.transient.simulate import check_validity
from xbarsim.transient.tables import one_state_bounds
from xbarsim.units import show

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_PANELS = 4096  # at most
_PRECISION = 1e-6  # relative, of a time
_SHORTEST = 1e-15  # of the longest time, when laws with several states are looked at first
_LOOKS = 121  # times at which they are looked at, before the one that matters is cut in pieces


def switching_time(
    law: SwitchingLaw,
    v: Array | float,
    start: Array | float,
    *,
    state: float | None = None,
    conductance_to: float | None = None,
    v_read: float | None = None,
    which: int = 0,
    temperature: Array | float | None = None,
    longest: float = 1e6,
    tolerance: float = 1e-6,
) -> Array:
    r"""Time until a constant voltage has taken a cell past a state or a conductance.

    For laws with one state x the time is :math:`\int dx/\dot x` to a relative precision of 1e-6;
    with several states the course is integrated.

    Parameters
    ----------
    v : V, any shape; `temperature` (K) broadcasts with it, the law's own by default.
    start : where the cell begins, (states,) or the state of a law with one.
    state : that is to be passed; of several states it is that numbered `which`.
    conductance_to : that is to be passed instead, S, as read at `v_read` (V).
    longest : time after which laws with several states are given up, s; they are looked at from a
        1e-15th of it.
    tolerance : of `xbarsim.transient.simulate`, for laws with several states.

    Returns
    -------
    Shape of `v` and `temperature`, s: 0 where the cell is there, infinite where it never passes;
    with several states also where it does not within `longest`.

    Raises
    ------
    SpecError : neither or both of `state` and `conductance_to`; a start out of bounds; cells that
        differ; voltages beyond the law's validity.
    ConvergenceError : the integral of 1/rate does not converge.
    """
    check_one_cell(law)
    if (state is None) == (conductance_to is None):
        raise SpecError("give either state or conductance_to, which is to be passed")
    if conductance_to is not None and v_read is None:
        raise SpecError("conductance_to needs v_read, the voltage at which it is read")
    kelvin = law.ambient if temperature is None else temperature
    volts, kelvin = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (v, kelvin)))
    if not (np.isfinite(volts).all() and np.isfinite(kelvin).all() and (kelvin > 0).all()):
        raise SpecError("v and temperature must be finite, the temperature above 0 K")
    check_validity(law, volts)
    begin = np.asarray(start, dtype=float).reshape(-1)
    _check_start(law, begin)
    flat = volts.reshape(-1), kelvin.reshape(-1)
    if len(law.states) > 1:
        goal = (state, conductance_to, v_read, which)
        times = _by_integration(law, *flat, begin, goal, (longest, tolerance))
        return times.reshape(volts.shape)
    if state is None:
        assert conductance_to is not None and v_read is not None
        state = state_of(law, conductance_to, v_read)
    return _by_quadrature(law, *flat, float(begin[0]), state).reshape(volts.shape)


def _check_start(law: SwitchingLaw, start: Array) -> None:
    low, high = (np.asarray(b, dtype=float)[:, 0] for b in law.bounds(np.zeros(1)))
    if start.shape != low.shape:
        raise SpecError(f"start has {len(start)} states; {type(law).__name__} has {law.states}")
    for name, value, least, most in zip(law.states, start, low, high, strict=True):
        if not least <= value <= most:
            raise SpecError(f"state {name} is {value:g}; it must be from {least:g} to {most:g}")


def _by_quadrature(law: SwitchingLaw, v: Array, kelvin: Array, a: float, b: float) -> Array:
    """Times from state `a` to `b`, (cells,) s."""
    low, high = one_state_bounds(law)
    if not low <= b <= high:
        return np.full(v.shape, inf)
    if a == b:
        return np.zeros(v.shape)
    found = np.full(v.shape, inf)
    limits = [np.broadcast_to(np.asarray(e, dtype=float)[0], v.shape) for e in law.bounds(v)]
    towards = np.sign(b - a)
    ends = _speeds(law, v, kelvin, np.array([a, b])) * towards
    beyond = np.where(towards > 0, b > limits[1], b < limits[0])
    open_ = np.flatnonzero((ends > 0).all(axis=1) & ~beyond)
    panels, before = 16, np.full(len(open_), inf)
    while len(open_):
        now, moving = _integrals(law, v[open_], kelvin[open_], a, b, panels)
        open_, now, before = open_[moving], now[moving], before[moving]
        done = abs(now - before) <= _PRECISION * now
        found[open_[done]] = now[done]
        open_, before = open_[~done], now[~done]
        panels *= 2
        if panels > _PANELS and len(open_):
            raise ConvergenceError(
                f"the switching time of {type(law).__name__} at "
                f"{show(float(v[open_[0]]), 'volt')} from state {a:g} to {b:g} does not converge"
            )
    return found


def _integrals(
    law: SwitchingLaw, v: Array, kelvin: Array, a: float, b: float, panels: int
) -> tuple[Array, Array]:
    """Integral of 1/rate of each cell, and whether the cell moves towards `b` all the way."""
    edges = np.linspace(a, b, panels + 1)
    half = 0.5 * (b - a) / panels
    x = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * _NODES).reshape(-1)
    speed = _speeds(law, v, kelvin, x) * np.sign(b - a)
    moving = (speed > 0).all(axis=1)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        times = (np.tile(_WEIGHTS, panels) * abs(half) / speed).sum(axis=1)
    return times, moving


def _speeds(law: SwitchingLaw, v: Array, kelvin: Array, x: Array) -> Array:
    """Rates at each voltage and state, (cells, states)."""
    volts, heat = (np.repeat(a, len(x)) for a in (v, kelvin))
    return np.asarray(law.rate(volts, np.tile(x, len(v))[None], heat))[0].reshape(len(v), -1)


def _by_integration(
    law: SwitchingLaw,
    v: Array,
    kelvin: Array,
    start: Array,
    goal: tuple[float | None, float | None, float | None, int],
    limits: tuple[float, float],
) -> Array:
    """Times at which courses from `start` pass the goal, (cells,) s.

    All cells go at once, in a time of their own: first from a 1e-15th of the longest time to all of
    it, then through the interval in which they pass, in smaller and smaller pieces.
    """
    state, g, v_read, which = goal
    longest, tolerance = limits

    def left(states: Array) -> Array:
        if state is not None:
            return states[which] - state
        assert v_read is not None
        return np.log(conductance(law, states, v_read, law.ambient) / g)

    side = np.sign(left(start[:, None])[0])
    if side == 0:
        return np.zeros(v.shape)
    found, open_ = np.full(v.shape, inf), np.arange(len(v))
    begin = np.repeat(start[:, None], len(v), axis=1)
    width, passed = np.full(v.shape, longest), np.zeros(v.shape)
    t = np.append(0.0, np.geomspace(_SHORTEST, 1.0, _LOOKS))
    for looks in range(3):
        course = simulate(
            OwnPace(law, width), t, np.repeat(v[None, open_], len(t), axis=0), state=begin,
            temperature=kelvin[open_], tolerance=tolerance,
        ).state  # fmt: skip
        off = np.stack([side * left(states) for states in course])
        there = off <= 0
        if looks:
            there[-1] = True  # but for rounding it is
        else:
            passing = there.any(axis=0)
            open_, there, off = open_[passing], there[:, passing], off[:, passing]
            course, width, passed = course[:, :, passing], width[passing], passed[passing]
        if not len(open_):
            return found
        k, cells = there.argmax(axis=0), np.arange(len(open_))
        begin = course[k - 1, :, cells].T
        passed = passed + width * t[k - 1]
        width = width * (t[k] - t[k - 1])
        before, after = off[k - 1, cells], off[k, cells]
        t = np.linspace(0.0, 1.0, 33)
    drop = np.maximum(before - after, 1e-300)
    found[open_] = passed + np.clip(before / drop, 0.0, 1.0) * width
    return found
