"""Niobium dioxide threshold switch: a metallic core that Joule heat widens."""

from dataclasses import dataclass
from math import inf, pi

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter

_WIDEST = 0.999  # of the state: there the core has 0.999 of the radius


@dataclass(frozen=True, kw_only=True, eq=False)
class NiobiumDioxide:
    r"""Insulator that turns metallic above a temperature, in a core of the relative radius u.

    .. math::
        R = \frac{\rho_\mathrm{i} L/(\pi r^2)}{1 + (\rho_\mathrm{i}/\rho_\mathrm{m} - 1)\,u^2},
        \qquad
        \frac{dH}{du}\,\dot u = I^2 R - \frac{2 \pi L \kappa}{\ln(1/u)}\,\Delta T

    .. math::
        \frac{dH}{du} = \pi L r^2 \left[c\,\Delta T\,
        \frac{1 - u^2 + 2 u^2 \ln u}{2 u \ln^2 u} + 2 h\,u\right]

    A thin core changes its radius by orders of magnitude within the time in which the heat that it
    loses, proportional to :math:`1/\ln(1/u)`, changes a little. The state is therefore

    .. math:: x = \frac{1}{1 + \ln(1/u)}, \qquad u = e^{1 - 1/x}

    from 0, no core, to 1, all metal, in which both ends are regular; `core` gives u.

    Parameters
    ----------
    radius, length : of the cell, m.
    rho_insulator, rho_metal : resistivities, ohm m.
    temperature_rise : of the transition above the surroundings, K.
    conductivity : thermal, W/(m K).
    heat_capacity : of the volume, J/(m3 K).
    transition_heat : enthalpy of the transition in the volume, J/m3.
    ambient : temperature for which `temperature_rise` stands, K; other surroundings shift it.

    Notes
    -----
    Surroundings hotter than 1 K below the transition count as that. Widely copied listings have
    :math:`(2 u \ln u)^2` where the equations lead to :math:`2 u \ln^2 u`.

    References
    ----------
    [pickett2012]_, [pickett2013]_
    """

    radius: float = parameter("meter", low=1e-10)
    length: float = parameter("meter", low=1e-10)
    rho_insulator: float = parameter("ohm * meter", low=1e-9)
    rho_metal: float = parameter("ohm * meter", low=1e-9)
    temperature_rise: float = parameter("kelvin", low=1.0)
    conductivity: float = parameter("watt/meter/kelvin", low=1e-6)
    heat_capacity: float = parameter("joule/meter**3/kelvin", low=1.0)
    transition_heat: float = parameter("joule/meter**3", low=0.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("x, 1 / (1 + ln(1/u)) of the core's relative radius u",)
    valid = (-inf, inf)
    volatile = True
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)

    def initial_state(self) -> Array:
        """No core."""
        return (0.0,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """No core, and one of 0.999 of the radius."""
        return interval(0.0, _WIDEST, v)

    def core(self, state: Array) -> Array:
        """Radius of the core over that of the cell."""
        return array_namespace(state).exp(-_depth(state[0]))

    def state_of(self, u: Array) -> Array:
        """The state of a core of the relative radius `u`, (1, ...)."""
        xp = array_namespace(u)
        return (1.0 / (1.0 - xp.log(u)))[None]

    def resistance(self, u: Array) -> Array:
        """Resistance of the cell with a core of the relative radius `u`, ohm."""
        insulator = self.rho_insulator * self.length / (pi * self.radius**2)
        return insulator / (1.0 + (self.rho_insulator / self.rho_metal - 1.0) * u**2)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Ohm's law, A."""
        return v / self.resistance(self.core(state))

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Heat that is not conducted away, over the heat that the core takes up, 1/s."""
        xp = array_namespace(v)
        depth = _depth(state[0])
        u = xp.exp(-depth)
        rise = self._rise(temperature)
        surplus = v**2 / self.resistance(u) - self._loss(temperature) / depth
        # dx/du = x^2/u over dH/du, both times u ln(u)^2, for that is finite where u is 0
        shell = 1.0 - u**2 * (1.0 + 2.0 * depth)
        heat = self.heat_capacity * rise * shell / 2.0
        heat = heat + 2.0 * self.transition_heat * (u * depth) ** 2
        share = (depth / (1.0 + depth)) ** 2
        return (surplus * share / (pi * self.length * self.radius**2 * heat))[None]

    def static(self, u: Array) -> tuple[Array, Array]:
        """Voltage (V) and current (A) that hold a core of the relative radius `u`, in (0, 1)."""
        xp = array_namespace(u)
        power = self._loss(self.ambient) / -xp.log(u)
        r = self.resistance(u)
        return xp.sqrt(power * r), xp.sqrt(power / r)

    @property
    def threshold(self) -> tuple[float, float]:
        """Voltage (V) and current (A) above which the core widens by itself."""
        return self._extreme(-1.0, 1e-6, 0.3)

    @property
    def hold(self) -> tuple[float, float]:
        """Voltage (V) and current (A) below which the core collapses."""
        return self._extreme(1.0, 0.3, 0.9999)

    def _extreme(self, sign: float, low: float, high: float) -> tuple[float, float]:
        from scipy.optimize import minimize_scalar

        found = minimize_scalar(
            lambda u: sign * float(self.static(np.asarray(u))[0]),
            bounds=(low, high), method="bounded", options={"xatol": 1e-10},
        )  # fmt: skip
        v, i = self.static(np.asarray(found.x))
        return float(v), float(i)

    def _rise(self, temperature: Array) -> Array:
        xp = array_namespace(temperature)
        return xp.maximum(self.temperature_rise + self.ambient - temperature, 1.0)

    def _loss(self, temperature: Array) -> Array:
        """Heat flow times ln(1/u), W."""
        return 2.0 * pi * self.length * self.conductivity * self._rise(temperature)


def _depth(x: Array) -> Array:
    """ln(1/u), at most 700 so that u is a number."""
    xp = array_namespace(x)
    return 1.0 / xp.maximum(x, 1.0 / 701.0) - 1.0
