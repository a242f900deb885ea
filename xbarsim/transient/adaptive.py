r"""A switching law integrated with a step of its own for every cell, stiff or not.

Rosenbrock method of order 3 with an embedded one of order 2, stiffly accurate and L-stable
(``RODAS3``: Sandu et al., Atmospheric Environment 31, 3459 (1997)),

.. math::
    \left(\frac{1}{\gamma h} - J\right) k_i = f\Bigl(t + \alpha_i h, s + \sum_j a_{ij} k_j\Bigr)
        + \sum_j \frac{c_{ij}}{h} k_j + \gamma_i h\,\frac{\partial f}{\partial t}

with :math:`\gamma = 1/2`. A step ends at the latest where the voltage of its cell meets a value at
which the law has a kink. It is no longer than the time in which a state that runs away grows
e-fold, or in which a state would cross a quarter of its range: the method damps whatever changes
much faster than a step, and the estimate of its error does too. States are held within the bounds
of the law: what would carry one out of them counts as zero.
"""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import SwitchingLaw, part_of
from xbarsim.errors import ConvergenceError

_SHORTEST = 1e-13  # step over the time passed in the interval below which integration has failed
_BEGINNING = 1e-12  # of the interval, counts as passed already
_SAFETY, _GROWTH, _SHRINK = 0.85, 6.0, 0.15
_DIFFERENCE = 1e-7  # of a state, and of a step in time, for derivatives of the rate
_WAY = 0.25  # of a state's range, the longest at its present rate in one step
_ENTERING = 1e-12  # of an interval: bounds may jump at its beginning
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

    def bounds(self, t: Array) -> tuple[Array, Array]:
        return self.law.bounds(self.v + self.slope * t)

    def current(self, t: Array, state: Array) -> Array:
        return self.law.current(self.v + self.slope * t, state, self.temperature)

    def rate(self, t: Array, state: Array) -> Array:
        """ds/dt after `t` seconds, nothing where it leads out of bounds."""
        found, held = self.rate_and_held(t, state)
        return array_namespace(state).where(held, 0.0, found)

    def rate_and_held(self, t: Array, state: Array) -> tuple[Array, Array]:
        """ds/dt of the law, and where it leads out of bounds."""
        v = self.v + self.slope * t
        low, high = self.law.bounds(v)
        state = _within(state, low, high)
        found = self.law.rate(v, state, self.temperature)
        return found, ((state <= low) & (found < 0)) | ((state >= high) & (found > 0))


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
    ConvergenceError : a cell needs steps below 1e-13 of the time passed.
    """
    xp = array_namespace(cells.state)
    passed = xp.zeros_like(cells.energy)
    busy = xp.arange(len(passed))
    steps = 0
    while len(busy):
        slope = (v[1][busy] - v[0][busy]) / dt
        line = _Line(
            part_of(law, busy), v[0][busy] + slope * passed[busy], slope, temperature[busy]
        )
        left = dt - passed[busy]
        start = cells.state[:, busy]
        begins = _begins(line, start, _ENTERING * left)
        tried = xp.minimum(cells.step[busy], _resolved(line, start, begins))
        h = xp.minimum(tried, xp.minimum(left, _until_a_kink(line.law.breakpoints, line, left)))
        state, error = _step(line, start, begins, h, tolerance)
        energy, missed, power = _energy(line, start, state, h)
        total = cells.energy[busy] + abs(energy)
        total = total + xp.where((cells.energy[busy] == 0) & (line.v == 0), power * left, 0.0)
        error = xp.maximum(error, xp.where(missed > 0, missed / (tolerance * total), 0.0))
        ok = error <= 1.0
        _check(law, line, h / (passed[busy] + _BEGINNING * dt), ok)
        done = busy[ok]
        cells.state[:, done], cells.energy[done] = state[:, ok], cells.energy[done] + energy[ok]
        passed[done] = xp.where(h[ok] >= left[ok], dt, passed[done] + h[ok])
        steps += len(done)
        grown = h * xp.clip(_SAFETY * xp.maximum(error, 1e-9) ** (-1 / 3), _SHRINK, _GROWTH)
        cells.step[busy] = xp.where(ok, xp.maximum(grown, xp.where(h < tried, tried, 0.0)), grown)
        busy = busy[passed[busy] < dt]
    return steps


@dataclass(frozen=True)
class _Begins:
    """Rates of states at the beginning of a step, which of them lead out of bounds, derivatives."""

    rate: Array
    out: Array
    jacobian: Array


def _begins(line: _Line, s: Array, t: Array) -> _Begins:
    """What holds at the beginning, or `t` seconds later, as bounds may jump at a kink."""
    found, out = line.rate_and_held(0.0 * t, s)
    out = out | line.rate_and_held(t, s)[1]
    return _Begins(found, out, _jacobian(line, s, array_namespace(s).where(out, 0.0, found), out))


def _step(
    line: _Line, s: Array, begins: _Begins, h: Array, tolerance: float
) -> tuple[Array, Array]:
    """The state after `h` seconds and its error over what is allowed.

    A state that a bound holds at the beginning stays there until the rate turns; any other goes as
    if there were no bound, at the rate of the bound beyond it, and is stopped at the end. Stopping
    it on the way, or before the error is taken, would let a step of any length pass that leads out.
    Where a bound moves, states go along with it, see `_along`.
    """
    xp = array_namespace(s)
    (low0, high0), (low, high) = line.bounds(_ENTERING * h), line.bounds(h)
    recedes = ((high > high0) & (s <= high0)) | ((low < low0) & (s >= low0))
    held = begins.out & ~recedes

    def rate(t: Array, state: Array) -> Array:
        found, out = line.rate_and_held(t, state)
        return xp.where(held & out, 0.0, found)

    f = xp.where(held, 0.0, begins.rate)
    f_t = (rate(_DIFFERENCE * h, s) - f) / (_DIFFERENCE * h)
    solve = _solver(begins.jacobian, h, xp)
    k1 = solve(f + 0.5 * h * f_t)
    k2 = solve(f + 4.0 / h * k1 + 1.5 * h * f_t)
    k3 = solve(rate(h, s + 2.0 * k1) + (k1 - k2) / h)
    last = s + 2.0 * k1 + k3
    k4 = solve(rate(h, last) + (k1 - k2 - 8.0 / 3.0 * k3) / h)
    found = _between(s, last + k4, low, high)
    span = high - low
    floor = _SMALL * xp.where(xp.isfinite(span) & (span > 0), span, 1.0)
    size = tolerance * xp.maximum(xp.maximum(abs(s), abs(found)), floor)
    turned = xp.where(held, line.rate(h, s), 0.0) * h / 2.0  # missed where a bound lets go
    wrong = xp.maximum(abs(k4), abs(turned))
    moves = xp.broadcast_to((low != low0) | (high != high0), s.shape)
    if bool(moves.any()):
        wrong = xp.where(moves, _along(line, s, f, (last, last + k4, found), h, tolerance), wrong)
    error = xp.sqrt(((wrong / size) ** 2).mean(axis=0))
    return found, xp.where(xp.isfinite(error), error, xp.inf)


def _along(
    line: _Line, s: Array, f: Array, ends: tuple[Array, Array, Array], h: Array, tolerance: float
) -> Array:
    """Error of states whose bounds move.

    Those that go faster than a receding bound slide along it: what went beyond counts only where
    the rate at the bound does not lead there, or is slower than the bound. A returning bound that
    meets a state at rest ends the step. Between, the bound should be a straight line.
    """
    xp = array_namespace(s)
    last, free, found = ends
    (low0, high0), (low, high) = line.bounds(_ENTERING * h), line.bounds(h)
    middles = line.bounds(h / 2)
    wrong = abs(found - _between(s, last, low, high))
    end = line.law.rate(line.v + line.slope * h, found, line.temperature)
    gone = xp.where(found == high, high - middles[1], low - middles[0])
    carried = (end * (free - found) > 0) & (abs(end) > 1e-3 * abs(f))
    carried = carried & (abs(end) * h >= 2.0 * abs(gone))
    wrong = xp.maximum(wrong, xp.where(carried, 0.0, abs(free - found)))
    slack = 1e-12 * abs(s)
    near_low, near_high = line.bounds(h * (1.0 - 1e-9))  # at a kink bounds may jump
    met = xp.where(s < low0 - slack, found - near_low, 0.0)
    met = xp.where(s > high0 + slack, near_high - found, met)
    wrong = xp.maximum(wrong, met - slack)
    for start, middle, stop in zip((low0, high0), middles, (low, high), strict=True):
        slides = (found == stop) & (abs(s - start) <= slack + 1e-9 * abs(stop - start))
        bend = abs(middle - 0.5 * (start + stop)) * tolerance**0.5
        wrong = xp.maximum(wrong, xp.where(slides, bend, 0.0))
    return wrong


def _jacobian(line: _Line, s: Array, f: Array, held: Array) -> Array:
    """Derivatives of the rates by the states, by differences, (cells, states, states) 1/s.

    A state held at a bound does not move whatever the states, so its row is zero: a difference
    across the edge would be huge, and damp the state where it is about to leave the bound.
    """
    xp = array_namespace(s)
    n = len(s)
    low, high = line.law.bounds(line.v)
    jacobian = xp.empty((*line.v.shape, n, n))
    for j in range(n):
        span = high[j] - low[j]
        size = xp.maximum(abs(s[j]), _SMALL * xp.where(xp.isfinite(span), span, 1.0))
        move = xp.where(s[j] + _DIFFERENCE * size > high[j], -1.0, 1.0) * _DIFFERENCE * size
        moved = s.copy()
        moved[j] += move
        change = (line.rate(0.0 * line.v, moved) - f) / (moved[j] - s[j])
        jacobian[..., j] = xp.where(held, 0.0, change).T
    return jacobian


def _resolved(line: _Line, s: Array, begins: _Begins) -> Array:
    """The longest step in which the method sees what happens, s."""
    xp = array_namespace(s)
    low, high = line.law.bounds(line.v)
    span = high - low
    range_ = xp.where(xp.isfinite(span) & (span > 0), span, xp.maximum(abs(s), 1.0))
    fastest = (xp.where(begins.out, 0.0, abs(begins.rate)) / (_WAY * range_)).max(axis=0)
    if len(s) == 1:
        growth = begins.jacobian[..., 0, 0]
    else:
        finite = xp.where(xp.isfinite(begins.jacobian), begins.jacobian, 0.0)
        growth = xp.linalg.eigvals(finite).real.max(axis=-1)
    return 1.0 / abs(xp.maximum(fastest, growth))


def _solver(jacobian: Array, h: Array, xp: ModuleType):  # type: ignore[no-untyped-def]
    """Solutions of (2/h - J) k = b for every cell."""
    n = jacobian.shape[-1]
    if n == 1:
        inverse = 1.0 / (2.0 / h - jacobian[..., 0, 0])
        return lambda b: b * inverse
    inverse = xp.linalg.inv(xp.eye(n) * (2.0 / h)[:, None, None] - jacobian)
    return lambda b: xp.einsum("cij,jc->ic", inverse, b)


def _energy(line: _Line, s0: Array, s1: Array, h: Array) -> tuple[Array, Array, Array]:
    """Heat of a step by Simpson's rule on its halves, how far it is from that on the whole, power.

    Between its ends the state follows a cubic, along a bound that moves a straight line. The power
    is that at the end; it tells what is to come where a cell begins without voltage and a part of
    no heat would be no measure.
    """
    xp = array_namespace(s0)
    (low0, high0), (low1, high1) = line.bounds(_ENTERING * h), line.bounds(h)
    slides = ((high1 != high0) & (s1 == high1)) | ((low1 != low0) & (s1 == low1))
    begins = xp.where(slides, s1 - s0, h * line.rate(0.0 * h, s0))
    ends = xp.where(slides, s1 - s0, h * line.rate(h, s1))

    def power(u: float) -> Array:
        t = u * h
        state = (1 - u) ** 2 * ((1 + 2 * u) * s0 + u * begins)
        state = state + u**2 * ((3 - 2 * u) * s1 - (1 - u) * ends)
        return (line.v + line.slope * t) * line.current(t, _between(s0, state, *line.bounds(t)))

    p = [power(u) for u in (0.0, 0.25, 0.5, 0.75, 1.0)]
    whole = h / 6.0 * (p[0] + 4.0 * p[2] + p[4])
    halves = h / 12.0 * (p[0] + 4.0 * p[1] + 2.0 * p[2] + 4.0 * p[3] + p[4])
    return halves, abs(halves - whole), abs(p[4])


def _within(state: Array, low: Array, high: Array) -> Array:
    return array_namespace(state).clip(state, low, high)


def _between(before: Array, after: Array, low: Array, high: Array) -> Array:
    """`after`, stopped by bounds; a state that was beyond one stays at most where it was."""
    xp = array_namespace(before)
    return xp.clip(after, xp.minimum(low, before), xp.maximum(high, before))


def _until_a_kink(breakpoints: tuple[float, ...], line: _Line, left: Array) -> Array:
    """Time until the voltage meets the next value where the law has a kink, s.

    One that is met within 1e-12 of what is `left` of the interval counts as met.
    """
    xp = array_namespace(left)
    until = xp.full_like(line.v, xp.inf)
    for kink in breakpoints:
        wait = (kink - line.v) / line.slope
        close = 1e-12 * xp.maximum(abs(line.v), abs(kink)) / abs(line.slope)
        until = xp.where(wait > xp.maximum(close, 1e-12 * left), xp.fmin(until, wait), until)
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
            f"{_SHORTEST:g} of the time passed in {int(stuck.sum())} cells"
        )
