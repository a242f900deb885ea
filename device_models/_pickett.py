"""The Simmons barrier compiled, one cell at a time."""

from math import exp, log, sqrt

import numpy as np
from numba import njit

from xbarsim.backend import Array

_OPAQUE = 2.0  # tunnelling exponent below which the barrier is no barrier any more


def gap_voltage(v: Array, w: Array, barrier: tuple[Array, ...], r_series: Array) -> Array:
    """As `device_models.pickett._first` finds it, for numpy arrays of one shape."""
    arrays = np.broadcast_arrays(abs(v), w, *barrier, r_series)
    flat = [np.array(a, dtype=float).ravel() for a in arrays]
    return _solve(*flat).reshape(arrays[0].shape)


@njit(cache=True, error_model="numpy")
def _solve(v, w, height, image, decay, scale, r_series):  # type: ignore[no-untyped-def]
    found = np.empty_like(v)
    for k in range(len(v)):
        low, high = 0.0, v[k]
        while True:
            middle = 0.5 * (low + high)
            if middle <= low or middle >= high:
                break
            i = _tunnel(w[k], middle, height[k], image[k], decay[k], scale[k])
            if i < 0.0 or middle + r_series[k] * i >= v[k]:
                high = middle
            else:
                low = middle
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
    if phi <= 0.0 or decay * width * sqrt(phi) <= _OPAQUE:
        return -1.0
    back = (phi + v) * exp(-decay * width * sqrt(phi + v))
    return scale / width**2 * (phi * exp(-decay * width * sqrt(phi)) - back)
