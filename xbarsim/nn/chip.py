"""The chip behind a layer: programmed when it is read, kept until weights change."""

import dataclasses
import sys
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from torch import Tensor

from xbarsim.backend import Array
from xbarsim.hardware import Hardware
from xbarsim.parallel import once
from xbarsim.streams import Streams
from xbarsim.tile import Tile


class Chip:
    """A tile that holds a layer's weights.

    Parameters
    ----------
    hardware : of the tile.
    streams : it draws from, see `xbarsim.tile.Tile`.
    groups : independent matrices.

    Notes
    -----
    Saved are how often it was programmed, its age, its reads, its ranges and a hash of the weights:
    from these it is made again, the same to the last bit. Weights that are moved to another
    precision keep their chip.
    """

    def __init__(self, hardware: Hardware, streams: Streams, groups: int) -> None:
        self.hardware = hardware
        self.streams = streams
        self.groups = groups
        self.cycle = 0
        self.t: float | None = None
        self.reads = 0
        self.digest = ""
        self.ranges: Any = None
        self._tile: Tile | None = None
        self._seen: Any = None

    @once
    def description(self) -> dict[str, str]:
        """The hardware, field by field, as text."""
        with np.printoptions(threshold=sys.maxsize, floatmode="unique"):
            fields = dataclasses.fields(self.hardware)
            return {field.name: repr(getattr(self.hardware, field.name)) for field in fields}

    def state(self) -> dict[str, Any]:
        """What a chip is made again from, as plain data."""
        self._remember()
        ranges = self.ranges
        if ranges is not None:
            inputs, signed, outputs = ranges
            outputs = outputs if isinstance(outputs, float) else torch.from_numpy(outputs.copy())
            ranges = (inputs, signed, outputs)
        return {
            "cycle": self.cycle,
            "t": self.t,
            "reads": self.reads,
            "digest": self.digest,
            "ranges": ranges,
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Become the chip that `state` was taken of."""
        self._tile, self._seen = None, None
        self.cycle, self.t, self.reads = state["cycle"], state["t"], state["reads"]
        self.digest, self.ranges = state["digest"], state["ranges"]
        if self.ranges is not None:
            inputs, signed, outputs = self.ranges
            outputs = outputs.numpy() if isinstance(outputs, Tensor) else outputs
            self.ranges = inputs, signed, outputs

    def tile(self, w: Tensor, bias: Tensor | None) -> Tile:
        """The tile with weights (out, in of a group) and bias (out,) as they are now.

        Programs fresh devices where there are none, or weights have changed.
        """
        seen = tuple((p._version, p.data_ptr(), p.dtype) for p in (w, bias) if p is not None)
        if self._tile is not None and seen == self._seen:
            return self._tile
        arrays = [None if p is None else _array(p) for p in (w, bias)]
        digest = _digest(arrays)
        if self._tile is None or digest != self.digest:
            self._remember()
            again = digest == self.digest and self.cycle > 0
            self._make(arrays, again)
            self.digest = digest
        self._seen = seen
        assert self._tile is not None
        return self._tile

    def program(self, w: Tensor, bias: Tensor | None) -> None:
        """Program fresh devices."""
        before = self.cycle
        tile = self.tile(w, bias)
        if self.cycle == before:
            tile.program()
            self.cycle += 1

    def read(self, x: Tensor, w: Tensor, bias: Tensor | None) -> Tensor:
        """Outputs (..., out) for vectors (..., in)."""
        tile = self.tile(w, bias)
        return torch.from_numpy(tile(x.cpu().numpy())).to(x)

    def held(self, w: Tensor) -> Tensor:
        """The weights that cells hold, of the shape and kind of `w`."""
        assert self._tile is not None
        return torch.from_numpy(np.ascontiguousarray(self._tile.held)).to(w)

    def _make(self, arrays: list[Array | None], again: bool) -> None:
        w, bias = arrays
        assert w is not None
        tile = Tile(w, self.hardware, self.streams, bias=bias, groups=self.groups)
        self.cycle += not again
        tile.program(self.cycle)
        if again and self.t is not None and self.t != tile.t:
            tile.age(self.t)
        tile.reads = self.reads
        if self.ranges is not None and again:
            tile.ranges = self.ranges
        self._tile = tile

    def _remember(self) -> None:
        """What is to be known of the tile should it go."""
        if self._tile is not None:
            self.t, self.reads = self._tile.t, self._tile.reads
            self.ranges = self._tile.ranges if self._tile.calibrated else None


def _array(p: Tensor) -> Array:
    """In double precision, so that a chip is the same for weights of either."""
    found: Array = p.detach().cpu().numpy().astype(float)
    return found


def _digest(arrays: list[Array | None]) -> str:
    """Of weights in single precision: equal for those that were moved to the other and back."""
    found = blake2b(digest_size=16)
    for array in arrays:
        if array is not None:
            found.update(np.ascontiguousarray(array, dtype=np.float32).tobytes())
    return found.hexdigest()
