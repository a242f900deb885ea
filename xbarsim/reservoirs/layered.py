"""Reservoirs one after the other, or side by side, as one.

References
----------
Deep: C. Gallicchio, A. Micheli and L. Pedrelli, Neurocomputing 268, 87 (2017): each layer is driven
by the states of the one before, the readout sees all. Parallel: the layers are driven by the same
series.
"""

from collections import Counter
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.network import ledger_of
from xbarsim.reservoirs.core import Core
from xbarsim.tile import Tile


class Layered:
    """Several systems as one `xbarsim.reservoirs.Core`; features are those of all, in order.

    Parameters
    ----------
    cores : the systems; of deep ones each takes what the one before gives.
    deep : whether they stand one after the other.
    """

    def __init__(self, cores: list[Core], deep: bool) -> None:
        self.cores, self.deep = cores, deep
        self.inputs = cores[0].inputs
        self.features = sum(core.features for core in cores)

    @property
    def tiles(self) -> dict[str, Tile]:
        """Those of all, ``layer/name``."""
        return {
            f"{k}/{name}": tile
            for k, core in enumerate(self.cores)
            for name, tile in core.tiles.items()
        }

    @property
    def ledger(self) -> Counter[str]:
        """What all of them have done."""
        return ledger_of(self.cores)

    @property
    def noise_error(self) -> float:
        """The largest of all that state one, see `xbarsim.reservoirs.echo.EchoCore`."""
        return max(getattr(core, "noise_error", 0.0) for core in self.cores)

    def program(self) -> None:
        """Program all."""
        for core in self.cores:
            core.program()

    def age(self, t: float) -> None:
        """Let all be `t` seconds old."""
        for core in self.cores:
            core.age(t)

    def calibrate(self, series: list[Array]) -> None:
        """Set ranges, layer after layer."""
        for core in self.cores:
            core.calibrate(series)
            if self.deep:
                series, _ = core.run(series)

    def begin(self, n: int) -> list[Any]:
        """States of all."""
        return [core.begin(n) for core in self.cores]

    def run(self, series: list[Array], state: Any = None) -> tuple[list[Array], list[Any]]:
        """Features of all, and last states."""
        state, found, last = state or self.begin(len(series)), [], []
        for core, begun in zip(self.cores, state, strict=True):
            features, after = core.run(series, begun)
            found.append(features)
            last.append(after)
            series = features if self.deep else series
        return [np.concatenate(parts, axis=1) for parts in zip(*found, strict=True)], last

    def driven(self, series: list[Array]) -> dict[str, Array]:
        """Vectors that the tiles of all are given."""
        found: dict[str, Array] = {}
        for k, core in enumerate(self.cores):
            found |= {f"{k}/{name}": given for name, given in core.driven(series).items()}
            if self.deep and k + 1 < len(self.cores):
                series, _ = core.run(series)
        return found
