"""Images through the hidden layer, compiled: from spike to spike, with plasticity on or off.

Neurons, some hundreds, take one pass of arithmetic a step; weights are looked at only where a spike
arrives: those of an input that spikes, and those onto a hidden neuron that has. Every spike
arrives one step after it was fired.
"""

# mypy: allow-untyped-calls

from typing import NamedTuple

import numpy as np
from numba import njit

from xbarsim.backend import Array
from xbarsim.programming.pulse_tables import UP
from xbarsim.systems._hash import bits, mixed
from xbarsim.systems.symmetric_stdp._updates import ZERO, asked, asks_of, given, normalised

_INPUTS, _PULSES = np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344)  # digits of pi
_LINES = np.uint64(0xA4093822299F31D0)
I_REST, I_RESET, I_THRESHOLD = -60.0, -45.0, -40.0  # of inhibitory neurons, mV
REVERSAL, FLOOR = -100.0, -100.0  # of inhibition; of hidden neurons, mV
OFFSET, SOFT = 20.0, 10.0  # of theta, mV: where it begins, and where its steps would be infinite


class Rule(NamedTuple):
    """Numbers of the equations, per step; see `xbarsim.systems.symmetric_stdp.settings`.

    Rates of the neurons are steps over time constants, ``keep`` what is left after a step.

    Parameters
    ----------
    left : of a mark of a trace after so many steps, (known + 1,): 0 in the end, from which on it is
        forgotten.
    awake : steps after which an inhibitory neuron that hears nothing is at rest again.
    theta_keep : what is left of theta after a showing.
    """

    steps: int
    rest: int
    chance: float
    intensity: float
    most_intensity: float
    least: int
    v_rest: float
    threshold: float
    v_rate: float
    refractory: int
    to_inhibitory: float
    to_others: float
    i_rate: float
    excitation_keep: float
    inhibition_keep: float
    theta_keep: float
    theta_step: float
    left: Array
    awake: int
    mark: float
    learning: float
    top: float
    total: float
    plastic: bool


class Neurons(NamedTuple):
    """State of hidden neurons, (neurons,) each but for those of inputs.

    Parameters
    ----------
    v, excited, inhibited, free : potential (mV), conductances, and the step from which it moves.
    theta : what its threshold has grown by, mV.
    trace, trace_at : of its spikes, as it was after the last, and when that was.
    other_v, other_excited, other_free, other_at : of its inhibitory neuron, and when that has
        heard its last spike.
    inputs, inputs_at : traces of inputs as they were after their last spikes, and when these were,
        (channels,).
    clock : steps that went before, (1,).
    """

    v: Array
    excited: Array
    inhibited: Array
    free: Array
    theta: Array
    trace: Array
    trace_at: Array
    other_v: Array
    other_excited: Array
    other_free: Array
    other_at: Array
    inputs: Array
    inputs_at: Array
    clock: Array


@njit(nogil=True, cache=True, error_model="numpy")
def show(pixels, seeds, rule, w, cells, state, counts, inputs, shown, sent):  # type: ignore[no-untyped-def]
    """Show images, each again and more brightly while fewer than `rule.least` spikes answer.

    Parameters
    ----------
    pixels : 0 to 255, (n, channels).
    seeds : of each image, (n,) of uint64.
    w : weights (channels, neurons); change where the rule is plastic.
    cells : what the weights stand on, `xbarsim.systems.symmetric_stdp.cells.Held`; None in
        software.
    state : `Neurons`; where nothing is plastic every showing begins at rest, with its theta.
    counts : spikes of neurons in the last showing of each image, (n, neurons); written.
    inputs, shown : spikes of channels in all showings, and how many showings, (n,); written.
    sent : spikes of each channel, (channels,); added to.

    Returns
    -------
    Spikes of the last showing of each image: their steps, their neurons, and where those of each
    image begin, (n + 1,).
    """
    channels, neurons = w.shape
    when, who = np.empty(1024, np.int64), np.empty(1024, np.int64)
    begins = np.zeros(len(pixels) + 1, np.int64)
    active, due = np.empty(channels, np.int64), np.empty(channels, np.int64)
    per_log, came = np.empty(channels), np.empty(channels, np.int64)
    fired, others = np.empty(neurons, np.int64), np.empty(neurons, np.int64)
    here, fresh = np.zeros(channels, np.bool_), np.zeros(neurons, np.bool_)
    touched, now = np.ones(neurons, np.bool_), np.empty(neurons)
    awake, recent = np.empty(neurons, np.int64), np.empty(neurons, np.int64)
    sizes = np.zeros(2, np.int64)  # of `awake` and `recent`
    unit, hit = asks_of(w, cells)
    for i in range(neurons):
        if state.clock[0] - state.other_at[i] < rule.awake:
            awake[sizes[0]] = i
            sizes[0] += 1
        if state.clock[0] - state.trace_at[i] < len(rule.left) - 1:
            recent[sizes[1]] = i
            sizes[1] += 1
    for s in range(len(pixels)):
        level = rule.intensity
        inputs[s] = shown[s] = 0
        while True:
            base = mixed(seeds[s] ^ _INPUTS ^ np.uint64(shown[s]))
            rounding = mixed(seeds[s] ^ _PULSES ^ np.uint64(shown[s]))
            if rule.plastic:
                normalised(w, touched, rule.total, cells, mixed(rounding ^ _LINES), hit)
                for i in range(neurons):
                    state.theta[i] *= rule.theta_keep
            else:
                _at_rest(state, rule)
                sizes[0] = 0
            counts[s] = 0
            at = begins[s]
            number = spikes = inhibiting = 0
            bright = _bright(pixels[s], rule.chance * level, base, active, due, per_log)
            for t in range(rule.steps + (rule.rest if rule.plastic else 0)):
                # spikes arrive
                come = 0
                if t < rule.steps:
                    for a in range(bright):
                        if due[a] == t:
                            came[come] = j = active[a]
                            come += 1  # and is silent in the next step
                            due[a] += 1 + _gap(base, (t + 1) * channels + j, per_log[a])
                    inputs[s] += come
                for c in range(come):
                    row = w[came[c]]
                    sent[came[c]] += 1
                    for i in range(neurons):
                        state.excited[i] += row[i]
                _hear(rule, state, fired[:number], others[:inhibiting], awake, sizes)
                if rule.plastic:
                    hits = _learn(
                        rule, state, w, unit, hit, came[:come], fired[:number], here, fresh, now,
                        recent, sizes, touched, rounding, t,
                    )  # fmt: skip
                    if cells is not None:
                        given(w, hit, hits, UP, cells)
                # potentials
                inhibiting = _inhibitory(rule, state, awake, sizes, others)
                number = _excitatory(rule, state, fired)
                state.clock[0] += 1
                if t < rule.steps:
                    spikes += number
                    if at + number > len(when):
                        when = np.concatenate((when, np.empty_like(when)))
                        who = np.concatenate((who, np.empty_like(who)))
                    for n in range(number):
                        counts[s, fired[n]] += 1
                        when[at], who[at] = t, fired[n]
                        at += 1
            shown[s] += 1
            if spikes >= rule.least or level >= rule.most_intensity:
                break
            level += 1.0
        begins[s + 1] = at
    return when[: begins[-1]], who[: begins[-1]], begins


@njit(nogil=True, cache=True, error_model="numpy")
def _bright(pixels, chance, base, active, due, per_log):  # type: ignore[no-untyped-def]
    """Which pixels are not dark, and when each spikes first; returns how many."""
    number = 0
    for j in range(len(pixels)):
        p = min(chance * pixels[j], 1.0)
        if p > 0.0:
            active[number], per_log[number] = j, 0.0 if p == 1.0 else 1.0 / np.log1p(-p)
            due[number] = _gap(base, j, per_log[number]) - 1
            number += 1
    return number


@njit(nogil=True, cache=True, error_model="numpy")
def _gap(base, place, per_log):  # type: ignore[no-untyped-def]
    """Steps to the next spike, 1 or more: geometrically distributed."""
    u = bits(base, place) * 2.0**-53
    return 1 + np.int64(min(np.log1p(-u) * per_log, 1e9))


@njit(nogil=True, cache=True, error_model="numpy")
def _at_rest(state, rule):  # type: ignore[no-untyped-def]
    """No neuron has spiked for long; thetas stay."""
    state.v[:] = rule.v_rest
    state.excited[:] = state.inhibited[:] = 0.0
    state.free[:] = state.other_free[:] = state.clock[0]
    state.other_at[:] = state.clock[0] - rule.awake


@njit(nogil=True, cache=True, error_model="numpy")
def _hear(rule, state, fired, others, awake, sizes):  # type: ignore[no-untyped-def]
    """Spikes of hidden neurons and of inhibitory ones (`others`) arrive."""
    clock = state.clock[0]
    for i in fired:
        if clock - state.other_at[i] >= rule.awake:
            state.other_v[i], state.other_excited[i] = I_REST, 0.0
            awake[sizes[0]] = i
            sizes[0] += 1
        state.other_excited[i] += rule.to_inhibitory
        state.other_at[i] = clock
    for n in others:
        for i in range(len(state.v)):
            state.inhibited[i] += rule.to_others
        state.inhibited[n] -= rule.to_others


@njit(nogil=True, cache=True, error_model="numpy")
def _learn(  # type: ignore[no-untyped-def]
    rule, state, w, unit, hit, came, fired, here, fresh, now, recent, sizes, touched, rounding, t
):
    """Symmetric STDP of the spikes that arrive in a step, which changes a weight once at most.

    Returns how many cells get pulses.

    Parameters
    ----------
    unit, hit : of `xbarsim.systems.symmetric_stdp._updates.asks_of`.
    came, fired : inputs and neurons whose spikes arrive.
    here, fresh : which they are, all False before and after.
    now : traces of the `recent` neurons, `sizes[1]` of them, as they are.
    touched : neurons whose weights have changed.
    rounding : seed of how pulses are rounded, `t` the place.
    """
    x, y, x_at, y_at = state.inputs, state.trace, state.inputs_at, state.trace_at
    clock, left, last = state.clock[0], rule.left, len(rule.left) - 1
    first, top, rate = t * w.size, rule.top, rule.learning
    neurons, known, hits = w.shape[1], 0, ZERO
    for r in range(sizes[1]):
        i = recent[r]
        if clock - y_at[i] < last:
            recent[known], now[known] = i, y[i] * left[clock - y_at[i]]
            known += 1
    for j in came:
        here[j] = True
    for i in fired:
        fresh[i] = touched[i] = True
        since = clock - y_at[i]
        behind = y[i] * left[min(since, last)]
        for j in range(len(x)):
            more = x[j] * left[min(clock - x_at[j], last)] + (behind if here[j] else 0.0)
            if more > 0.0:
                if unit is None:
                    w[j, i] = min(w[j, i] + rate * more, top)
                else:
                    c = j * neurons + i
                    hits = asked(c, rate * more, unit, rounding, first, hit, hits)
        y[i], y_at[i] = behind + rule.mark, clock
        if since >= last:
            recent[known], now[known] = i, 0.0
            known += 1
    sizes[1] = known
    for j in came:
        here[j] = False
        x[j], x_at[j] = x[j] * left[min(clock - x_at[j], last)] + rule.mark, clock
    for r in range(known):
        i = recent[r]
        if fresh[i]:
            fresh[i] = False
        elif len(came) > 0:
            touched[i] = True
            more = rate * now[r]
            for j in came:
                if unit is None:
                    w[j, i] = min(w[j, i] + more, top)
                else:
                    hits = asked(j * neurons + i, more, unit, rounding, first, hit, hits)
    return hits


@njit(nogil=True, cache=True, error_model="numpy")
def _inhibitory(rule, state, awake, sizes, fired):  # type: ignore[no-untyped-def]
    """A step of inhibitory neurons that are `awake`; `fired` are those that spike; how many."""
    v, excited, free, clock = state.other_v, state.other_excited, state.other_free, state.clock[0]
    known = number = 0
    for n in range(sizes[0]):
        i = awake[n]
        if clock - state.other_at[i] >= rule.awake:
            continue
        awake[known] = i
        known += 1
        if clock >= free[i]:
            v[i] += rule.i_rate * (I_REST - v[i] - excited[i] * v[i])
        excited[i] *= rule.excitation_keep
        if v[i] > I_THRESHOLD:
            fired[number], v[i], free[i] = i, I_RESET, clock + rule.refractory + 1
            number += 1
    sizes[0] = known
    return number


@njit(nogil=True, cache=True, error_model="numpy")
def _excitatory(rule, state, fired):  # type: ignore[no-untyped-def]
    """A step of the hidden neurons; `fired` are those that spike, returns how many."""
    v, theta, free, clock, over = state.v, state.theta, state.free, state.clock[0], 0
    excited, inhibited, base = state.excited, state.inhibited, rule.threshold - OFFSET
    for i in range(len(v)):
        drive = rule.v_rest - v[i] - excited[i] * v[i] + inhibited[i] * (REVERSAL - v[i])
        moved = max(v[i] + rule.v_rate * drive, FLOOR)
        v[i] = moved if clock >= free[i] else v[i]
        excited[i] *= rule.excitation_keep
        inhibited[i] *= rule.inhibition_keep
        over += v[i] > theta[i] + base
    number = 0
    if over > 0:
        for i in range(len(v)):
            if v[i] > theta[i] + base:
                fired[number], v[i], free[i] = i, rule.v_rest, clock + rule.refractory + 1
                theta[i] += rule.theta_step * (OFFSET - SOFT) / abs(theta[i] - SOFT)
                number += 1
    return number
