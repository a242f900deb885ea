"""A weight as cells hold it: its mean and its spread at an age, measured on probes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from xbarsim.backend import Array
from xbarsim.effects.reads import Gaussian
from xbarsim.encode import Encoding
from xbarsim.hardware import Hardware
from xbarsim.parallel import once
from xbarsim.partition import Partition
from xbarsim.streams import Streams
from xbarsim.tile.cells import Cells
from xbarsim.tile.held import held

NODES = 257  # weights over the largest, evenly spaced from -1 to 1
_PLACES = 1025  # of weights, which take what is nearest
_PROBES = 500  # of each
_EXACT = 1e-9  # of the largest weight


@dataclass(frozen=True, kw_only=True, eq=False)
class Moments:
    """Of weights over the largest, at `NODES` of them; each (NODES,).

    Parameters
    ----------
    age : s.
    shift, spread : mean and standard deviation of what is held less what was wanted.
    read : variance in a read, at an input of 1.
    total, fresh : conductance of a weight's cells together at this age, and right after
        programming, S: what a reference read sees.
    """

    age: float
    shift: Array
    spread: Array
    read: Array
    total: Array
    fresh: Array

    def tables(self, amplify: float = 1.0) -> Array:
        """Shift, spread (`amplify` times) and variance in a read, at more places: (3, 1025)."""
        places, nodes = np.linspace(-1.0, 1.0, _PLACES), np.linspace(-1.0, 1.0, NODES)
        parts = self.shift, amplify * self.spread, self.read
        return np.stack([np.interp(places, nodes, part) for part in parts])

    @once
    def noisy(self) -> bool:
        """Whether any weight has read noise."""
        return bool(self.read.any())

    @once
    def exact(self) -> bool:
        """Whether weights are held as they are wanted."""
        return bool(max(abs(self.shift).max(), self.spread.max()) < _EXACT)

    def factor(self, u: Array) -> float:
        """What a reference read of weights `u` over the largest gives back of their drift."""
        nearest = np.rint((u + 1.0) * (0.5 * (NODES - 1))).astype(int)
        now, before = (float(part[nearest].sum()) for part in (self.total, self.fresh))
        return before / now if now > 0 else 1.0


def moments(hardware: Hardware, ages: Sequence[float], streams: Streams) -> list[Moments]:
    """What becomes of weights at `ages` (s), without wires.

    Parameters
    ----------
    streams : of the probes.

    Notes
    -----
    500 probes of each of 257 values stand on an array of their own, a probe of each value on every
    row, and are encoded, programmed and aged as a tile's cells are: rounding to levels, stuck
    cells, and the errors of reference columns count as spread. Its standard error is 3.2 %; that of
    a mean, 4.5 % of the spread. Noise in a read is that of the cells, and 1/f noise; telegraph
    noise and that of amplifiers are left out.
    """
    code = hardware.code
    bare = replace(hardware, wires=None, settling=False)
    u = np.repeat(np.linspace(-1.0, 1.0, NODES)[:, None], _PROBES, axis=1)
    part = Partition(
        inputs=_PROBES, outputs=NODES, rows=_PROBES, cols=code.columns(NODES), encoding=code
    )
    cells = Cells(u, part, bare, streams)
    cells.program()
    fresh = _total(code, cells.g)
    span = hardware.device.window[1] - hardware.device.window[0]
    sign = np.where(u < 0, -1.0, 1.0) if code.kind == "single" else 1.0  # inputs carry it
    found = []
    for t in ages:
        cells.age(t)
        error = held(cells) * sign - u
        found.append(
            Moments(
                age=t,
                shift=error.mean(axis=1),
                spread=error.std(axis=1),
                read=_read(cells) / span**2,
                total=_total(code, cells.g),
                fresh=fresh,
            )
        )
    return found


def _total(code: Encoding, cells: Array) -> Array:
    """The sum of each weight's cells (1, 1, probes, columns): the mean at each node."""
    return code.total(cells[0, 0]).reshape(_PROBES, NODES, -1).sum(axis=-1).mean(axis=0)


def _read(cells: Cells) -> Array:
    """Variance of each weight in a read, that of its references included: the mean, S^2."""
    code, hardware = cells.partition.encoding, cells.hardware
    squares = cells.sigma**2
    for source in cells.effects.sources(cells.g, cells.t, hardware.t_read, 1, 0):
        if isinstance(source, Gaussian):
            squares = squares + source.sigma**2
    each = code.decode_variance(squares[0, 0]).reshape(_PROBES, NODES, -1)
    return (each @ code.values**2).mean(axis=0)
