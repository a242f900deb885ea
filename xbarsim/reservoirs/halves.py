"""A matrix of a reservoir on tiles."""

from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.hardware import Hardware
from xbarsim.reservoirs.on_tile import read_in_places
from xbarsim.streams import Streams
from xbarsim.tile import Tile


class Half(NamedTuple):
    """The weights of one sign, or all of them.

    Parameters
    ----------
    name : of the tile.
    sign : what its outputs count as.
    columns : inputs of the matrix that stand on it.
    """

    name: str
    sign: float
    columns: Array
    tile: Tile


class TiledMatrix:
    """Weights (out, in) on tiles of their own.

    With an encoding of cells that know no sign (``single``), positive and negative weights stand
    on arrays of their own, as magnitudes, and their outputs are subtracted digitally. By Dale's
    law that is one cell for each weight, as a word line has weights of one sign only: it stands on
    one of the two. A matrix without inputs has no tiles.
    """

    def __init__(self, name: str, weights: Array, hardware: Hardware, streams: Streams) -> None:
        self.outputs, self.inputs = weights.shape
        self.halves: list[Half] = []
        if self.inputs == 0:
            return
        if hardware.code.kind != "single":
            every = np.arange(self.inputs)
            self.halves.append(Half(name, 1.0, every, Tile(weights, hardware, streams / name)))
            return
        for mark, sign in (("+", 1.0), ("-", -1.0)):
            part = np.maximum(sign * weights, 0.0)
            columns = np.flatnonzero(part.any(axis=0))
            if len(columns):
                own = f"{name}{mark}"
                tile = Tile(part[:, columns], hardware, streams / own)
                self.halves.append(Half(own, sign, columns, tile))

    @property
    def tiles(self) -> dict[str, Tile]:
        """By name."""
        return {half.name: half.tile for half in self.halves}

    @property
    def held(self) -> Array:
        """What the cells stand for at their age, (out, in)."""
        out = np.zeros((self.outputs, self.inputs))
        for half in self.halves:
            out[:, half.columns] += half.sign * half.tile.held
        return out

    def given(self, x: Array) -> dict[str, Array]:
        """The inputs of each tile, by name, of inputs (n, in)."""
        return {half.name: x[:, half.columns] for half in self.halves}

    def __call__(self, x: Array, places: Array) -> Array:
        """Outputs (n, out) of one read for inputs (n, in), with the noise of `places`."""
        out = np.zeros((len(x), self.outputs), x.dtype)
        for half in self.halves:
            out += x.dtype.type(half.sign) * read_in_places(half.tile, x[:, half.columns], places)
        return out
