"""RRAM with generation and recombination in the gap, and a temperature that takes its time."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, parameter
from xbarsim.errors import SpecError

_VOLT_PER_KELVIN = 1.380649e-23 / 1.602176634e-19
_LARGEST = 300.0  # exponent that still leaves room for products
_HOTTEST = 1e5  # K above the surroundings


@dataclass(frozen=True, kw_only=True, eq=False)
class Asu:
    r"""A tunnelling gap that closes and opens, and the heat in it.

    .. math::
        I &= I_0\,e^{-g / g_0} \sinh(V / V_0), \qquad
        \gamma = \gamma_0 - \beta\,(g / g_1)^3 \\
        \dot g &= -v_0 \Bigl[e^{-(E_{ag} - \gamma a_0 V / L)\,q / k T}
            - e^{-(E_{ar} + \gamma a_0 V / L)\,q / k T}\Bigr] \\
        C_\mathrm{th} \dot T &= |V I| - (T - T_0)\,C_\mathrm{th} / \tau_\mathrm{th}

    The second state is the temperature above the surroundings. The gap moves without voltage too,
    though imperceptibly.

    Parameters
    ----------
    i_0 : current without gap, over the hyperbolic sine, A.
    g_0 : decay length of the current, m.
    v_0 : voltage scale of the current, V.
    speed : attempt speed of the gap, m/s.
    gamma : field enhancement of a closed gap.
    beta : its loss where the gap is `g_1`.
    g_1 : scale of that loss, m.
    e_generation, e_recombination : activation energies of vacancies, eV.
    a_0 : distance between atoms, m.
    thickness : of the oxide, m.
    c_th : thermal capacity, J/K.
    tau_th : thermal time, s.
    g_min, g_max : smallest and largest gap, m.
    g_start : gap of a fresh cell, m.
    ambient : temperature for which this was published, K.

    References
    ----------
    [chen2015]_, [asurram]_
    """

    i_0: float = parameter("ampere", low=0.0)
    g_0: float = parameter("meter", low=1e-12)
    v_0: float = parameter("volt", low=0.05)
    speed: float = parameter("meter/second", low=0.0)
    gamma: float = parameter("dimensionless", low=0.0)
    beta: float = parameter("dimensionless", low=0.0)
    g_1: float = parameter("meter", low=1e-12)
    e_generation: float = parameter("electron_volt", low=0.0)
    e_recombination: float = parameter("electron_volt", low=0.0)
    a_0: float = parameter("meter", low=1e-12)
    thickness: float = parameter("meter", low=1e-10)
    c_th: float = parameter("joule/kelvin", low=1e-21)
    tau_th: float = parameter("second", low=1e-15)
    g_min: float = parameter("meter", low=0.0)
    g_max: float = parameter("meter", low=0.0)
    g_start: float = parameter("meter", low=0.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("gap (m)", "temperature above the surroundings (K)")
    valid = (-5.0, 5.0)
    volatile = True
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.less(self.g_min, self.g_max))):
            raise SpecError(f"g_min ({self.g_min} m) must be below g_max ({self.g_max} m)")

    def initial_state(self) -> Array:
        """The gap of a fresh cell, at the temperature of its surroundings."""
        return (self.g_start, 0.0 * self.g_start)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """The smallest and the largest gap, m, and what no cell's temperature leaves, K."""
        xp = array_namespace(v)
        low, high = xp.asarray(self.g_min).reshape(-1), xp.asarray(self.g_max).reshape(-1)
        return xp.stack([low, 0.0 * low]), xp.stack([high, _HOTTEST + 0.0 * high])

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Tunnelling through the gap, A."""
        xp = array_namespace(v, state)
        return self.i_0 * xp.exp(-state[0] / self.g_0) * xp.sinh(v / self.v_0)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Opening of the gap, m/s, and warming, K/s."""
        xp = array_namespace(v, state)
        gap, warm = state[0], state[1]
        kt = _VOLT_PER_KELVIN * (temperature + xp.maximum(warm, 0.0))
        push = (self.gamma - self.beta * (gap / self.g_1) ** 3) * self.a_0 / self.thickness * v
        closing = xp.exp(xp.minimum((push - self.e_generation) / kt, _LARGEST))
        opening = xp.exp(xp.minimum((-push - self.e_recombination) / kt, _LARGEST))
        heat = abs(v * self.current(v, state, temperature))
        return xp.stack(
            [self.speed * (opening - closing), heat / self.c_th - warm / self.tau_th + 0.0 * gap]
        )
