"""Sums of the weights of what spikes, in software or on arrays, compiled.

What spikes in a step is a list of sources in their order, channels of the input first and then
lines (see `xbarsim.reservoirs.delays`), each with an amount. Rows of (sources, neurons) are summed
in that order, eight at a time, whatever the series beside it. That is as fast as a matrix product
where about a third of the sources spike, and far faster where few do.
"""

# mypy: allow-untyped-calls

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from xbarsim.backend import Array
from xbarsim.periphery._fused import Converters, Drivers
from xbarsim.periphery._normals import fill
from xbarsim.tile.compiled import Stages, in_type

_U = np.uint64  # loops that count in it become vectors


class Levels(NamedTuple):
    """Whole numbers from `low` to `high` that a converter knows, if it `rounds` at all."""

    rounds: bool
    low: Any
    high: Any


class Read(NamedTuple):
    """A matrix on arrays, as `read_of` makes it of what a read of its tile is.

    Of one type whatever the hardware, so that loops are compiled once.

    Parameters
    ----------
    begin : its first source.
    edges : first source of each array after `begin`, and the number of sources, (down + 1,).
    mean, variance : (sources, neurons) S and S^2; no variance where cells have no noise.
    per, inputs, volts : levels of an amount's unit, those that there are, and V of a level.
    noise, per_ampere, offset, outputs, step : of converters, see
        `xbarsim.periphery._fused.Converters`.
    key : of the noise.
    noisy, spread : whether anything is noisy, and whether cells are.
    """

    begin: int
    edges: Array
    mean: Array
    variance: Array
    per: Any
    inputs: Levels
    volts: Any
    noise: Array
    per_ampere: Array
    offset: Array
    outputs: Levels
    step: Array
    key: Array
    noisy: bool
    spread: bool


class Room(NamedTuple):
    """Arrays that a step of n series works in.

    Parameters
    ----------
    amounts : voltages of sources and their squares, (2, n, sources).
    ends : where a series' sources that stand on an array begin and end, (n, 2).
    sums : currents and their variances, (2, n, neurons).
    z : draws.
    """

    amounts: Array
    ends: Array
    sums: Array
    z: Array


def read_of(stages: Stages, begin: int, dtype: Any) -> Read:
    """What a read of a tile is, as loops take it; `begin` is the first of its sources."""
    drivers, converters = in_type(stages, dtype)
    return Read(
        begin=begin,
        edges=stages.edges,
        mean=_by_sources(stages.mean, stages.edges, dtype),
        variance=nothing(dtype)
        if stages.variance is None
        else _by_sources(stages.variance, stages.edges, dtype),
        per=drivers.per,
        inputs=_levels(drivers, dtype),
        volts=drivers.volts,
        noise=converters.noise,
        per_ampere=converters.per,
        offset=converters.offset,
        outputs=_levels(converters, dtype),
        step=converters.step,
        key=np.zeros(4, np.uint32) if stages.key is None else stages.key,
        noisy=stages.key is not None,
        spread=stages.variance is not None,
    )


def _levels(of: Drivers | Converters, dtype: Any) -> Levels:
    if of.low is None:
        return Levels(False, dtype(0), dtype(0))
    return Levels(True, of.low, of.high)


def _by_sources(arrays: Array, edges: Array, dtype: Any) -> Array:
    """`arrays` (down, rows, neurons) as (sources, neurons): sources stand on the last rows."""
    parts = [array[len(array) - n :] for array, n in zip(arrays, np.diff(edges), strict=True)]
    return np.ascontiguousarray(np.concatenate(parts), dtype)


def nothing(dtype: type) -> Array:
    """Weights without sources."""
    return np.zeros((0, 0), dtype)


@njit(nogil=True, cache=True, error_model="numpy")
def driven(x, index, amount):  # type: ignore[no-untyped-def]
    """Channels of a step that are not 0, and their values; how many."""
    found = _U(0)
    for k in range(_U(len(x))):
        index[found] = np.uint32(k)
        amount[found] = x[k]
        found += _U(x[k] != 0)
    return np.int64(found)


@njit(nogil=True, cache=True, error_model="numpy")
def arrived(arriving, channels, before, index, amount):  # type: ignore[no-untyped-def]
    """Lines on which a spike arrives, behind the channels; how many there are with these."""
    found = _U(before)
    for k in range(_U(len(arriving))):
        index[found] = np.uint32(k + _U(channels))
        amount[found] = 1
        found += _U(arriving[k])
    return np.int64(found)


@njit(nogil=True, cache=True, error_model="numpy")
def read(index, amount, count, k, on, number, row, y, room):  # type: ignore[no-untyped-def]
    """Outputs of one read of matrix `k` for all series, added to `y`."""
    active, neurons = len(count), y.shape[1]
    volts, squares = room.amounts[0], room.amounts[1]  # not unpacked, or they were not contiguous
    currents, variances = room.sums[0], room.sums[1]
    for s in range(active):
        first = count[s, 0] if k else 0
        room.ends[s, 1] = first
        for e in range(first, count[s, k]):
            given = amount[s, e] * on.per
            if on.inputs.rounds:
                given = np.rint(min(max(given, on.inputs.low), on.inputs.high))
            volts[s, e] = given * on.volts
            squares[s, e] = volts[s, e] * volts[s, e]
    for d in range(len(on.edges) - 1):
        last = on.begin + on.edges[d + 1]
        for s in range(active):
            e = room.ends[s, 1]
            room.ends[s, 0] = e
            while e < count[s, k] and index[s, e] < last:
                e += 1
            room.ends[s, 1] = e
        summed(index, volts, room.ends[:active], on.begin, on.mean, currents)
        if on.noisy:
            if on.spread:
                summed(index, squares, room.ends[:active], on.begin, on.variance, variances)
            else:
                variances[:active] = 0
            start = row * neurons
            at = fill(on.key, number, d, start, start + active * neurons, room.z)
            _noisy(currents, variances[:active], room.z[at:], on.noise[d])
        _converted(currents, d, on, y)


@njit(nogil=True, cache=True, error_model="numpy")
def _noisy(currents, variances, z, noise):  # type: ignore[no-untyped-def]
    """Currents (n, neurons) with noise of these variances and that of the converters."""
    for s in range(len(variances)):
        i, power, neurons = currents[s], variances[s], currents.shape[1]
        own = z[s * neurons : (s + 1) * neurons]
        for j in range(_U(neurons)):
            i[j] += math.sqrt(power[j] + noise[j]) * own[j]


@njit(nogil=True, cache=True, error_model="numpy")
def _converted(currents, d, on, y):  # type: ignore[no-untyped-def]
    """What the converters of array `d` say, added to `y` (n, neurons)."""
    per, offset, step = on.per_ampere[d], on.offset[d], on.step[d]
    low, high = on.outputs.low, on.outputs.high
    for s in range(len(y)):
        i, total = currents[s], y[s]
        if on.outputs.rounds:
            for j in range(_U(len(total))):
                total[j] += np.rint(min(max(i[j] * per[j] + offset[j], low), high)) * step[j]
        else:
            for j in range(_U(len(total))):
                total[j] += (i[j] * per[j] + offset[j]) * step[j]


@njit(nogil=True, cache=True, error_model="numpy")
def summed(index, amount, ends, before, weights, out):  # type: ignore[no-untyped-def]
    """Rows of `weights` times the amounts of each series' sources between its `ends`, summed up.

    The row of a source is its index less `before`.
    """
    for s in range(len(ends)):
        out[s] = 0
        _added(index[s], amount[s], ends[s, 0], ends[s, 1], _U(before), weights, out[s])


@njit(nogil=True, cache=True, error_model="numpy")
def _added(index, amount, begin, end, before, weights, sums):  # type: ignore[no-untyped-def]
    k, n = begin, _U(len(sums))
    while k + 8 <= end:
        i, a = index[k : k + 8], amount[k : k + 8]
        a0, a1, a2, a3, a4, a5, a6, a7 = a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]
        p, q = weights[_U(i[0]) - before], weights[_U(i[1]) - before]
        r, s = weights[_U(i[2]) - before], weights[_U(i[3]) - before]
        t, u = weights[_U(i[4]) - before], weights[_U(i[5]) - before]
        v, w = weights[_U(i[6]) - before], weights[_U(i[7]) - before]
        for j in range(n):
            half = (((sums[j] + a0 * p[j]) + a1 * q[j]) + a2 * r[j]) + a3 * s[j]
            sums[j] = (((half + a4 * t[j]) + a5 * u[j]) + a6 * v[j]) + a7 * w[j]
        k += 8
    while k < end:
        a0, p = amount[_U(k)], weights[_U(index[_U(k)]) - before]
        for j in range(n):
            sums[j] += a0 * p[j]
        k += 1
