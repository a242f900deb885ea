"""Leaky rate neurons, all connected with all, on noisy arrays, compiled: one series."""

# mypy: allow-untyped-calls

import math

import numpy as np
from numba import njit

from xbarsim.periphery._normals import drawn_at_most, fill
from xbarsim.reservoirs._activation import activated
from xbarsim.reservoirs._level import converted
from xbarsim.reservoirs._together import together

_U = np.uint64  # loops that count in it become vectors
_NONE = np.float32(0)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def dense_tile_run(  # type: ignore[no-untyped-def]
    edges, mean, variance, unit, drivers, converters, key, read, place,
    inputs, states, before, leak, activation,
    begin, end, first, last, counts, threads, patience,
):  # fmt: skip
    """A series through all its steps; `mean` and `variance` (down, n, rows), else as `sparse_run`.

    Inputs `edges` [d] to [d + 1] stand on the last rows of array d. Variances are whole numbers of
    16 bits of a `unit` of each output, (down, n) S^2, so that less has to be read.
    """
    n, channels = states.shape[1], inputs.shape[1]
    v, v2 = np.empty(n + channels, states.dtype), np.empty(n + channels, np.float32)
    i, power = np.empty(n, states.dtype), np.zeros(n, np.float32)
    z = np.empty(drawn_at_most(n), np.float32)
    zero = states.dtype.type(0)
    if begin > 0:
        before = states[begin - 1]
    for t in range(begin, end):
        row = states[t]
        for k in range(_U(n)):
            level = converted(before[k] * drivers.per, drivers.low, drivers.high)
            x = level * drivers.volts
            v[k], v2[k] = x, x * x
        for k in range(channels):
            level = converted(inputs[t, k] * drivers.per, drivers.low, drivers.high)
            x = level * drivers.volts
            v[n + k], v2[n + k] = x, x * x
        for d in range(len(converters.per)):
            at = 0
            if key is not None:
                at = fill(key, read + t, d, place * n + first, place * n + last, z)
            one, other = edges[d], edges[d + 1]
            size, unused = _U(other - one), mean.shape[2] - (other - one)
            x, x2 = v[one:other], v2[one:other]
            for j in range(first, last, 4):
                j1, j2, j3 = min(j + 1, last - 1), min(j + 2, last - 1), min(j + 3, last - 1)
                w0, w1 = mean[d, j, unused:], mean[d, j1, unused:]
                w2, w3 = mean[d, j2, unused:], mean[d, j3, unused:]
                a0, a1, a2, a3 = zero, zero, zero, zero
                if variance is not None:
                    s0, s1 = variance[d, j, unused:], variance[d, j1, unused:]
                    s2, s3 = variance[d, j2, unused:], variance[d, j3, unused:]
                    b0, b1, b2, b3 = _NONE, _NONE, _NONE, _NONE
                    for k in range(size):
                        a0 += w0[k] * x[k]
                        a1 += w1[k] * x[k]
                        a2 += w2[k] * x[k]
                        a3 += w3[k] * x[k]
                    for k in range(size):
                        b0 += np.float32(s0[k]) * x2[k]
                        b1 += np.float32(s1[k]) * x2[k]
                        b2 += np.float32(s2[k]) * x2[k]
                        b3 += np.float32(s3[k]) * x2[k]
                    power[j], power[j1] = b0 * unit[d, j], b1 * unit[d, j1]
                    power[j2], power[j3] = b2 * unit[d, j2], b3 * unit[d, j3]
                else:
                    for k in range(size):
                        a0 += w0[k] * x[k]
                        a1 += w1[k] * x[k]
                        a2 += w2[k] * x[k]
                        a3 += w3[k] * x[k]
                i[j], i[j1], i[j2], i[j3] = a0, a1, a2, a3
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
