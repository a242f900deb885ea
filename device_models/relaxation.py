"""A threshold switch and a capacitor that charge and discharge by turns."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw
from xbarsim.errors import ConvergenceError, SpecError


@dataclass(frozen=True, kw_only=True)
class Oscillation:
    """Course of a relaxation oscillator.

    Parameters
    ----------
    t : (points,) s.
    v : voltage of the capacitor, (points,) V.
    i : current of the switch, (points,) A.
    state : of the switch, (points, states).
    """

    t: Array
    v: Array
    i: Array
    state: Array

    def settled(self) -> "Oscillation":
        """The second half."""
        late = self.t >= 0.5 * (self.t[0] + self.t[-1])
        return Oscillation(t=self.t[late], v=self.v[late], i=self.i[late], state=self.state[late])

    @property
    def period(self) -> float:
        """Mean time between rises through half of the swing in the second half, s; inf if none."""
        end = self.settled()
        middle = 0.5 * (end.v.max() + end.v.min())
        rise = np.flatnonzero((end.v[:-1] < middle) & (end.v[1:] >= middle))
        if len(rise) < 2 or np.ptp(end.v) < 1e-6 * abs(middle):
            return float("inf")
        share = (middle - end.v[rise]) / (end.v[rise + 1] - end.v[rise])
        times = end.t[rise] + share * (end.t[rise + 1] - end.t[rise])
        return float(np.diff(times).mean())


def relaxation_oscillator(
    law: SwitchingLaw,
    v_source: float,
    r_load: float,
    capacitance: float,
    t_end: float,
    *,
    r_series: float = 0.0,
    points: int = 4001,
    rtol: float = 1e-8,
) -> Oscillation:
    """Source, load, and a capacitor across the switch and a resistance in series with it.

    Parameters
    ----------
    law : a switch whose current is proportional to the voltage at each state.
    v_source : constant, V; the capacitor begins empty.
    r_load : between source and capacitor, ohm.
    capacitance : F.
    t_end : s.
    r_series : between capacitor and switch, ohm.
    points : at which the course is given, evenly spaced.

    Raises
    ------
    SpecError : a resistance, the capacitance or the time is not above zero.
    ConvergenceError : the integration fails.
    """
    from scipy.integrate import solve_ivp

    if not (r_load > 0 and capacitance > 0 and t_end > 0 and r_series >= 0 and points > 1):
        raise SpecError(
            f"r_load {r_load:g} ohm, capacitance {capacitance:g} F and t_end {t_end:g} s must be "
            f"above 0, r_series {r_series:g} ohm at least 0 and points {points} at least 2"
        )
    ambient = np.asarray(law.ambient, dtype=float)

    def across(node: Array, state: Array) -> Array:
        g = law.current(np.ones_like(node), state, ambient)
        return node / (1.0 + r_series * g)

    def slope(t: float, y: Array) -> Array:
        v = across(y[:1], y[1:, None])
        low, high = law.bounds(v)
        state = np.clip(y[1:, None], low, high)
        v = across(y[:1], state)
        rate = law.rate(v, state, ambient)
        stuck = ((y[1:, None] <= low) & (rate < 0)) | ((y[1:, None] >= high) & (rate > 0))
        i = law.current(v, state, ambient)
        charge = ((v_source - y[:1]) / r_load - i) / capacitance
        return np.concatenate([charge, np.where(stuck, 0.0, rate)[:, 0]])

    start = np.concatenate([[0.0], np.asarray(law.initial_state(), dtype=float)])
    t = np.linspace(0.0, t_end, points)
    found = solve_ivp(slope, (0.0, t_end), start, method="LSODA", t_eval=t, rtol=rtol, atol=1e-10)
    if not found.success:
        raise ConvergenceError(f"the oscillator cannot be integrated: {found.message}")
    node, state = found.y[0], found.y[1:]
    i = law.current(across(node, state), state, ambient)
    return Oscillation(t=t, v=node, i=i, state=state.T)
