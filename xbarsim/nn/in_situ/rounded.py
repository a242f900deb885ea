"""The update of a batch, rounded to whole pulses."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.nn.in_situ.rule import Update, whole


@dataclass(frozen=True, kw_only=True)
class RoundedPulses:
    """The outer product, summed over the batch, over the weight of a pulse, rounded to the nearest.

    What is smaller than half a pulse is lost: the plainest rule there is, ours, to compare others
    with.
    """

    def start(self, shape: tuple[int, int]) -> Array:
        """Nothing is remembered."""
        return np.empty(0)

    def pulses(self, update: Update, memory: Array) -> Array:
        """Whole pulses, (out, in)."""
        return whole(np.rint(update.wanted / update.step))
