"""Standard normals that follow from a pass's number."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.periphery._normals import drawn_at_most, fill, normals


@dataclass(frozen=True)
class Draws:
    """One set of normals of a stream.

    Parameters
    ----------
    key : four words that name the stream, see `xbarsim.periphery._normals.fill`.
    number : of the set.
    """

    key: Array
    number: int

    def part(self, d: int, start: int, stop: int) -> Array:
        """Those numbered `start` to `stop` of row `d`, float32."""
        room = np.empty(drawn_at_most(stop - start), np.float32)
        first = fill(self.key, self.number, d, start, stop, room)
        return room[first : first + stop - start]

    def block(self, rows: int, count: int) -> Array:
        """The first `count` of some rows, (rows, count)."""
        return normals(self.key, self.number, (rows, 1, count))[:, 0]
