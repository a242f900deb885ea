"""Memristors whose state moves with a power of the voltage, whatever the current."""

from dataclasses import dataclass
from math import inf

import numpy as np

from device_models._lines import means_both_ways, moved_within
from device_models.ion_drift import joglekar
from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter
from xbarsim.errors import SpecError

_EXPONENT = 700.0  # above which exp overflows


@dataclass(frozen=True, kw_only=True, eq=False)
class _NonlinearDrift:
    """What the windows have in common."""

    n: float = parameter("dimensionless", low=0.0)
    m: float = parameter("dimensionless", low=1.0)
    speed: float = parameter("1/second", low=0.0)
    beta: float = parameter("ampere", low=0.0)
    alpha: float = parameter("1/volt", low=0.0)
    chi: float = parameter("ampere", low=0.0)
    gamma: float = parameter("1/volt", low=0.0)
    w_start: float = parameter("dimensionless", low=0.0, high=1.0, default=0.5)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("w",)
    volatile = False
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.mod(self.m, 2.0) == 1.0)):
            raise SpecError(f"m is {self.m}; it must be an odd whole number")

    @property
    def valid(self) -> tuple[float, float]:
        """Voltages whose exponentials can be computed, V."""
        steepest = float(np.max(np.maximum(self.alpha, self.gamma)))
        limit = _EXPONENT / steepest if steepest > 0 else inf
        return (-limit, limit)

    def initial_state(self) -> Array:
        """The state of a fresh cell."""
        return (self.w_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        return interval(0.0, 1.0, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Tunnelling where the cell is on beside a rectifier, A."""
        xp = array_namespace(v, state)
        tunnelling = state[0] ** self.n * self.beta * xp.sinh(self.alpha * v)
        return tunnelling + self.chi * xp.expm1(self.gamma * v)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """A power of the voltage within the window, 1/s."""
        return (self._pace(v) * self._window(state[0]))[None]

    def _pace(self, v: Array) -> Array:
        """Rate in the middle of the range, 1/s."""
        return self.speed * array_namespace(v).sign(v) * abs(v) ** self.m

    def _window(self, w: Array) -> Array:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, eq=False)
class NonlinearDrift(_NonlinearDrift):
    r"""A tunnel junction beside a rectifier; the state moves evenly from end to end.

    .. math::
        i = w^n \beta \sinh(\alpha v) + \chi\,(e^{\gamma v} - 1), \qquad
        \dot w = a\,(v / 1\,\mathrm{V})^m

    and the state stops at 0, where the cell is off, and at 1.

    Parameters
    ----------
    n, m : exponents of the state in the current and of the voltage in the rate; m is odd.
    speed : rate at 1 V, a, 1/s.
    beta, alpha : scale, A, and steepness, 1/V, of tunnelling.
    chi, gamma : scale, A, and steepness, 1/V, of the rectifier.
    w_start : state of a fresh cell.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [yang2008]_, [lehtonen2010]_
    """

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """The state `dt` seconds (s) later, the voltage `v` (V) constant; shaped like `state`."""
        return self.driven(state, self.drive(v, v, dt))

    def drive(self, v: Array, v_end: Array, dt: Array) -> tuple[Array, ...]:
        """How far a line from `v` to `v_end` (V) within `dt` (s) moves the state, each way."""
        first, then = means_both_ways(v, v_end, self.m, array_namespace(v, v_end))
        return self.speed * dt * first, self.speed * dt * then

    def driven(self, state: Array, drive: tuple[Array, ...]) -> Array:
        """The state after a `drive`, exactly; shaped like `state`."""
        return moved_within(state, drive)

    def _window(self, w: Array) -> Array:
        return 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class JoglekarNonlinearDrift(_NonlinearDrift):
    r"""A tunnel junction beside a rectifier; the state slows down towards both ends.

    .. math::
        i = w^n \beta \sinh(\alpha v) + \chi\,(e^{\gamma v} - 1), \qquad
        \dot w = a\,(v / 1\,\mathrm{V})^m\,\bigl[1 - (2w - 1)^{2p}\bigr]

    A state at an end stays there under any voltage.

    Parameters
    ----------
    n, m : exponents of the state in the current and of the voltage in the rate; m is odd.
    speed : rate at 1 V in the middle of the range, a, 1/s.
    beta, alpha : scale, A, and steepness, 1/V, of tunnelling.
    chi, gamma : scale, A, and steepness, 1/V, of the rectifier.
    p : exponent of the window; the larger, the closer to the ends it acts.
    w_start : state of a fresh cell.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [yang2008]_, [lehtonen2010]_, [joglekar2009]_
    """

    p: float = parameter("dimensionless", low=0.5, high=1000.0)

    def _window(self, w: Array) -> Array:
        return joglekar(w, self.p)
