"""Ferroelectric tunnel junction: domains that grow, and a conductance that follows them."""

from dataclasses import dataclass
from math import inf

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter


@dataclass(frozen=True, kw_only=True, eq=False)
class Ftj:
    r"""The fraction s of domains that point down conducts better.

    .. math::
        I = \bigl(s\,G_\mathrm{on} + (1-s)\,G_\mathrm{off}\bigr)\,V, \qquad
        \tau = \tau_0\,e^{V_\mathrm{a}/|V|}

    Domains grow as Kolmogorov, Avrami and Ishibashi have it, with Merz's law for the time. Written
    as a rate, for positive voltage,

    .. math:: \dot s = \frac{n}{\tau}\,(1-s)\,\bigl(-\ln(1-s)\bigr)^{1-1/n}

    which a constant voltage takes to :math:`1 - e^{-(t_0 + t)^n/\tau^n}` with the time
    :math:`t_0` that reaches the state of the beginning; for negative voltage s and 1-s change
    places. A few nuclei remain, so that s stays away from 0 and 1.

    Parameters
    ----------
    g_on, g_off : conductance with all domains down and up, S.
    tau_up, tau_down : tau_0 towards s = 1 and towards s = 0, s.
    activation_up, activation_down : activation voltages V_a of both, V.
    avrami : exponent n, 1 or more.
    nuclei : fraction of domains that never turn.
    s_start : where a fresh cell begins.
    ambient : temperature of the surroundings, K; nothing depends on it.

    Notes
    -----
    The conductances are those at the voltages at which a cell is read; the bending of a tunnel
    current at the higher ones of writing is not modelled.

    References
    ----------
    [chanthbouala2012]_
    """

    g_on: float = parameter("siemens", low=0.0)
    g_off: float = parameter("siemens", low=0.0)
    tau_up: float = parameter("second", low=1e-18)
    tau_down: float = parameter("second", low=1e-18)
    activation_up: float = parameter("volt", low=1e-3)
    activation_down: float = parameter("volt", low=1e-3)
    avrami: float = parameter("dimensionless", low=1.0, high=10.0, default=1.0)
    nuclei: float = parameter("dimensionless", low=1e-9, high=0.4, default=1e-3)
    s_start: float = parameter("dimensionless", low=0.0, high=1.0, default=0.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("s",)
    valid = (-inf, inf)
    volatile = False
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)

    def initial_state(self) -> Array:
        """Where a fresh cell begins, with its nuclei."""
        xp = array_namespace(self.s_start, self.nuclei)
        return (xp.clip(self.s_start, self.nuclei, 1.0 - self.nuclei),)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """Where only nuclei remain of either kind."""
        return interval(self.nuclei, 1.0 - self.nuclei, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Ohm's law, A."""
        return v * (state[0] * self.g_on + (1.0 - state[0]) * self.g_off)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Growth of the domains that the voltage favours, 1/s."""
        xp = array_namespace(v)
        left = xp.where(v > 0, 1.0 - state[0], state[0])
        grown = -xp.log(left)
        growth = self.avrami * left * grown ** (1.0 - 1.0 / self.avrami)
        return (xp.sign(v) * self._speed(v) * growth)[None]

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """The state after `dt` seconds at the constant voltage `v`; exact."""
        xp = array_namespace(v)
        left = xp.where(v > 0, 1.0 - state[0], state[0])
        n = self.avrami
        since = (-xp.log(left)) ** (1.0 / n) + self._speed(v) * dt
        end = xp.maximum(xp.exp(-(since**n)), self.nuclei)
        end = xp.where(v == 0, left, xp.minimum(end, left))
        return xp.where(v > 0, 1.0 - end, end)[None]

    def _speed(self, v: Array) -> Array:
        """1/tau, 1/s; nothing without voltage."""
        xp = array_namespace(v)
        up = v > 0
        activation = xp.where(up, self.activation_up, self.activation_down)
        tau = xp.where(up, self.tau_up, self.tau_down)
        return xp.where(v == 0, 0.0, xp.exp(-activation / xp.maximum(abs(v), 1e-100)) / tau)
