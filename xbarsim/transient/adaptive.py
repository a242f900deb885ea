r"""A switching law integrated with a step of its own for every cell, stiff or not.

Rosenbrock method of order 3 with an embedded one of order 2, stiffly accurate and L-stable
(``RODAS3``: Sandu et al., Atmospheric Environment 31, 3459 (1997)),

.. math::
    \left(\frac{1}{\gamma h} - J\right) k_i = f\Bigl(t + \alpha_i h, s + \sum_j a_{ij} k_j\Bigr)
        + \sum_j \frac{c_{ij}}{h} k_j + \gamma_i h\,\frac{\partial f}{\partial t}

with :math:`\gamma = 1/2`. A step ends at the latest where the voltage of its cell meets a value at
which the law has a kink. States are held within the bounds of the law: what would carry one out of
them counts as zero. Where a bound recedes with the voltage a state may follow: it moves freely and
is held at the bound at the end of the step.
"""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import SwitchingLaw, part_of
from xbarsim.errors import ConvergenceError

_SHORTEST = 1e-13  # step over the interval below which integration has failed
_SAFETY, _GROWTH, _SHRINK = 0.85, 6.0, 0.15
_DIFFERENCE = 1e-7  # of a state, and of a step in time, for derivatives of the rate
_ROUNDING = 1e-9  # of a state, by which it is not yet beyond a bound
_SMALL_VOLTAGE = 1e-3  # V, scale of a voltage near zero
_SMALL = 0.01  # of a state's range: states are as exact as if they were at least this large


@dataclass
class Cells:
    """Where every cell stands.

    Parameters
    ----------
    state : (states, cells).
    energy : dissipated since the beginning, (cells,) J.
    step : the next step to try, (cells,) s.
    """

    state: Array
    energy: Array
    step: Array


@dataclass(frozen=True)
class _Line:
    """Some cells at the beginning of a step: their voltage goes on as ``v + slope * t``."""

    law: SwitchingLaw
    v: Array
    slope: Array
    temperature: Array
    under: Array  # states that begin below their lower bound, and stay there
    over: Array

    def current(self, t: Array, state: Array) -> Array:
        return self.law.current(self.v + self.slope * t, state, self.temperature)

    def rate(self, t: Array, state: Array) -> Array:
        """ds/dt after `t` seconds, nothing where it leads out of bounds that do not recede."""
        found, sink, rise = self._at_bounds(t, state)
        xp = array_namespace(state)
        return xp.where(((sink == 0) & (found < 0)) | ((rise == 0) & (found > 0)), 0.0, found)

    def motion(self, t: Array, state: Array) -> Array:
        """ds/dt after `t` seconds, at a bound at most as fast as the bound recedes."""
        found, sink, rise = self._at_bounds(t, state)
        low, high = self.law.bounds(self.v + self.slope * t)
        xp = array_namespace(state)
        sink, rise = xp.where(state < low, 0.0, sink), xp.where(state > high, 0.0, rise)
        return xp.clip(found, sink, rise)

    def _at_bounds(self, t: Array, state: Array) -> tuple[Array, Array, Array]:
        """The law's rate, and how fast bounds let states go down and up."""
        xp = array_namespace(state)
        v = self.v + self.slope * t
        low, high = self.law.bounds(v)
        state = _within(state, low, high)
        rate = self.law.rate(v, state, self.temperature)
        if high.shape[-1] < len(v):  # bounds of all cells, at any voltage
            speeds = 0.0, 0.0
        else:
            dt = _DIFFERENCE * xp.maximum(abs(v), _SMALL_VOLTAGE) / xp.maximum(abs(self.slope), 1.0)
            later = self.law.bounds(v + self.slope * dt)
            speeds = tuple((b1 - b0) / dt for b0, b1 in zip((low, high), later, strict=True))
        sink, rise = xp.fmin(speeds[0], 0.0), xp.fmax(speeds[1], 0.0)
        sink = xp.where(self.under, 0.0, xp.where(state <= low, sink, -xp.inf))
        return rate, sink, xp.where(self.over, 0.0, xp.where(state >= high, rise, xp.inf))


@np.errstate(all="ignore")  # what is not finite is no step, see `_check`
def advance(
    law: SwitchingLaw,
    cells: Cells,
    v: tuple[Array, Array],
    dt: float,
    temperature: Array,
    tolerance: float,
) -> int:
    """Take all cells through `dt` seconds in which the voltage goes from ``v[0]`` to ``v[1]``.

    Parameters
    ----------
    cells : changed in place.
    v : voltages at the beginning and at the end, (cells,) V each.
    temperature : of the surroundings, (cells,) K.
    tolerance : error of a step over the size of a state, or a hundredth of its range.

    Returns
    -------
    Steps taken, of all cells together.

    Raises
    ------
    ConvergenceError : a cell needs steps below 1e-13 of `dt`.
    """
    xp = array_namespace(cells.state)
    passed = xp.zeros_like(cells.energy)
    busy = xp.arange(len(passed))
    steps = 0
    while len(busy):
        slope = (v[1][busy] - v[0][busy]) / dt
        now = v[0][busy] + slope * passed[busy]
        part = part_of(law, busy)
        low, high = part.bounds(now + _ROUNDING * (v[1][busy] - now))  # as the step enters it
        here, rounding = cells.state[:, busy], _ROUNDING * abs(cells.state[:, busy])
        under, over = here < low - rounding, here > high + rounding
        line = _Line(part, now, slope, temperature[busy], under, over)
        left = dt - passed[busy]
        tried = cells.step[busy]
        h = xp.minimum(tried, xp.minimum(left, _until_a_kink(law.breakpoints, line, xp)))
        state, error = _step(line, cells.state[:, busy], h, tolerance)
        ok = error <= 1.0
        _check(law, line, h / dt, ok)
        done = busy[ok]
        energy = _energy(line, cells.state[:, busy], state, h)
        cells.state[:, done], cells.energy[done] = state[:, ok], cells.energy[done] + energy[ok]
        passed[done] = xp.where(h[ok] >= left[ok], dt, passed[done] + h[ok])
        steps += len(done)
        grown = h * xp.clip(_SAFETY * xp.maximum(error, 1e-9) ** (-1 / 3), _SHRINK, _GROWTH)
        cells.step[busy] = xp.where(ok, xp.maximum(grown, xp.where(h < tried, tried, 0.0)), grown)
        busy = busy[passed[busy] < dt]
    return steps


def _step(line: _Line, s: Array, h: Array, tolerance: float) -> tuple[Array, Array]:
    """The state after `h` seconds and its error over what is allowed."""
    xp = array_namespace(s)
    f = line.rate(0.0 * h, s)
    f_t = (line.rate(_DIFFERENCE * h, s) - f) / (_DIFFERENCE * h)
    solve = _solver(line, s, f, h)
    k1 = solve(f + 0.5 * h * f_t)
    k2 = solve(f + 4.0 / h * k1 + 1.5 * h * f_t)
    k3 = solve(line.rate(h, s + 2.0 * k1) + (k1 - k2) / h)
    last = s + 2.0 * k1 + k3
    k4 = solve(line.rate(h, last) + (k1 - k2 - 8.0 / 3.0 * k3) / h)
    low, high = line.law.bounds(line.v + line.slope * h)
    first, found = _between(s, last, low, high), _between(s, last + k4, low, high)
    span = high - low
    floor = _SMALL * xp.where(xp.isfinite(span) & (span > 0), span, 1.0)
    size = tolerance * xp.maximum(xp.maximum(abs(s), abs(found)), floor)
    wrong = xp.maximum(abs(found - first), _beyond_rest(line, f, last + k4, found, h))
    near_low, near_high = line.law.bounds(line.v + line.slope * h * (1.0 - _ROUNDING))
    met = xp.where(line.over, near_high - found, 0.0)
    met = met + xp.where(line.under, found - near_low, 0.0)
    wrong = xp.maximum(wrong, met)  # a bound that reaches a resting state takes it along
    error = xp.sqrt(((wrong / size) ** 2).mean(axis=0))
    if high.shape[-1] == len(h):
        error = xp.maximum(error, _bend(line, s, found, h) / tolerance**0.5)
    return found, xp.where(xp.isfinite(error), error, xp.inf)


def _beyond_rest(line: _Line, f: Array, free: Array, held: Array, h: Array) -> Array:
    """How far states went beyond a bound to which the rate at that bound does not carry them."""
    xp = array_namespace(h)
    if not bool((free != held).any()):
        return 0.0 * h
    end = line.law.rate(line.v + line.slope * h, held, line.temperature)
    carried = end * xp.sign(free - held) > 1e-3 * abs(f)
    return xp.where(carried, 0.0, abs(free - held))


def _bend(line: _Line, s0: Array, s1: Array, h: Array) -> Array:
    """How far from a straight line the bound runs along which cells slide, over their states."""
    xp = array_namespace(s0)
    starts, middles, ends = (line.law.bounds(line.v + line.slope * t) for t in (0.0 * h, h / 2, h))
    bend = xp.zeros_like(h)
    for start, middle, end in zip(starts, middles, ends, strict=True):
        slides = (s0 == start) & (s1 == end) & (start != end)
        away = abs(middle - 0.5 * (s0 + s1)) / xp.maximum(abs(s0), abs(s1))
        bend = xp.maximum(bend, xp.where(slides, away, 0.0).max(axis=0))
    return bend


def _solver(line: _Line, s: Array, f: Array, h: Array):  # type: ignore[no-untyped-def]
    """Solutions of (2/h - J) k = b for every cell, J by differences."""
    xp = array_namespace(s)
    n = len(s)
    low, high = line.law.bounds(line.v)
    jacobian = xp.empty((*h.shape, n, n))
    for j in range(n):
        span = high[j] - low[j]
        size = xp.maximum(abs(s[j]), _SMALL * xp.where(xp.isfinite(span) & (span > 0), span, 1.0))
        move = xp.where(s[j] + _DIFFERENCE * size > high[j], -1.0, 1.0) * _DIFFERENCE * size
        moved = s.copy()
        moved[j] += move
        jacobian[..., j] = ((line.rate(0.0 * h, moved) - f) / (moved[j] - s[j])).T
    if n == 1:
        inverse = 1.0 / (2.0 / h - jacobian[..., 0, 0])
        return lambda b: b * inverse
    inverse = xp.linalg.inv(xp.eye(n) * (2.0 / h)[:, None, None] - jacobian)
    return lambda b: xp.einsum("cij,jc->ic", inverse, b)


def _energy(line: _Line, s0: Array, s1: Array, h: Array) -> Array:
    """Heat of a step, Simpson's rule; between its ends the state follows a cubic."""
    slope0, slope1 = line.motion(0.0 * h, s0), line.motion(h, s1)
    middle = 0.5 * (s0 + s1) + h / 8.0 * (slope0 - slope1)
    low, high = line.law.bounds(line.v + line.slope * h / 2)
    times = (0.0 * h, h / 2, h)
    states = (s0, _between(s0, middle, low, high), s1)
    power = [
        (line.v + line.slope * t) * line.current(t, s) for t, s in zip(times, states, strict=True)
    ]
    return h / 6.0 * (power[0] + 4.0 * power[1] + power[2])


def _within(state: Array, low: Array, high: Array) -> Array:
    return array_namespace(state).clip(state, low, high)


def _between(before: Array, after: Array, low: Array, high: Array) -> Array:
    """`after`, stopped by bounds; a state that was beyond one stays at most where it was."""
    xp = array_namespace(before)
    return xp.clip(after, xp.minimum(low, before), xp.maximum(high, before))


def _until_a_kink(breakpoints: tuple[float, ...], line: _Line, xp: ModuleType) -> Array:
    """Time until the voltage meets the next value where the law has a kink, s."""
    until = xp.full_like(line.v, xp.inf)
    for kink in breakpoints:
        wait = (kink - line.v) / line.slope
        close = 1e-12 * xp.maximum(abs(line.v), abs(kink)) / abs(line.slope)
        until = xp.where(wait > close, xp.fmin(until, wait), until)
    return until


def _check(law: SwitchingLaw, line: _Line, step: Array, ok: Array) -> None:
    """Raise if a rejected step cannot be made any shorter.

    Raises
    ------
    ConvergenceError : names the voltage.
    """
    stuck = ~ok & (step < _SHORTEST)
    if bool(stuck.any()):
        v = float(line.v[stuck][0])
        raise ConvergenceError(
            f"{type(law).__name__} cannot be integrated at {v:.4g} V: the step fell below "
            f"{_SHORTEST:g} of the interval in {int(stuck.sum())} cells"
        )
