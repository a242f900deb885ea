"""Diffusive silver memristor: a filament that grows fast, matures, and dissolves by itself."""

from dataclasses import dataclass
from math import inf

import numpy as np

from device_models._chance import uniform
from device_models._lines import mean_growth
from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, parameter


@dataclass(frozen=True, kw_only=True, eq=False)
class Diffusive:
    r"""A fresh part f and a matured part r of a filament, which fill the gap when they add up to 1.

    .. math::
        a = \min\left(\frac{\mu |V|}{1 + \alpha - f - r} - (\gamma_1 + \beta) f,\ 1\right), \qquad
        b = \beta f - \gamma_2 r, \qquad \dot f = a, \quad \dot r = b

    until :math:`f + r = 1`; from there, while :math:`a + b > 0`, the sum stays and
    :math:`\dot f = -b`. The states here are the sum :math:`s = f + r` and r, so that this is a
    bound on one state; `parts` gives f and r, `state_of` the states of them.

    .. math::
        R = R_\mathrm{on}\,s + R_\mathrm{off}\,\frac{e^{(1-s)/\lambda} - 1}{e^{1/\lambda} - 1},
        \qquad |I| \le I_\mathrm{max}

    Noise is a separate step, `shrink`: within a time dt the fresh part loses the fraction
    :math:`\eta` with probability :math:`1 - e^{-\kappa f^m dt}`.

    Parameters
    ----------
    mu : growth per volt, 1/(V s).
    alpha : keeps the growth finite where the gap is closed.
    beta : maturing, 1/s.
    gamma_1, gamma_2 : dissolution of the fresh and of the matured part, 1/s.
    growth_max : largest growth of the fresh part, 1/s.
    r_on, r_off : resistance with the gap closed and open, ohm.
    lambda_ : decay of the resistance along the gap; sheets call it ``lambda``.
    i_max : compliance, A.
    kappa, shrink_power : rate of shrinking events, 1/s, and the power of f that it goes with.
    eta : fraction of f lost in one.
    ambient : temperature for which this was published, K; nothing depends on it.

    Notes
    -----
    States with r above s, which the equations never reach, count as f = 0.

    References
    ----------
    [zhuo2022]_, [zhao2025]_, [wang_memristor]_
    """

    mu: float = parameter("1/volt/second", low=0.0)
    alpha: float = parameter("dimensionless", low=1e-6)
    beta: float = parameter("1/second", low=0.0)
    gamma_1: float = parameter("1/second", low=0.0)
    gamma_2: float = parameter("1/second", low=0.0)
    growth_max: float = parameter("1/second", low=0.0, default=1.0)
    r_on: float = parameter("ohm", low=1e-3)
    r_off: float = parameter("ohm", low=1e-3)
    lambda_: float = parameter("dimensionless", low=0.01, key="lambda")
    i_max: float = parameter("ampere", low=0.0)
    kappa: float = parameter("1/second", low=0.0, default=0.0)
    shrink_power: float = parameter("dimensionless", low=0.0, default=2.0)
    eta: float = parameter("dimensionless", low=0.0, high=1.0, default=0.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("s, fresh and matured part together", "r, the matured part")
    valid = (-inf, inf)
    volatile = True
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)

    def initial_state(self) -> Array:
        """No filament."""
        return (0.0, 0.0)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        xp = array_namespace(v)
        return xp.zeros((2, 1)), xp.ones((2, 1))

    def parts(self, state: Array) -> tuple[Array, Array]:
        """The fresh part f and the matured part r."""
        xp = array_namespace(state)
        return xp.maximum(state[0] - state[1], 0.0), state[1]

    def state_of(self, f: Array, r: Array) -> Array:
        """The states of a fresh part `f` and a matured part `r`, (2, ...)."""
        f, r = np.broadcast_arrays(f, r)
        return np.stack([f + r, r])

    def resistance(self, state: Array) -> Array:
        """Resistance before the compliance, ohm."""
        xp = array_namespace(state)
        gap = xp.expm1((1.0 - state[0]) / self.lambda_) / xp.expm1(1.0 / xp.asarray(self.lambda_))
        return self.r_on * state[0] + self.r_off * gap

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Ohm's law up to the compliance, A."""
        xp = array_namespace(v)
        return xp.clip(v / self.resistance(state), -self.i_max, self.i_max)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Change of the sum and of the matured part, 1/s."""
        xp = array_namespace(v)
        f, r = self.parts(state)
        grown = self.mu * abs(v) / (self.alpha + xp.maximum(1.0 - state[0], 0.0))
        a = xp.minimum(grown - (self.gamma_1 + self.beta) * f, self.growth_max)
        b = self.beta * f - self.gamma_2 * r
        return xp.stack([a + b, b])

    def fade(self, dt: Array, state: Array) -> Array:
        r"""The state `dt` seconds (s) later, without voltage, exactly; shaped like `state`.

        With :math:`c = \gamma_1 + \beta` and :math:`d = c - \gamma_2` it is :math:`f\,e^{-ct}` of
        the fresh part, :math:`e^{-\gamma_2 t}\,(r + \beta f\,(1 - e^{-dt}) / d)` of the other.
        """
        xp = array_namespace(state)
        f, r = self.parts(state)
        out = self.gamma_1 + self.beta
        fed = self.beta * f * dt * mean_growth((self.gamma_2 - out) * dt, xp)
        matured = xp.exp(-self.gamma_2 * dt) * (r + fed)
        return xp.stack([f * xp.exp(-out * dt) + matured, matured])

    def shrink(self, dt: float, state: Array, z: Array) -> Array:
        """The state after the chance of one shrinking event within `dt` seconds.

        Parameters
        ----------
        state : (2, ...).
        z : standard normal, (...); an event happens where its probability exceeds the normal
            distribution function of `z`.
        """
        xp = array_namespace(state)
        f, r = self.parts(state)
        chance = -xp.expm1(-self.kappa * f**self.shrink_power * dt)
        lost = xp.where(uniform(z) < chance, self.eta * f, 0.0)
        return xp.stack([state[0] - lost, r])
