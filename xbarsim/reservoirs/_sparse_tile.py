"""Leaky rate neurons with few connections each on noisy arrays, compiled: one series."""

# mypy: allow-untyped-calls

import math

import numpy as np
from numba import njit

from xbarsim.periphery._normals import drawn_at_most, fill
from xbarsim.reservoirs._activation import activated
from xbarsim.reservoirs._level import converted
from xbarsim.reservoirs._together import together

_U = np.uint64  # loops that count in it become vectors


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def sparse_tile_run(  # type: ignore[no-untyped-def]
    starts, index, mean, variance, drivers, converters, key, read, place,
    inputs, states, before, leak, activation,
    begin, end, first, last, counts, threads, patience,
):  # fmt: skip
    """A series through all its steps, each a read of all arrays.

    Parameters
    ----------
    starts, index, mean, variance : connections of each output of each array, as of `sparse_run`;
        `index` counts states, then inputs. Conductances, S, and their variances in a read, S^2.
    drivers, converters : as of `xbarsim.periphery._fused`, in the precision of the states.
    key : of the noise, (4,) of uint32; None for no noise.
    read, place : number of the first read, and which series of it this is.
    inputs : (steps, channels), as the arrays are given them.
    states : (steps, n), what is added to the outputs; states when done.
    before, leak, activation : as of `sparse_run`.
    """
    n, channels = states.shape[1], inputs.shape[1]
    v = np.empty(n + channels, states.dtype)
    i, power = np.empty(n, states.dtype), np.zeros(n, states.dtype)
    z = np.empty(drawn_at_most(n), np.float32)
    zero = states.dtype.type(0)
    if begin > 0:
        before = states[begin - 1]
    for t in range(begin, end):
        row = states[t]
        for k in range(_U(n)):
            level = converted(before[k] * drivers.per, drivers.low, drivers.high)
            v[k] = level * drivers.volts
        for k in range(channels):
            level = converted(inputs[t, k] * drivers.per, drivers.low, drivers.high)
            v[n + k] = level * drivers.volts
        for d in range(len(converters.per)):
            at = 0
            if key is not None:
                at = fill(key, read + t, d, place * n + first, place * n + last, z)
            for j in range(first, last):
                a, b = starts[d * n + j], starts[d * n + j + 1]
                w, c = mean[a:b], index[a:b]
                total, squares = zero, zero
                if variance is not None:
                    s = variance[a:b]
                    for k in range(_U(len(w))):
                        x = v[c[k]]
                        total += w[k] * x
                        squares += s[k] * (x * x)
                    power[j] = squares
                else:
                    for k in range(_U(len(w))):
                        total += w[k] * v[c[k]]
                i[j] = total
            noise, per, offset = converters.noise[d], converters.per[d], converters.offset[d]
            step = converters.step[d]
            for j in range(_U(first), _U(last)):
                current = i[j]
                if key is not None:
                    current += math.sqrt(power[j] + noise[j]) * z[_U(at - first) + j]
                level = converted(current * per[j] + offset[j], converters.low, converters.high)
                row[j] += level * step[j]
        activated(row[first:last], before[first:last], leak[first:last], activation)
        before = row
        if threads > 1 and not together(counts, t - begin, threads, patience, first == 0):
            return t + 1
    return end
