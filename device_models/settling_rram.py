"""Analogue CMO/HfOx RRAM as an array sees it: acceptance window, relaxation, 1/f read noise."""

from dataclasses import dataclass
from math import log, sqrt

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, parameter
from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class SettlingRRAM:
    r"""A cell programmed into an acceptance window whose conductance then settles.

    .. math::
        G_p &= \max(G_t + (c_0 + c_1 G_t)\,z,\ 0) \\
        G(t) &= \max(G_p + m\ln\theta + (s_0 + s_1\ln\theta)\,z,\ 0), \qquad
        \theta = \max(t, t_s)/t_s \\
        \sigma_r &= K\,\log_{10}(G/G_1)^+\sqrt{\ln\frac{t + t_r}{2 t_r}}

    The shift does not depend on the conductance. It was measured from :math:`t_s` on: a younger
    cell, once it is older than 0 s, has settled as far as one of that age.

    Parameters
    ----------
    g_min, g_max : the programmable window, S.
    error_absolute, error_relative : c0 in S and c1 of the error that the acceptance window leaves.
    settling_mean : m, shift of the mean for each e-fold of age, S.
    settling_spread : s0 and s1 of the standard deviation of the shift, S.
    t_settled : :math:`t_s`, age from which the shift was measured, s.
    t_measured : longest age at which it was measured, s; later ages extrapolate.
    noise_depth, noise_conductance : K and G1 of the read noise, S.
    error_scale, settling_scale, noise_scale : multiply the programming error, the shift and the
        read noise; 1 is as published, 0 switches the effect off.

    Notes
    -----
    The same `z` at two ages moves a cell along one line in ln t. Cells may settle out of the
    window, and below :math:`G_1` there is no read noise.

    References
    ----------
    [falcone2025]_, [lombardo2024]_; fits of [aihwkit]_; in ``device_models/references.bib``.
    """

    g_min: float = parameter("siemens", low=0.0)
    g_max: float = parameter("siemens", low=0.0, high=0.01)
    error_absolute: float = parameter("siemens", low=0.0)
    error_relative: float = parameter("dimensionless", low=0.0)
    settling_mean: float = parameter("siemens")
    settling_spread: tuple[float, ...] = parameter("siemens", low=0.0)
    t_settled: float = parameter("second", low=1e-9)
    t_measured: float = parameter("second", low=1e-9)
    noise_depth: float = parameter("siemens", low=0.0)
    noise_conductance: float = parameter("siemens", low=1e-12)
    error_scale: float = parameter("dimensionless", low=0.0, default=1.0)
    settling_scale: float = parameter("dimensionless", low=0.0, default=1.0)
    noise_scale: float = parameter("dimensionless", low=0.0, default=1.0)

    def __post_init__(self) -> None:
        check_parameters(self)
        if len(self.settling_spread) != 2:
            raise SpecError(f"settling_spread has {len(self.settling_spread)} values; it takes 2")

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that can be programmed, S."""
        return self.g_min, self.g_max

    @property
    def ages(self) -> tuple[float, float]:
        """Right after the last verify, and the longest age that was measured, s."""
        return 0.0, self.t_measured

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance right after the last verify; shape of `g_target`, S."""
        xp = array_namespace(g_target)
        sigma = self.error_absolute + self.error_relative * g_target
        return xp.maximum(g_target + self.error_scale * sigma * z, 0.0)

    def age(self, g: Array, t: float, z: Array) -> Array:
        """Conductance `t` seconds after programming to `g`; shape of `g`, S.

        Raises
        ------
        SpecError : `t` is negative.
        """
        if t < 0:
            raise SpecError(f"age {t:g} s precedes programming")
        if t == 0:
            return g
        xp = array_namespace(g)
        grown = log(max(t, self.t_settled) / self.t_settled)
        fixed, growing = self.settling_spread
        shift = self.settling_mean * grown + (fixed + growing * grown) * z
        return xp.maximum(g + self.settling_scale * shift, 0.0)

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
        age = max(t or 0.0, self.t_settled, t_read)
        accumulated = sqrt(log((age + t_read) / (2 * t_read)))
        decades = xp.log10(xp.maximum(g / self.noise_conductance, 1.0))
        return self.noise_scale * self.noise_depth * accumulated * decades * z
