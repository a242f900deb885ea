"""Phase-change cells as an array sees them: programming error, drift, 1/f noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, parameter
from xbarsim.errors import SpecError

_SMALLEST = 1e-7  # relative conductance below which the logarithms are held


@dataclass(frozen=True, kw_only=True)
class PhaseChangeArray:
    r"""Statistics of a mushroom PCM array; g is the conductance over `g_max`.

    .. math::
        G_p &= \max(G_t + \sigma_p(g_t)\,z,\ 0), \qquad
        \sigma_p = \max(c_0 + c_1 g_t + c_2 g_t^2,\ 0)\,G_\max/G_\mathrm{ref} \\
        G(t) &= G_p\,(t/t_0)^{-\nu}, \qquad \nu = |\mu_\nu(g_p) + \sigma_\nu(g_p)\,z| \\
        \sigma_r &= G(t)\,Q(g_p)\,\sqrt{\ln\frac{t + t_r}{2 t_r}}, \qquad
        Q = \min(q\,g_p^{-\kappa},\ Q_\max)

    with :math:`\mu_\nu = \mathrm{clip}(a\ln g + b)` and likewise :math:`\sigma_\nu`.

    Parameters
    ----------
    g_min, g_max : the programmable window, S.
    g_reference : `g_max` at which `error` was fitted, S; another `g_max` rescales the error.
    error : c0, c1, c2 of the programming error, S.
    drift_mean, drift_spread : a, b, lowest and highest value of the exponent's mean and
        standard deviation, 1.
    t_first : t0, age of the first read after programming, s.
    t_measured : longest age at which the law was measured, s; later ages extrapolate.
    noise : q, kappa and Q_max of the 1/f noise, 1.
    error_scale, drift_scale, noise_scale : multiply the programming error, the exponent and the
        read noise; 1 is as published, 0 switches the effect off.

    Notes
    -----
    t counts from programming, so G(t0) = G_p. The exponent and Q follow the conductance that was
    programmed. The drift law holds at constant temperature.

    References
    ----------
    [joshi2020]_ Methods; [nandakumar2019]_; in ``device_models/references.bib``.
    """

    g_min: float = parameter("siemens", low=0.0)
    g_max: float = parameter("siemens", low=0.0, high=0.01)
    g_reference: float = parameter("siemens", low=1e-12)
    error: tuple[float, ...] = parameter("siemens")
    drift_mean: tuple[float, ...] = parameter("dimensionless")
    drift_spread: tuple[float, ...] = parameter("dimensionless")
    t_first: float = parameter("second", low=1e-9)
    t_measured: float = parameter("second", low=1e-9)
    noise: tuple[float, ...] = parameter("dimensionless")
    error_scale: float = parameter("dimensionless", low=0.0, default=1.0)
    drift_scale: float = parameter("dimensionless", low=0.0, default=1.0)
    noise_scale: float = parameter("dimensionless", low=0.0, default=1.0)

    def __post_init__(self) -> None:
        check_parameters(self)
        for name, count in {"error": 3, "drift_mean": 4, "drift_spread": 4, "noise": 3}.items():
            if len(getattr(self, name)) != count:
                raise SpecError(f"{name} has {len(getattr(self, name))} values; it takes {count}")

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that can be programmed, S."""
        return self.g_min, self.g_max

    @property
    def ages(self) -> tuple[float, float]:
        """Age of the first read and the longest that was measured, s."""
        return self.t_first, self.t_measured

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance at the first read, `t_first` after programming; shape of `g_target`, S."""
        xp = array_namespace(g_target)
        c0, c1, c2 = self.error
        g = g_target / self.g_max
        sigma = xp.maximum(c0 + c1 * g + c2 * g**2, 0.0) * (self.g_max / self.g_reference)
        return xp.maximum(g_target + self.error_scale * sigma * z, 0.0)

    def drift_exponent(self, g: Array, z: Array) -> Array:
        """Exponent of cells that were programmed to `g` (S); shape of `g`, 1."""
        xp = array_namespace(g)
        log_g = xp.log(xp.maximum(g / self.g_max, _SMALLEST))
        mean, spread = (
            xp.clip(a * log_g + b, low, high)
            for a, b, low, high in (self.drift_mean, self.drift_spread)
        )
        return self.drift_scale * abs(mean + spread * z)

    def age(self, g: Array, t: float, z: Array) -> Array:
        """Conductance `t` seconds after programming to `g`; shape of `g`, S.

        Raises
        ------
        SpecError : `t` precedes the first read.
        """
        return g * _growth(t, self.t_first) ** -self.drift_exponent(g, z)

    def read_noise(
        self,
        g: Array,
        t_read: float,
        z: Array,
        t: float | None = None,
        g_programmed: Array | None = None,
    ) -> Array:
        """Change of `g` (S) during one read of `t_read` seconds at age `t`; linear in `z`."""
        xp = array_namespace(g)
        q, kappa, highest = self.noise
        before = g if g_programmed is None else g_programmed
        g_relative = xp.maximum(before / self.g_max, _SMALLEST)
        t = self.t_first if t is None else t
        depth = _accumulated(t, t_read)
        return self.noise_scale * g * xp.minimum(q * g_relative**-kappa, highest) * depth * z


@dataclass(frozen=True, kw_only=True)
class BranchedPhaseChangeArray:
    r"""Statistics of a PCM array whose fits change form at a conductance; g is G over `g_max`.

    .. math::
        G_p &= \max(G_t + \sigma_p(g_t)\,z,\ 0), \qquad
        \sigma_p = \max\left(\textstyle\sum_k c_k g_t^k,\ 0\right) G_\max/G_\mathrm{ref} \\
        G(t) &= G_p\,(t/t_0)^{-\nu}, \qquad \nu = |\mu_\nu(g_p) + \sigma_\nu(g_p)\,z| \\
        \sigma_r &= G(t)\,Q(g_p)\,\sqrt{\ln\frac{t + t_r}{2 t_r}}

    where each of :math:`\mu_\nu`, :math:`\sigma_\nu` and Q is

    .. math:: \mathrm{clip}(a\ln g + b,\ \mathrm{low},\ \mathrm{high})
        \ \text{for}\ g < g_c, \qquad \textstyle\sum_k c_k g^k\ \text{from there on.}

    Parameters
    ----------
    g_min, g_max : the programmable window, S.
    g_reference : `g_max` at which `error` was fitted, S; another `g_max` rescales the error.
    error : c0, c1, ... of the programming error, S.
    drift_mean, drift_spread, noise : g_c, a, b, low, high, c0, c1, ... of the exponent's mean and
        standard deviation, and of the depth Q of the 1/f noise, 1.
    t_first : t0, age of the first read after programming, s.
    t_measured : longest age at which the law was measured, s; later ages extrapolate.
    error_scale, drift_scale, noise_scale : multiply the programming error, the exponent and the
        read noise; 1 is as published, 0 switches the effect off.

    Notes
    -----
    t counts from programming, so G(t0) = G_p. The exponent and Q follow the conductance that was
    programmed, and that of `g_max` beyond it, where the polynomials were not fitted.

    References
    ----------
    [legallo2023]_; fits of [aihwkit]_; in ``device_models/references.bib``.
    """

    g_min: float = parameter("siemens", low=0.0)
    g_max: float = parameter("siemens", low=0.0, high=0.01)
    g_reference: float = parameter("siemens", low=1e-12)
    error: tuple[float, ...] = parameter("siemens")
    drift_mean: tuple[float, ...] = parameter("dimensionless")
    drift_spread: tuple[float, ...] = parameter("dimensionless")
    noise: tuple[float, ...] = parameter("dimensionless")
    t_first: float = parameter("second", low=1e-9)
    t_measured: float = parameter("second", low=1e-9)
    error_scale: float = parameter("dimensionless", low=0.0, default=1.0)
    drift_scale: float = parameter("dimensionless", low=0.0, default=1.0)
    noise_scale: float = parameter("dimensionless", low=0.0, default=1.0)

    def __post_init__(self) -> None:
        check_parameters(self)
        for name in ("drift_mean", "drift_spread", "noise"):
            if len(getattr(self, name)) < 6:
                raise SpecError(
                    f"{name} has {len(getattr(self, name))} values; it takes at least 6"
                )

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that can be programmed, S."""
        return self.g_min, self.g_max

    @property
    def ages(self) -> tuple[float, float]:
        """Age of the first read and the longest that was measured, s."""
        return self.t_first, self.t_measured

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance at the first read, `t_first` after programming; shape of `g_target`, S."""
        xp = array_namespace(g_target)
        sigma = xp.maximum(_polynomial(self.error, g_target / self.g_max), 0.0)
        scale = self.error_scale * (self.g_max / self.g_reference)
        return xp.maximum(g_target + scale * sigma * z, 0.0)

    def drift_exponent(self, g: Array, z: Array) -> Array:
        """Exponent of cells that were programmed to `g` (S); shape of `g`, 1."""
        mean, spread = self._branched(self.drift_mean, g), self._branched(self.drift_spread, g)
        return self.drift_scale * abs(mean + spread * z)

    def age(self, g: Array, t: float, z: Array) -> Array:
        """Conductance `t` seconds after programming to `g`; shape of `g`, S.

        Raises
        ------
        SpecError : `t` precedes the first read.
        """
        return g * _growth(t, self.t_first) ** -self.drift_exponent(g, z)

    def read_noise(
        self,
        g: Array,
        t_read: float,
        z: Array,
        t: float | None = None,
        g_programmed: Array | None = None,
    ) -> Array:
        """Change of `g` (S) during one read of `t_read` seconds at age `t`; linear in `z`."""
        depth = self._branched(self.noise, g if g_programmed is None else g_programmed)
        grown = _accumulated(self.t_first if t is None else t, t_read)
        return self.noise_scale * g * depth * grown * z

    def _branched(self, law: tuple[float, ...], g: Array) -> Array:
        xp = array_namespace(g)
        change, a, b, low, high, *coefficients = law
        g = xp.clip(g / self.g_max, _SMALLEST, 1.0)
        below = xp.clip(a * xp.log(g) + b, low, high)
        return xp.where(g < change, below, _polynomial(coefficients, g))


def _growth(t: float, t_first: float) -> float:
    """Age over that of the first read; refuses what precedes it."""
    if t < t_first:
        raise SpecError(f"age {t:g} s precedes the first read at {t_first:g} s")
    return t / t_first


def _accumulated(t: float, t_read: float) -> float:
    """Root of the octaves of 1/f noise between a read and an age; none before `t_read`."""
    return sqrt(log((max(t, t_read) + t_read) / (2 * t_read)))


def _polynomial(coefficients: Sequence[float], x: Array) -> Array:
    """c0 + c1 x + ..., shape of `x`."""
    total = 0.0 * x
    for c in reversed(coefficients):
        total = total * x + c
    return total
