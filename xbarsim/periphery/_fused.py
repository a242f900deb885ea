"""Reads of arrays without wires in single precision, compiled: converters, products, read noise.

What is read is `x`, (n, inputs). Its inputs stand on the word lines of `down` arrays; each has a
converter for every output, and what these say is summed up. A block of inputs goes through all of
it at once, so that neither voltages nor currents leave the processor's caches.
"""

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numba import njit

from xbarsim.backend import Array, read_only
from xbarsim.parallel import blas_threads, spread
from xbarsim.periphery._normals import drawn_at_most, fill
from xbarsim.periphery._products import PANEL, ROWS, product

_TOGETHER = 128  # most inputs of a block
_CACHED = 2**17  # voltages that a block may have
_BY_ITSELF = 2**22  # products of numbers for which another thread is worth waking
_U = np.uint64  # loops that count in it become vectors
_ROUND = np.float32(1.5 * 2**23)  # added and taken away again it leaves the nearest whole number

Number: TypeAlias = float | np.floating[Any]


class Drivers(NamedTuple):
    """How inputs become voltages; numbers are of type ``numpy.float32``.

    Parameters
    ----------
    per : levels per unit of an input.
    low, high : lowest and highest level, within 2^22; infinite both for exact conversion.
    volts : voltage of a level, V.
    """

    per: Number
    low: Number
    high: Number
    volts: Number


class Converters(NamedTuple):
    """How currents become outputs; arrays are C-contiguous and of type ``numpy.float32``.

    Parameters
    ----------
    noise : variance of what a converter takes for its current, (down, outputs) A^2.
    per : levels per ampere, (down, outputs).
    offset : level at no current, (down, outputs).
    low, high : lowest and highest level, as of `Drivers`.
    step : what a level adds to the output, (down, outputs).
    bias : what an output begins with, (outputs,).
    """

    noise: Array
    per: Array
    offset: Array
    low: Number
    high: Number
    step: Array
    bias: Array


def fused_read(
    x: Array,
    edges: Array,
    mean: Array,
    variance: Array | None,
    drivers: Drivers,
    converters: Converters,
    key: Array | None,
    read: int = 0,
    before: int = 0,
) -> Array:
    """Outputs (n, outputs), float32, of one read of `x`.

    Parameters
    ----------
    x : (n, inputs), C-contiguous float32, finite.
    edges : first input of each array, and the number of inputs, (down + 1,) of int64. Inputs stand
        on the last word lines of their array.
    mean : conductances whose currents outputs are, as `packed` makes them.
    variance : the same of their variances in a read, S^2; None where cells have no noise.
    key : four words that name the stream of the noise, (4,) of uint32 (see
        `xbarsim.periphery._normals.normals`); None leaves out all noise.
    read : number of the read, below 2^32: each has noise of its own.
    before : how many inputs of the same read came before these, in other calls.

    Notes
    -----
    The same bits whatever the number of threads, and however inputs are cut into calls.
    """
    n, outputs, x = len(x), mean.shape[1] * PANEL, read_only(x)
    y = np.empty((n, len(converters.bias)), np.float32)
    work = n * mean.shape[0] * mean.shape[2] * outputs
    threads = min(blas_threads(), 1 + work // _BY_ITSELF)
    size = max(-(-n // (threads * ROWS)) * ROWS, 1)

    def some(first: int) -> None:
        last = min(first + size, n)
        _read_some(x, first, last, edges, mean, variance, drivers, converters, key, read, before, y)

    spread(some, range(0, n, size))
    return y


@njit(nogil=True, cache=True, error_model="numpy")
def _read_some(  # type: ignore[no-untyped-def]
    x, first, last, edges, mean, variance, drivers, converters, key, read, before, y
):  # fmt: skip
    """Inputs `first` to `last`, block by block."""
    rows, width, outputs = mean.shape[2], mean.shape[1] * PANEL, y.shape[1]
    together = min(_TOGETHER, max(_CACHED // max(rows, width), 1), last - first)
    room = -(-together // ROWS) * ROWS
    v, v2 = np.zeros((room, rows), np.float32), np.zeros((room, rows), np.float32)
    i, i2 = np.empty((room, width), np.float32), np.zeros((room, width), np.float32)
    z = np.empty(drawn_at_most(together * outputs), np.float32)
    for begun in range(first, last, together):
        n = min(together, last - begun)
        padded = -(-n // ROWS) * ROWS
        for k in range(begun, begun + n):
            y[k] = converters.bias
        for d in range(len(mean)):
            drive(x[begun : begun + n], edges[d], edges[d + 1], drivers, v, v2)
            product(v[:padded], mean[d], i)
            at = 0
            if key is not None:
                if variance is not None:
                    product(v2[:padded], variance[d], i2)
                start = (before + begun) * outputs
                at = fill(key, read, d, start, start + n * outputs, z)
            convert(i, i2, z[at:] if key is not None else None, d, converters, y[begun : begun + n])


@njit(nogil=True, cache=True, error_model="numpy")
def drive(x, first, last, drivers, v, v2):  # type: ignore[no-untyped-def]
    """Voltages of inputs `first` to `last`, which stand on one array, and their squares.

    Parameters
    ----------
    x : (n, inputs).
    v, v2 : (n or more, rows); word lines before the last ``last - first`` are grounded. `v2` may be
        None.
    """
    unused = v.shape[1] - (last - first)
    per, low, high, volts = drivers
    added = _added(low)
    for k in range(len(x)):
        v[k, :unused] = np.float32(0)
        given, driven = x[k, first:last], v[k, unused:]
        for j in range(_U(len(given))):
            driven[j] = _level(given[j] * per, low, high, added) * volts
        if v2 is not None:
            v2[k, :unused] = np.float32(0)
            squares = v2[k, unused:]
            for j in range(_U(len(given))):
                squares[j] = driven[j] * driven[j]


@njit(nogil=True, cache=True, error_model="numpy")
def convert(i, i2, z, d, converters, y):  # type: ignore[no-untyped-def]
    """What the converters of array `d` say, added to `y`.

    Parameters
    ----------
    i, i2 : currents (A) and their variances (A^2), (n or more, outputs or more).
    z : standard normals, (n * outputs or more,), or None.
    y : (n, outputs).
    """
    noise, per, offset = converters.noise[d], converters.per[d], converters.offset[d]
    low, high, step, outputs = converters.low, converters.high, converters.step[d], y.shape[1]
    added = _added(low)
    for k in range(len(y)):
        mean, variance, total = i[k], i2[k], y[k]
        for j in range(_U(outputs)):
            current = mean[j]
            if z is not None:
                current += math.sqrt(variance[j] + noise[j]) * z[_U(k * outputs) + j]
            total[j] += _level(current * per[j] + offset[j], low, high, added) * step[j]


@njit(nogil=True, cache=True, error_model="numpy")
def _level(value, low, high, added):  # type: ignore[no-untyped-def]
    """The nearest level, the even one of two; what is added rounds, see `_added`."""
    return min(max(value, low), high) + added - added


@njit(nogil=True, cache=True, error_model="numpy")
def _added(low):  # type: ignore[no-untyped-def]
    """What rounds when it is added and taken away again; 0 where conversion is exact."""
    return _ROUND if low > -np.inf else np.float32(0)
