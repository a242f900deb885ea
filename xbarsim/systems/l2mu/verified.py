"""A device whose cells are written again until they are right."""

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.device import Like, WrittenCells
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware


@dataclass(frozen=True, kw_only=True)
class Written:
    """Cells as `xbarsim.device.WrittenCells` tells of them; of the shape of the targets.

    Parameters
    ----------
    g : conductances, S.
    pulses : how often each was written.
    energy : 0 J: the device does not say what that costs.
    verified : whether it is right.
    """

    g: Array
    pulses: Array
    energy: Array
    verified: Array


@dataclass(frozen=True, kw_only=True)
class Verified(Like):
    """A device each of whose cells is written anew until it lies near its target.

    Every try is a fresh draw of the device's own programming, of which no more than its outcome is
    known (pulses of a law are sent by `xbarsim.programming.write_verify`); the last one stays where
    none is right. What happens later, drift and noise of reads, is the device's.

    Parameters
    ----------
    near : largest distance of a cell that is right from its target, over the window.
    tries : how often a cell is written at the most.
    """

    near: float
    tries: int

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance when a cell was written for the last time, S."""
        return self.write(g_target, z, z).g

    def write(self, g_target: Array, z: Array, z_device: Array, wires: Any = None) -> Written:
        """Write cells with the normals `z`, and later tries with others that follow from them."""
        xp = array_namespace(z)
        g = self.device.program(g_target, z)
        low, high = self.device.window
        pulses = xp.ones(z.shape, dtype=int)
        rng = np.random.default_rng(_words(z))
        for _ in range(1, self.tries):
            wrong = abs(g - g_target) > self.near * (high - low)
            if not wrong.any():
                break
            again = self.device.program(g_target, xp.asarray(rng.standard_normal(z.shape)))
            g, pulses = xp.where(wrong, again, g), pulses + wrong
        right = abs(g - g_target) <= self.near * (high - low)
        return Written(g=g, pulses=pulses, energy=xp.zeros(z.shape), verified=right)


def verifying(hardware: Hardware, near: float, tries: int) -> Hardware:
    """The same hardware with cells that are written until they are right.

    Raises
    ------
    SpecError : its device has a way of writing of its own.
    """
    if isinstance(hardware.device, WrittenCells):
        raise SpecError(
            "state_space is verified; the device's cells are written and verified in its own way: "
            "use tile"
        )
    return replace(hardware, device=Verified(device=hardware.device, near=near, tries=tries))


def _words(z: Array) -> Any:
    """What begins the random numbers of later tries."""
    return np.frombuffer(blake2b(to_numpy(z).tobytes(), digest_size=16).digest(), "<u4")
