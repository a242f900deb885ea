"""Threshold adaptive memristor driven by voltage (VTEAM)."""

from dataclasses import dataclass
from math import inf

import numpy as np

from device_models._lines import mean_power, moved_within
from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter
from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True, eq=False)
class Vteam:
    r"""A linear resistance whose state moves beyond two thresholds of the voltage.

    .. math::
        \dot x = k\,(v/v_\mathrm{th} - 1)^{\alpha}, \qquad
        R = R_\mathrm{on} + (R_\mathrm{off} - R_\mathrm{on})\,x

    with k, the threshold and the exponent of the side that v is on, and nothing between the
    thresholds. They have opposite signs; either convention is in use.

    Parameters
    ----------
    r_on, r_off : resistance at x = 0 and at x = 1, ohm.
    k_on, k_off : speed towards x = 0, below 0, and towards x = 1, above 0; 1/s. A speed in m/s is
        divided by the length that the state covers.
    alpha_on, alpha_off : exponents.
    v_on, v_off : thresholds, V.
    x_start : where a fresh cell begins.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [kvatinsky2015]_
    """

    r_on: float = parameter("ohm", low=1e-3)
    r_off: float = parameter("ohm", low=1e-3)
    k_on: float = parameter("1/second", high=0.0)
    k_off: float = parameter("1/second", low=0.0)
    alpha_on: float = parameter("dimensionless", low=0.0)
    alpha_off: float = parameter("dimensionless", low=0.0)
    v_on: float = parameter("volt")
    v_off: float = parameter("volt")
    x_start: float = parameter("dimensionless", low=0.0, high=1.0, default=1.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("x",)
    valid = (-inf, inf)
    volatile = False

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.multiply(self.v_on, self.v_off) < 0)):
            raise SpecError(
                f"v_on is {self.v_on} V and v_off {self.v_off} V; "
                "thresholds must have opposite signs"
            )

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """The thresholds, V."""
        return (self.v_on, self.v_off)

    def initial_state(self) -> Array:
        """The resting place of a fresh cell."""
        return (self.x_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        return interval(0.0, 1.0, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Ohm's law, A."""
        return v / (self.r_on + (self.r_off - self.r_on) * state[0])

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """The state `dt` seconds (s) later, the voltage `v` (V) constant; shaped like `state`."""
        return self.driven(state, self.drive(v, v, dt))

    def drive(self, v: Array, v_end: Array, dt: Array) -> tuple[Array, ...]:
        """How far a line from `v` to `v_end` (V) within `dt` (s) moves the state, first and then.

        A line that passes both thresholds moves it both ways.
        """
        xp = array_namespace(v, v_end, self.v_on)
        on, off = (
            k * dt * mean_power(v / edge - 1.0, v_end / edge - 1.0, power, xp)
            for k, edge, power in (
                (self.k_on, self.v_on, self.alpha_on),
                (self.k_off, self.v_off, self.alpha_off),
            )
        )
        first = xp.where(v / self.v_on > 0, on, off)
        return first, on + off - first

    def driven(self, state: Array, drive: tuple[Array, ...]) -> Array:
        """The state after a `drive`, exactly; shaped like `state`."""
        return moved_within(state, drive)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Beyond a threshold a power of the excess, 1/s."""
        xp = array_namespace(v)
        on = self.k_on * xp.maximum(v / self.v_on - 1.0, 0.0) ** self.alpha_on
        off = self.k_off * xp.maximum(v / self.v_off - 1.0, 0.0) ** self.alpha_off
        return xp.where(v / self.v_on > 1.0, on, xp.where(v / self.v_off > 1.0, off, 0.0))[None]
