"""A threshold switch and a capacitor that charge and discharge by turns."""

from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import SwitchingLaw, arrays_of, check_parameters, parameter
from xbarsim.errors import SpecError
from xbarsim.transient.simulate import simulate


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


@dataclass(frozen=True, kw_only=True, eq=False)
class RelaxationOscillator:
    r"""A load, and a capacitor across a switch and a resistance in series with it.

    .. math:: C\,\dot v = (v_\mathrm{source} - v)/R_\mathrm{load} - i

    A switching law of its own, for `xbarsim.transient.simulate` under the voltage of the source;
    the voltage v of the capacitor is its first state, those of the switch follow.

    Parameters
    ----------
    law : a switch whose current is proportional to the voltage at each state, its parameters and
        bounds the same for all cells and voltages.
    r_load : between source and capacitor, ohm.
    capacitance : F.
    r_series : between capacitor and switch, ohm.
    """

    law: SwitchingLaw
    r_load: float = parameter("ohm", low=1e-6)
    capacitance: float = parameter("farad", low=1e-24)
    r_series: float = parameter("ohm", low=0.0, default=0.0)

    volatile = True
    breakpoints: ClassVar[tuple[float, ...]] = ()

    def __post_init__(self) -> None:
        check_parameters(self)
        if arrays_of(self.law):
            raise SpecError(f"{', '.join(arrays_of(self.law))} of the switch must be numbers")

    @property
    def states(self) -> tuple[str, ...]:
        """The voltage of the capacitor, and the states of the switch."""
        return ("v, V", *self.law.states)

    @property
    def valid(self) -> tuple[float, float]:
        """That of the switch, which never sees more than the source, V."""
        return self.law.valid

    @property
    def ambient(self) -> Any:
        """That of the switch, K."""
        return self.law.ambient

    def initial_state(self) -> Array:
        """No charge, and a fresh switch."""
        return (0.0, *self.law.initial_state())

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """None of the voltage; those of the switch."""
        xp = array_namespace(v)
        low, high = self.law.bounds(v)
        edge = xp.full((1, *low.shape[1:]), inf)
        return xp.concatenate([-edge, low]), xp.concatenate([edge, high])

    def switch_current(self, state: Array, temperature: Array) -> Array:
        """Current of the switch, A."""
        xp = array_namespace(state)
        g = self.law.current(xp.ones_like(state[0]), state[1:], temperature)
        return state[0] * g / (1.0 + self.r_series * g)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Current of the source at the voltage `v` (V), A."""
        return (v - state[0]) / self.r_load

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Charging, V/s, and the rate of the switch."""
        xp = array_namespace(v)
        i = self.switch_current(state, temperature)
        charging = (self.current(v, state, temperature) - i) / self.capacitance
        across = state[0] - self.r_series * i
        return xp.concatenate([charging[None], self.law.rate(across, state[1:], temperature)])


def relaxation_oscillator(
    law: SwitchingLaw,
    v_source: float,
    r_load: float,
    capacitance: float,
    t_end: float,
    *,
    r_series: float = 0.0,
    points: int = 2001,
    tolerance: float = 1e-5,
) -> Oscillation:
    """The course of a `RelaxationOscillator` from rest under a constant source.

    Parameters
    ----------
    law, r_load, capacitance, r_series : see `RelaxationOscillator`.
    v_source : V.
    t_end : s.
    points : at which the course is given, evenly spaced.
    tolerance : see `xbarsim.transient.simulate`.
    """
    circuit = RelaxationOscillator(
        law=law, r_load=r_load, capacitance=capacitance, r_series=r_series
    )
    t = np.linspace(0.0, t_end, points)
    state = simulate(circuit, t, np.full(points, v_source), tolerance=tolerance).state
    i = circuit.switch_current(state.T, np.asarray(law.ambient, dtype=float))
    return Oscillation(t=t, v=state[:, 0], i=i, state=state[:, 1:])
