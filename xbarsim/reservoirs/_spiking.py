"""Liquids step by step, compiled: what neurons are given, neurons, spikes on their way.

A few series go through all their steps together, so that they share what the caches hold of the
weights, and each by itself: how many there are changes no bit.
"""

# mypy: allow-untyped-calls

import numpy as np
from numba import njit

from xbarsim.periphery._normals import drawn_at_most
from xbarsim.reservoirs._events import Room, arrived, driven, read, summed

SPIKES, TRACE, MEMBRANE = range(3)  # what features are

_U = np.uint64  # loops that count in it become vectors


@njit(nogil=True, cache=True, error_model="numpy")
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
    reads : matrices on arrays, of the channels and of the lines, of type
        `xbarsim.reservoirs._events.Read`; None in software.
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
            count[s, 0] = driven(x[starts[s] + t], index[s], amount[s])
            count[s, 1] = arrived(arriving, channels, count[s, 0], index[s], amount[s])
            arriving[:] = np.uint8(0)
        if reads is None:
            room.ends[:active, 1] = count[:active, 1]
            summed(index, amount, room.ends[:active], 0, weights, total)
        else:
            total[:active] = 0
            for k in range(len(reads)):
                y = total[:active]
                read(index, amount, count[:active], k, reads[k], numbers[k] + t, row, y, room)
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


@njit(nogil=True, cache=True, error_model="numpy")
def _where(z, fired):  # type: ignore[no-untyped-def]
    """Which neurons spike; how many."""
    found = _U(0)
    for j in range(_U(len(z))):
        fired[found] = np.uint32(j)
        found += _U(z[j])
    return np.int64(found)


@njit(nogil=True, cache=True, error_model="numpy")
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


@njit(nogil=True, cache=True, error_model="numpy")
def _turned(pending, steps):  # type: ignore[no-untyped-def]
    """What is on its way after `steps`, the next step's first."""
    slots = len(pending)
    if steps % slots:
        before = pending.copy()
        for k in range(slots):
            pending[k] = before[(k + steps) % slots]
