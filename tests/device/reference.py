"""Switching laws integrated by LSODA of SciPy, one state at a time held at its bounds."""

from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.integrate import solve_ivp

RTOL, ATOL = 1e-9, 1e-12  # the latter of a state over its range
BEYOND = 1e-10  # of its range: where a state counts as stopped by a bound
#: parameters that are counts, directions, switches or constants of nature
FIXED = {"m", "eta", "self_heating", "q", "k", "charge", "boltzmann", "planck", "vacuum", "ambient"}
GATE = 1e-8  # width of a threshold of the field over the threshold
NM = 1e-9


@dataclass
class Reference:
    """What one cell does, as SciPy finds it."""

    pieces: list
    scale: np.ndarray
    low: np.ndarray

    def states(self, at):
        """(points, states)."""
        at = np.asarray(at, dtype=float)
        found = np.empty((len(at), len(self.scale)))
        for t, y in self.pieces:
            here = (
                at >= t[0]
            )  # later pieces write over it; a state that leaves a bound leaves a gap
            if here.any():
                found[here] = y(np.minimum(at[here], t[-1])).T
        return self.low + self.scale * found

    def crossing(self):
        """When the first state is first in the middle between its extremes, s; its range."""
        t = np.concatenate([p[0] for p in self.pieces])
        x = np.concatenate([p[1](p[0])[0] for p in self.pieces])
        middle = 0.5 * (x.min() + x.max())
        passed = np.flatnonzero(((x[1:] > middle) != (x[:-1] > middle)) & (t[1:] > 0.01 * t[-1]))
        if not len(passed):
            return np.nan, 0.0
        a, b = t[passed[0]], t[passed[0] + 1]
        if x[passed[0]] == x[passed[0] + 1] or a == b:
            return a, np.ptp(x)
        part = (middle - x[passed[0]]) / (x[passed[0] + 1] - x[passed[0]])
        return a + part * (b - a), np.ptp(x)  # steps of LSODA are short


def equations(law):
    """Rate of one cell (states,), and its bounds; where bounds move, the equations written out."""
    low, high = (np.asarray(b, dtype=float)[:, 0] for b in law.bounds(np.zeros(1)))
    if type(law).__name__ == "StanfordPku":
        return lambda v, s: np.array([stanford(law, v, s[0])]), low, high
    ambient = np.full(1, law.ambient)
    if hasattr(law, "compiled_rate"):
        f, p = law.compiled_rate()
        return lambda v, s: np.array([f(v, s[0], ambient[0], p[0], np.zeros(1))[0]]), low, high
    return lambda v, s: law.rate(np.array([v]), s[:, None], ambient)[:, 0], low, high


def stanford(d, v, gap):
    """Opening of the gap, m/s, as published; the gate is a steep slope."""
    heat = d.r_th * d.self_heating * abs(v) * d.i_0 * np.exp(-gap / d.g_0) * np.sinh(abs(v) / d.v_0)
    kt = d.k * (d.ambient + heat) / d.q
    gamma, beta = (d.gamma_set, d.beta_set) if v >= 0 else (d.gamma_reset, d.beta_reset)
    gamma = gamma - beta * (gap / NM) ** d.alpha
    spare = gamma * abs(v) / d.t_ox / max(d.f_min, 1e6) - d.f_min / max(d.f_min, 1e6)
    gate = 1 / (1 + np.exp(-np.clip(spare / GATE, -700, 700)))
    push = gamma * d.a_0 / d.t_ox * v
    return -0.5 * d.speed * (np.exp((push - d.e_a) / kt) - np.exp((-push - d.e_a) / kt)) * gate


def begin(law):
    """Where a fresh cell begins, within its bounds."""
    low, high = (np.asarray(b, dtype=float)[:, 0] for b in law.bounds(np.zeros(1)))
    return np.clip(np.asarray(law.initial_state(), dtype=float).ravel(), low, high)


def reference(law, t, v, start=None, **options):
    """One cell of `law` under straight lines between (`t`, `v`)."""
    rate, low, high = equations(law)
    start = begin(law) if start is None else np.asarray(start, dtype=float)
    span = np.where(np.isfinite(high - low), high - low, 1.0)
    y, found = (start - low) / span, []
    top = (high - low) / span
    for a, b, va, vb in _pieces(t, v, law.breakpoints):
        length = b - a
        slope = (vb - va) / length

        def raw(s, y, a=a, va=va, slope=slope):
            return rate(va + slope * (s - a), low + span * np.clip(y, 0.0, top)) / span

        while a < b:
            just = min(a + 1e-9 * length, b)
            f = raw(just, y)
            held = ((y <= 0) & (f < 0)) | ((y >= top) & (f > 0))
            events = [_leaves(raw, k, y[k] > 0) if held[k] else _meets(k, end, up)
                      for k in range(len(y))
                      for end, up in ((-BEYOND, -1), (top[k] + BEYOND, 1))]  # fmt: skip
            ode = _solved(
                lambda s, y, raw=raw, held=held: np.where(held, 0.0, raw(s, y)), (a, b), y,
                events=events, dense_output=True,
                **{"rtol": RTOL, "atol": ATOL, "max_step": (b - a) / 20} | options,
            )  # fmt: skip
            assert ode.success, ode.message
            found.append((ode.t, _clipped(ode.sol, top)))
            fired = np.reshape([len(e) > 0 for e in ode.t_events], (-1, 2)) & ~held[:, None]
            y = np.clip(ode.y[:, -1], 0.0, top)
            y = np.where(fired[:, 0], 0.0, np.where(fired[:, 1], top, y))
            a = max(ode.t[-1], just)
    return Reference(found, span, low)


def _solved(f, span, y, **options):
    try:
        return solve_ivp(f, span, y, method="LSODA", **options)
    except ValueError:  # its interpolation may miss an event that its steps see
        return solve_ivp(f, span, y, method="Radau", **options)


def _clipped(sol, top):
    return lambda s: np.clip(sol(s), 0.0, top if np.ndim(s) == 0 else top[:, None])


def _meets(k, end, direction):
    def event(s, y):
        return y[k] - end

    event.terminal, event.direction = True, direction
    return event


def _leaves(raw, k, at_top):
    def event(s, y):
        return raw(s, y)[k]

    event.terminal, event.direction = True, (-1 if at_top else 1)
    return event


def _pieces(t, v, kinks):
    """(begin, end, voltages there), cut where the voltage meets a kink."""
    for a, b, va, vb in zip(t[:-1], t[1:], v[:-1], v[1:], strict=True):
        cuts = [a, b] + [
            a + (k - va) / (vb - va) * (b - a) for k in kinks if (va - k) * (vb - k) < 0
        ]
        cuts = np.unique(cuts)
        volts = va + (vb - va) * (cuts - a) / (b - a)
        yield from zip(cuts[:-1], cuts[1:], volts[:-1], volts[1:], strict=True)


def triangle(sweep):
    """One period of the sheet's sweep."""
    t = np.array([0.0, 0.25, 0.75, 1.0]) * sweep.period
    return t, np.array([0.0, sweep.v_high, sweep.v_low, 0.0])


def steps(sweep, rng, number=6):
    """Levels between the ends of the sweep, held for a tenth of its period, with edges."""
    levels = np.where(rng.random(number) < 0.5, sweep.v_low, sweep.v_high)
    levels = 0.95 * levels * rng.uniform(0.5, 1.0, number)
    t = np.append(0.0, np.cumsum(np.tile([0.02, 0.1], number)))
    return t * sweep.period, np.append(0.0, np.repeat(levels, 2))


def jittered(law, rng, size=0.03):
    """The law with every number changed by a few percent."""
    changed = {}
    for field in fields(law):
        value = getattr(law, field.name)
        varies = isinstance(value, float) and np.isfinite(value) and field.name not in FIXED
        if varies and not field.name.endswith("_start"):
            changed[field.name] = value * (1 + size * rng.uniform(-1, 1))
    return replace(law, **changed)
