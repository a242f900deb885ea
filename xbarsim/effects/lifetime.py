"""How long cells keep what was written, and how often they can be written."""

from dataclasses import dataclass
from math import exp

from xbarsim.backend import Array, array_namespace
from xbarsim.constants import BOLTZMANN_VOLTAGE
from xbarsim.effects.normal import log_normal_sf
from xbarsim.errors import SpecError


def acceleration(activation_energy: float, cool: float, hot: float) -> float:
    r"""How much sooner cells lose their state at `hot` than at `cool` (K), 1.

    .. math:: \exp\left[\frac{E_a}{k}\left(\frac1{T_c} - \frac1{T_h}\right)\right]

    Parameters
    ----------
    activation_energy : eV.
    """
    return exp(activation_energy / BOLTZMANN_VOLTAGE * (1 / cool - 1 / hot))


def retention_time(
    z: Array, t_infinity: float, activation_energy: float, temperature: Array, spread: float = 0.0
) -> Array:
    r"""Time until a cell loses its state: :math:`t_\infty e^{E_a/kT + \sigma z}`; as `z`, s.

    Parameters
    ----------
    z : standard normal.
    t_infinity : median at infinite temperature, s.
    activation_energy : eV.
    temperature : K; broadcasts with `z`.
    spread : standard deviation of the logarithm from cell to cell, 1.
    """
    xp = array_namespace(z)
    exponent = activation_energy / BOLTZMANN_VOLTAGE / temperature + spread * z
    return t_infinity * xp.exp(exponent)


def retained(g: Array, t: float, t_lost: Array, g_lost: float) -> Array:
    """Conductance at age `t` (s) of cells that fall to `g_lost` (S) at `t_lost` (s); as `g`, S."""
    return array_namespace(g).where(t < t_lost, g, g_lost)


def cycles_to_failure(z: Array, scale: float, shape: float) -> Array:
    r"""Cycles after which a cell breaks for good, Weibull distributed; shape of `z`, 1.

    .. math:: P(x) = 1 - e^{-(x/\lambda)^k}

    Parameters
    ----------
    z : standard normal.
    scale : lambda, cycles at which 63 % have failed.
    shape : k.

    Raises
    ------
    SpecError : `scale` or `shape` is not above 0.
    """
    if scale <= 0 or shape <= 0:
        raise SpecError(f"scale is {scale:g} and shape {shape:g}; both must be above 0")
    return scale * (-log_normal_sf(z)) ** (1 / shape)


def closing_window(g: Array, cycles: Array, start: float, exponent: float, middle: float) -> Array:
    r"""Conductance in a window that closes about `middle` as a power of the cycles; as `g`, S.

    .. math:: G' = G_m + (G - G_m)\,(x/x_0)^{-a} \quad\text{for}\quad x > x_0

    Parameters
    ----------
    g : S.
    cycles : x, broadcasts with `g`.
    start : x0, cycles up to which the window stays open.
    exponent : a, 1.
    middle : S.
    """
    xp = array_namespace(g)
    open_ = xp.maximum(xp.asarray(cycles / start), 1.0) ** -exponent
    return g + (g - middle) * (open_ - 1)


@dataclass(frozen=True, kw_only=True)
class Wear:
    r"""Resistance of one state of metal-oxide RRAM beyond a number of cycles or seconds x.

    .. math::
        R = R_0\,(x/x_c)^{p_3 (p_1 d + p_2\tau)} \quad\text{for}\quad x > x_c, \qquad
        x_c = p_0 e^{p_1 d + p_2\tau}, \qquad \tau = \min(T_c/T, 1)

    Parameters
    ----------
    p0, p1, p2, p3 : as published; x_c in cycles or seconds, p1 in 1/nm.
    temperature_threshold : T_c, above which a cell fails sooner, K.

    Notes
    -----
    Nothing ends the power law: the two states of a cell pass each other in time.

    References
    ----------
    Lammie, Rahimi Azghadi and Ielmini, "Empirical metal-oxide RRAM device endurance and retention
    model for deep learning simulations", Semicond. Sci. Technol. (2021), as in its repository
    coreylammie/SST-Reproducibility and in MemTorch.
    """

    p0: float
    p1: float
    p2: float = 0.0
    p3: float = 0.0
    temperature_threshold: float = 298.0

    def _strength(self, size: float, temperature: float) -> float:
        return self.p1 * size + self.p2 * min(self.temperature_threshold / temperature, 1.0)

    def threshold(self, size: float, temperature: float = 298.0) -> float:
        """x_c for a cell of `size` (nm) at `temperature` (K)."""
        return self.p0 * exp(self._strength(size, temperature))

    def __call__(self, r: Array, x: Array, size: float, temperature: float = 298.0) -> Array:
        """Resistance after `x` cycles or seconds of cells that began at `r` (ohm); as `r`, ohm."""
        xp = array_namespace(r)
        ratio = xp.maximum(xp.asarray(x / self.threshold(size, temperature)), 1.0)
        return r * ratio ** (self.p3 * self._strength(size, temperature))


def worn(
    r: Array, x: Array, on: Wear, off: Wear, boundary: float, size: float, temperature: float
) -> Array:
    """Resistance of an array after `x` cycles or seconds, each cell after its state; as `r`, ohm.

    Parameters
    ----------
    r : ohm.
    on, off : laws of the low and of the high resistance.
    boundary : resistance from which a cell counts as off, ohm; for instance `middle_resistance`.
    size : of the cells, nm.
    temperature : K.
    """
    xp = array_namespace(r)
    return xp.where(r < boundary, on(r, x, size, temperature), off(r, x, size, temperature))


def middle_resistance(r_on: float, r_off: float) -> float:
    """The arithmetic mean of both resistances, ohm."""
    return (r_on + r_off) / 2
