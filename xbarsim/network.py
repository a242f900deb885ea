"""A mapped network that runs."""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError
from xbarsim.layers import Node
from xbarsim.mapping import Placement
from xbarsim.mapping.graph import Key, Multiply, See
from xbarsim.mapping.graph import software as exact
from xbarsim.streams import Streams
from xbarsim.tile import Tile

_OCTAVES = (-2.0, 1.5)  # about the range of least error of the signals, where one is learned
_SEARCH = {"xatol": 0.05, "maxiter": 12}
_CALIBRATION_VECTORS = 4096  # of those that a matrix is given, evenly spread, at the most


class Network:
    """A placed network on tiles of its own.

    Parameters
    ----------
    placement : what stands where.
    seed : root of the random streams, or the streams themselves; each matrix draws from a stream of
        its name, each copy of it from one of its own.

    Notes
    -----
    `tiles` holds those of each matrix, one for each of its copies, by the names of layer and
    matrix. Copies share the vectors that their matrix is given.

    Examples
    --------
    >>> import numpy as np
    >>> import xbarsim as xs
    >>> from xbarsim.mapping import Dense
    >>> net = [Dense(name="out", weights=np.eye(3), bias=np.zeros(3))]
    >>> hardware = xs.Hardware(device=xs.load_device("wan_2022"), adc=xs.Adc(bits=6))
    >>> chip = Network(xs.map_network(net, hardware), seed=0)
    >>> chip.program()
    >>> chip.calibrate(np.eye(3))  # ranges of the converters
    >>> chip.age(86400.0)
    >>> chip(np.eye(3)).argmax(axis=1)
    array([0, 1, 2])
    """

    def __init__(self, placement: Placement, seed: int | Streams = 0) -> None:
        self.placement = placement
        self.graph = placement.graph
        streams = seed if isinstance(seed, Streams) else Streams(seed)
        self.tiles: dict[Key, list[Tile]] = {}
        for (layer, name), block in self.graph.blocks().items():
            own = streams / layer / name if name else streams / layer
            self.tiles[layer, name] = [
                Tile(
                    block.weights,
                    placement.hardware,
                    own / "copy" / k if k else own,
                    bias=block.bias,
                    groups=block.groups,
                    offsets=placement.offsets(layer, name, k),
                )
                for k in range(placement.copies(layer, name))
            ]

    @property
    def all_tiles(self) -> list[Tile]:
        """Every tile, in the order of the layers."""
        return [tile for copies in self.tiles.values() for tile in copies]

    @property
    def t(self) -> float:
        """Age, s."""
        return self.all_tiles[0].t

    @property
    def reads(self) -> list[int]:
        """How often each tile has been read: the noise of the next reads follows from that."""
        return [tile.reads for tile in self.all_tiles]

    @reads.setter
    def reads(self, numbers: list[int]) -> None:
        for tile, number in zip(self.all_tiles, numbers, strict=True):
            tile.reads = number

    @property
    def ledger(self) -> Counter[str]:
        """What all tiles have done since they were made."""
        return ledger_of(self.all_tiles)

    def program(self) -> None:
        """Program fresh devices in every layer."""
        for tile in self.all_tiles:
            tile.program()

    def age(self, t: float) -> None:
        """Let every layer be `t` seconds old, counted from programming."""
        for tile in self.all_tiles:
            tile.age(t)

    def recalibrate(self) -> None:
        """Measure converters against their references, as they are now, and correct them."""
        for tile in self.all_tiles:
            tile.recalibrate()

    def calibrate(self, *x: Array) -> None:
        """Set converter ranges on what matrices are given when typical inputs `x` are run.

        What they are given in software, so that ranges do not depend on the noise of a chip.
        Ranges that are to be learned are then moved, matrix by matrix, to where the network's
        outputs differ least from software's.
        """
        for key, vectors in self.vectors(*x, software=True).items():
            few = thinned(vectors, _CALIBRATION_VECTORS)
            for tile in self.tiles[key]:
                tile.calibrate(few, silent=True)
        adc = self.placement.hardware.adc
        if adc is not None and adc.ranging == "learned":
            self._learn_ranges(x)

    def _learn_ranges(self, x: tuple[Array, ...]) -> None:
        """Least squares of the outputs, matrix after matrix; every try has the same noise."""
        from scipy.optimize import minimize_scalar

        wanted, reads = self.graph.run(*x), self.reads

        def tried(tile: Tile, start: Array, octaves: float) -> float:
            tile.full_scale = start * 2.0**octaves
            self.reads = reads
            return float(((self(*x) - wanted) ** 2).mean())

        for tile in self.all_tiles:
            start, error = tile.full_scale, partial(tried, tile, tile.full_scale)
            found = minimize_scalar(error, bounds=_OCTAVES, method="bounded", options=_SEARCH)
            tile.full_scale = start * 2.0 ** (found.x if found.fun < error(0.0) else 0.0)

    def __call__(self, *x: Array) -> Array:
        """Outputs (n, ...) for inputs (n, ...), one for each of the graph's inputs."""
        return self.graph.run(*x, multiply=self.multiply)

    def run(self, *x: Array, batch: int | None = None, repeats: int = 1) -> Array:
        """Outputs of reading inputs several times, (repeats, n, ...), with fresh noise each time.

        Parameters
        ----------
        x : (n, ...), for each of the graph's inputs.
        batch : how many inputs are read together, which keeps memory small; None for all.
        repeats : how often all of them are read.

        Raises
        ------
        SpecError : a number that is not a whole one of at least 1.
        """
        for name, value in (("batch", batch or 1), ("repeats", repeats)):
            if not (isinstance(value, int) and value >= 1):
                raise SpecError(f"{name} is {value!r}; it must be a whole number of at least 1")
        xp, size = array_namespace(*x), batch or max(len(x[0]), 1)
        starts = range(0, max(len(x[0]), 1), size)
        return xp.stack(
            [
                xp.concatenate([self(*(part[k : k + size] for part in x)) for k in starts])
                for _ in range(repeats)
            ]
        )

    def multiply(self, node: Node, name: str, x: Array) -> Array:
        """Outputs (..., out) of one matrix for vectors (..., in), read on its tiles."""
        tiles = self.tiles[node.home, name]
        if len(tiles) == 1:
            return tiles[0](x)
        xp = array_namespace(x)
        flat = x.reshape(-1, x.shape[-1])
        for tile in tiles:
            if not tile.calibrated and len(flat):
                tile.calibrate(flat)
        cuts = [round(k * len(flat) / len(tiles)) for k in range(len(tiles) + 1)]
        parts = [t(flat[a:b]) for t, a, b in zip(tiles, cuts[:-1], cuts[1:], strict=True)]
        return xp.concatenate(parts).reshape(*x.shape[:-1], parts[0].shape[-1])

    def vectors(
        self, *x: Array, software: bool = False, see: See = lambda node, value: None
    ) -> dict[Key, Array]:
        """Every vector that each matrix is given when the network runs `x`, (vectors, in).

        In software, or on its tiles; `see` is as in `xbarsim.mapping.Graph.run`.
        """
        found: dict[Key, list[Array]] = {}
        inner = exact(self.graph) if software else self.multiply
        self.graph.run(*x, multiply=_watched(inner, found), see=see)
        return {key: array_namespace(parts[0]).concatenate(parts) for key, parts in found.items()}


def ledger_of(parts: Iterable[Any]) -> Counter[str]:
    """The ledgers of `parts`, tiles or what else has one, together."""
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part.ledger)
    return total


def _watched(multiply: Multiply, found: dict[Key, list[Array]]) -> Multiply:
    """`multiply`, that also puts what it is given into `found`."""

    def seeing(node: Node, name: str, x: Array) -> Array:
        found.setdefault((node.home, name), []).append(x.reshape(-1, x.shape[-1]))
        return multiply(node, name, x)

    return seeing


def thinned(vectors: Array, most: int) -> Array:
    """At most `most` of the vectors (n, in), evenly spread."""
    xp, n = array_namespace(vectors), len(vectors)
    # a whole stride would meet the same places of every image
    return vectors[xp.linspace(0, n - 1, min(n, most)).astype(int)]
