"""Word-line drivers as they were made: static errors of every row."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.periphery.bow import WAVES, deviation, waves
from xbarsim.periphery.dac import Dac, Phase
from xbarsim.streams import Streams


@dataclass(frozen=True, kw_only=True, eq=False)
class Drivers:
    """Drivers that `drivers` sampled.

    Parameters
    ----------
    dac : what they are.
    offset : (..., rows) over full scale, 1.
    gain : (..., rows) 1.
    waves : shape of the deviation, (WAVES, ..., rows); None where there is none.
    """

    dac: Dac
    offset: Array
    gain: Array
    waves: Array | None

    def drive(self, phase: Phase, z: Array | None = None) -> Array:
        """What the drivers put on the word lines in a phase of `Dac.phases`, (..., rows) 1.

        `z` are standard normals of the shape of its levels, for noise; None for none. With pulse
        widths the magnitude is the on-time, never below 0, and rows at level 0 stay off. Levels
        of a single step lie at the ends of the range, where there is no deviation.
        """
        levels = phase.levels
        if self.dac.exact:
            return levels
        xp, dtype = array_namespace(levels), levels.dtype
        sign, size = xp.sign(levels), xp.abs(levels)
        value = size * self.gain.astype(dtype, copy=False)
        if self.waves is not None:
            bend = deviation(size, self.waves.astype(dtype, copy=False))
            value = value + bend * (self.dac.inl / phase.steps)
        added = self.offset.astype(dtype, copy=False)
        if self.dac.noise and z is not None:
            added = added + z.astype(dtype, copy=False) * self.dac.noise
        if self.dac.coding == "pulse_width":
            return sign * xp.maximum(value + added, 0.0)
        return sign * value + added


def drivers(
    dac: Dac, rows: int | tuple[int, ...], streams: Streams, xp: ModuleType = np
) -> Drivers:
    """Sample drivers, float64, in library `xp`.

    Parameters
    ----------
    dac : what they are.
    rows : how many; with axes before them for stacked arrays, to broadcast with levels.
    streams : ``offset``, ``gain`` and ``inl`` below it are used.
    """
    shape = (rows,) if isinstance(rows, int) else rows

    def spread(sigma: float, name: str) -> Array:
        return sigma * (streams / name).normal(shape, xp) if sigma else xp.zeros(shape)

    return Drivers(
        dac=dac,
        offset=spread(dac.offset_spread, "offset"),
        gain=1 + spread(dac.gain_spread, "gain"),
        waves=waves((streams / "inl").normal((WAVES, *shape), xp)) if dac.inl else None,
    )
