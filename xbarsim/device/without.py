"""A device without some of what it does, to see what that costs."""

from dataclasses import dataclass
from typing import Any

from xbarsim.backend import Array, array_namespace
from xbarsim.device.like import Like
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
class _Without(Like):
    """See `without`."""

    off: frozenset[str]

    def program(self, g_target: Array, z: Array) -> Array:
        """See `StatisticalDevice`."""
        if "programming" in self.off:
            return array_namespace(g_target).clip(g_target, *self.window)
        return super().program(g_target, z)

    def age(self, g: Array, t: float, z: Array) -> Array:
        """See `StatisticalDevice`."""
        return g if "drift" in self.off else super().age(g, t, z)

    def read_noise(self, g: Array, *how: Any, **named: Any) -> Array:
        """See `StatisticalDevice`."""
        if "read_noise" in self.off:
            return array_namespace(g).zeros_like(g)
        return super().read_noise(g, *how, **named)


class _WrittenWithout(_Without):
    """The same of cells that are written one by one."""

    def write(self, g_target: Array, z: Array, z_device: Array, wires: Any) -> Any:
        """See `WrittenCells`."""
        return self.device.write(g_target, z, z_device, wires)  # type: ignore[attr-defined]
