"""What a spike does to currents and weights, compiled: in software, and by pulses on cells.

Every synapse changes at most once in a step. Where neuron i has not spiked, that is as soon as its
source does; where it has, all of its synapses change together, so that what both spikes do is
summed before it is clipped. Callers set the trace of neurons that spike to 0 for the former.

``current`` (neurons, 2) holds what neurons are given in this step, and what changes of weights add
to it from the next step on.
"""

# mypy: allow-untyped-calls

import math

import numpy as np
from numba import njit

from xbarsim.programming._loop import normal
from xbarsim.programming._pulses import _between, _place
from xbarsim.systems.nalsm._hash import bits

_UP, _DOWN = 0, 1


@njit(nogil=True, cache=True, error_model="numpy")
def sent(begin, stop, post, gain, current, w):  # type: ignore[no-untyped-def]
    """A source spikes, and weights stay."""
    for k in range(begin, stop):
        current[post[k], 0] += gain * w[k]


@njit(nogil=True, cache=True, error_model="numpy")
def sent_and_changed(begin, stop, post, gain, current, w, rate, x, low, high):  # type: ignore[no-untyped-def]
    """A source spikes: its current, and ``rate x`` more weight to each neuron, clipped.

    Parameters
    ----------
    begin, stop : its synapses among the weights `w`; `post` are the neurons that they lead to.
    gain : current over weight: what the spike before it has left is taken off.
    x : traces of the neurons.
    """
    mine, to = w[begin:stop], post[begin:stop]
    for k in range(len(mine)):
        i, old = to[k], mine[k]
        new = min(max(old + rate * x[i], low), high)
        current[i, 0] += gain * old
        current[i, 1] += new - old
        mine[k] = new


@njit(nogil=True, cache=True, error_model="numpy")
def heard_and_changed(begin, stop, source, place, late, both, x, left, w, low, high):  # type: ignore[no-untyped-def]
    """A neuron spikes: all weights to it change; what that adds to its current.

    Parameters
    ----------
    begin, stop : its synapses in the lists `source` and `place` (among the weights `w`).
    late : change for its own spike, by source; `both`: that for the source's spike in this step
        over the trace `x` of the neuron, 0 where it has not spiked.
    left : what is left of the last spike of each source.
    """
    more = 0.0
    sources, places = source[begin:stop], place[begin:stop]
    for r in range(len(sources)):
        j, k = sources[r], places[r]
        old = w[k]
        new = min(max(old + late[j] + both[j] * x, low[j]), high[j])
        more += (new - old) * left[j]
        w[k] = new
    return more


@njit(nogil=True, cache=True, error_model="numpy")
def whole(change, unit, base, place):  # type: ignore[no-untyped-def]
    """Pulses that stand for a change of weight: what is not whole is one more at random."""
    return math.floor(change / unit + bits(base, place) * 2.0**-53)


@njit(nogil=True, cache=True, error_model="numpy")
def pulsed(number, k, c, j, w, at, state):  # type: ignore[no-untyped-def]
    """So many pulses on weight k, of cell c and source j, up where positive; the change of it.

    Parameters
    ----------
    at : type `xbarsim.systems.nalsm.cells.Law`.
    state : of the cells of this sample: states, pulses up and down (2, cells), heat (1,), and the
        place of the noise before this sample's pulses, (cells,).
    """
    x, given, heat, before = state
    kind = _UP if number > 0 else _DOWN
    m = at.member[c]
    for _ in range(abs(number)):
        place = _place(x[k], at.low[m], at.high[m], at.step.shape[2])
        move = _between(at.step, m, kind, place)
        if len(at.seed) > 0:
            noise = normal(at.seed[c], before[k] + given[0, k] + given[1, k])
            move += _between(at.noise, m, kind, place) * noise
        if len(at.energy) > 0:
            heat[0] += _between(at.energy, m, kind, place)
        given[kind, k] += 1
        x[k] = min(max(x[k] + at.scale[kind, c] * move, at.low[m]), at.high[m])
    g = _between(at.g, m, 0, _place(x[k], at.low[m], at.high[m], at.g.shape[2]))
    old = w[k]
    w[k] = at.per_siemens[j] * (g - at.reference[j])
    return w[k] - old


@njit(nogil=True, cache=True, error_model="numpy")
def sent_and_pulsed(  # type: ignore[no-untyped-def]
    begin, stop, post, cell, gain, current, w, rate, x, j, at, base, first, state
):
    """`sent_and_changed` where weights are cells; draws of this step begin at `first`."""
    unit = at.unit[j]
    for k in range(begin, stop):
        i = post[k]
        current[i, 0] += gain * w[k]
        change = rate * x[i]
        if change != 0.0:
            number = whole(change, unit, base, first + np.int64(cell[k]))
            if number != 0:
                current[i, 1] += pulsed(number, k, cell[k], j, w, at, state)


@njit(nogil=True, cache=True, error_model="numpy")
def heard_and_pulsed(  # type: ignore[no-untyped-def]
    begin, stop, source, place, cell, late, both, x, left, w, at, base, first, state
):
    """`heard_and_changed` where weights are cells; draws of this step begin at `first`."""
    more, unit = 0.0, at.unit
    for r in range(begin, stop):
        j = source[r]
        change = late[j] + both[j] * x
        if change != 0.0:
            k = place[r]
            number = whole(change, unit[j], base, first + np.int64(cell[k]))
            if number != 0:
                more += left[j] * pulsed(number, k, cell[k], j, w, at, state)
    return more
