"""Data-driven ReRAM model: the resistance itself is the state."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter
from xbarsim.errors import SpecError

_LARGEST = 300.0  # exponent that still leaves room for products


@dataclass(frozen=True, kw_only=True, eq=False)
class Messaris:
    r"""A resistance that moves towards a limit which depends on the voltage.

    .. math::
        I &= \frac{a}{R} \sinh(b V), \qquad r(V) = r_0 + r_1 V + r_2 V^2, \qquad
        s(V) = A\,(e^{t |V|} - 1) \\
        \dot R &= s(V)\,\bigl(e^{\kappa (r(V) - R)} - 1\bigr) \quad
            \text{while } \kappa (r(V) - R) > 0, \quad 0 \text{ else}

    with :math:`\kappa = k_p \operatorname{sign} A_p` above and
    :math:`\kappa = k_n \operatorname{sign} A_n` below 0 V, a, b, A, t and r of the side that V is
    on. At a constant voltage

    .. math::
        R(t) = r - \frac{1}{\kappa}\,u, \qquad
        e^{-u} = 1 - (1 - e^{-u_0})\,e^{-k |s| t}

    Parameters
    ----------
    a_p, a_n : amplitude of the current above and below 0 V, V.
    b_p, b_n : its steepness, 1/V.
    amp_p, amp_n : speed, ohm/s; above 0 where that side raises the resistance. Of opposite signs.
    t_p, t_n : steepness of the speed, 1/V.
    k_p, k_n : steepness of the approach to the limit, 1/ohm.
    rp0, rp1, rp2, rn0, rn1, rn2 : limits above and below 0 V: ohm, ohm/V and ohm/V^2.
    r_low, r_high : resistances between which the fit was made, ohm; the state stays within.
    r_start : resistance of a fresh cell, ohm.
    v_low, v_high : voltages up to which the fit was made, V.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [messaris2018]_
    """

    a_p: float = parameter("volt", low=0.0)
    a_n: float = parameter("volt", low=0.0)
    b_p: float = parameter("1/volt", low=0.0)
    b_n: float = parameter("1/volt", low=0.0)
    amp_p: float = parameter("ohm/second")
    amp_n: float = parameter("ohm/second")
    t_p: float = parameter("1/volt", low=0.0)
    t_n: float = parameter("1/volt", low=0.0)
    k_p: float = parameter("1/ohm", low=0.0)
    k_n: float = parameter("1/ohm", low=0.0)
    rp0: float = parameter("ohm")
    rp1: float = parameter("ohm/volt")
    rp2: float = parameter("ohm/volt**2")
    rn0: float = parameter("ohm")
    rn1: float = parameter("ohm/volt")
    rn2: float = parameter("ohm/volt**2")
    r_low: float = parameter("ohm", low=1e-3)
    r_high: float = parameter("ohm", low=1e-3)
    r_start: float = parameter("ohm", low=1e-3)
    v_low: float = parameter("volt", high=0.0)
    v_high: float = parameter("volt", low=0.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("resistance (ohm)",)
    volatile = False
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.multiply(self.amp_p, self.amp_n) < 0)):
            raise SpecError(
                f"amp_p is {self.amp_p} ohm/s and amp_n {self.amp_n} ohm/s; "
                "they must have opposite signs"
            )
        if not bool(np.all(np.less(self.r_low, self.r_high))):
            raise SpecError(f"r_low ({self.r_low} ohm) must be below r_high ({self.r_high} ohm)")

    @property
    def valid(self) -> tuple[float, float]:
        """Voltages up to which the fit was made, V."""
        return float(np.min(self.v_low)), float(np.max(self.v_high))

    def initial_state(self) -> Array:
        """The resistance of a fresh cell."""
        return (self.r_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """Resistances between which the fit was made, ohm."""
        return interval(self.r_low, self.r_high, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """A hyperbolic sine over the resistance, A."""
        xp = array_namespace(v, state)
        up, down = xp.maximum(v, 0.0), xp.minimum(v, 0.0)
        drive = self.a_p * xp.sinh(self.b_p * up) + self.a_n * xp.sinh(self.b_n * down)
        return drive / state[0]

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Approach to the limit, ohm/s."""
        xp = array_namespace(v, state)
        limit, slope, speed = self._side(v, xp)
        u = xp.clip(slope * (limit - state[0]), 0.0, _LARGEST)
        return (speed * xp.expm1(u))[None]

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """State after `dt` seconds at the constant voltage `v`, shaped like `state`."""
        xp = array_namespace(v, state)
        limit, slope, speed = self._side(v, xp)
        u = slope * (limit - state[0])
        left = -xp.expm1(-xp.maximum(u, 0.0)) * xp.exp(-abs(slope * speed) * dt)
        reached = limit + xp.log1p(-left) / xp.where(slope == 0, 1.0, slope)
        low, high = self.bounds(v)
        moves = (u > 0) & (speed != 0)
        return xp.where(moves, xp.clip(reached, low[0], high[0]), state[0])[None]

    def _side(self, v: Array, xp: ModuleType) -> tuple[Array, Array, Array]:
        """Limit, ohm, signed steepness, 1/ohm, and speed, ohm/s, of the side that `v` is on."""
        up = v > 0
        limit = xp.where(
            up,
            self.rp0 + (self.rp1 + self.rp2 * v) * v,
            self.rn0 + (self.rn1 + self.rn2 * v) * v,
        )
        slope = xp.where(up, self.k_p * xp.sign(self.amp_p), self.k_n * xp.sign(self.amp_n))
        amp, t = xp.where(up, self.amp_p, self.amp_n), xp.where(up, self.t_p, self.t_n)
        return limit, slope, amp * xp.expm1(t * abs(v))
