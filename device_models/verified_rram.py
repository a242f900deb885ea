"""Filamentary RRAM programmed by write-verify, with the curvature of its read current."""

from dataclasses import dataclass

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, parameter
from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class VerifiedRRAM:
    r"""A cell programmed with a Gaussian error, whose read current bends with voltage.

    .. math::
        G &= \max(G_t + (c_0 + c_1 G_t)^+ z,\ 0) \\
        i &= G u + N_2(\log_{10} G)\,u^2 + N_3(\log_{10} G)\,u^3

    with polynomials N2, N3 in the decadic logarithm of G over 1 S. Arrays take the second line as
    ``xbarsim.crossbar.laws.ConductanceCell(quadratic=device.quadratic, cubic=device.cubic,
    g_low=device.g_min, g_high=device.g_max, v_high=device.v_high)``.

    Parameters
    ----------
    g_min, g_max : the window that was measured, S.
    error_absolute : c0, the part of the programming error that does not depend on the target, S.
    error_relative : c1, its change with the target, 1.
    quadratic : coefficients of N2, constant first, A/V^2.
    cubic : coefficients of N3, constant first, A/V^3.
    v_high : highest voltage of the read curves, V.
    error_scale : multiplies the programming error; 1 is as published, 0 switches it off.

    Notes
    -----
    Neither relaxation nor read noise was published with this error: the conductance stays.

    References
    ----------
    [milo2021]_; fits of [crosssim]_; in ``device_models/references.bib``.
    """

    g_min: float = parameter("siemens", low=0.0)
    g_max: float = parameter("siemens", low=0.0, high=0.01)
    error_absolute: float = parameter("siemens")
    error_relative: float = parameter("dimensionless")
    quadratic: tuple[float, ...] = parameter("dimensionless")
    cubic: tuple[float, ...] = parameter("dimensionless")
    v_high: float = parameter("volt", low=1e-6)
    error_scale: float = parameter("dimensionless", low=0.0, default=1.0)

    def __post_init__(self) -> None:
        check_parameters(self)

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that can be programmed, S."""
        return self.g_min, self.g_max

    @property
    def ages(self) -> tuple[float, float]:
        """Only the state right after programming was measured, s."""
        return 0.0, 0.0

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance after programming; shape of `g_target`, S."""
        xp = array_namespace(g_target)
        sigma = xp.maximum(self.error_absolute + self.error_relative * g_target, 0.0)
        return xp.maximum(g_target + self.error_scale * sigma * z, 0.0)

    def age(self, g: Array, t: float, z: Array) -> Array:
        """`g` itself: no ageing was published, S.

        Raises
        ------
        SpecError : `t` is negative.
        """
        if t < 0:
            raise SpecError(f"age {t:g} s precedes programming")
        return g

    def read_noise(
        self,
        g: Array,
        t_read: float,
        z: Array,
        t: float | None = None,
        g_programmed: Array | None = None,
    ) -> Array:
        """Zero: no read noise was published, S."""
        return 0.0 * g * z
