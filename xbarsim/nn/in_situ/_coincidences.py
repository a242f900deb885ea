"""Coincidences of two random pulse trains at every cell, compiled."""

import numpy as np
from numba import njit

from xbarsim.programming._loop import _GAMMA, _mixed


@njit(nogil=True, cache=True, error_model="numpy")
def coincidences(x, delta, lr, step, length, seed, first, out):  # type: ignore[no-untyped-def]
    """Signed coincidences of each sample into `out`, (n, out, in); see `StochasticPulses`.

    Parameters
    ----------
    x, delta : (n, in), (n, out).
    lr, step : learning rate and weight of a pulse.
    length : pulses of a train, at most 63.
    seed : of all trains, uint64.
    first : samples that came before these under the same seed.
    """
    n, inputs = x.shape
    outputs = delta.shape[1]
    row, col = np.empty(inputs, np.uint64), np.empty(outputs, np.uint64)
    for s in range(n):
        x_most, d_most = _largest(x[s]), _largest(delta[s])
        if x_most == 0 or d_most == 0:
            continue
        d_full = min(d_most, length * step / (lr * x_most))  # so that no row clips
        rate = np.sqrt(lr / (step * length))
        for i in range(inputs):
            row[i] = _train(abs(x[s, i]) * rate * np.sqrt(d_full / x_most), length, seed,
                            (first + s) * (inputs + outputs) + i)  # fmt: skip
        for o in range(outputs):
            col[o] = _train(abs(delta[s, o]) * rate * np.sqrt(x_most / d_full), length, seed,
                            (first + s) * (inputs + outputs) + inputs + o)  # fmt: skip
            if col[o] == 0:
                continue
            for i in range(inputs):
                both = row[i] & col[o]
                if both != 0:
                    up = (x[s, i] > 0) != (delta[s, o] > 0)  # against the gradient
                    out[s, o, i] = _ones(both) if up else -_ones(both)


@njit(nogil=True, cache=True, error_model="numpy")
def _largest(a):  # type: ignore[no-untyped-def]
    most = 0.0
    for v in a:
        most = max(most, abs(v))
    return most


@njit(nogil=True, cache=True, error_model="numpy")
def _train(chance, length, seed, which):  # type: ignore[no-untyped-def]
    """A pulse in each of `length` slots with that chance, as bits."""
    bits = np.uint64(0)
    if chance <= 0:
        return bits
    key = _mixed(seed + _GAMMA * np.uint64(which + 1))
    for k in range(length):
        word = _mixed(key + _GAMMA * np.uint64(k + 1)) >> np.uint64(11)
        if word * 2.0**-53 < chance:
            bits |= np.uint64(1) << np.uint64(k)
    return bits


@njit(nogil=True, cache=True, error_model="numpy")
def _ones(bits):  # type: ignore[no-untyped-def]
    """How many bits are set."""
    count = 0
    while bits != 0:
        bits &= bits - np.uint64(1)
        count += 1
    return count
