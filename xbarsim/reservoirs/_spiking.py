"""Liquids step by step, compiled: what neurons are given, neurons, spikes on their way.

Some series go through all their steps together, so that they share what the caches hold of the
weights, and each by itself: how many there are changes no bit. Threads share the neurons of all of
them, and wait for each other after each step. What inputs give is summed for some steps ahead, so
that weights of inputs, too, are read from the caches.
"""

# mypy: allow-untyped-calls

import numpy as np
from numba import njit

from xbarsim.periphery._normals import drawn_at_most
from xbarsim.reservoirs._events import Room, added, arrived, read
from xbarsim.reservoirs._rows import add_rows
from xbarsim.reservoirs._together import together

SPIKES, TRACE, MEMBRANE = range(3)  # what features are

_AHEAD = 256  # steps of all series together for which inputs are summed at once
_U = np.uint64  # loops that count in it become vectors


@njit(nogil=True, cache=True, error_model="numpy")
def run(  # type: ignore[no-untyped-def]
    index, amount, ends, starts, lengths, weights, reads, numbers, places, c, beta, lines, delay,
    direct, state, trace, pending, keep, out, what, spikes_of,
    begin, end, first, last, counts, threads, patience,
):  # fmt: skip
    """Take neurons `first` to `last` through steps `begin` to `end`.

    Parameters
    ----------
    index, amount, ends : inputs as a list, see `xbarsim.reservoirs._events.driven`; `ends` of the
        steps of all series one after the other.
    starts, lengths : where the steps of each series begin, and how many; the longest series first.
    weights : of the channels and then the lines, (sources, neurons) in blocks (see
        `xbarsim.reservoirs._rows`); `nothing` with `reads`.
    reads : matrices on arrays, of the channels and of the lines, of type
        `xbarsim.reservoirs._events.Read`; None in software.
    numbers : of the first read of each of them.
    places : of the series among all that are read together, (n,).
    c, beta, state : see `xbarsim.reservoirs.neuron_models`; the state is changed in place.
    lines, delay : lines of each neuron and steps that each takes; `direct`: there is one line for
        each neuron, of one step.
    trace : spikes, filtered, (n, neurons); it keeps `keep` of itself in a step.
    pending : what arrives at lines in a step, (n, longest delay + 1, lines) of uint8; step t's in
        the slot t modulo their number.
    out : features (steps, neurons); `what` they are.
    spikes_of : how often each neuron spiked, counted on, (neurons,) of int64.
    counts, threads, patience : who else is at work, see `together`.

    Returns the step that is next.
    """
    v, current, adapted, waits = state
    n, slots, wide = len(starts), pending.shape[1], weights.shape[2]
    most, channels = pending.shape[2] + 1, 0
    if reads is None:
        channels = len(weights[0]) - pending.shape[2]
    own, width = last - first, -(-last // wide) * wide - first
    fired, fired_ends = np.empty(n * most, np.uint32), np.zeros((n, 2), np.int64)
    ahead = max(_AHEAD // n, 1)
    given = np.zeros((ahead if reads is None else 1, n, width), v.dtype)
    room = _room(reads, n, own, width, v.dtype)
    z, spiking = np.empty(own, np.uint8), np.empty(own + 1, np.uint32)
    for t in range(begin, end):
        active = n
        while lengths[active - 1] <= t:
            active -= 1
        for s in range(active):
            fired_ends[s, 0] = s * most
            fired_ends[s, 1] = arrived(pending[s, t % slots], channels, s * most, fired)
            if not direct:  # the last step's, which all have seen
                pending[s, (t - 1) % slots, lines[first] : lines[last]] = np.uint8(0)
        if reads is None:
            k = (t - begin) % ahead
            if k == 0:
                given[:] = 0
                until = min(t + ahead, end)
                _driven(index, amount, ends, starts, lengths, t, until, weights, first, given)
            added(fired, None, fired_ends[:active], weights, first, last, given[k])
        else:
            k, y = 0, given[0, :active]
            y[:] = 0
            now = np.empty((active, 2), np.int64)
            for s in range(active):
                now[s, 0], now[s, 1] = ends[starts[s] + t, 0], ends[starts[s] + t, 1]
            read(index, amount, now, reads[0], numbers[0] + t, places, first, last, y, room)
            now = fired_ends[:active]
            read(fired, None, now, reads[1], numbers[1] + t, places, first, last, y, room)
        for s in range(active):
            mine = v[s, first:last], current[s, first:last], adapted[s, first:last]
            _neurons(c, beta[first:last], *mine, waits[s, first:last], given[k, s, :own], z)
            _counted(z, spikes_of[first:last])
            if direct:
                following = pending[s, (t + 1) % slots, first:last]
                for j in range(_U(own)):
                    following[j] = z[j]
            else:
                for i in range(_where(z, spiking)):
                    j = first + np.int64(spiking[i])
                    for line in range(lines[j], lines[j + 1]):
                        pending[s, (t + delay[line]) % slots, line] = np.uint8(1)
            row = out[starts[s] + t, first:last]
            _written(row, what, z, mine[0], trace[s, first:last], keep)
        if threads > 1 and not together(counts, t - begin, threads, patience, first == 0):
            return t + 1
    return end


@njit(nogil=True, cache=True, error_model="numpy")
def _room(reads, n, own, width, of):  # type: ignore[no-untyped-def]
    """Arrays to work in for `own` neurons of n series."""
    most = 0
    if reads is not None:
        for on in reads:
            most = max(most, on.edges[-1] + 1)
    else:
        n = 0
    return Room(
        volts=np.empty((2, n * most), of),
        index=np.empty(n * most, np.uint32),
        ends=np.zeros((n, 2), np.int64),
        sums=np.empty((2, n, width), of),
        z=np.empty(drawn_at_most(own), np.float32),
    )


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _driven(  # type: ignore[no-untyped-def]
    index, amount, ends, starts, lengths, begin, end, weights, first, given
):  # fmt: skip
    """What inputs give in steps `begin` to `end`, added to `given` (steps, n, neurons)."""
    wide = weights.shape[2]
    for b in range(given.shape[2] // wide):
        block = weights[first // wide + b]
        for t in range(begin, end):
            for s in range(len(starts)):
                if lengths[s] <= t:
                    break
                own, part = ends[starts[s] + t], given[t - begin, s, b * wide : (b + 1) * wide]
                add_rows(index, amount, own[0], own[1], block, part)  # type: ignore[call-arg]


@njit(nogil=True, cache=True, error_model="numpy")
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


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _counted(z, spikes_of):  # type: ignore[no-untyped-def]
    for j in range(_U(len(z))):
        spikes_of[j] += np.int64(z[j])


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _where(z, fired):  # type: ignore[no-untyped-def]
    """Which neurons spike; how many."""
    found = _U(0)
    for j in range(_U(len(z))):
        fired[found] = np.uint32(j)
        found += _U(z[j])
    return np.int64(found)


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _written(out, what, z, v, trace, keep):  # type: ignore[no-untyped-def]
    """Features of one step."""
    n, of = _U(len(z)), out.dtype.type
    if what == MEMBRANE:
        for j in range(n):
            out[j] = v[j]
    elif what == SPIKES:
        for j in range(n):
            out[j] = of(z[j])
    else:
        kept = of(keep)
        for j in range(n):
            out[j] = trace[j] = kept * trace[j] + of(z[j])
