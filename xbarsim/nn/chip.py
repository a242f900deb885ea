"""The chip behind a layer: programmed when it is read, kept until weights change."""

import dataclasses
import sys
from collections import Counter
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from torch import Tensor

from xbarsim.backend import Array
from xbarsim.hardware import Hardware
from xbarsim.nn.saved import to_array, to_tensor
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
    from these it is made again, the same to the last bit but for traps of telegraph noise, whose
    state follows from all that happened to them. Weights that are moved to another precision keep
    their chip. `ledger` counts what was done on it since the layer was made or loaded.
    """

    def __init__(self, hardware: Hardware, streams: Streams, groups: int) -> None:
        self.hardware = hardware
        self.streams = streams
        self.groups = groups
        self.made: dict[str, Any] = {"cycle": 0, "digest": ""}  # what the tile is made again from
        self._tile: Tile | None = None
        self._sum: Any = None  # of the weights' bits, when they were last looked at
        self._done: Counter[str] = Counter()  # by tiles before this one

    @once
    def description(self) -> dict[str, str]:
        """The hardware, field by field, as text."""
        with np.printoptions(threshold=sys.maxsize, floatmode="unique"):
            fields = dataclasses.fields(self.hardware)
            return {field.name: repr(getattr(self.hardware, field.name)) for field in fields}

    @property
    def cycle(self) -> int:
        """How often it was programmed."""
        return int(self._state()["cycle"])

    @property
    def ledger(self) -> Counter[str]:
        """What was done on it; energies in J."""
        return self._done + (Counter() if self._tile is None else self._tile.ledger)

    def state(self) -> dict[str, Any]:
        """What a chip is made again from, as plain data and tensors."""
        found = self._state()
        return found | {"ranges": _mapped(found.get("ranges"), to_tensor)}

    def resume(self, state: dict[str, Any], streams: Streams) -> None:
        """Become the chip that `state` was taken of, which drew from `streams`."""
        self._tile, self._sum, self.streams = None, None, streams
        self.made = state | {"ranges": _mapped(state.get("ranges"), to_array)}

    def tile(self, w: Tensor, bias: Tensor | None) -> Tile:
        """The tile with weights (out, in of a group) and bias (out,) as they are now.

        Programs fresh devices where there are none, or what stands on cells has changed. A bias
        that is added digitally may change.
        """
        rows = self.hardware.bias_rows and self.groups == 1
        on_cells = [w, bias] if rows and bias is not None else [w]
        total = [_sum(p) for p in on_cells]
        if self._tile is None or total != self._sum:
            digest = _digest(on_cells)
            if self._tile is None or digest != self.made["digest"]:
                self._make(w, bias, digest)
            self._sum = total
        assert self._tile is not None
        if bias is not None and not rows:
            self._tile.set_bias(_array(bias))
        return self._tile

    def program(self, w: Tensor, bias: Tensor | None) -> None:
        """Program fresh devices."""
        before = self.cycle
        tile = self.tile(w, bias)
        if self.cycle == before:
            tile.program()

    def read(self, x: Tensor, w: Tensor, bias: Tensor | None) -> Tensor:
        """Outputs (..., out) for vectors (..., in)."""
        tile = self.tile(w, bias)
        return torch.from_numpy(tile(x.cpu().numpy())).to(x)

    def held(self, w: Tensor) -> Tensor:
        """The weights that cells hold, of the shape and kind of `w`."""
        assert self._tile is not None
        return torch.from_numpy(np.ascontiguousarray(self._tile.held)).to(w)

    def _make(self, w: Tensor, bias: Tensor | None, digest: str) -> None:
        """Program a tile: the one that was, if weights are those it held, else the next."""
        state = self._state()
        again = digest == state["digest"] and state["cycle"] > 0
        if self._tile is not None:
            self._done.update(self._tile.ledger)
        given = None if bias is None else _array(bias)
        tile = Tile(_array(w), self.hardware, self.streams, bias=given, groups=self.groups)
        tile.before = state.get("before", 0.0) + (0.0 if again else state.get("t", 0.0))
        tile.program(state["cycle"] + (not again))
        if again:
            if state["t"] != tile.t:
                tile.age(state["t"])
            if state["ranges"] is not None:
                tile.ranges = state["ranges"]
        tile.reads = state.get("reads", 0)
        self._tile, self.made["digest"] = tile, digest

    def _state(self) -> dict[str, Any]:
        tile = self._tile
        if tile is None:
            return self.made
        return self.made | {
            "cycle": tile.cells.cycle,
            "t": tile.t,
            "before": tile.before,
            "reads": tile.reads,
            "ranges": tile.ranges if tile.calibrated else None,
        }


def _array(p: Tensor) -> Array:
    """In double precision, so that a chip is the same for weights of either."""
    found: Array = p.detach().cpu().numpy().astype(float)
    return found


def _sum(p: Tensor) -> tuple[str, int]:
    """Of all bits, with their type: what changes with a weight, and costs next to nothing."""
    words = np.ascontiguousarray(p.detach().cpu().numpy()).reshape(-1)
    kind = np.uint32 if words.nbytes % 8 else np.uint64  # whole words add up much faster
    return words.dtype.str, int(words.view(kind).sum(dtype=np.uint64))


def _digest(arrays: list[Tensor]) -> str:
    """Of weights in single precision: equal for those that were moved to the other and back."""
    found = blake2b(digest_size=16)
    for array in arrays:
        found.update(array.detach().cpu().float().contiguous().numpy().tobytes())
    return found.hexdigest()


def _mapped(ranges: Any, function: Any) -> Any:
    return None if ranges is None else tuple(map(function, ranges))
