"""Tungsten oxide memristor whose conductance fades: a leaky integrator of pulses."""

from dataclasses import dataclass

import numpy as np

from device_models._lines import mean_growth
from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter
from xbarsim.errors import SpecError

_LARGEST = 100.0  # exponent at which the voltage is refused


@dataclass(frozen=True, kw_only=True, eq=False)
class Wox:
    r"""A Schottky and a tunnelling path in parallel; w says which part of the area tunnels.

    .. math::
        I = (1-w)\,\alpha\,(1 - e^{-\beta V}) + w\,\gamma\,\sinh(\delta V), \qquad
        \dot w = \lambda\,(e^{\eta_1 V} - e^{-\eta_2 V}) - (w - w_0)/\tau

    With :math:`\eta_1 = \eta_2 = \eta` the first term of the speed is
    :math:`2 \lambda \sinh(\eta V)`. The state is linear in time, so a constant voltage takes it
    exactly to :math:`w_\infty + (w - w_\infty)\,e^{-t/\tau}` with :math:`w_\infty` where the speed
    is zero, and a straight line of voltage to what `drive` gives.

    Parameters
    ----------
    alpha, beta : scale of the Schottky current, A, and its steepness, 1/V.
    gamma, delta : scale of the tunnelling current, A, and its steepness, 1/V.
    lambda_ : scale of the speed, 1/s; sheets call it ``lambda``.
    eta_up, eta_down : steepness of the speed towards positive and negative voltage, 1/V.
    tau : time in which the state fades, s.
    w_rest : where it fades to, 1; a fresh cell begins there.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [du2017]_, [chang2011]_
    """

    alpha: float = parameter("ampere", low=0.0)
    beta: float = parameter("1/volt", low=0.0)
    gamma: float = parameter("ampere", low=0.0)
    delta: float = parameter("1/volt", low=1e-3)
    lambda_: float = parameter("1/second", low=0.0, key="lambda")
    eta_up: float = parameter("1/volt", low=0.0)
    eta_down: float = parameter("1/volt", low=0.0)
    tau: float = parameter("second", low=1e-12)
    w_rest: float = parameter("dimensionless", low=0.0, high=1.0, default=0.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("w",)
    volatile = True
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.add(self.eta_up, self.eta_down) > 0)):
            raise SpecError("eta_up and eta_down are both 0; the state would not move")

    @property
    def valid(self) -> tuple[float, float]:
        """Voltages that keep every exponential finite, V."""
        steep = max(float(np.max(x)) for x in (self.beta, self.delta, self.eta_up, self.eta_down))
        return -_LARGEST / steep, _LARGEST / steep

    def initial_state(self) -> Array:
        """The resting state."""
        return (self.w_rest,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        return interval(0.0, 1.0, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Both paths together, A."""
        xp = array_namespace(v)
        schottky = -self.alpha * xp.expm1(-self.beta * v)
        return schottky + (self.gamma * xp.sinh(self.delta * v) - schottky) * state[0]

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Growth by the voltage less what fades, 1/s."""
        return (self._growth(v) - (state[0] - self.w_rest) / self.tau)[None]

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """The state `dt` seconds (s) later, the voltage `v` (V) constant; shaped like `state`."""
        left, added = self._line(v, v, dt)
        return array_namespace(state).clip(state * left + added, 0.0, 1.0)

    def drive(self, v: Array, v_end: Array, dt: Array) -> tuple[Array, ...]:
        """What a line from `v` to `v_end` (V) within `dt` (s) does to the state.

        It leaves a part of it, adds to that, and takes cells no further than those that stop at 0
        and at 1 until the rate turns there.
        """
        xp = array_namespace(v, v_end)
        left, added = self._line(v, v_end, dt)
        ends = []
        for stop in (0.0, 1.0):
            held = (stop - self.w_rest) / self.tau  # growth that would keep a state there
            away = (self._growth(v) - held) * (2 * stop - 1) > 0
            back = (self._growth(v_end) - held) * (2 * stop - 1) < 0
            part = self._turn(v, v_end, held) if bool((away & back).any()) else 0.0
            turned = xp.where(away & back, part, 0.0)
            kept, more = self._line(v + turned * (v_end - v), v_end, (1.0 - turned) * dt)
            ends.append(xp.where(away & back, stop * kept + more, stop))
        return left, added, ends[0], ends[1]

    def driven(self, state: Array, drive: tuple[Array, ...]) -> Array:
        """The state after a `drive`, exactly; shaped like `state`."""
        left, added, low, high = drive
        return array_namespace(state).clip(state * left + added, low, high)

    def _line(self, v: Array, v_end: Array, dt: Array) -> tuple[Array, Array]:
        """What a line leaves of the state without bounds, and what it adds."""
        xp = array_namespace(v, v_end)
        fades, rises = -dt / self.tau, v_end - v
        up = xp.exp(self.eta_up * v_end) * mean_growth(fades - self.eta_up * rises, xp)
        down = xp.exp(-self.eta_down * v_end) * mean_growth(fades + self.eta_down * rises, xp)
        left = xp.exp(xp.asarray(fades))
        return left, dt * self.lambda_ * (up - down) + self.w_rest * (1.0 - left)

    def _turn(self, v: Array, v_end: Array, growth: Array) -> Array:
        """The part of a line after which the growth is `growth`, by bisection."""
        xp = array_namespace(v, v_end)
        low, high = xp.zeros(xp.broadcast_shapes(v.shape, v_end.shape)), 1.0
        for _ in range(60):
            middle = 0.5 * (low + high)
            before = (self._growth(v + middle * (v_end - v)) - growth) * (v_end - v) < 0
            low, high = xp.where(before, middle, low), xp.where(before, high, middle)
        return 0.5 * (low + high)

    def _growth(self, v: Array) -> Array:
        xp = array_namespace(v)
        return self.lambda_ * (xp.expm1(self.eta_up * v) - xp.expm1(-self.eta_down * v))
