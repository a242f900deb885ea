"""A switching law and its programming scheme as the device that arrays are made of."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from xbarsim.backend import Array, to_numpy
from xbarsim.crossbar.paths import path_resistance
from xbarsim.crossbar.wires import Wires
from xbarsim.effects.normal import normal_cdf
from xbarsim.errors import SpecError
from xbarsim.programming.scheme import Programmed, WriteVerify
from xbarsim.programming.stacked import Library, stacked
from xbarsim.programming.write_verify import write_verify
from xbarsim.units import show

_PATHS = 17  # line resistances, at equal distances, between which cells behind lines lie


@dataclass(frozen=True, kw_only=True)
class WrittenDevice:
    """Cells of one law that are written by pulses with verify reads; a `StatisticalDevice`.

    Every cell begins where its conductance is lowest and gets its own pulses, one cell at a time.
    What the law says about states without voltage holds for ageing: laws here are non-volatile, so
    that cells stay as they were written.

    Parameters
    ----------
    library : the pulses at hand, on each of the parameter sets that cells are sampled from.
    scheme : which of them a cell gets.
    g_min, g_max : the window that targets are put into, S; by default all that every parameter set
        can reach.
    behind : the library of cells behind a resistance (ohm). With it cells are pulsed and read
        through the lines of their array, all other cells cut off by their transistors; without it
        straight at the cell.

    Raises
    ------
    SpecError : the window is empty or beyond what the law can reach.
    """

    library: Library
    scheme: WriteVerify
    g_min: float | None = None
    g_max: float | None = None
    behind: Callable[[float], Library] | None = None

    def __post_init__(self) -> None:
        low, high = self._reach()
        g_min, g_max = self.window
        if not low <= g_min < g_max <= high:
            raise SpecError(
                f"g_min is {show(g_min, 'siemens')} and g_max {show(g_max, 'siemens')}; "
                f"they must ascend and lie within what the law can reach, "
                f"{show(low, 'siemens')} to {show(high, 'siemens')}"
            )

    def _reach(self) -> tuple[float, float]:
        windows = [one.window for one in self.library]
        return max(low for low, _ in windows), min(high for _, high in windows)

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that can be programmed, S."""
        low, high = self._reach()
        return (
            low if self.g_min is None else self.g_min,
            high if self.g_max is None else self.g_max,
        )

    @property
    def ages(self) -> tuple[float, float]:
        """Cells do not age: every age is described, s."""
        return 0.0, inf

    def write(
        self, g_target: Array, z: Array, z_device: Array = 0.0, wires: Wires | None = None
    ) -> Programmed:
        """Write cells; shapes as `g_target`, (..., rows, cols) where there are wires.

        Parameters
        ----------
        g_target : conductances, S.
        z : standard normals of the same shape, from which the noise of every verify read follows.
        z_device : standard normals that say which parameter set of the library a cell has, the same
            whenever it is written.
        wires : lines of the array, for cells that are written through them.

        Raises
        ------
        SpecError : no line leads to a cell, or there are wires and cells are in no array.
        """
        target = np.asarray(to_numpy(g_target), dtype=float)
        each = np.broadcast_to(to_numpy(z_device), target.shape)
        own = np.minimum(normal_cdf(each) * len(self.library), len(self.library) - 1)
        own = own.astype(np.int64)
        if self.behind is None or wires is None or wires.ideal:
            return write_verify(self.library, target, self.scheme, to_numpy(z), member=own)
        path, place, weight = self._paths(wires, target.shape)
        library = [self.behind(r) for r in path]
        done = write_verify(
            [behind[k] for k in range(len(self.library)) for behind in library],
            target,
            self.scheme,
            to_numpy(z),
            member=own * len(path) + place,
            weight=weight,
            reach="try",
        )
        bare = stacked(self.library, target.shape, own, None)
        return replace(done, g=bare.read(done.state.reshape(-1)).reshape(target.shape))

    def _paths(self, wires: Wires, shape: tuple[int, ...]) -> tuple[list[float], Array, Array]:
        """Line resistances that are characterised, and where between them each cell lies."""
        if len(shape) < 2 or 0 in shape:
            raise SpecError(f"g_target has shape {shape}; behind wires it is (..., rows, cols)")
        r = np.broadcast_to(path_resistance(wires, *shape[-2:]), shape)
        if not np.isfinite(r).all():
            row, col = (int(k) for k in np.argwhere(~np.isfinite(r))[0][-2:])
            raise SpecError(f"no line leads to cell ({row}, {col}); it cannot be written")
        low, high = float(r.min()), float(r.max())
        if high - low <= 1e-3:
            return [high], np.zeros(shape, dtype=np.int64), np.zeros(shape)
        at = (r - low) * ((_PATHS - 1) / (high - low))
        place = np.minimum(at.astype(np.int64), _PATHS - 2)
        return [float(x) for x in np.linspace(low, high, _PATHS)], place, at - place

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
