"""Filters of second-order sections, compiled: many channels side by side, or one after another.

Both take sections as `scipy.signal.sosfilt` does, (b0, b1, b2, a0, a1, a2) with a0 = 1, and run the
same recursion, the transposed direct form II; the loop over channels is the inner one, so that it
becomes vectors.
"""

import numpy as np
from numba import njit

from xbarsim.backend import Array


@njit(nogil=True, cache=True, error_model="numpy")
def _side_by_side(x: Array, sections: Array, out: Array) -> None:
    stages, _, channels = sections.shape
    state = np.zeros((stages, 2, channels))
    for t in range(len(x)):
        row = out[t]
        for k in range(channels):
            row[k] = x[t]
        for s in range(stages):
            b0, b1, b2 = sections[s, 0], sections[s, 1], sections[s, 2]
            a1, a2 = sections[s, 4], sections[s, 5]
            z0, z1 = state[s, 0], state[s, 1]
            for k in range(channels):
                before = row[k]
                after = b0[k] * before + z0[k]
                z0[k] = b1[k] * before - a1[k] * after + z1[k]
                z1[k] = b2[k] * before - a2[k] * after
                row[k] = after


@njit(nogil=True, cache=True, error_model="numpy")
def _in_cascade(x: Array, sections: Array, out: Array) -> None:
    stages = len(sections)
    z0, z1 = np.zeros(stages), np.zeros(stages)
    for t in range(len(x)):
        signal = x[t]
        for s in range(stages):
            section = sections[s]
            after = section[0] * signal + z0[s]
            z0[s] = section[1] * signal - section[4] * after + z1[s]
            z1[s] = section[2] * signal - section[5] * after
            signal = after
            out[t, s] = after


@njit(nogil=True, cache=True, error_model="numpy")
def gain_controlled(x: Array, epsilons: Array, targets: Array, out: Array) -> None:
    """Stages of coupled automatic gain control, see `xbarsim.encoders.lyon`; `x`, `out` (T, n)."""
    n = x.shape[1]
    state = np.zeros((len(epsilons), n + 2))  # with neighbours beyond the ends
    fresh = np.empty(n)
    for t in range(len(x)):
        row = out[t]
        for k in range(n):
            row[k] = x[t, k]
        for s in range(len(epsilons)):
            own = state[s]
            own[0], own[n + 1] = own[1], own[n]
            keep, drive = (1.0 - epsilons[s]) / 3.0, epsilons[s] / targets[s]
            for k in range(n):
                row[k] *= 1.0 - own[k + 1]
                fresh[k] = drive * row[k] + keep * (own[k] + own[k + 1] + own[k + 2])
            for k in range(n):
                own[k + 1] = 1.0 if fresh[k] > 1.0 else fresh[k]


@njit(nogil=True, cache=True, error_model="numpy")
def _sharpened(x: Array, keep: float, every: int, out: Array) -> None:
    n = x.shape[1]
    first, second, sharp = np.zeros(n), np.zeros(n), np.empty(n)
    for t in range(len(x)):
        row = x[t]
        sharp[0] = row[0]
        for k in range(1, n):
            change = row[k - 1] - row[k]
            sharp[k] = change if change > 0.0 else 0.0
        for k in range(n):
            first[k] = keep * first[k] + (1.0 - keep) * sharp[k]
            second[k] = keep * second[k] + (1.0 - keep) * first[k]
        if (t + 1) % every == 0:
            out[t // every] = second


def side_by_side(x: Array, sections: Array) -> Array:
    """`x` (T,) through sections (channels, stages, 6), side by side: (T, channels)."""
    out = np.empty((len(x), len(sections)))
    _side_by_side(x, np.ascontiguousarray(sections.transpose(1, 2, 0)), out)
    return out


def in_cascade(x: Array, sections: Array) -> Array:
    """`x` (T,) through sections (stages, 6) in a row, and what each gives: (T, stages)."""
    out = np.empty((len(x), len(sections)))
    _in_cascade(x, np.ascontiguousarray(sections), out)
    return out


def sharpened(x: Array, keep: float, every: int) -> Array:
    """What channels have more than their neighbours, smoothed, once in `every` steps.

    Parameters
    ----------
    x : (T, channels), not negative; each but the first becomes what the one before has more.
    keep : of each of two low-pass filters, what it keeps from step to step.

    Returns
    -------
    (T // every, channels).
    """
    out = np.empty((len(x) // every, x.shape[1]))
    _sharpened(x, keep, every, out)
    return out
