"""A switching law and its programming scheme as the device that arrays are made of."""

from dataclasses import dataclass
from math import inf

import numpy as np

from xbarsim.backend import Array, to_numpy
from xbarsim.errors import SpecError
from xbarsim.programming.transfer import ProgrammingTransfer
from xbarsim.programming.write_verify import Programmed, WriteVerify, write_verify
from xbarsim.units import show


@dataclass(frozen=True, kw_only=True)
class WrittenDevice:
    """Cells of one law that are written by pulses with verify reads; a `StatisticalDevice`.

    Every cell begins where its conductance is lowest and gets its own pulses, one cell at a time
    and without wires. What the law says about states without voltage holds for ageing: laws here
    are non-volatile, so that cells stay as they were written.

    Parameters
    ----------
    transfer : the pulses at hand.
    scheme : which of them a cell gets.
    g_min, g_max : the window that targets are put into, S; by default all that the law can reach.

    Raises
    ------
    SpecError : the window is empty or beyond what the law can reach.
    """

    transfer: ProgrammingTransfer
    scheme: WriteVerify
    g_min: float | None = None
    g_max: float | None = None

    def __post_init__(self) -> None:
        low, high = self.transfer.window
        g_min, g_max = self.window
        if not low <= g_min < g_max <= high:
            raise SpecError(
                f"g_min is {show(g_min, 'siemens')} and g_max {show(g_max, 'siemens')}; "
                f"they must ascend and lie within what the law can reach, "
                f"{show(low, 'siemens')} to {show(high, 'siemens')}"
            )

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that can be programmed, S."""
        low, high = self.transfer.window
        return (
            low if self.g_min is None else self.g_min,
            high if self.g_max is None else self.g_max,
        )

    @property
    def ages(self) -> tuple[float, float]:
        """Cells do not age: every age is described, s."""
        return 0.0, inf

    def write(self, g_target: Array, z: Array) -> Programmed:
        """Write cells; shapes as `g_target`.

        Parameters
        ----------
        g_target : conductances, S.
        z : standard normals of the same shape, from which the noise of every verify read follows.
        """
        target = np.asarray(to_numpy(g_target), dtype=float)
        return write_verify(self.transfer, target, self.scheme, to_numpy(z))

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance right after programming; shape of `g_target`, S."""
        return self.write(g_target, z).g

    def age(self, g: Array, t: float, z: Array) -> Array:
        """`g` itself: the law moves no state without voltage, S."""
        return g

    def read_noise(
        self,
        g: Array,
        t_read: float,
        z: Array,
        t: float | None = None,
        g_programmed: Array | None = None,
    ) -> Array:
        """Change of `g` (S) during one read; linear in `z`, as large as in verify reads."""
        return self.scheme.read_noise * g * z
