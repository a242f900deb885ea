"""Stanford-PKU model of filamentary RRAM: a tunnelling gap that grows and shrinks."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, parameter
from xbarsim.errors import SpecError

_NM = 1e-9
_LARGEST = 300.0  # exponent that still leaves room for products


@dataclass(frozen=True, kw_only=True, eq=False)
class StanfordPku:
    r"""A gap through which current tunnels, moved by field and heat.

    .. math::
        I &= I_0\,e^{-g/g_0} \sinh(V / V_0), \qquad T = T_0 + R_\mathrm{th} |V I| \\
        \gamma &= \gamma_0 - \beta\,(g / \mathrm{1\,nm})^\alpha \\
        \dot g &= -v_0\,e^{-E_a / k T} \sinh\Bigl(\frac{\gamma a_0}{t_\mathrm{ox}}
            \frac{q V}{k T}\Bigr) \quad \text{if } \gamma |V| / t_\mathrm{ox} \ge F_\mathrm{min},
            \quad 0 \text{ else}

    Above 0 V the gap closes (SET). Below it opens (RESET), and with it the field falls to the gate:
    on a ramp the gap follows :math:`\gamma(g) |V| / t_\mathrm{ox} = F_\mathrm{min}` from below,
    which `bounds` gives as its upper end. Fixed steps make stairs of this line.

    Parameters
    ----------
    i_0 : current without gap, over the hyperbolic sine, A.
    g_0 : decay length of the current, m.
    v_0 : voltage scale of the current, V.
    speed : attempt speed of the gap, m/s.
    gamma_set, gamma_reset : field enhancement of a closed gap above and below 0 V.
    beta_set, beta_reset : its loss where the gap is 1 nm, above and below 0 V.
    alpha : exponent of that loss.
    e_a : activation energy, eV.
    a_0 : distance between atoms, m.
    t_ox : thickness of the oxide, m.
    r_th : thermal resistance, K/W.
    f_min : field below which the gap rests, V/m; 0 for none.
    g_min, g_max : smallest and largest gap, m.
    g_start : gap of a fresh cell, m.
    self_heating : 1 with Joule heat. 0 gives what simulators make of the published Verilog-A, which
        reads the current before it assigns it.
    q : elementary charge, C.
    k : Boltzmann's constant, J/K.
    ambient : temperature for which this was published, K.

    Notes
    -----
    The random part of the published code is left out: it is a noise per step of the simulator, and
    its size depends on that step.

    References
    ----------
    [jiang2016]_, [stanfordrram]_
    """

    i_0: float = parameter("ampere", low=0.0)
    g_0: float = parameter("meter", low=1e-12)
    v_0: float = parameter("volt", low=0.05)
    speed: float = parameter("meter/second", low=0.0)
    gamma_set: float = parameter("dimensionless", low=0.0)
    gamma_reset: float = parameter("dimensionless", low=0.0)
    beta_set: float = parameter("dimensionless", low=0.0)
    beta_reset: float = parameter("dimensionless", low=0.0)
    alpha: float = parameter("dimensionless", low=0.1)
    e_a: float = parameter("electron_volt", low=0.0)
    a_0: float = parameter("meter", low=1e-12)
    t_ox: float = parameter("meter", low=1e-10)
    r_th: float = parameter("kelvin/watt", low=0.0)
    f_min: float = parameter("volt/meter", low=0.0)
    g_min: float = parameter("meter", low=0.0)
    g_max: float = parameter("meter", low=0.0)
    g_start: float = parameter("meter", low=0.0)
    self_heating: float = parameter("dimensionless", low=0.0, high=1.0, default=1.0)
    q: float = parameter("coulomb", low=1e-19, high=2e-19, default=1.602176634e-19)
    k: float = parameter("joule/kelvin", low=1e-23, high=2e-23, default=1.380649e-23)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("gap (m)",)
    valid = (-5.0, 5.0)
    volatile = False

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.less(self.g_min, self.g_max))):
            raise SpecError(f"g_min ({self.g_min} m) must be below g_max ({self.g_max} m)")

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Where the widest gap begins to close and the narrowest to open; V."""
        closing = self.gamma_set - self.beta_set * (self.g_max / _NM) ** self.alpha
        opening = self.gamma_reset - self.beta_reset * (self.g_min / _NM) ** self.alpha
        force = self.f_min * self.t_ox
        return (-force / np.maximum(opening, 1e-3), 0.0, force / np.maximum(closing, 1e-3))

    def initial_state(self) -> Array:
        """The gap of a fresh cell."""
        return (self.g_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """The smallest gap, and the largest that a field opens at `v`; m."""
        xp = array_namespace(v)
        low = self.g_min + 0.0 * v
        gate = xp.clip(self._gate(v, xp), self.g_min, self.g_max)
        return low[None], xp.where(v < 0, gate, self.g_max)[None]

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Tunnelling through the gap, A."""
        xp = array_namespace(v, state)
        return self.i_0 * xp.exp(-state[0] / self.g_0) * xp.sinh(v / self.v_0)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Opening of the gap, m/s."""
        xp = array_namespace(v, state)
        gap = state[0]
        heat = abs(v * self.current(v, state, temperature))
        kt = self.k / self.q * (temperature + self.self_heating * self.r_th * heat)
        gamma, beta = self._side(v, xp)
        gamma = gamma - beta * (xp.maximum(gap, 0.0) / _NM) ** self.alpha
        push = gamma * self.a_0 / self.t_ox * v
        moved = (
            0.5 * self.speed * (_boltzmann(-push - self.e_a, kt) - _boltzmann(push - self.e_a, kt))
        )
        return xp.where(gap <= self._gate(v, xp) * (1 + 1e-9), moved, 0.0)[None]

    def _side(self, v: Array, xp: ModuleType) -> tuple[Array, Array]:
        """Field enhancement of a closed gap, and its loss, of the side that `v` is on."""
        return (
            xp.where(v < 0, self.gamma_reset, self.gamma_set),
            xp.where(v < 0, self.beta_reset, self.beta_set),
        )

    def _gate(self, v: Array, xp: ModuleType) -> Array:
        """The widest gap whose field reaches `f_min`, m; below 0 where none does."""
        gamma, beta = self._side(v, xp)
        spare = gamma - self.f_min * self.t_ox / xp.maximum(abs(v), 1e-100)
        gap = (xp.maximum(spare, 0.0) / xp.maximum(beta, 1e-9)) ** (1.0 / self.alpha) * _NM
        return xp.where(spare >= 0, gap, -1.0)


def _boltzmann(energy: Array, kt: Array) -> Array:
    """Exponential of an energy, eV, over `kt`, eV."""
    xp = array_namespace(energy, kt)
    return xp.exp(xp.minimum(energy / kt, _LARGEST))
