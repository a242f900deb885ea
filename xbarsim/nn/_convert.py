"""Signals through converters in training, compiled."""

import math

import numpy as np
from numba import njit

_U = np.uint64  # loops that count in it become vectors


@njit(nogil=True, cache=True, error_model="numpy")
def convert(y, variance, noise, z, per, low, high, total, inside):  # type: ignore[no-untyped-def]
    """`xbarsim.nn.rounding.converted` of one array's signals, added to `total`.

    Parameters
    ----------
    y, variance, z, total, inside : (n,); variance may be None, and with it `z` where `noise`, a
        variance in levels^2, is 0. `inside` says whether a signal is within the range.
    per : levels per unit of `y`.
    low, high : the lowest and the highest level.
    """
    step, square = y.dtype.type(1.0) / per, per * per
    half = y.dtype.type(0.5)
    for j in range(_U(len(y))):
        level = y[j] * per
        inside[j] = (level >= low - half) & (level <= high + half)
        if z is not None:
            if variance is None:
                level += math.sqrt(noise) * z[j]
            else:
                level += math.sqrt(max(variance[j], y.dtype.type(0)) * square + noise) * z[j]
        total[j] += min(max(np.rint(level), low), high) * step
