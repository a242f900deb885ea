r"""Spoken words as the events of a silicon cochlea: 64 channels in 129 bins.

Sets of a real one, such as N-TIDIGITS, may not be passed on; this stands in for it. Gammatone
filters, half-wave rectified and compressed, drive neurons that integrate and fire, as those of a
silicon cochlea do:

.. math:: n_k(t) = \lfloor S_k(t) \rfloor - \lfloor S_k(t - \Delta t) \rfloor, \qquad
          S_k(t) = r \sum_{t' \le t} \Delta t\, c_k(t') / \bar c

with :math:`c_k` of `xbarsim.encoders.Cochlea` every :math:`\Delta t` = 1 ms, its mean :math:`\bar
c` over channels and time of a recording, which makes loudness one, and the mean event rate r.
Events then go into bins as those of N-TIDIGITS do: 129 bins up to the last one, each 0 or 1.

References
----------
Cochlea of N-TIDIGITS: J. Anumula, D. Neil, T. Delbruck and S.-C. Liu, "Feature representations for
neuromorphic audio spike streams", Front. Neurosci. 12, 23 (2018). Bins: N. Lin et al.,
arXiv:2307.00771. Filters and encoder in place of its own, and all their constants, are ours.
"""

from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.encoders import Binning, Cochlea, Events, Gammatone, bin_events, sigma_delta

CHANNELS, BINS = 64, 129
_LOW = 100.0  # Hz, of the lowest filter
_STEP = 1e-3  # s


def cochlear_spikes(sound: Any, rate: float, event_rate: float = 100.0) -> Array:
    """Spikes of a sound; without any where it is silent.

    Parameters
    ----------
    sound : (samples,).
    rate : of them, Hz; at least 1 kHz.
    event_rate : mean over channels and time, Hz.

    Returns
    -------
    (bins, channels) of 0 and 1, uint8.

    Raises
    ------
    SpecError : a sound or a rate that is none.
    """
    moved = Cochlea(bank=Gammatone(rate=rate, channels=CHANNELS, low=_LOW), step=_STEP)(sound)
    mean = float(moved.mean())
    total = np.cumsum(moved, axis=0) * (event_rate * _STEP / mean if mean > 0 else 0.0)
    counts = sigma_delta(np.concatenate([np.zeros((1, CHANNELS)), total]), 1.0)[1:, :CHANNELS]
    step, channel = np.nonzero(counts)
    events = Events(
        x=channel,
        y=np.zeros_like(channel),
        p=np.ones_like(channel),
        t=step * _STEP,
        width=CHANNELS,
        height=1,
    )
    return bin_events(events, Binning(bins=BINS, polarity="merged"))
