"""Signals through converters in training, compiled."""

import math

import numpy as np
from numba import njit

from xbarsim.periphery._normals import drawn_at_most, fill

_TOGETHER = 2048  # signals whose noise is drawn at once
_U = np.uint64  # loops that count in it become vectors


@njit(nogil=True, cache=True, error_model="numpy")
def convert(  # type: ignore[no-untyped-def]
    y, variance, noise, key, number, per, low, high, start, stop, total, inside
):  # fmt: skip
    """`xbarsim.nn.rounding.converted` of the signals `start` to `stop` of every array.

    Parameters
    ----------
    y, variance, inside : (down, n); variance may be None, and with it `key` where `noise`, a
        variance in levels^2, is 0. `inside` is written: 1 for signals within the range, else 0.
    key, number : of the draws, see `xbarsim.periphery._normals.fill`; array by array.
    per : levels per unit of `y`.
    low, high : the lowest and the highest level.
    total : (n,), written.
    """
    room = np.empty(drawn_at_most(_TOGETHER), np.float32)
    for begun in range(start, stop, _TOGETHER):
        end = min(begun + _TOGETHER, stop)
        out = total[begun:end]
        out[:] = 0
        for d in range(len(y)):
            z = room
            if key is not None:
                z = room[fill(key, number, d, begun, end, room) :]
            own = None if variance is None else variance[d, begun:end]
            within = inside[d, begun:end]
            _some(y[d, begun:end], own, noise, key, z, per, low, high, out, within)


@njit(nogil=True, cache=True, error_model="numpy")
def _some(y, variance, noise, key, z, per, low, high, out, within):  # type: ignore[no-untyped-def]
    one = y.dtype.type(1.0)
    half, step, square = y.dtype.type(0.5), one / per, per * per
    for j in range(_U(len(y))):
        level = y[j] * per
        within[j] = one if (level >= low - half) & (level <= high + half) else one - one
        if key is not None:
            if variance is None:
                level += math.sqrt(noise) * z[j]
            else:
                level += math.sqrt(max(variance[j], y.dtype.type(0)) * square + noise) * z[j]
        out[j] += min(max(np.rint(level), low), high) * step
