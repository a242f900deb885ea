"""Samples through a liquid with plasticity on, compiled: from spike to spike.

What is not touched by a spike is not looked at, but for neurons and traces, which take one pass of
arithmetic a step. The current of nearest-spike synapses is a sum that decays as a whole: a spike
adds what its predecessor has left to go, and a change of weight what the last spike has left.
Inputs that are silent throughout a sample take no part in it.
"""

# mypy: allow-untyped-calls

from typing import NamedTuple

import numpy as np
from numba import njit

from xbarsim.backend import Array
from xbarsim.systems._hash import bits, mixed
from xbarsim.systems.nalsm._updates import (
    heard_and_asked,
    heard_and_changed,
    pulsed,
    sent,
    sent_and_asked,
    sent_and_changed,
)

_INPUTS, _PULSES = np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344)  # digits of pi
_ANY, _GROWS, _SHRINKS = 0, 1, 2  # changes of weights: all, upwards and downwards
_FAINT = 1e-12  # traces below this are none: weights change by less than rounding matters


class Net(NamedTuple):
    """Who is connected with whom; sources are the neurons, then the channels.

    Parameters
    ----------
    first : of the synapses of each source, (sources + 1,).
    post : neuron that a synapse leads to, by source, (synapses,) of uint32.
    heard : of the synapses to each neuron from neurons, (neurons + 1,).
    source, place : of these: where they come from, and which they are, of uint32.
    low, high : least and greatest weight from each source, (sources,).
    inhibits : whether a source does, (sources,).
    """

    first: Array
    post: Array
    heard: Array
    source: Array
    place: Array
    low: Array
    high: Array
    inhibits: Array


class Rule(NamedTuple):
    """Numbers of the equations, per step; see `xbarsim.systems.nalsm.settings`."""

    leak: float
    threshold: float
    refractory: int
    current: float
    synapse_keep: float
    synapse_gain: float
    trace_keep: float
    trace_step: float
    learning: float
    bias: float
    astrocyte: float
    astrocyte_rate: float
    fade: float
    plastic: bool
    calcium_keep: float
    calcium_threshold: float
    calcium_range: float


@njit(nogil=True, cache=True, error_model="numpy")
def present(  # type: ignore[no-untyped-def]
    chance, seeds, steps, net, w0, rule, cells, keep, before, counts, inputs, raster, done
):
    """Take samples through the liquid, each from the weights `w0`.

    Parameters
    ----------
    chance : of a spike of each channel in a step, (n, channels).
    seeds : of each sample, (n,) of uint64.
    w0 : weights by source, (synapses,).
    cells : what the weights stand on, and their states, of type
        `xbarsim.systems.nalsm.cells.Held`; None in software.
    keep : whether weights and traces stay for the samples that follow: `w0`, states of cells and
        `before` change.
    before : traces of the sources before the first sample, and calcium of the neurons among them,
        (2, sources).
    counts : spikes of each neuron, (n, neurons); written.
    inputs : spikes of the channels of each sample, (n,); written.
    raster : spikes of each step, (n, steps, neurons) of uint8, written; no samples for none.
    done : pulses up and down of each cell, (2, synapses), heat, (1,), and spikes of each source,
        (sources,), all added to.
    """
    neurons = len(net.heard) - 1
    sources, channels = len(net.low), chance.shape[1]
    w, cell = w0.copy(), np.empty(len(w0), np.uint32)
    post = np.empty(len(w0), np.uint32)
    inner = net.first[neurons]
    for k in range(inner):
        post[k], cell[k] = net.post[k], k
    state = np.empty(len(w0) if cells is not None else 0)
    given = np.zeros((2, len(state)), np.int64)
    number_of = np.zeros(len(state), np.int64)
    hit, asked = np.empty((2, len(state)), np.uint32), np.empty(len(state), np.int64)
    who, limit = np.empty(channels, np.uint32), np.empty(channels, np.uint64)
    start = np.empty(sources + 1, np.int64)
    start[: neurons + 1] = net.first[: neurons + 1]
    heard = np.empty(neurons + 1, np.int64)
    source, place = np.empty(len(w0) - inner, np.uint32), np.empty(len(w0) - inner, np.uint32)
    low, high, inhibits = net.low.copy(), net.high.copy(), net.inhibits.copy()
    v, x, left = np.empty(sources), np.empty(sources), np.empty(sources)
    gated = rule.calcium_range > 0.0
    late, both = np.zeros((3, sources)), np.zeros((3, sources))
    seen, open_to = np.zeros((3, sources)), np.zeros(neurons, np.int64)
    calcium, free = np.empty(neurons), np.empty(sources, np.int64)
    current = np.empty((neurons, 2))
    fired, trace = np.empty(sources, np.uint32), np.empty(neurons)
    for s in range(len(chance)):
        base = mixed(seeds[s] ^ _INPUTS)
        rounding = mixed(seeds[s] ^ _PULSES)
        active = 0
        for m in range(channels):
            if chance[s, m] > 0 or before[0, neurons + m] > _FAINT:
                who[active], limit[active] = m, np.uint64(min(chance[s, m], 1.0) * 2.0**53)
                active += 1
        here = neurons + active
        w[:inner] = w0[:inner]
        _gather(active, who, neurons, net, w0, w, start, post, cell)
        _listen(neurons, active, start, post, heard, source, place)
        for a in range(active):
            j = neurons + a
            low[j], high[j], inhibits[j] = net.low[j], net.high[j], net.inhibits[j]
        if cells is not None:
            for k in range(start[here]):
                state[k] = cells.x[cell[k]]
                given[0, k], given[1, k] = 0, 0
                number_of[k] = (
                    cells.before[cell[k]] if keep else np.int64(s + cells.first + 1) << 32
                )
        for j in range(here):
            v[j], left[j], free[j] = 0.0, 0.0, 0
            both[:, j], late[:, j] = 0.0, 0.0
        x[:neurons], calcium[:] = before[0, :neurons], before[1, :neurons]
        for a in range(active):
            x[neurons + a] = before[0, neurons + who[a]]
        current[:] = 0.0
        counts[s] = 0
        inputs[s] = 0
        learning, falling = rule.learning, rule.learning
        bias, astrocyte = rule.bias, rule.astrocyte
        for t in range(steps):
            # who spikes
            inside = 0
            for i in range(neurons):
                if v[i] >= rule.threshold and t >= free[i]:
                    fired[inside] = i
                    inside += 1
            for n in range(inside):
                counts[s, fired[n]] += 1
                done[2][fired[n]] += 1
            if len(raster) > 0:
                for n in range(inside):
                    raster[s, t, fired[n]] = 1
            number = inside
            for j in range(neurons, here):
                if v[j] >= rule.threshold and t >= free[j]:
                    fired[number] = j
                    number += 1
                    done[2][neurons + who[j - neurons]] += 1
            inputs[s] += number - inside
            for n in range(number):
                v[fired[n]], free[fired[n]] = 0.0, t + rule.refractory + 1
            # spikes go out, weights change
            drawn, hits = t * len(w0), 0
            if rule.plastic:
                for n in range(inside):
                    i = fired[n]
                    trace[n], x[i] = x[i], 0.0
                if gated:
                    for n in range(inside):
                        calcium[fired[n]] += 1.0
                    _opened(calcium, rule, x, open_to, seen)
                for n in range(number):
                    j = fired[n]
                    rate = learning if inhibits[j] else -falling
                    way = (_GROWS if inhibits[j] else _SHRINKS) if gated else _ANY
                    traces = seen[way] if gated else x
                    gain = rule.synapse_gain * (1.0 - left[j])
                    both[way, j], left[j] = rate, 1.0
                    if cells is None:
                        sent_and_changed(
                            start[j], start[j + 1], post, gain, current, w, rate, traces, low[j],
                            high[j],
                        )  # fmt: skip
                    else:
                        hits += sent_and_asked(
                            start[j], start[j + 1], post, cell, gain, current, w, rate, traces, j,
                            cells.law.unit[j], rounding, drawn, hit[:, hits:], asked[hits:],
                        )  # fmt: skip
                for n in range(inside):
                    x[fired[n]] = trace[n]
                for j in range(here):
                    if inhibits[j]:
                        late[_SHRINKS if gated else _ANY, j] = -falling * x[j]
                    else:
                        late[_GROWS if gated else _ANY, j] = learning * x[j]
                for n in range(inside):
                    i = fired[n]
                    way = open_to[i]
                    if gated and way == _ANY:
                        continue
                    if cells is None:
                        current[i, 1] += heard_and_changed(
                            net.heard[i], net.heard[i + 1], net.source, net.place, late[way],
                            both[way], x[i], left, w, low, high,
                        ) + heard_and_changed(
                            heard[i], heard[i + 1], source, place, late[way], both[way], x[i],
                            left, w, low, high,
                        )  # fmt: skip
                    else:
                        hits += heard_and_asked(
                            net.heard[i], net.heard[i + 1], net.source, net.place, cell, late[way],
                            both[way], x[i], cells.law.unit, rounding, drawn, hit[:, hits:],
                            asked[hits:],
                        )  # fmt: skip
                        hits += heard_and_asked(
                            heard[i], heard[i + 1], source, place, cell, late[way], both[way],
                            x[i], cells.law.unit, rounding, drawn, hit[:, hits:], asked[hits:],
                        )  # fmt: skip
                if cells is not None:
                    pulsed(
                        hits, hit, asked, post, cell, left, current, w, cells.law, state, given,
                        done[1], number_of,
                    )  # fmt: skip
                for n in range(number):
                    both[:, fired[n]] = 0.0
            else:
                for n in range(number):
                    j = fired[n]
                    gain = rule.synapse_gain * (1.0 - left[j])
                    left[j] = 1.0
                    sent(start[j], start[j + 1], post, gain, current, w)
            # potentials, and what is left of spikes and traces
            for i in range(neurons):
                v[i] += current[i, 0] - rule.leak * v[i]
                more = rule.synapse_gain * current[i, 1]
                current[i, 0] = rule.synapse_keep * (current[i, 0] + more)
                current[i, 1] = 0.0
            for a in range(active):
                event = bits(base, t * channels + np.int64(who[a])) < limit[a]
                v[neurons + a] += (rule.current if event else 0.0) - rule.leak * v[neurons + a]
            for j in range(here):
                left[j] *= rule.synapse_keep
                x[j] *= rule.trace_keep
            for n in range(number):
                x[fired[n]] += rule.trace_keep * rule.trace_step
            # the astrocyte, and how plasticity fades
            more = astrocyte * (inside - (number - inside)) + bias - falling
            falling = rule.fade * (falling + rule.astrocyte_rate * more)
            learning, bias, astrocyte = (
                rule.fade * learning, rule.fade * bias, rule.fade * astrocyte
            )  # fmt: skip
        if cells is not None:
            for k in range(start[here]):
                c = cell[k]
                done[0][0, c] += given[0, k]
                done[0][1, c] += given[1, k]
                if keep:
                    cells.x[c] = state[k]
                    cells.before[c] += given[0, k] + given[1, k]
        if keep:
            before[:] = 0.0
            before[0, :neurons], before[1, :neurons] = x[:neurons], calcium
            for a in range(active):
                before[0, neurons + who[a]] = x[neurons + a]
            for k in range(start[here]):
                w0[cell[k]] = w[k]


@njit(nogil=True, cache=True, error_model="numpy")
def _opened(calcium, rule, x, open_to, seen):  # type: ignore[no-untyped-def]
    """Which changes the calcium of each neuron allows, and its trace where it does, else 0.

    Calcium above the threshold lets weights grow, below it shrink, within the range on each side.
    What `calcium` has left after a step is taken off here, with the spikes of this one added.
    """
    for i in range(len(calcium)):
        off = calcium[i] - rule.calcium_threshold
        way = _ANY
        if 0.0 < off < rule.calcium_range:
            way = _GROWS
        elif -rule.calcium_range < off < 0.0:
            way = _SHRINKS
        open_to[i] = way
        seen[_GROWS, i] = x[i] if way == _GROWS else 0.0
        seen[_SHRINKS, i] = x[i] if way == _SHRINKS else 0.0
        calcium[i] *= rule.calcium_keep


@njit(nogil=True, cache=True, error_model="numpy")
def _gather(active, who, neurons, net, w0, w, start, post, cell):  # type: ignore[no-untyped-def]
    """The synapses of channels that spike, one channel after the other behind the inner ones."""
    at = net.first[neurons]
    for a in range(active):
        start[neurons + a] = at
        j = neurons + who[a]
        for k in range(net.first[j], net.first[j + 1]):
            w[at], post[at], cell[at] = w0[k], net.post[k], k
            at += 1
    start[neurons + active] = at


@njit(nogil=True, cache=True, error_model="numpy")
def _listen(neurons, active, start, post, heard, source, place):  # type: ignore[no-untyped-def]
    """The synapses of these channels by the neurons that they lead to."""
    heard[:] = 0
    for k in range(start[neurons], start[neurons + active]):
        heard[post[k] + 1] += 1
    for i in range(neurons):
        heard[i + 1] += heard[i]
    for a in range(active):
        for k in range(start[neurons + a], start[neurons + a + 1]):
            i = post[k]
            at = heard[i]
            source[at], place[at] = neurons + a, k
            heard[i] += 1
    for i in range(neurons, 0, -1):
        heard[i] = heard[i - 1]
    heard[0] = 0
