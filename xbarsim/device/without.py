"""A device without some of what it does, to see what that costs."""

from dataclasses import dataclass
from typing import Any

from xbarsim.backend import Array, array_namespace
from xbarsim.device.protocols import StatisticalDevice, WrittenCells


def without(device: StatisticalDevice, off: frozenset[str]) -> StatisticalDevice:
    """`device` with parts switched off.

    Parameters
    ----------
    off : of ``programming`` (cells hold exactly what they are programmed to, within the window),
        ``drift`` (they stay so) and ``read_noise`` (reads do not change them).
    """
    if not off:
        return device
    written = isinstance(device, WrittenCells) and "programming" not in off
    return (_WrittenWithout if written else _Without)(device=device, off=off)


@dataclass(frozen=True, kw_only=True)
class _Without:
    """See `without`."""

    device: StatisticalDevice
    off: frozenset[str]

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
        if "programming" in self.off:
            return array_namespace(g_target).clip(g_target, *self.window)
        return self.device.program(g_target, z)

    def age(self, g: Array, t: float, z: Array) -> Array:
        """See `StatisticalDevice`."""
        return g if "drift" in self.off else self.device.age(g, t, z)

    def read_noise(
        self,
        g: Array,
        t_read: float,
        z: Array,
        t: float | None = None,
        g_programmed: Array | None = None,
    ) -> Array:
        """See `StatisticalDevice`."""
        if "read_noise" in self.off:
            return array_namespace(g).zeros_like(g)
        return self.device.read_noise(g, t_read, z, t, g_programmed)


class _WrittenWithout(_Without):
    """The same of cells that are written one by one."""

    def write(self, g_target: Array, z: Array, z_device: Array, wires: Any) -> Any:
        """See `WrittenCells`."""
        return self.device.write(g_target, z, z_device, wires)  # type: ignore[attr-defined]
