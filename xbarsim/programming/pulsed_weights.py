"""A matrix of weights, each the conductance of a cell that pulses move less that of a reference."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Literal, get_args

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError, suggestion
from xbarsim.programming.pulse_tables import PulseTables, tables_of
from xbarsim.programming.pulsed import PulsedCells
from xbarsim.programming.pulsed_devices import PulsedDevice, check_number
from xbarsim.programming.pulsed_symmetry import symmetry_of
from xbarsim.streams import Streams

Reference = Literal["middle", "symmetry", "lowest"]

#: arrays that say what a matrix is, in the order in which a state lists them
_KEPT = ("x", "reference", "up", "down", "setup", "energy", "forward", "backward", "unreached")
_BALANCED = 0.05  # largest difference of steps up and down, over their sum, at symmetry points


class PulsedWeights:
    r"""Weights w = scale (G - G_ref), where G moves by whole pulses and G_ref stays.

    Fresh cells have the lowest conductance. Those of the weights are then pulsed to what is wanted,
    with a read before each pulse that does not err, and the pulses count. The reference is one of

    - ``middle``: the middle of the device's window, the same for all cells;
    - ``symmetry``: the conductance to which pulses up and down in turn take the cell itself, from
      the middle on: zero-shifting, [kim2019zero]_. The cell gets these pulses, which count; that
      the reference holds exactly that conductance is assumed. Whether steps balance there is held
      against the sum over all cells: single ones, of which noise or a lack of pairs makes more or
      less than the mean, may be off;
    - ``lowest``: the lowest conductance of the device's window, for weights of at least 0.

    The reference's own programming does not count.

    Parameters
    ----------
    device : what the cells are.
    wanted : weights to begin with, (out, in); a cell that cannot reach its own stays at an end.
    w_max : weight at half the device's window from the middle, scale = 2 w_max / (G_max - G_min);
        with ``lowest`` at its other end, scale = w_max / (G_max - G_min).
    reference : see above.
    streams : ``cells`` of these says how cells differ, ``pulses`` the noise of their pulses.
    pairs : of pulses up and down in turn that find the symmetry point.

    Raises
    ------
    SpecError : weights that are not finite or larger than `w_max`, one below 0 with ``lowest``, an
        unknown reference, a device that makes no cells of whole pulses or whose pulses do nothing,
        no cells, steps up and down whose sums over all cells still differ by a tenth after all
        pairs.

    Attributes
    ----------
    x : states, (out, in).
    reference : (out, in) S.
    step : weight by which one pulse moves a cell at its reference, mean of all, up and down; with
        ``lowest`` in the middle of the window.
    steps : there, by pulses up and by pulses down, as if cells did not end.
    unreached : how many cells began more than a step away from what was wanted, (1,); training
        goes on from where they are, and only the ledger tells.
    up, down : pulses that each cell has had, (out, in); `setup` of them before training.
    energy : of these pulses, (out, in) J; None where the device does not say.
    forward, backward : vectors that were read one way and the other, (1,).
    """

    def __init__(
        self,
        device: PulsedDevice,
        wanted: Array,
        *,
        w_max: float,
        reference: Reference,
        streams: Streams,
        pairs: int = 1000,
    ) -> None:
        if not isinstance(device, PulsedDevice):
            raise SpecError(
                f"device is a {type(device).__name__}; it must be TransferPulses, StepPulses, "
                "FittedPulses or LevelPulses of xbarsim.programming"
            )
        if reference not in get_args(Reference):
            raise SpecError(
                f"reference is {reference!r}" + suggestion(str(reference), get_args(Reference))
            )
        check_number("w_max", w_max)
        if not 0 < w_max < np.inf:
            raise SpecError(f"w_max is {w_max:g}; it must be above 0 and finite")
        wanted = np.array(wanted, dtype=float)
        if wanted.ndim != 2 or not wanted.size:
            raise SpecError(f"weights have shape {wanted.shape}; a matrix takes one cell or more")
        largest = float(np.abs(wanted).max(initial=0.0))
        if not largest <= w_max:  # also where one is NaN
            raise SpecError(f"the largest weight is {largest:g}; w_max, {w_max:g}, is the limit")
        lowest = reference == "lowest"
        if lowest and wanted.min() < 0:
            raise SpecError(
                f"the lowest weight is {wanted.min():g}; none is below 0 where the reference is "
                "the lowest conductance"
            )
        low, high = device.window
        self.scale = (1.0 if lowest else 2.0) * w_max / (high - low)
        self._above = 0.5 * (high - low) if lowest else 0.0  # of the reference, where steps are
        shape = wanted.shape
        self.cells: PulsedCells = device.cells((streams / "cells").normal((device.normals, *shape)))
        self._z = (streams / "pulses").normal(shape)
        self.x = self.cells.lowest()
        self._read: Array | None = None  # the matrix, until pulses move it
        self.up, self.down = np.zeros((2, *shape), dtype=np.int64)
        self.energy = None if self.cells.energy is None else np.zeros(shape)
        self.forward, self.backward = np.zeros((2, 1), dtype=np.int64)
        self.reference = np.full(shape, low if lowest else 0.5 * (low + high))
        if reference == "symmetry":
            self._find_symmetry(pairs)
        self._set_steps(self.reference)
        self._approach(self.reference + wanted / self.scale)
        self.setup = self.up + self.down
        missed = np.abs(self.matrix() - wanted) > self.step
        self.unreached = missed.sum(dtype=np.int64, keepdims=True).reshape(1)

    def _find_symmetry(self, pairs: int) -> None:
        self._approach(self.reference)
        before, cells = self.up + self.down, self.cells
        self.x, g, heat = symmetry_of(cells, self.x, self._z, before, pairs=pairs)
        self._count(np.full(self.x.shape, pairs), np.full(self.x.shape, pairs), heat)
        self.reference, at = g, cells.state_of(g)
        up, down = (abs(cells.read(cells.after(at, way)) - g).sum() for way in (True, False))
        if not abs(up - down) <= _BALANCED * (up + down):
            raise SpecError(
                f"after {pairs} pairs of pulses cells are not at their symmetry points: steps up "
                f"are {up / max(down, 1e-300):.3g} times as large as steps down; give more pairs, "
                "or the device has none"
            )

    def _set_steps(self, reference: Array) -> None:
        """Tell the steps of cells whose references are these."""
        at = self.cells.state_of(reference + self._above)
        up, down = (float(abs(part).mean()) * self.scale for part in self.cells.steps(at))
        clipped = float(self.cells.mean_step(at).mean()) * self.scale
        step = 0.5 * (up + down) if self._above else clipped
        if not step > 0:
            raise SpecError(
                "pulses do not move cells at their reference; there is nothing to train"
            )
        self.step, self.steps = step, (up, down)

    def _approach(self, g: Array) -> None:
        self.x, heat, up, down = self.cells.approach(self.x, g, self._z, self.up + self.down)
        self._count(up, down, heat)

    def _count(self, up: Array, down: Array, heat: Array | None) -> None:
        self._read = None
        self.up, self.down = self.up + up, self.down + down
        if heat is not None:
            self.energy = self.energy + heat

    def matrix(self) -> Array:
        """The weights, (out, in)."""
        if self._read is None:
            self._read = self.scale * (self.cells.read(self.x) - self.reference)
        return self._read.copy()

    def pulse(self, counts: Array) -> None:
        """Give pulses: signed numbers (out, in), or trains of them one by one (n, out, in)."""
        self.x, heat = self.cells.pulse(self.x, counts, self._z, self.up + self.down)
        trains = np.asarray(counts).reshape(-1, *self.x.shape)
        up = trains.sum(axis=0, dtype=np.int64, where=trains > 0)
        self._count(up, up - trains.sum(axis=0, dtype=np.int64), heat)

    def tables(self) -> PulseTables:
        """What compiled loops ask of the cells, which they know in the order of a flat `x`."""
        return tables_of(self.cells, self._z)

    def took(self, x: Array, up: Array, down: Array, heat: Array) -> None:
        """Count pulses that a compiled loop has given, all (out, in), which took cells to `x`."""
        self.x = x
        self._count(up, down, heat if self.energy is not None else None)

    def ledger(self) -> dict[str, float | None]:
        """What was done: cells, pulses in training a cell (mean, most), setup, energy, reads.

        ``setup`` is the mean number of pulses before training, ``energy`` that of all pulses of all
        cells (J), ``forward`` and ``backward`` the vectors read; what reads cost is not in it.
        """
        trained = self.up + self.down - self.setup
        return {
            "cells": self.x.size,
            "setup": float(self.setup.mean()),
            "pulses": float(trained.mean()),
            "most": int(trained.max(initial=0)),
            "energy": None if self.energy is None else float(self.energy.sum()),
            "forward": int(self.forward[0]),
            "backward": int(self.backward[0]),
            "unreached": int(self.unreached[0]),
        }

    def state(self) -> dict[str, Any]:
        """Everything that `restore` needs on top of the same cells: copies of arrays, a mark."""
        kept = {name: getattr(self, name) for name in _KEPT}
        return {"mark": self._mark()} | {k: v.copy() for k, v in kept.items() if v is not None}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go to a `state`.

        Raises
        ------
        SpecError : it is of other cells, lacks arrays, or holds what no cells can have come to. All
            stays as it is then.
        """
        wanted = [name for name in _KEPT if getattr(self, name) is not None]
        missing = sorted({*wanted, "mark"} - set(state))
        if missing:
            raise SpecError(f"the state lacks {', '.join(missing)}; it is of another version")
        if state["mark"] != self._mark():
            raise SpecError("the state is of other cells: device, seed, shape or w_max differ")
        found = {name: np.array(state[name]) for name in wanted}
        faults = [fault for name in wanted if (fault := self._fault(name, found[name]))]
        if faults:
            raise SpecError(faults)
        self.cells.read(found["x"])  # refuses states that there are not
        self._set_steps(found["reference"])
        for name, one in found.items():
            setattr(self, name, one)
        self._read = None

    def _fault(self, name: str, found: Array) -> str | None:
        """Why an array cannot stand for one of `_KEPT`; None where it can."""
        now = getattr(self, name)
        if found.shape != now.shape or found.dtype != now.dtype:
            return (
                f"{name} of the state is {found.dtype} of shape {found.shape}; it has to be "
                f"{now.dtype} of {now.shape}"
            )
        if not np.isfinite(found).all():
            return f"{name} of the state holds {found[~np.isfinite(found)][0]}"
        if name != "x" and (found < 0).any():
            return f"{name} of the state holds {found.min():g}, which is below 0"
        return None

    def _mark(self) -> str:
        """A short text that other cells do not share."""
        cells, digest = self.cells, blake2b(digest_size=16)
        for one in (cells.low, cells.high, cells.step, cells.noise, cells.g, cells.energy,
                    cells.member, cells.scale, self._z, np.array(self.scale),
                    np.array(self._above) if self._above else None):  # fmt: skip
            if one is not None:
                digest.update(np.ascontiguousarray(one).tobytes() + repr(one.shape).encode())
        return digest.hexdigest()
