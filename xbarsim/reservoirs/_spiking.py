"""Liquids step by step, compiled: sums of the weights of what spikes, neurons, spikes on their way.

A few series go through all their steps together, so that they share what the caches hold of the
weights, and each by itself: how many there are changes no bit. Weights are (sources, neurons), a
source being a channel or a line (see `xbarsim.reservoirs.delays`); the rows of sources that spike
are summed in the order of the sources, eight at a time. That is as fast as a matrix product where
about a third of the sources spike, and far faster where few do.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from xbarsim.backend import Array
from xbarsim.periphery._fused import Converters, Drivers, convert, level
from xbarsim.periphery._normals import drawn_at_most, fill
from xbarsim.tile.compiled import Parts

SPIKES, TRACE, MEMBRANE = range(3)  # what features are

_U = np.uint64  # loops that count in it become vectors
_LIKE = {"nogil": True, "cache": True, "error_model": "numpy"}


class Read(NamedTuple):
    """A matrix on arrays, as `read_of` makes it of a tile's `xbarsim.tile.compiled.Parts`.

    Parameters
    ----------
    begin : its first source.
    mean, variance : (sources, neurons) S and S^2; no variance where cells have no noise.
    noisy, spread : whether anything is noisy, and whether cells are.
    """

    begin: int
    edges: Array
    mean: Array
    variance: Array
    drivers: Drivers
    converters: Converters
    key: Array
    noisy: bool
    spread: bool


class Room(NamedTuple):
    """Arrays that a step works in, of all series: (2, n, sources), (n, 2), (2, n, neurons), draws."""

    amounts: Array
    ends: Array
    sums: Array
    z: Array


def read_of(parts: Parts, begin: int) -> Read:
    """What the kernel reads a tile by; `begin` is the first of its sources."""
    return Read(
        begin=begin,
        edges=parts.edges,
        mean=np.ascontiguousarray(parts.mean, np.float32),
        variance=nothing(np.float32)
        if parts.variance is None
        else np.ascontiguousarray(parts.variance, np.float32),
        drivers=parts.drivers,
        converters=parts.converters,
        key=np.zeros(4, np.uint32) if parts.key is None else parts.key,
        noisy=parts.key is not None,
        spread=parts.variance is not None,
    )


def nothing(dtype: type) -> Array:
    """Weights without sources."""
    return np.zeros((0, 0), dtype)


@njit(**_LIKE)
def run(  # type: ignore[no-untyped-def]
    x, starts, lengths, weights, reads, numbers, c, beta, first, delay, state, trace, pending, keep,
    out, what, row, spikes_of
):  # fmt: skip
    """Take series through all their steps.

    Parameters
    ----------
    x : their steps one after the other, (steps, channels); `starts` and `lengths` of each series,
        the longest first.
    weights : of channels and lines together, (sources, neurons); `nothing` with `reads`.
    reads : matrices on arrays, of the channels and of the lines, see `Read`; None in software.
    numbers : of the first read of each of them.
    c, beta, state : see `xbarsim.reservoirs.neuron_models`; the state is changed in place.
    first, delay : lines of each neuron and steps that each takes.
    trace : spikes, filtered, (n, neurons); it keeps `keep` of itself in a step.
    pending : what arrives at lines in the next steps, (n, longest delay, lines) of uint8.
    out : features (steps, neurons); `what` they are.
    row : place of the first series among all that are read together.
    spikes_of : how often each neuron spiked, counted on, (neurons,) of int64.
    """
    v, current, adapted, waits = state
    channels, neurons, together = x.shape[1], v.shape[1], len(starts)
    lines, slots = pending.shape[2], pending.shape[1]
    sources = channels + lines
    index = np.empty((together, sources + 1), np.uint32)
    amount = np.empty((together, sources + 1), v.dtype)
    count = np.zeros((together, 2), np.int64)
    total = np.empty((together, neurons), v.dtype)
    draws = drawn_at_most(together * neurons) if reads is not None else 0
    room = Room(
        amounts=np.empty((2, together, sources + 1), v.dtype),
        ends=np.zeros((together, 2), np.int64),
        sums=np.empty((2, together, neurons), v.dtype),
        z=np.empty(draws, np.float32),
    )
    fired = np.empty(neurons + 1, np.uint32)
    z = np.empty(neurons, np.uint8)
    for t in range(lengths[0] if together else 0):
        active = together
        while lengths[active - 1] <= t:
            active -= 1
        for s in range(active):
            arriving = pending[s, t % slots]
            count[s, 0] = _driven(x[starts[s] + t], index[s], amount[s])
            count[s, 1] = _arrived(arriving, channels, count[s, 0], index[s], amount[s])
            arriving[:] = np.uint8(0)
        if reads is None:
            room.ends[:active, 1] = count[:active, 1]
            _sums(index, amount, room.ends[:active], 0, weights, total)
        else:
            total[:active] = 0
            for k in range(len(reads)):
                y = total[:active]
                _read(index, amount, count[:active], k, reads[k], numbers[k] + t, row, y, room)
        for s in range(active):
            _neurons(c, beta, v[s], current[s], adapted[s], waits[s], total[s], z)
            spikes = _where(z, fired)
            for k in range(spikes):
                j = fired[_U(k)]
                spikes_of[j] += 1
                for line in range(first[j], first[j + 1]):
                    pending[s, (t + delay[line]) % slots, line] = np.uint8(1)
            _written(out[starts[s] + t], what, z, v[s], trace[s], keep)
    for s in range(together):
        _turned(pending[s], lengths[s])


@njit(**_LIKE)
def _driven(x, index, amount):  # type: ignore[no-untyped-def]
    """Channels of a step that are not 0, and their values; how many."""
    found = _U(0)
    for k in range(_U(len(x))):
        index[found] = np.uint32(k)
        amount[found] = x[k]
        found += _U(x[k] != 0)
    return np.int64(found)


@njit(**_LIKE)
def _arrived(arriving, channels, before, index, amount):  # type: ignore[no-untyped-def]
    """Lines on which a spike arrives, behind the channels; how many there are with these."""
    found = _U(before)
    for k in range(_U(len(arriving))):
        index[found] = np.uint32(k + _U(channels))
        amount[found] = 1
        found += _U(arriving[k])
    return np.int64(found)


@njit(**_LIKE)
def _read(index, amount, count, k, read, number, row, y, room):  # type: ignore[no-untyped-def]
    """Outputs of one read of matrix `k` for all series, added to `y`."""
    active, neurons = len(count), read.converters.bias.shape[0]
    volts, squares = room.amounts[0], room.amounts[1]  # not unpacked, or they were not contiguous
    currents, variances = room.sums[0], room.sums[1]
    per, low, high = read.drivers.per, read.drivers.low, read.drivers.high
    for s in range(active):
        first = count[s, 0] if k else 0
        room.ends[s, 1] = first
        for e in range(first, count[s, k]):
            volts[s, e] = level(amount[s, e] * per, low, high) * read.drivers.volts
            squares[s, e] = volts[s, e] * volts[s, e]
    for d in range(len(read.edges) - 1):
        last = read.begin + read.edges[d + 1]
        for s in range(active):
            e = room.ends[s, 1]
            room.ends[s, 0] = e
            while e < count[s, k] and index[s, e] < last:
                e += 1
            room.ends[s, 1] = e
        _sums(index, volts, room.ends[:active], read.begin, read.mean, currents)
        if read.noisy:
            if read.spread:
                _sums(index, squares, room.ends[:active], read.begin, read.variance, variances)
            else:
                variances[:active] = 0
            start = row * neurons
            at = fill(read.key, number, d, start, start + active * neurons, room.z)
            convert(currents, variances, room.z[at:], d, read.converters, y)
        else:
            convert(currents, variances, None, d, read.converters, y)


@njit(**_LIKE)
def _sums(index, amount, ends, before, weights, out):  # type: ignore[no-untyped-def]
    """Rows of `weights` times the amounts of each series' sources between its `ends`, summed up.

    The row of a source is its index less `before`.
    """
    for s in range(len(ends)):
        out[s] = 0
        _added(index[s], amount[s], ends[s, 0], ends[s, 1], _U(before), weights, out[s])


@njit(**_LIKE)
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


@njit(**_LIKE)
def _neurons(c, beta, v, current, adapted, waits, x, z):  # type: ignore[no-untyped-def]
    """One step of all neurons of a series, as `xbarsim.reservoirs.neuron_models.step` has it."""
    of = v.dtype.type
    n = _U(len(v))
    decay, gain, drift = of(c.decay), of(c.gain), of(c.drift)
    threshold, reset, fade = of(c.threshold), of(c.reset), of(c.fade)
    synapse, gathers, refractory = of(c.synapse), of(1 - c.fade), np.int32(c.refractory)
    if c.synapse > 0:
        for j in range(n):
            current[j] = synapse * current[j] + x[j]
            x[j] = current[j]
    for j in range(n):
        v[j] = decay * v[j] + gain * x[j] + drift
    if c.held:
        for j in range(n):
            v[j] = v[j] if waits[j] == 0 else reset
    if c.fade > 0:
        for j in range(n):
            x[j] = threshold + beta[j] * adapted[j]
    else:
        for j in range(n):
            x[j] = threshold
    if c.refractory > 0:
        for j in range(n):
            z[j] = np.uint8((v[j] > x[j]) & (waits[j] == 0))
            waits[j] = refractory if z[j] else max(waits[j] - np.int32(1), np.int32(0))
    else:
        for j in range(n):
            z[j] = np.uint8(v[j] > x[j])
    if c.subtract:
        for j in range(n):
            v[j] = v[j] - x[j] if z[j] else v[j]
    else:
        for j in range(n):
            v[j] = reset if z[j] else v[j]
    if c.fade > 0:
        for j in range(n):
            adapted[j] = fade * adapted[j] + gathers * of(z[j])


@njit(**_LIKE)
def _where(z, fired):  # type: ignore[no-untyped-def]
    """Which neurons spike; how many."""
    found = _U(0)
    for j in range(_U(len(z))):
        fired[found] = np.uint32(j)
        found += _U(z[j])
    return np.int64(found)


@njit(**_LIKE)
def _written(out, what, z, v, trace, keep):  # type: ignore[no-untyped-def]
    """Features of one step."""
    n, of = _U(len(z)), out.dtype.type
    if what == MEMBRANE:
        out[:] = v
    elif what == SPIKES:
        for j in range(n):
            out[j] = of(z[j])
    else:
        kept = of(keep)
        for j in range(n):
            trace[j] = kept * trace[j] + of(z[j])
        out[:] = trace


@njit(**_LIKE)
def _turned(pending, steps):  # type: ignore[no-untyped-def]
    """What is on its way after `steps`, the next step's first."""
    slots = len(pending)
    if steps % slots:
        before = pending.copy()
        for k in range(slots):
            pending[k] = before[(k + steps) % slots]
