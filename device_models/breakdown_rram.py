"""Random resistor arrays made by dielectric breakdown at a chosen voltage."""

from dataclasses import dataclass
from math import exp

from scipy.stats import norm

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, parameter
from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class BreakdownArray:
    r"""Cells that insulate until their dielectric breaks, and then keep a random conductance.

    .. math::
        \text{broken} \iff V \ge V_m + V_s z_1, \qquad
        G = G_m\,e^{\sigma z_2 - \sigma^2/2}

    so that a voltage V breaks the fraction :math:`\Phi((V - V_m)/V_s)`.

    Parameters
    ----------
    v_mean, v_spread : mean and standard deviation of the breakdown voltage, V.
    g_mean : mean conductance of broken cells, S.
    g_spread : standard deviation of its logarithm, 1.

    Notes
    -----
    Of `window`, only the ends exist: a cell insulates, or it conducts about `g_mean`. `program`
    takes 0 for cells to leave whole; any other target is the mean of the conductance that the
    breakdown leaves. `form` does the same from the voltage. Nothing was measured after
    breakdown: the conductance stays.

    References
    ----------
    [wang2023]_ in ``device_models/references.bib``.
    """

    v_mean: float = parameter("volt", low=0.0)
    v_spread: float = parameter("volt", low=1e-9)
    g_mean: float = parameter("siemens", low=1e-12, high=0.01)
    g_spread: float = parameter("dimensionless", low=0.0)

    def __post_init__(self) -> None:
        check_parameters(self)

    @property
    def window(self) -> tuple[float, float]:
        """Conductance of whole cells, and the mean of broken ones, S."""
        return 0.0, self.g_mean

    @property
    def ages(self) -> tuple[float, float]:
        """Only the state right after breakdown was measured, s."""
        return 0.0, 0.0

    def fraction_broken(self, v: float) -> float:
        """Share of cells that break at `v` (V) or below it."""
        return float(norm.cdf((v - self.v_mean) / self.v_spread))

    def voltage_for(self, fraction: float) -> float:
        """Voltage that breaks the `fraction` of cells, V.

        Raises
        ------
        SpecError : `fraction` is not between 0 and 1.
        """
        if not 0 < fraction < 1:
            raise SpecError(f"fraction is {fraction:g}; it must be above 0 and below 1")
        return self.v_mean + self.v_spread * float(norm.ppf(fraction))

    def broken(self, v: Array, z: Array) -> Array:
        """Which cells break at `v` (V, as `z` or one number); shape of `z`."""
        return self.v_mean + self.v_spread * z <= v

    def form(self, v: Array, z: Array, z_conductance: Array) -> Array:
        """Conductance after `v` (V) has stood across whole cells; shape of `z`, S.

        Parameters
        ----------
        z, z_conductance : standard normal, for the breakdown voltage and for the conductance.
        """
        xp = array_namespace(z)
        return self.program(xp.where(self.broken(v, z), self.g_mean, 0.0), z_conductance)

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance of cells of which those with a target were broken; as `g_target`, S."""
        xp = array_namespace(g_target)
        return g_target * (xp.exp(self.g_spread * z) * exp(-(self.g_spread**2) / 2))

    def age(self, g: Array, t: float, z: Array) -> Array:
        """`g` itself: no ageing was published, S.

        Raises
        ------
        SpecError : `t` is negative.
        """
        if t < 0:
            raise SpecError(f"age {t:g} s precedes breakdown")
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
