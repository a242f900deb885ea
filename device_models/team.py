"""Threshold adaptive memristor driven by current (TEAM)."""

from dataclasses import dataclass
from math import inf

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter
from xbarsim.errors import SpecError

_REACH = 6.0  # widths past its centre at which a window has stopped the state: exp(-exp(6))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Team:
    """What both static curves have in common."""

    r_on: float = parameter("ohm", low=1e-3)
    r_off: float = parameter("ohm", low=1e-3)
    x_on: float = parameter("meter", low=0.0)
    x_off: float = parameter("meter", low=1e-12)
    k_on: float = parameter("meter/second", high=0.0)
    k_off: float = parameter("meter/second", low=0.0)
    alpha_on: float = parameter("dimensionless", low=0.0)
    alpha_off: float = parameter("dimensionless", low=0.0)
    i_on: float = parameter("ampere")
    i_off: float = parameter("ampere")
    a_on: float = parameter("meter", low=0.0)
    a_off: float = parameter("meter", low=0.0)
    w_c: float = parameter("meter", low=1e-15)
    x_start: float = parameter("meter", low=0.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("x (m)",)
    valid = (-inf, inf)
    volatile = False
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.multiply(self.i_on, self.i_off) < 0)):
            raise SpecError(
                f"i_on is {self.i_on} A and i_off {self.i_off} A; "
                "thresholds must have opposite signs"
            )
        if not bool(np.all(np.less(self.x_on, self.x_off))):
            raise SpecError(f"x_on ({self.x_on} m) must be below x_off ({self.x_off} m)")
        low, high = self.bounds(np.zeros(1))
        if not bool(np.all(low < high)):
            raise SpecError(
                f"a_on is {self.a_on} m and a_off {self.a_off} m; with w_c = {self.w_c} m the "
                "windows leave the state no room"
            )
        with np.errstate(over="ignore"):
            ends = np.stack([self._resistance(low), self._resistance(high)])
        if not bool(np.all((ends > 0) & np.isfinite(ends))):
            raise SpecError(
                "the resistance is not above 0 and finite from "
                f"x = {low.min():g} m to {high.max():g} m"
            )

    def initial_state(self) -> Array:
        """The resting place of a fresh cell, m."""
        return (self.x_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """Where the windows have stopped the state, m."""
        return interval(self.a_on - _REACH * self.w_c, self.a_off + _REACH * self.w_c, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Ohm's law, A."""
        return v / self._resistance(state[0])

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Beyond a threshold a power of the excess, within the window of that side, m/s."""
        xp = array_namespace(v, state)
        i, x = self.current(v, state, temperature), state[0]
        on = self.k_on * xp.maximum(i / self.i_on - 1.0, 0.0) ** self.alpha_on
        off = self.k_off * xp.maximum(i / self.i_off - 1.0, 0.0) ** self.alpha_off
        on = on * xp.exp(-xp.exp(xp.minimum((self.a_on - x) / self.w_c, 700.0)))
        off = off * xp.exp(-xp.exp(xp.minimum((x - self.a_off) / self.w_c, 700.0)))
        return xp.where(i / self.i_on > 1.0, on, xp.where(i / self.i_off > 1.0, off, 0.0))[None]

    def _part(self, x: Array) -> Array:
        """Way from `x_on` to `x_off`, 1."""
        return (x - self.x_on) / (self.x_off - self.x_on)

    def _resistance(self, x: Array) -> Array:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearTeam(_Team):
    r"""A resistance linear in a length that moves beyond two thresholds of the current.

    .. math::
        \dot x = k\,(i/i_\mathrm{th} - 1)^{\alpha}\,f(x), \qquad
        R = R_\mathrm{on} + (R_\mathrm{off} - R_\mathrm{on})
            \frac{x - x_\mathrm{on}}{x_\mathrm{off} - x_\mathrm{on}}

    with k, the threshold and the exponent of the side that i is on, nothing between the
    thresholds, and the windows

    .. math::
        f_\mathrm{off} = \exp\bigl(-e^{(x - a_\mathrm{off})/w_c}\bigr), \qquad
        f_\mathrm{on} = \exp\bigl(-e^{(a_\mathrm{on} - x)/w_c}\bigr)

    which stop x softly. At the latest it stops 6 w_c beyond `a_on` and `a_off`.

    Parameters
    ----------
    r_on, r_off : resistance at `x_on` and at `x_off`, ohm.
    x_on, x_off : lengths that the resistances stand for, m; no bounds.
    k_on, k_off : speed towards `x_on`, below 0, and towards `x_off`, above 0; m/s.
    alpha_on, alpha_off : exponents.
    i_on, i_off : thresholds, A, of opposite signs.
    a_on, a_off : centres of the windows, m.
    w_c : width of the windows, m.
    x_start : where a fresh cell begins, m.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [kvatinsky2013]_
    """

    def _resistance(self, x: Array) -> Array:
        return self.r_on + (self.r_off - self.r_on) * self._part(x)


@dataclass(frozen=True, kw_only=True, eq=False)
class ExponentialTeam(_Team):
    r"""A resistance exponential in a length that moves beyond two thresholds of the current.

    .. math::
        \dot x = k\,(i/i_\mathrm{th} - 1)^{\alpha}\,f(x), \qquad
        R = R_\mathrm{on} \Bigl(\frac{R_\mathrm{off}}{R_\mathrm{on}}\Bigr)
            ^{(x - x_\mathrm{on})/(x_\mathrm{off} - x_\mathrm{on})}

    with k, the threshold and the exponent of the side that i is on, nothing between the
    thresholds, and the windows

    .. math::
        f_\mathrm{off} = \exp\bigl(-e^{(x - a_\mathrm{off})/w_c}\bigr), \qquad
        f_\mathrm{on} = \exp\bigl(-e^{(a_\mathrm{on} - x)/w_c}\bigr)

    which stop x softly. At the latest it stops 6 w_c beyond `a_on` and `a_off`.

    Parameters
    ----------
    r_on, r_off : resistance at `x_on` and at `x_off`, ohm.
    x_on, x_off : lengths that the resistances stand for, m; no bounds.
    k_on, k_off : speed towards `x_on`, below 0, and towards `x_off`, above 0; m/s.
    alpha_on, alpha_off : exponents.
    i_on, i_off : thresholds, A, of opposite signs.
    a_on, a_off : centres of the windows, m.
    w_c : width of the windows, m.
    x_start : where a fresh cell begins, m.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [kvatinsky2013]_
    """

    def _resistance(self, x: Array) -> Array:
        xp = array_namespace(x)
        return self.r_on * xp.exp(np.log(self.r_off / self.r_on) * self._part(x))
