"""Titanium and tantalum oxide memristor whose conductance fades, driven between two bounds."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter
from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True, eq=False)
class Tiox:
    r"""A normalised conductance G that every voltage takes towards 0 or 1, and rest towards G0.

    The published law goes in steps of one voltage each, with
    :math:`u = \alpha|V| / (\alpha|V| + 1)` and h = 1 where V > 0, else 0:

    .. math::
        G' = r\,G + (1 - r)\,G_0 + u\,(h - G), \qquad
        I = G'\,(K_+ \max(V, 0)^3 + K_- \min(V, 0)^3)

    Its factor of G is r - u. Here that is spread over the step T (ours), so that a constant voltage
    takes the state exponentially to where the step leaves it alone,

    .. math:: \dot G = \frac{\ln(r - u)}{T}\left(G - \frac{(1-r)\,G_0 + u\,h}{1 - r + u}\right)

    and `flow` over T is the published step to rounding. Without voltage G fades to G0 with the time
    :math:`-T / \ln r`.

    Parameters
    ----------
    r : what a step without voltage leaves of the distance to G0, 1.
    g_rest : G0, where the state fades to, 1; a fresh cell begins there.
    alpha : strength of the voltage, 1/V.
    k_up, k_down : scale of the current of positive and of negative voltages, A/V^3.
    step : T, s.
    v_max : largest voltage of both signs for which this was fitted, V.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [zhong2021]_, [zhong_port]_
    """

    r: float = parameter("dimensionless", low=1e-6, high=1.0 - 1e-9)
    g_rest: float = parameter("dimensionless", low=0.0, high=1.0)
    alpha: float = parameter("1/volt", low=0.0)
    k_up: float = parameter("ampere/volt**3", low=0.0)
    k_down: float = parameter("ampere/volt**3", low=0.0)
    step: float = parameter("second", low=1e-12)
    v_max: float = parameter("volt", low=1e-3)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("G, normalised",)
    volatile = True
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)
        pull = self._pull(np.asarray(self.v_max, dtype=float))
        if bool(np.any(pull >= self.r)):
            raise SpecError(
                f"alpha v_max / (alpha v_max + 1) is {float(np.max(pull)):g}; it must be below r, "
                f"{float(np.min(self.r)):g}, else a step would overshoot"
            )

    @property
    def valid(self) -> tuple[float, float]:
        """Voltages of both signs up to `v_max`, V."""
        largest = float(np.min(self.v_max))
        return -largest, largest

    def initial_state(self) -> Array:
        """The resting state."""
        return (self.g_rest,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        return interval(0.0, 1.0, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Cubic in the voltage, A."""
        xp = array_namespace(v)
        return state[0] * xp.where(v > 0, self.k_up, self.k_down) * v**3

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Approach to where the voltage takes the state, 1/s."""
        speed, end = self._course(v)
        return (speed * (end - state[0]))[None]

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """The state `dt` seconds (s) later, the voltage `v` (V) constant; shaped like `state`."""
        xp = array_namespace(v, state)
        speed, end = self._course(v)
        return (end + (state[0] - end) * xp.exp(-speed * dt))[None]

    def _pull(self, v: Array) -> Array:
        strength = self.alpha * abs(v)
        return strength / (strength + 1.0)

    def _course(self, v: Array) -> tuple[Array, Array]:
        """Speed of the approach, 1/s, and its end."""
        xp = array_namespace(v)
        pull = self._pull(v)
        end = ((1.0 - self.r) * self.g_rest + pull * (v > 0)) / (1.0 - self.r + pull)
        return -xp.log(self.r - pull) / self.step, end
