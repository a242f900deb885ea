"""Phase change cell for circuit simulators: temperature and crystalline fraction."""

from dataclasses import dataclass
from math import inf

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, parameter
from xbarsim.errors import SpecError

_SCALE = 1000.0  # K, of the state
_ZERO = 273.15  # K, of the scale in which the thresholds are compared


@dataclass(frozen=True, kw_only=True, eq=False)
class BiolekPcm:
    r"""Crystallises above one temperature, melts above another.

    .. math::
        C_\mathrm{h} \dot T = V^2/R + d\,(T_\mathrm{r} - T), \qquad
        \dot C = \alpha\,(1 - C)\,\sigma(T/T_\mathrm{x} - 1)\,\sigma(1 - T/T_\mathrm{m})
        - \beta\,C\,\sigma(T/T_\mathrm{m} - 1)

    .. math::
        R = R_\mathrm{on} + (1 - C)\,\frac{R_\mathrm{off} - R_\mathrm{on}}
        {1 + e^{(|V| - V_\mathrm{t})/V_0}}, \qquad
        \sigma(z) = \tfrac12\,(1 + \tanh(z/2b))

    with temperatures in degree Celsius in the ratios, as published. The first state is the rise of
    the temperature above the surroundings, in 1000 K.

    Parameters
    ----------
    r_on, r_off : crystalline and amorphous resistance at low voltage, ohm.
    crystallization, melting : speeds alpha and beta, 1/s.
    t_crystallization, t_melting : temperatures Tx and Tm, K.
    heat_capacity : Ch, J/K.
    heat_conductance : d, W/K.
    v_threshold, v_width : voltage at which the amorphous phase gives way, and its width, V.
    smoothness : b, of both thresholds of the temperature.
    crystalline_start : fraction in a fresh cell.
    ambient : temperature of the surroundings, K.

    References
    ----------
    [biolek2013]_
    """

    r_on: float = parameter("ohm", low=1e-3)
    r_off: float = parameter("ohm", low=1e-3)
    crystallization: float = parameter("1/second", low=0.0)
    melting: float = parameter("1/second", low=0.0)
    t_crystallization: float = parameter("kelvin", low=274.15)
    t_melting: float = parameter("kelvin", low=274.15)
    heat_capacity: float = parameter("joule/kelvin", low=1e-20)
    heat_conductance: float = parameter("watt/kelvin", low=1e-12)
    v_threshold: float = parameter("volt", low=0.0)
    v_width: float = parameter("volt", low=1e-4)
    smoothness: float = parameter("dimensionless", low=1e-5)
    crystalline_start: float = parameter("dimensionless", low=0.0, high=1.0, default=0.0)
    ambient: float = parameter("kelvin", low=1.0, default=293.15)

    states = ("temperature above the surroundings, 1000 K", "crystalline fraction")
    valid = (-inf, inf)
    volatile = False
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.less(self.t_crystallization, self.t_melting))):
            raise SpecError(
                f"t_crystallization ({self.t_crystallization} K) must be below t_melting "
                f"({self.t_melting} K)"
            )

    def initial_state(self) -> Array:
        """As warm as the surroundings."""
        return (0.0, self.crystalline_start)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """Never colder than the surroundings; a fraction from 0 to 1."""
        xp = array_namespace(v)
        return xp.zeros((2, 1)), xp.asarray([[inf], [1.0]])

    def resistance(self, v: Array, state: Array) -> Array:
        """Resistance at the voltage `v` (V), ohm."""
        given_way = _step((abs(v) - self.v_threshold) / (2.0 * self.v_width))
        return self.r_on + (1.0 - state[1]) * (self.r_off - self.r_on) * (1.0 - given_way)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Ohm's law, A."""
        return v / self.resistance(v, state)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Heating, 1000 K/s, and change of the crystalline fraction, 1/s."""
        xp = array_namespace(v)
        rise = _SCALE * state[0]
        celsius = rise + temperature - _ZERO
        crystallizes = celsius / (self.t_crystallization - _ZERO) - 1.0
        melts = celsius / (self.t_melting - _ZERO) - 1.0
        two_b = 2.0 * self.smoothness
        heated = v**2 / self.resistance(v, state) - self.heat_conductance * rise
        grown = (1.0 - state[1]) * _step(crystallizes / two_b) * _step(-melts / two_b)
        molten = state[1] * _step(melts / two_b)
        return xp.stack([
            heated / (_SCALE * self.heat_capacity),
            self.crystallization * grown - self.melting * molten,
        ])  # fmt: skip


def _step(z: Array) -> Array:
    return 0.5 * (1.0 + array_namespace(z).tanh(z))
