"""Yakopcic's generalised memristor: a hyperbolic sine and a state with thresholds."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from device_models._lines import approached, mean_exponential_excess
from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter
from xbarsim.errors import SpecError


def threshold_drive(
    v: Array, a_p: float, a_n: float, v_p: float, v_n: float, xp: ModuleType
) -> Array:
    """Speed without window, 1/s; above `v_p` positive, below ``-v_n`` negative, else zero."""
    up = a_p * (xp.exp(xp.maximum(v, v_p)) - xp.exp(1.0 * v_p))
    down = a_n * (xp.exp(xp.maximum(-v, v_n)) - xp.exp(1.0 * v_n))
    return up - down


def soft_ends(
    x: Array, rising: Array, top: tuple[float, float], bottom: tuple[float, float], xp: ModuleType
) -> Array:
    """Window of the state `x` (0 to 1), one up to a knee and falling to zero at the end.

    `top` and `bottom` are (knee, decay) for a state that rises and for one that falls.
    """
    (high, decay), (low, growth) = top, bottom
    up = xp.exp(-decay * xp.maximum(x - high, 0.0)) * xp.minimum((1.0 - x) / (1.0 - high), 1.0)
    down = xp.exp(growth * xp.minimum(x - low, 0.0)) * xp.minimum(x / low, 1.0)
    return xp.where(rising, up, down)


def drive_along(
    law: "Yakopcic | Yakopcic2020", v: Array, v_end: Array, dt: Array
) -> tuple[Array, ...]:
    """Drives up, down and up again of a line of voltage from `v` to `v_end` within `dt`, 1 each."""
    xp = array_namespace(v, v_end, law.v_p)
    above = dt * law.a_p * mean_exponential_excess(v, v_end, law.v_p, xp)
    below = dt * law.a_n * mean_exponential_excess(-v, -v_end, law.v_n, xp)
    rise, fall = xp.where(law.eta > 0, above, below), xp.where(law.eta > 0, below, above)
    first = xp.where(law.eta * v > 0, rise, 0.0)
    return first, fall, rise - first


def driven_by(
    x: Array, drive: tuple[Array, ...], top: tuple[float, float], bottom: tuple[float, float]
) -> Array:
    """The state `x` after drives up, down and up; `top` and `bottom` as in `soft_ends`."""
    first, fall, then = drive
    for up in (first, then):
        if bool((up > 0).any()):
            left = approached(1.0 - x, up, 1.0 - top[0], top[1])
            x = _where_driven(up, 1.0 - left, x)
        if up is first and bool((fall > 0).any()):
            x = _where_driven(fall, approached(x, fall, *bottom), x)
    return x


def _where_driven(drive: Array, moved: Array, x: Array) -> Array:
    """`moved` where there is a drive, else `x` to the last bit."""
    return moved if drive.size == 1 else array_namespace(x).where(drive > 0, moved, x)


@dataclass(frozen=True, kw_only=True, eq=False)
class Yakopcic:
    r"""A cell whose current is a hyperbolic sine times a state that moves beyond thresholds.

    .. math::
        I &= a\,x \sinh(b V), \qquad \dot x = \eta\,g(V)\,f(x) \\
        g &= A_p\,(e^V - e^{V_p}) \text{ above } V_p, \quad
            -A_n\,(e^{-V} - e^{V_n}) \text{ below } -V_n, \quad 0 \text{ else} \\
        f &= e^{-\alpha_p (x - x_p)}\,\frac{1 - x}{1 - x_p} \text{ for } x \ge x_p,\ \eta V \ge 0
            \\
        f &= e^{\alpha_n (x + x_n - 1)}\,\frac{x}{1 - x_n} \text{ for } x \le 1 - x_n,\ \eta V < 0

    and f = 1 elsewhere; V in volts, a of the side that V is on.

    Parameters
    ----------
    a1, a2 : amplitude of the current above and below 0 V, A.
    b : steepness of the current, 1/V.
    v_p, v_n : size of the thresholds above and below 0 V, V.
    a_p, a_n : speed above and below 0 V, 1/s.
    x_p, x_n : distance of the knees of the window from x = 0 and from x = 1.
    alpha_p, alpha_n : decay of the speed beyond the knees.
    x_start : where a fresh cell begins.
    eta : 1 where voltages above 0 V raise the state, -1 where they lower it.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [yakopcic2011]_, [yakopcic2013]_
    """

    a1: float = parameter("ampere", low=0.0)
    a2: float = parameter("ampere", low=0.0)
    b: float = parameter("1/volt", low=0.0)
    v_p: float = parameter("volt", low=0.0)
    v_n: float = parameter("volt", low=0.0)
    a_p: float = parameter("1/second", low=0.0)
    a_n: float = parameter("1/second", low=0.0)
    x_p: float = parameter("dimensionless", low=0.0, high=0.999)
    x_n: float = parameter("dimensionless", low=0.0, high=0.999)
    alpha_p: float = parameter("dimensionless", low=0.0)
    alpha_n: float = parameter("dimensionless", low=0.0)
    x_start: float = parameter("dimensionless", low=0.0, high=1.0)
    eta: float = parameter("dimensionless", low=-1.0, high=1.0, default=1.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("x",)
    valid = (-20.0, 20.0)
    volatile = False

    def __post_init__(self) -> None:
        check_parameters(self)
        check_direction(self.eta)

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """The thresholds, and 0 V, where the current changes its amplitude; V."""
        return (-self.v_n, 0.0, self.v_p)

    def initial_state(self) -> Array:
        """The resting place of a fresh cell."""
        return (self.x_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        return interval(0.0, 1.0, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """A hyperbolic sine times the state, A."""
        xp = array_namespace(v, state)
        return (xp.where(v >= 0, self.a1, self.a2) * xp.sinh(self.b * v)) * state[0]

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """The state `dt` seconds (s) later, the voltage `v` (V) constant; shaped like `state`."""
        return self.driven(state, self.drive(v, v, dt))

    def drive(self, v: Array, v_end: Array, dt: Array) -> tuple[Array, ...]:
        """Drives up, down and up of a line from `v` to `v_end` (V) within `dt` (s)."""
        return drive_along(self, v, v_end, dt)

    def driven(self, state: Array, drive: tuple[Array, ...]) -> Array:
        """The state after a `drive`, exactly; shaped like `state`."""
        return driven_by(state, drive, (self.x_p, self.alpha_p), (1.0 - self.x_n, self.alpha_n))

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Drive beyond the thresholds times window, 1/s."""
        xp = array_namespace(v, state)
        drive = self.eta * threshold_drive(v, self.a_p, self.a_n, self.v_p, self.v_n, xp)
        top, bottom = (self.x_p, self.alpha_p), (1.0 - self.x_n, self.alpha_n)
        return (drive * soft_ends(state[0], self.eta * v >= 0, top, bottom, xp))[None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Yakopcic2020:
    r"""The later form, whose two ends have currents of their own.

    .. math::
        I = h_\mathrm{max}(V)\,x + h_\mathrm{min}(V)\,(1 - x)

    with :math:`h = g \sinh(b V)` for max above and min below 0 V, and
    :math:`h = g\,(1 - e^{-b V})` for min above and max below 0 V. The state moves as in `Yakopcic`,
    but `x_n` is the knee itself.

    Parameters
    ----------
    g_max_p, g_max_n, g_min_p, g_min_n : amplitudes of the current at x = 1 and at x = 0, above and
        below 0 V, A.
    b_max_p, b_max_n, b_min_p, b_min_n : their steepness, 1/V.
    v_p, v_n : size of the thresholds above and below 0 V, V.
    a_p, a_n : speed above and below 0 V, 1/s.
    x_p, x_n : knees of the window for a state that rises and for one that falls.
    alpha_p, alpha_n : decay of the speed beyond the knees.
    x_start : where a fresh cell begins.
    eta : 1 where voltages above 0 V raise the state, -1 where they lower it.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [yakopcic2020]_, [tiotto]_
    """

    g_max_p: float = parameter("ampere", low=0.0)
    g_max_n: float = parameter("ampere", low=0.0)
    g_min_p: float = parameter("ampere", low=0.0)
    g_min_n: float = parameter("ampere", low=0.0)
    b_max_p: float = parameter("1/volt", low=0.0)
    b_max_n: float = parameter("1/volt", low=0.0)
    b_min_p: float = parameter("1/volt", low=0.0)
    b_min_n: float = parameter("1/volt", low=0.0)
    v_p: float = parameter("volt", low=0.0)
    v_n: float = parameter("volt", low=0.0)
    a_p: float = parameter("1/second", low=0.0)
    a_n: float = parameter("1/second", low=0.0)
    x_p: float = parameter("dimensionless", low=0.0, high=0.999)
    x_n: float = parameter("dimensionless", low=0.001, high=1.0)
    alpha_p: float = parameter("dimensionless", low=0.0)
    alpha_n: float = parameter("dimensionless", low=0.0)
    x_start: float = parameter("dimensionless", low=0.0, high=1.0)
    eta: float = parameter("dimensionless", low=-1.0, high=1.0, default=1.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("x",)
    valid = (-20.0, 20.0)
    volatile = False

    def __post_init__(self) -> None:
        check_parameters(self)
        check_direction(self.eta)

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """The thresholds, and 0 V, where the current changes its form; V."""
        return (-self.v_n, 0.0, self.v_p)

    def initial_state(self) -> Array:
        """The resting place of a fresh cell."""
        return (self.x_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        return interval(0.0, 1.0, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Currents of the two ends, mixed by the state; A."""
        xp = array_namespace(v, state)
        up, down = xp.maximum(v, 0.0), xp.minimum(v, 0.0)
        most = self.g_max_p * xp.sinh(self.b_max_p * up)
        most = most - self.g_max_n * xp.expm1(-self.b_max_n * down)
        least = self.g_min_n * xp.sinh(self.b_min_n * down)
        least = least - self.g_min_p * xp.expm1(-self.b_min_p * up)
        return least + (most - least) * state[0]

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """The state `dt` seconds (s) later, the voltage `v` (V) constant; shaped like `state`."""
        return self.driven(state, self.drive(v, v, dt))

    def drive(self, v: Array, v_end: Array, dt: Array) -> tuple[Array, ...]:
        """Drives up, down and up of a line from `v` to `v_end` (V) within `dt` (s)."""
        return drive_along(self, v, v_end, dt)

    def driven(self, state: Array, drive: tuple[Array, ...]) -> Array:
        """The state after a `drive`, exactly; shaped like `state`."""
        return driven_by(state, drive, (self.x_p, self.alpha_p), (self.x_n, self.alpha_n))

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Drive beyond the thresholds times window, 1/s."""
        xp = array_namespace(v, state)
        drive = self.eta * threshold_drive(v, self.a_p, self.a_n, self.v_p, self.v_n, xp)
        top, bottom = (self.x_p, self.alpha_p), (self.x_n, self.alpha_n)
        return (drive * soft_ends(state[0], self.eta * v >= 0, top, bottom, xp))[None]


def check_direction(eta: Array) -> None:
    """Refuse a direction of switching that is neither 1 nor -1.

    Raises
    ------
    SpecError : names the value.
    """
    if not bool(np.all(np.abs(eta) == 1)):
        raise SpecError(f"eta is {eta}; it must be 1 or -1")
