"""Ideal threshold switch: on above one voltage, off below another."""

from dataclasses import dataclass
from math import inf

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter, with_parameters
from xbarsim.errors import SpecError

_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class ThresholdSwitch:
    r"""Two resistances; the state x goes from 0, off, to 1, on, within a time, and back.

    .. math::
        \dot x = \begin{cases} 1/t_\mathrm{on} & x \ge x_\mathrm{c} \\
        -1/t_\mathrm{off} & x < x_\mathrm{c} \end{cases}, \qquad
        x_\mathrm{c} = \frac{v_\mathrm{th} - |v|}{v_\mathrm{th} - v_\mathrm{hold}}, \qquad
        R = R_\mathrm{off}^{1-x} R_\mathrm{on}^{x}

    Above the threshold :math:`x_\mathrm{c} < 0`, and an off switch turns on; below the hold voltage
    :math:`x_\mathrm{c} > 1`, and one that is on turns off; in between either stays, and one on its
    way goes on to the nearer end. Both voltages scatter from cell to cell and from cycle to cycle:
    `drawn` gives the law with voltages drawn.

    Parameters
    ----------
    r_on, r_off : resistances, ohm.
    v_threshold, v_hold : voltages above which it turns on and below which it turns off, V.
    t_on, t_off : time that either takes, s.
    spread : standard deviation of either voltage over the voltage; `threshold_spread` in sheets.
    ambient : temperature of the surroundings, K; nothing depends on it.
    """

    r_on: float = parameter("ohm", low=1e-3)
    r_off: float = parameter("ohm", low=1e-3)
    v_threshold: float = parameter("volt", low=1e-6)
    v_hold: float = parameter("volt", low=1e-6)
    t_on: float = parameter("second", low=1e-18)
    t_off: float = parameter("second", low=1e-18)
    spread: float = parameter(
        "dimensionless", low=0.0, high=0.3, default=0.0, key="threshold_spread"
    )
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("x",)
    valid = (-inf, inf)
    volatile = True

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.less(self.v_hold, self.v_threshold))):
            raise SpecError(
                f"v_hold ({self.v_hold} V) must be below v_threshold ({self.v_threshold} V)"
            )

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Both voltages, of either sign, and none, V."""
        return (-self.v_threshold, -self.v_hold, 0.0, self.v_hold, self.v_threshold)

    def drawn(self, z: Array) -> "ThresholdSwitch":
        """The law of cells whose voltages differ, hold at most 0.99 of the threshold.

        Parameters
        ----------
        z : standard normal, (2, ...): for the threshold and for the hold voltage.
        """
        xp = array_namespace(z)
        factor = xp.maximum(1.0 + self.spread * z, 1e-3)
        threshold = self.v_threshold * factor[0]
        hold = xp.minimum(self.v_hold * factor[1], 0.99 * threshold)
        return with_parameters(self, {"v_threshold": threshold, "v_hold": hold})

    def initial_state(self) -> Array:
        """Off."""
        return (0.0,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        return interval(0.0, 1.0, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Ohm's law, A."""
        return v / (self.r_off * (self.r_on / self.r_off) ** state[0])

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Away from the dividing point, 1/s."""
        xp = array_namespace(v)
        dividing = (self.v_threshold - abs(v)) / (self.v_threshold - self.v_hold)
        # at the voltages themselves, met but for rounding, the switch leaves the end it is at
        leaving = xp.where(state[0] < 0.5, -_ROUNDING, _ROUNDING)
        rises = state[0] >= dividing + leaving
        return xp.where(rises, 1.0 / self.t_on, -1.0 / self.t_off)[None]

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """The state after `dt` seconds at the constant voltage `v`; exact."""
        moved = state + self.rate(v, state, temperature) * dt
        return array_namespace(v).clip(moved, 0.0, 1.0)
