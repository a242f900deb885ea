"""Ferroelectric layer of domains that flip by nucleation, one by one and by chance."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log

import numpy as np

from device_models._chance import uniform
from xbarsim.backend import Array, array_namespace
from xbarsim.device import Response, check_parameters, parameter
from xbarsim.errors import SpecError

_CELLS, _SHARES = 100, (0.4, 0.55, 0.7, 0.85)  # of `responses`; voltages over the mean activation
_WIDE = 8.0  # standard deviations over which a mean is taken


@dataclass(frozen=True, kw_only=True, eq=False)
class NucleationLimited:
    r"""Every domain keeps a clock h that runs while the voltage opposes its polarisation.

    .. math::
        \tau = \tau_0\,e^{(V_\mathrm{a}/|V|)^{\alpha}}, \qquad
        \dot h = \pm 1/\tau, \quad h \ge 0, \qquad
        p = 1 - e^{h_\mathrm{before}^\beta - h_\mathrm{after}^\beta}

    p is the chance that the domain flips within a step, which sets h to 0; h falls while the
    voltage supports the polarisation, and stands without voltage. With :math:`V_\mathrm{a}` normal
    from domain to domain, the fraction that a constant voltage has flipped after a time is the mean
    of :math:`1 - e^{-(t/\tau)^\beta}`, `switched`.

    Domains jump, so this is no `SwitchingLaw`: a state is (2, domains, ...) with sign and clock of
    every domain, and `advance`, exact at a constant voltage, takes the chances as an argument. A
    voltage that changes is taken in steps. It is that across the layer; the transistor below, whose
    charge shares the voltage of the gate, belongs to the circuit.

    Parameters
    ----------
    tau_0 : switching time at very high voltage, s.
    activation, activation_spread : mean and standard deviation of the activation voltage, V.
    alpha, beta : exponents of the voltage and of the time.
    polarization_max : C/m2.
    domains : in a cell.
    tau_max : longest switching time, s.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [alessandri2018]_, [scalable_fefet]_
    """

    tau_0: float = parameter("second", low=1e-18)
    activation: float = parameter("volt", low=0.0)
    activation_spread: float = parameter("volt", low=0.0)
    alpha: float = parameter("dimensionless", low=0.1)
    beta: float = parameter("dimensionless", low=0.1)
    polarization_max: float = parameter("coulomb/meter**2", low=0.0)
    domains: float = parameter("dimensionless", low=1.0)
    tau_max: float = parameter("second", low=1e-9, default=1e9)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("sign of the polarisation", "clock h")
    valid = (-inf, inf)
    volatile = False
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)
        if self.domains != int(self.domains) or self.tau_max <= self.tau_0:
            raise SpecError(
                f"domains is {self.domains:g} and tau_max {self.tau_max:g} s; there must be whole "
                f"domains, and tau_max above tau_0 ({self.tau_0:g} s)"
            )

    def initial_state(self, cells: tuple[int, ...] = (), sign: float = -1.0) -> Array:
        """All domains of one sign, clocks at 0: (2, domains, *cells)."""
        state = np.zeros((2, int(self.domains), *cells))
        state[0] = sign
        return state

    def activations(self, z: Array) -> Array:
        """Activation voltages of domains, V, from standard normal `z` (domains, ...)."""
        xp = array_namespace(z)
        return xp.maximum(self.activation + self.activation_spread * z, 0.0)

    def time(self, v: Array, activation: Array) -> Array:
        """Switching time at the voltage `v` (V), s."""
        xp = array_namespace(v, activation)
        longest = log(self.tau_max / self.tau_0)
        # compared before the power is taken, so that nothing overflows at low voltage
        steepest = longest ** (1.0 / self.alpha)
        ratio = activation / xp.maximum(abs(v), activation / steepest + 1e-300)
        return self.tau_0 * xp.exp(ratio**self.alpha)

    def advance(self, v: Array, dt: Array, state: Array, activation: Array, z: Array) -> Array:
        """The state after `dt` seconds at the constant voltage `v`.

        Parameters
        ----------
        v : (...) V.
        state : (2, domains, ...).
        activation : of every domain, (domains, ...) V.
        z : standard normal, new in each step, (domains, ...); a domain flips where its chance
            exceeds the normal distribution function of `z`.
        """
        xp = array_namespace(state)
        sign, before = state
        run = dt / self.time(xp.asarray(v), activation) * -xp.sign(v * sign)
        after = xp.maximum(before + run, 0.0)
        chance = -xp.expm1(xp.minimum(before**self.beta - after**self.beta, 0.0))
        flips = uniform(z) < chance
        return xp.stack([xp.where(flips, -sign, sign), xp.where(flips, 0.0, after)])

    def polarization(self, state: Array) -> Array:
        """Mean of the domains, (...) C/m2."""
        return self.polarization_max * state[0].mean(axis=0)

    def switched(self, v: Array, t: Array, points: int = 2001) -> Array:
        """Mean fraction that `t` seconds at the voltage `v` (V) flip, from clocks at 0."""
        xp = array_namespace(v, t)
        z = xp.linspace(-_WIDE, _WIDE, points)
        weight = xp.exp(-0.5 * z**2)
        v, t = xp.asarray(v)[..., None], xp.asarray(t)[..., None]
        flipped = -xp.expm1(-((t / self.time(v, self.activations(z))) ** self.beta))
        return (flipped * weight).sum(axis=-1) / weight.sum()

    def responses(self, normals: Callable[[tuple[int, ...]], Array]) -> tuple[Response, ...]:
        """Polarisation under constant voltages that are switched on at time 0."""
        times = np.geomspace(0.1 * self.tau_0, 1e5 * self.tau_0, 61)
        shape = (int(self.domains), _CELLS)
        found = []
        for share in _SHARES:
            v = share * self.activation
            activation = self.activations(normals(shape))
            state, before, kept = self.initial_state((_CELLS,)), 0.0, []
            for t in times:
                state = self.advance(v, float(t) - before, state, activation, normals(shape))
                kept.append(self.polarization(state))
                before = float(t)
            found.append(
                Response(
                    title="Constant voltage from time 0", label=f"{v:.3g} V", x=times,
                    x_name="time", x_unit="s", y=np.stack(kept), y_name="polarisation",
                    y_unit="C/m²", grows=True,
                )
            )  # fmt: skip
        return tuple(found)
