"""Sums of the weights of what spikes, in software or on arrays, compiled.

What spikes is a list of sources in their order, each with an amount, from which `ends` of each
series cut out its own. Rows of (sources, neurons) are summed in that order, whatever the series
beside it: no other way of multiplying takes over where many spike, so that batches change no bit.
Neurons are those from `first` to `last`, whole blocks of columns (see `xbarsim.reservoirs._rows`).
"""

# mypy: allow-untyped-calls

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from xbarsim.backend import Array
from xbarsim.periphery._fused import Converters, Drivers
from xbarsim.periphery._normals import fill
from xbarsim.reservoirs._level import converted
from xbarsim.reservoirs._rows import add_rows, block_width, in_blocks
from xbarsim.tile.compiled import Stages, in_type

_U = np.uint64  # loops that count in it become vectors


class Read(NamedTuple):
    """A matrix on arrays, as `read_of` makes it of what a read of its tile is.

    Of one type whatever the hardware, so that loops are compiled once.

    Parameters
    ----------
    edges : first source of each array, and the number of sources, (down + 1,).
    mean, variance : of (sources, neurons) in blocks, S and S^2; no variance where cells have no
        noise.
    drivers, converters : as of `xbarsim.periphery._fused`.
    key : of the noise.
    noisy, spread : whether anything is noisy, and whether cells are.
    """

    edges: Array
    mean: Array
    variance: Array
    drivers: Drivers
    converters: Converters
    key: Array
    noisy: bool
    spread: bool


class Room(NamedTuple):
    """Arrays that reads of n series work in.

    Parameters
    ----------
    volts : voltages of sources and their squares, (2, n * sources).
    index : the sources, (n * sources,).
    ends : where those of a series that stand on an array begin and end, (n, 2).
    sums : currents and their variances, (2, n, neurons of whole blocks).
    z : draws.
    """

    volts: Array
    index: Array
    ends: Array
    sums: Array
    z: Array


def read_of(stages: Stages, dtype: Any) -> Read:
    """What a read of a tile is, as loops take it."""
    drivers, converters = in_type(stages, dtype)
    return Read(
        edges=stages.edges,
        mean=_by_sources(stages.mean, stages.edges, dtype),
        variance=nothing(dtype)
        if stages.variance is None
        else _by_sources(stages.variance, stages.edges, dtype),
        drivers=drivers,
        converters=converters,
        key=np.zeros(4, np.uint32) if stages.key is None else stages.key,
        noisy=stages.key is not None,
        spread=stages.variance is not None,
    )


def _by_sources(arrays: Array, edges: Array, dtype: Any) -> Array:
    """`arrays` (down, rows, neurons) in blocks of (sources, neurons); see `Stages.mean`."""
    parts = [array[len(array) - n :] for array, n in zip(arrays, np.diff(edges), strict=True)]
    return in_blocks(np.concatenate(parts), dtype)


def nothing(dtype: type) -> Array:
    """Blocks of weights without sources."""
    return np.zeros((0, 0, block_width(dtype)), dtype)


@njit(nogil=True, cache=True, error_model="numpy")
def driven(x, begin, index, amount, ends):  # type: ignore[no-untyped-def]
    """List what is not 0 in each step of `x` (steps, channels), from the place `begin` on.

    Parameters
    ----------
    index, amount : the list, of uint32 and of the type of `x`, with room for all of `x`.
    ends : where a step's begin and end, (steps, 2).
    """
    found = _U(begin)
    for t in range(len(x)):
        ends[t, 0] = found
        for k in range(_U(x.shape[1])):
            index[found] = np.uint32(k)
            amount[found] = x[t, k]
            found += _U(x[t, k] != 0)
        ends[t, 1] = found


@njit(nogil=True, cache=True, error_model="numpy")
def arrived(arriving, before, begin, index):  # type: ignore[no-untyped-def]
    """List the lines on which a spike arrives, from the place `begin` on; where the list ends.

    `before` sources come before the lines.
    """
    found = _U(begin)
    for k in range(_U(len(arriving))):
        index[found] = np.uint32(k + _U(before))
        found += _U(arriving[k])
    return np.int64(found)


@njit(nogil=True, cache=True, error_model="numpy")
def read(  # type: ignore[no-untyped-def]
    index, amount, ends, on, number, places, first, last, y, room
):  # fmt: skip
    """Outputs of one read for n series, added to `y` (n, neurons).

    Parameters
    ----------
    index, amount, ends : the list; no amounts are 1 for all.
    on, number : the matrix, of type `Read`, and the number of the read.
    places : of the series among all that are read together, (n,).
    """
    volts, squares = room.volts[0], room.volts[1]  # not unpacked, or they were not contiguous
    currents, variances = room.sums[0], room.sums[1]
    n, most = len(ends), len(room.index) // len(room.ends)
    noise, (per, low, high, volt) = on.converters.noise, on.drivers
    for s in range(n):
        room.ends[s, 1] = s * most
        for e in range(ends[s, 1] - ends[s, 0]):
            given = per
            if amount is not None:
                given = amount[ends[s, 0] + e] * per
            at = s * most + e
            room.index[at] = index[ends[s, 0] + e]
            volts[at] = converted(given, low, high) * volt
            squares[at] = volts[at] * volts[at]
    for d in range(len(on.edges) - 1):
        for s in range(n):
            e, end = room.ends[s, 1], s * most + ends[s, 1] - ends[s, 0]
            room.ends[s, 0] = e
            while e < end and room.index[e] < on.edges[d + 1]:
                e += 1
            room.ends[s, 1] = e
        currents[:n] = 0
        added(room.index, volts, room.ends[:n], on.mean, first, last, currents)
        if on.noisy:
            variances[:n] = 0
            if on.spread:
                added(room.index, squares, room.ends[:n], on.variance, first, last, variances)
            for s in range(n):
                start = places[s] * noise.shape[1]
                at = fill(on.key, number, d, start + first, start + last, room.z)
                _noisy(currents[s], variances[s], room.z[at:], noise[d, first:last])
        _converted(currents, d, on.converters, first, last, y)


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _noisy(current, variance, z, noise):  # type: ignore[no-untyped-def]
    """Currents (neurons,) with noise of these variances and that of the converters."""
    for j in range(_U(len(noise))):
        current[j] += math.sqrt(variance[j] + noise[j]) * z[j]


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _converted(currents, d, converters, first, last, y):  # type: ignore[no-untyped-def]
    """What the converters of array `d` say, added to `y` (n, neurons)."""
    per, offset = converters.per[d, first:last], converters.offset[d, first:last]
    step, low, high = converters.step[d, first:last], converters.low, converters.high
    for s in range(len(y)):
        i, total = currents[s], y[s]
        for j in range(_U(len(per))):
            total[j] += converted(i[j] * per[j] + offset[j], low, high) * step[j]


@njit(nogil=True, cache=True, error_model="numpy")
def added(index, amount, ends, weights, first, last, out):  # type: ignore[no-untyped-def]
    """Add rows of `weights` times the amounts of each series' list to `out` (n, neurons).

    `weights` are in blocks, and so are the neurons that `out` has room for.
    """
    wide = weights.shape[2]
    for b in range(first // wide, -(-last // wide)):
        for s in range(len(ends)):
            part = out[s, b * wide - first : (b + 1) * wide - first]
            add_rows(index, amount, ends[s, 0], ends[s, 1], weights[b], part)  # type: ignore[call-arg]
