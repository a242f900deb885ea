"""The Simmons barrier compiled, one cell at a time."""

from math import exp, log, sqrt

import numpy as np
from numba import njit

from device_models.pickett import OPAQUE
from xbarsim.backend import Array

_CLOSE = 4e-16  # of the voltage, to which the parts add up to it
_STEPS = 200


def gap_voltage(v: Array, w: Array, barrier: tuple[Array, ...], r_series: Array) -> Array:
    """As `device_models.pickett._first` finds it, for numpy arrays of one shape."""
    arrays = np.broadcast_arrays(abs(v), w, *barrier, r_series)
    flat = [np.array(a, dtype=float).ravel() for a in arrays]
    return _solve(*flat).reshape(arrays[0].shape)


@njit(cache=True, error_model="numpy")
def _solve(v, w, height, image, decay, scale, r_series):  # type: ignore[no-untyped-def]
    """Regula falsi (Illinois) where both ends of the bracket have a barrier, else halving."""
    found = np.empty_like(v)
    for k in range(len(v)):
        low, high = 0.0, v[k]
        short, excess = -v[k], np.nan  # of the voltage at either end
        side = 0
        for _ in range(_STEPS):
            u = high - excess * (high - low) / (excess - short)
            if not low < u < high:
                u = 0.5 * (low + high)
            if not low < u < high:
                break
            i = _tunnel(w[k], u, height[k], image[k], decay[k], scale[k])
            miss = u + r_series[k] * i - v[k]
            if i < 0.0 or miss >= 0.0:
                high, excess = u, miss if i >= 0.0 else np.nan
                short = 0.5 * short if side > 0 else short
                side = 1
            else:
                low, short = u, miss
                excess = 0.5 * excess if side < 0 else excess
                side = -1
            if i >= 0.0 and abs(miss) <= _CLOSE * v[k]:
                low = u
                break
        found[k] = low
    return found


@njit(cache=True, error_model="numpy")
def _tunnel(w, v, height, image, decay, scale):  # type: ignore[no-untyped-def]
    """Current through the barrier; -1 where it is not opaque."""
    below = 3.0 * height + 4.0 * image / w - 2.0 * v
    if below <= 0.0:
        return -1.0
    w1 = 1.2 * image / height
    width = w - 9.2 * image / below
    w2 = w1 + width
    if width <= 0.0 or w2 >= w:
        return -1.0
    phi = height - v * (w1 + w2) / (2.0 * w)
    phi -= 1.15 * image / width * log(w2 * (w - w1) / (w1 * (w - w2)))
    if phi <= 0.0 or decay * width * sqrt(phi) <= OPAQUE:
        return -1.0
    back = (phi + v) * exp(-decay * width * sqrt(phi + v))
    return scale / width**2 * (phi * exp(-decay * width * sqrt(phi)) - back)
