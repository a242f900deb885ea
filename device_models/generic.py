"""Generic cells for studies: no publication behind them, and no ageing."""

from dataclasses import dataclass

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, parameter

FOREVER = float("inf")


@dataclass(frozen=True, kw_only=True)
class GaussianCell:
    r"""A cell programmed with a Gaussian error that then stays where it is.

    .. math:: G = \max\left(G_t + z\sqrt{\sigma_a^2 + (\sigma_r G_t)^2},\, 0\right)

    Parameters
    ----------
    g_min, g_max : the programmable window, S.
    sigma_absolute : standard deviation of the error that does not depend on the target, S.
    sigma_relative : standard deviation of the error that scales with the target, 1.
    read_noise_relative : standard deviation of one read of any length over the conductance, 1.
        Sheets and scenarios call it ``read_noise``.

    Notes
    -----
    With all of these zero this is the ideal cell.
    """

    g_min: float = parameter("siemens", low=0.0)
    g_max: float = parameter("siemens", low=0.0, high=0.01)
    sigma_absolute: float = parameter("siemens", low=0.0, default=0.0)
    sigma_relative: float = parameter("dimensionless", low=0.0, default=0.0)
    read_noise_relative: float = parameter(
        "dimensionless", low=0.0, high=1.0, default=0.0, key="read_noise"
    )

    def __post_init__(self) -> None:
        check_parameters(self)

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that can be programmed, S."""
        return self.g_min, self.g_max

    @property
    def ages(self) -> tuple[float, float]:
        """The cell does not age: every age is described, s."""
        return 0.0, FOREVER

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance after programming; shape of `g_target`, S."""
        xp = array_namespace(g_target)
        sigma = xp.sqrt(self.sigma_absolute**2 + (self.sigma_relative * g_target) ** 2)
        return xp.maximum(g_target + sigma * z, 0.0)

    def age(self, g: Array, t: float, z: Array) -> Array:
        """`g` itself: the cell keeps its conductance, S."""
        return g

    def read_noise(
        self,
        g: Array,
        t_read: float,
        z: Array,
        t: float | None = None,
        g_programmed: Array | None = None,
    ) -> Array:
        """Change in one read, a fixed share of the conductance, S."""
        return self.read_noise_relative * g * z
