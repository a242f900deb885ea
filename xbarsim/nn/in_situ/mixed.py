"""Mixed precision: updates are gathered in digital memory until they make a whole pulse."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.nn.in_situ.rule import Update, whole


@dataclass(frozen=True, kw_only=True)
class MixedPrecision:
    r"""Gather the update in chi, and write whole multiples of the weight epsilon of one pulse.

    .. math:: \chi \leftarrow \chi + \Delta w, \qquad p = \mathrm{trunc}(\chi/\epsilon), \qquad
        \chi \leftarrow \chi - p\,\epsilon

    Pulses are given without a look at what they do, so that chi knows nothing of the device's
    asymmetry or noise.

    References
    ----------
    [nandakumar2020]_; rounding towards zero as in aihwkit's ``rpu_mixedprec_device.cpp``.
    """

    def start(self, shape: tuple[int, int]) -> Array:
        """Chi, (out, in)."""
        return np.zeros(shape)

    def pulses(self, update: Update, memory: Array) -> Array:
        """Whole pulses, (out, in)."""
        chi = memory + update.wanted
        pulses = whole(np.trunc(chi / update.step))
        memory[:] = chi - pulses * update.step
        return pulses
