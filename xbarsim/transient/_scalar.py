"""The method of `adaptive`, compiled, for laws with one state: one cell after another."""

import numpy as np
from numba import float64, njit, types

_SHORTEST, _BEGINNING = 1e-13, 1e-12  # these as in `adaptive`
_SAFETY, _GROWTH, _SHRINK = 0.85, 6.0, 0.15
_DIFFERENCE = 1e-7
_SMALL = 0.01
_WAY = 0.25

#: ``f(v, state, temperature, p, memory) -> (rate, current)``, p (constants,), memory (1,)
RATE = types.FunctionType(types.UniTuple(float64, 2)(*(float64,) * 3, *(float64[::1],) * 2))  # type: ignore[no-untyped-call]
_ROW, _TABLE = float64[::1], float64[:, ::1]


@njit(
    (RATE, *(float64,) * 5, _ROW, _ROW),
    nogil=True, cache=True, error_model="numpy",
)  # fmt: skip
def _rate(f, v, s, low, high, temperature, p, memory):  # type: ignore[no-untyped-def]
    """ds/dt of the law, whether it leads out of bounds, and the current."""
    within = min(max(s, low), high)
    rate, current = f(v, within, temperature, p, memory)
    return rate, (within <= low and rate < 0) or (within >= high and rate > 0), current


@njit((_ROW, *(float64,) * 3), nogil=True, cache=True, error_model="numpy")
def _until_a_kink(kinks, v, slope, left):  # type: ignore[no-untyped-def]
    """Time until the voltage meets the next value where the law has a kink, s."""
    until = np.inf
    if slope != 0:
        for kink in kinks:
            wait = (kink - v) / slope
            if wait > 1e-12 * max(max(abs(v), abs(kink)) / abs(slope), left):
                until = min(until, wait)
    return until


@njit(
    (RATE, *(float64,) * 8, _ROW, *(float64,) * 2, _ROW, _ROW),
    nogil=True, cache=True, error_model="numpy",
)  # fmt: skip
def _cell(f, s, energy, trial, v0, v1, dt, low, high, kinks, temperature, tolerance, p, memory):  # type: ignore[no-untyped-def]
    """State, energy and next step after `dt`, and the steps taken; -1 where one underflows."""
    slope = (v1 - v0) / dt
    passed, steps, fresh = 0.0, 0, True
    f_s, f_t = 0.0, 0.0
    span = high - low
    floor = _SMALL * (span if 0 < span < np.inf else 1.0)
    rate, held, current = _rate(f, v0, s, low, high, temperature, p, memory)
    rate = 0.0 if held else rate
    while passed < dt:
        v = v0 + slope * passed
        left = dt - passed
        h = min(left, _until_a_kink(kinks, v, slope, left))
        if fresh:
            side = _DIFFERENCE * max(abs(s), floor)
            other = s - side if s + side > high else s + side
            f_s = 0.0
            if not held:  # a bound that holds a state holds it whatever the state
                beside, out, _ = _rate(f, v, other, low, high, temperature, p, memory)
                f_s = ((0.0 if out else beside) - rate) / (other - s)
            if slope != 0:
                u = v + slope * _DIFFERENCE * min(h, trial)
                later, out, _ = _rate(f, u, s, low, high, temperature, p, memory)
                f_t = ((0.0 if held and out else later) - rate) / (_DIFFERENCE * min(h, trial))
            way = _WAY * (span if 0 < span < np.inf else max(abs(s), 1.0))
            trial = min(trial, 1 / abs(max(f_s, abs(rate) / way, 0.0)))
        h = min(h, trial)
        end = v + slope * h
        inverse = 1 / (2 / h - f_s)
        k1 = (rate + 0.5 * h * f_t) * inverse
        k2 = (rate + 4 / h * k1 + 1.5 * h * f_t) * inverse
        third, out, _ = _rate(f, end, s + 2 * k1, low, high, temperature, p, memory)
        k3 = ((0.0 if held and out else third) + (k1 - k2) / h) * inverse
        last = s + 2 * k1 + k3
        fourth, out, _ = _rate(f, end, last, low, high, temperature, p, memory)
        k4 = ((0.0 if held and out else fourth) + (k1 - k2 - 8 / 3 * k3) / h) * inverse
        found = min(max(last + k4, min(low, s)), max(high, s))
        wrong = abs(k4)  # before the state is stopped, see `adaptive._step`
        if held:
            turned, out, _ = _rate(f, end, s, low, high, temperature, p, memory)
            wrong = max(wrong, 0.0 if out else abs(turned) * h / 2)
        error = wrong / (tolerance * max(abs(s), abs(found), floor))
        end_rate, end_held, end_current = _rate(f, end, found, low, high, temperature, p, memory)
        end_rate = 0.0 if end_held else end_rate
        begins, ends = h * rate, h * end_rate
        halves, missed = v * current + end * end_current, 0.0
        for k in range(1, 4):
            w = 0.25 * k
            between = (1 - w) ** 2 * ((1 + 2 * w) * s + w * begins)
            between += w**2 * ((3 - 2 * w) * found - (1 - w) * ends)
            u = v + slope * w * h
            power = u * f(u, min(max(between, low), high), temperature, p, memory)[1]
            halves += (2 if k == 2 else 4) * power
            missed += (-6 if k == 2 else 4) * power
        halves *= h / 12
        missed = abs(missed - v * current - end * end_current) * h / 12
        if missed > 0:
            total = energy + abs(halves)
            if energy == 0 and v == 0:  # as in `adaptive`
                total += abs(end * end_current) * left
            error = max(error, missed / (tolerance * total))
        grown = h * min(max(_SAFETY * max(error, 1e-9) ** (-1 / 3), _SHRINK), _GROWTH)
        if not error <= 1:
            if not h >= _SHORTEST * (passed + _BEGINNING * dt):
                return s, energy, trial, -1
            trial = grown if error < np.inf else h * _SHRINK
            fresh = False
            continue
        energy += halves
        trial = max(grown, trial) if h < trial else grown
        passed = dt if h >= left else passed + h
        s, rate, held, current, fresh = found, end_rate, end_held, end_current, True
        steps += 1
    return s, energy, trial, steps


@njit(
    (RATE, *(_ROW,) * 5, float64, *(_TABLE,) * 2, _ROW, float64, _TABLE),
    nogil=True, cache=True, error_model="numpy",
)  # fmt: skip
def advance_cells(f, state, energy, step, v0, v1, dt, limits, kinks, temperature, tolerance, p):  # type: ignore[no-untyped-def]
    """All cells through `dt`, in place; steps taken, and the cell that failed or -1.

    `limits` (2, cells) of the state, `kinks` (cells, kinks) and `p` (cells or 1, constants); `f`
    is a `RATE`.
    """
    total, memory = 0, np.zeros(1)
    for k in range(len(state)):
        low, high = limits[0, k], limits[1, k]
        memory[0] = 0
        s, heat, trial, steps = _cell(
            f, state[k], energy[k], step[k], v0[k], v1[k], dt, low, high, kinks[k], temperature[k],
            tolerance, p[0 if len(p) == 1 else k], memory,
        )  # fmt: skip
        if steps < 0:
            return total, k
        state[k], energy[k], step[k] = s, heat, trial
        total += steps
    return total, -1
