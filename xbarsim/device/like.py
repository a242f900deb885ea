"""A device that stands in front of another, and does as that one does."""

from dataclasses import dataclass

from xbarsim.backend import Array
from xbarsim.device.protocols import StatisticalDevice


@dataclass(frozen=True, kw_only=True)
class Like:
    """A `StatisticalDevice` that asks another for all that a derived class does not do itself.

    Parameters
    ----------
    device : the other.
    """

    device: StatisticalDevice

    @property
    def window(self) -> tuple[float, float]:
        """See `StatisticalDevice`."""
        return self.device.window

    @property
    def ages(self) -> tuple[float, float]:
        """See `StatisticalDevice`."""
        return self.device.ages

    def program(self, g_target: Array, z: Array) -> Array:
        """See `StatisticalDevice`."""
        return self.device.program(g_target, z)

    def age(self, g: Array, t: float, z: Array) -> Array:
        """See `StatisticalDevice`."""
        return self.device.age(g, t, z)

    def read_noise(
        self,
        g: Array,
        t_read: float,
        z: Array,
        t: float | None = None,
        g_programmed: Array | None = None,
    ) -> Array:
        """See `StatisticalDevice`."""
        return self.device.read_noise(g, t_read, z, t, g_programmed)
