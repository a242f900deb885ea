"""Vanadium dioxide: a resistance with thermal hysteresis, and the spiking circuit made of it."""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import Response, check_parameters, parameter
from xbarsim.errors import SpecError

#: source, load and capacitor of the published circuit, V, ohm and F, in which `responses` spike
_CIRCUIT = (12.0, 12e3, 145.346e-12)


@dataclass(frozen=True, kw_only=True, eq=False)
class VanadiumDioxide:
    r"""A film at one temperature T, heated by its current, that remembers where it last turned.

    .. math::
        R = R_0\,e^{E/T}\,g + R_\mathrm{m}, \qquad
        C_\mathrm{th} \dot T = V^2/R - S_\mathrm{th}\,(T - T_\mathrm{b})

    .. math::
        g = \tfrac12 + \tfrac12 \tanh \beta\,
        \bigl(\delta w/2 + T_\mathrm{c} - T - T_\mathrm{pr}\,P(x)\bigr), \qquad
        P(x) = \tfrac12\,(1 - \sin \gamma x)\,\bigl(1 + \tanh(\pi^2 - 2 \pi x)\bigr)

    with :math:`x = (T - T_\mathrm{r})/T_\mathrm{pr}`, :math:`\delta = 1` while heating and -1 while
    cooling. At a turn at :math:`T_\mathrm{r}` the direction changes sign and
    :math:`T_\mathrm{pr}` is what keeps g continuous,

    .. math:: T_\mathrm{pr} \leftarrow \delta\,w + T_\mathrm{pr}\,P(x).

    Its memory jumps at turns, so this is no `SwitchingLaw`: instead of ``rate`` it has `heating`,
    the rate of the temperature alone, and `turn`, to be called after every step; all else is as
    there. `advance` does both at a constant voltage, `neuristor` in a circuit.

    Parameters
    ----------
    r_0 : scale of the insulator, ohm.
    activation : E, K.
    r_metal : resistance that stays, ohm.
    width : of the hysteresis, K.
    center : of the hysteresis, K.
    beta : steepness of the transition, 1/K.
    gamma : shape of minor loops.
    heat_capacity : J/K.
    heat_conductance : to the surroundings, W/K.
    t_low, t_high : temperatures within which the resistance follows the law and beyond which it
        stays, K.
    ambient : temperature of the surroundings, K.

    Notes
    -----
    The published code sees a turn only once the temperature has moved by 0.01 K, which makes its
    spikes up to 0.13 % more frequent than the equations do.

    References
    ----------
    [zhang2024]_, [neuristor_code]_
    """

    r_0: float = parameter("ohm", low=0.0)
    activation: float = parameter("kelvin", low=0.0)
    r_metal: float = parameter("ohm", low=1e-3)
    width: float = parameter("kelvin", low=1e-3)
    center: float = parameter("kelvin", low=1.0)
    beta: float = parameter("1/kelvin", low=0.0)
    gamma: float = parameter("dimensionless", low=0.0)
    heat_capacity: float = parameter("joule/kelvin", low=1e-18)
    heat_conductance: float = parameter("watt/kelvin", low=1e-12)
    t_low: float = parameter("kelvin", low=10.0, default=305.0)
    t_high: float = parameter("kelvin", low=10.0, default=370.0)
    ambient: float = parameter("kelvin", low=1.0, default=325.0)

    states = ("T, K", "direction, 1 heating and -1 cooling", "T_r, K", "T_pr, K")
    volatile = True
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.less(self.t_low, self.t_high))):
            raise SpecError(f"t_low ({self.t_low} K) must be below t_high ({self.t_high} K)")

    def initial_state(self) -> Array:
        """At the temperature of the surroundings, heating, never turned."""
        return (self.ambient, 1.0, self.ambient, 0.0)

    def insulating(self, state: Array) -> Array:
        """The part g that is insulating."""
        xp = array_namespace(state)
        t = self._held(state[0])
        edge = state[1] * self.width / 2.0 + self.center
        return 0.5 + 0.5 * xp.tanh(self.beta * (edge - t - self._shift(state)))

    def resistance(self, state: Array) -> Array:
        """Resistance, ohm."""
        xp = array_namespace(state)
        insulator = self.r_0 * xp.exp(self.activation / self._held(state[0]))
        return insulator * self.insulating(state) + self.r_metal

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Ohm's law, A."""
        return v / self.resistance(state)

    def heating(self, v: Array, state: Array, temperature: Array) -> Array:
        """Rate of the temperature, K/s."""
        lost = self.heat_conductance * (state[0] - temperature)
        return (v**2 / self.resistance(state) - lost) / self.heat_capacity

    def turn(self, state: Array, t_next: Array) -> Array:
        """The state with the temperature `t_next` (K), and new memory where that is a turn.

        Parameters
        ----------
        state : before, (4, ...); it is there that a turn takes place.
        """
        xp = array_namespace(state)
        direction = xp.sign(self._held(t_next) - self._held(state[0]))
        turned = direction == -state[1]
        here = self._held(state[0])
        far = direction * self.width + self._shift(state)
        return xp.stack([
            t_next,
            xp.where(turned, direction, state[1]),
            xp.where(turned, here, state[2]),
            xp.where(turned, far, state[3]),
        ])  # fmt: skip

    def advance(self, v: Array, dt: float, state: Array, temperature: Array) -> Array:
        """The state after one short step of `dt` seconds at the voltage `v`: Runge-Kutta."""
        xp = array_namespace(state)

        def slope(t: Array) -> Array:
            return self.heating(v, xp.stack([t, *state[1:]]), temperature)

        t = state[0]
        k1 = slope(t)
        k2 = slope(t + dt / 2 * k1)
        k3 = slope(t + dt / 2 * k2)
        k4 = slope(t + dt * k3)
        return self.turn(state, t + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4))

    def responses(self, normals: Callable[[tuple[int, ...]], Array]) -> tuple[Response, ...]:
        """Resistance while the film is heated and cooled, and spikes in the published circuit."""
        kelvin = np.linspace(self.t_low, self.t_high, 131)
        state = np.asarray(self.initial_state(), dtype=float)
        state[0] = state[2] = self.t_low
        loops = []
        for label, course in (("heating", kelvin), ("cooling", kelvin[::-1])):
            kept = []
            for t in course:
                state = self.turn(state, np.asarray(t))
                kept.append(float(self.resistance(state)))
            loops.append(
                Response(
                    title="Heated and cooled", label=label, x=course, x_name="temperature",
                    x_unit="K", y=np.array(kept)[:, None], y_name="resistance", y_unit="Ω",
                )
            )  # fmt: skip
        source, load, capacitance = _CIRCUIT
        spikes = neuristor(self, source, load, capacitance, 1.5e-5, dt=1e-8)
        return (
            *loops,
            Response(
                title=f"{source:g} V through {load / 1e3:g} kΩ", x=spikes.t, x_name="time",
                x_unit="s", y=spikes.i[:, None], y_name="current", y_unit="A",
            ),
        )  # fmt: skip

    def _held(self, t: Array) -> Array:
        return array_namespace(t).clip(t, self.t_low, self.t_high)

    def _shift(self, state: Array) -> Array:
        """How far the last turn moves the loop, K."""
        xp = array_namespace(state)
        never = state[3] == 0
        x = (self._held(state[0]) - state[2]) / xp.where(never, 1.0, state[3])
        near = 0.5 * (1.0 - xp.sin(self.gamma * x)) * (1.0 + xp.tanh(pi**2 - 2.0 * pi * x))
        return xp.where(never, 0.0, state[3] * near)


@dataclass(frozen=True, kw_only=True)
class Spikes:
    """Course of a neuristor.

    Parameters
    ----------
    t : (points,) s.
    v : voltage across film and capacitor, (points, ...) V.
    i : current of the film, (points, ...) A.
    temperature : of the film, (points, ...) K.
    """

    t: Array
    v: Array
    i: Array
    temperature: Array

    @property
    def frequency(self) -> Array:
        """Spikes per second in the second half, (...) 1/s; 0 where the swing is below 1 %."""
        late = self.t >= 0.5 * (self.t[0] + self.t[-1])
        t, i = self.t[late], self.i[late].reshape(int(late.sum()), -1)
        found = np.array([_frequency(t, one) for one in i.T])
        return found.reshape(self.i.shape[1:])


def _frequency(t: Array, i: Array) -> float:
    middle = 0.5 * (i.max() + i.min())
    rise = np.flatnonzero((i[:-1] < middle) & (i[1:] >= middle))
    if np.ptp(i) < 0.02 * middle or len(rise) < 2:
        return 0.0
    times = t[rise] + (middle - i[rise]) / (i[rise + 1] - i[rise]) * (t[rise + 1] - t[rise])
    return float((len(times) - 1) / (times[-1] - times[0]))


def neuristor(
    law: VanadiumDioxide,
    v_source: Array,
    r_load: float,
    capacitance: float,
    t_end: float,
    *,
    dt: float = 5e-9,
) -> Spikes:
    """Source, load, and a capacitor across the film, from rest; classical Runge-Kutta steps.

    A turn counts at the end of a step that reversed, so the error falls with the square of `dt`.

    Parameters
    ----------
    law : parameters may be arrays shaped like `v_source`.
    v_source : constant, (...) V.
    r_load : between source and film, ohm.
    capacitance : across the film, F.
    t_end, dt : length and step, s.

    Raises
    ------
    SpecError : a value is not above zero.
    """
    if not (r_load > 0 and capacitance > 0 and 0 < dt < t_end):
        raise SpecError(
            f"r_load {r_load:g} ohm, capacitance {capacitance:g} F and dt {dt:g} s must be above "
            f"0, and t_end {t_end:g} s above dt"
        )
    source = np.asarray(v_source, dtype=float)
    state = np.stack([np.broadcast_to(x, source.shape).astype(float) for x in law.initial_state()])
    v = np.zeros(source.shape)
    ambient = np.asarray(law.ambient, dtype=float)

    def slope(v: Array, t: Array) -> tuple[Array, Array]:
        at = np.stack([t, *state[1:]])
        charge = ((source - v) / r_load - v / law.resistance(at)) / capacitance
        return charge, law.heating(v, at, ambient)

    steps = round(t_end / dt)
    shape = (steps + 1, *source.shape)
    volts, temperatures, currents = np.zeros(shape), np.empty(shape), np.zeros(shape)
    temperatures[0] = state[0]
    for k in range(steps):
        t = state[0]
        v1, t1 = slope(v, t)
        v2, t2 = slope(v + dt / 2 * v1, t + dt / 2 * t1)
        v3, t3 = slope(v + dt / 2 * v2, t + dt / 2 * t2)
        v4, t4 = slope(v + dt * v3, t + dt * t3)
        v = v + dt / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
        state = law.turn(state, t + dt / 6 * (t1 + 2 * t2 + 2 * t3 + t4))
        volts[k + 1], temperatures[k + 1] = v, state[0]
        currents[k + 1] = law.current(v, state, ambient)
    return Spikes(t=dt * np.arange(steps + 1), v=volts, i=currents, temperature=temperatures)
