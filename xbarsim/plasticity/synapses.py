"""Wanted changes of weights, carried out as whole pulses on cells, and counted."""

from typing import Any

import numpy as np

from xbarsim.backend import Array, real_array
from xbarsim.errors import SpecError
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.programming.pulsed_weights import PulsedWeights, Reference
from xbarsim.streams import Streams

_MOST = 1_000_000  # pulses that one change may take of one cell


def pulsed_device(device: Any, name: str = "device") -> PulsedDevice:
    """`device`, which plasticity rules can write; `name` is what errors call it.

    Raises
    ------
    SpecError : it has no response to pulses.
    """
    if isinstance(device, PulsedDevice) and not isinstance(device, type):
        return device
    raise SpecError(
        f"{name} is a {type(device).__name__}, which has no response to pulses, and plasticity is "
        "carried out by pulses; take LevelPulses, StepPulses (sheets tang_2018 and kim_2019), "
        "TransferPulses (a switching law) or FittedPulses of xbarsim.programming"
    )


def whole_pulses(wanted: Array, steps: tuple[float, float], u: Array) -> Array:
    r"""Pulses that make changes, rounded so that their mean is right.

    .. math:: n = \operatorname{sign}(\Delta w)\,\lfloor |\Delta w|/\Delta w_1 + u \rfloor

    Parameters
    ----------
    wanted : changes, of any shape.
    steps : what one pulse up and one down changes, above 0.
    u : uniform from 0 to 1, of the shape of `wanted`.

    Returns
    -------
    Whole numbers, up where positive, int64.

    Raises
    ------
    SpecError : changes that are not finite, or take more than a million pulses of a cell; pulses
        that change nothing in a direction that is wanted.
    """
    wanted = real_array("wanted", wanted, np).astype(float)
    if not np.isfinite(wanted).all():
        raise SpecError(f"a wanted change is {wanted[~np.isfinite(wanted)].flat[0]}")
    for way, step, some in zip(("up", "down"), steps, (wanted > 0, wanted < 0), strict=True):
        if some.any() and not step > 0:
            raise SpecError(f"pulses {way} change no weight, and changes {way} are wanted")
    sizes = np.where(wanted > 0, *(one if one > 0 else 1.0 for one in steps))
    numbers = np.abs(wanted) / sizes
    if numbers.size and numbers.max() > _MOST:
        raise SpecError(
            f"a wanted change of {wanted.flat[numbers.argmax()]:g} takes {numbers.max():.3g} "
            f"pulses; at most {_MOST:,} are given at once"
        )
    pulses: Array = np.copysign(np.floor(numbers + u), wanted).astype(np.int64)
    return pulses


class Synapses:
    """Weights (pre, post) on pulsed cells, which plasticity rules change by whole pulses.

    Whoever gives pulses knows the mean step of the device in the middle of its window, not the
    steps of single cells nor where they stand: by that step wanted changes become numbers of
    pulses, and what the cells make of them is the device's own law.

    Parameters
    ----------
    device : what the cells are.
    wanted : weights to begin with, (pre, post); their pulses count as setup.
    w_max : weight at the upper end of the device's window.
    streams : ``cells`` and ``pulses`` as `PulsedWeights` has it, ``rounding`` for fractions.
    present : which cells there are, (pre, post) of bool; the others weigh 0 and get no pulse.
    reference : ``lowest`` for weights of at least 0; else as `PulsedWeights`.

    Raises
    ------
    SpecError : a device that has no response to pulses, a mask of another shape; as
        `PulsedWeights`.

    Attributes
    ----------
    weights : `PulsedWeights`, which counts pulses up and down of each cell, and their energy.
    """

    def __init__(
        self,
        device: PulsedDevice,
        wanted: Array,
        *,
        w_max: float,
        streams: Streams,
        present: Array | None = None,
        reference: Reference = "lowest",
    ) -> None:
        wanted = real_array("wanted", wanted, np).astype(float)
        mask = None if present is None else np.array(present)
        if mask is not None:
            if mask.shape != wanted.shape or mask.dtype != np.bool_:
                raise SpecError(
                    f"present is {mask.dtype} of shape {mask.shape}; it takes bool of "
                    f"{wanted.shape}"
                )
            wanted = np.where(mask, wanted, 0.0)
        self.weights = PulsedWeights(
            pulsed_device(device), wanted, w_max=w_max, reference=reference, streams=streams
        )
        self.present = mask
        if mask is not None:
            self._leave_out(~mask, wanted)
        self._rounding = (streams / "rounding").rng()

    def _leave_out(self, absent: Array, wanted: Array) -> None:
        """Take back what cells were given that are not there."""
        held = self.weights
        for counts in (held.up, held.down, held.setup, held.energy):
            if counts is not None:
                counts[absent] = 0
        missed = (np.abs(held.matrix() - wanted) > held.step) & ~absent
        held.unreached = missed.sum(dtype=np.int64, keepdims=True).reshape(1)

    @property
    def shape(self) -> tuple[int, int]:
        """Neurons before and behind."""
        pre, post = self.weights.x.shape
        return int(pre), int(post)

    def matrix(self) -> Array:
        """The weights, (pre, post)."""
        w = self.weights.matrix()
        return w if self.present is None else np.where(self.present, w, 0.0)

    def change(self, wanted: Array) -> Array:
        """Give cells the pulses of their own changes (pre, post); returns how many, up positive.

        Raises
        ------
        SpecError : another shape, and as `whole_pulses`.
        """
        return self._give(self._rounded(wanted, self.shape))

    def change_rows(self, wanted: Array) -> Array:
        """Give all cells of a row one train; changes (pre,), returns pulses (pre, post)."""
        pulses = self._rounded(wanted, self.shape[:1])
        return self._give(np.broadcast_to(pulses[:, None], self.shape))

    def change_columns(self, wanted: Array) -> Array:
        """Give all cells of a column one train; changes (post,), returns pulses (pre, post)."""
        return self._give(np.broadcast_to(self._rounded(wanted, self.shape[1:]), self.shape))

    def ledger(self) -> dict[str, float | None]:
        """What was written, see `PulsedWeights.ledger`; means are over cells that there are."""
        found = self.weights.ledger()
        if self.present is None:
            return found
        cells = int(self.present.sum())
        share = self.weights.x.size / max(cells, 1)
        means = {name: (found[name] or 0.0) * share for name in ("setup", "pulses")}
        return found | means | {"cells": cells}

    def _rounded(self, wanted: Array, shape: tuple[int, ...]) -> Array:
        wanted = real_array("wanted", wanted, np)
        if wanted.shape != shape:
            raise SpecError(f"wanted changes have shape {wanted.shape}; expected {shape}")
        return whole_pulses(wanted, self.weights.steps, self._rounding.random(shape))

    def _give(self, pulses: Array) -> Array:
        if self.present is not None:
            pulses = np.where(self.present, pulses, 0)
        if pulses.any():
            self.weights.pulse(pulses)
        return pulses
