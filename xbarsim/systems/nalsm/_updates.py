"""What a spike does to currents and weights, compiled: in software, and by pulses on cells.

Every synapse changes at most once in a step. Where neuron i has not spiked, that is as soon as its
source does; where it has, all of its synapses change together, so that what both spikes do is
summed before it is clipped. Callers set the trace of neurons that spike to 0 for the former.

``current`` (neurons, 2) holds what neurons are given in this step, and what changes of weights add
to it from the next step on.
"""

# mypy: allow-untyped-calls

import math

from numba import njit

from xbarsim.programming._loop import normal
from xbarsim.programming._pulses import _between, _place
from xbarsim.systems.nalsm._hash import bits


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
def sent_and_pulsed(begin, stop, post, cell, gain, current, w, rate, x, j, at, draw, state):  # type: ignore[no-untyped-def]
    """`sent_and_changed` where weights are cells; `cell`, `at`, `draw`, `state` as of `pulsed`."""
    for k in range(begin, stop):
        i, old = post[k], w[k]
        current[i, 0] += gain * old
        if x[i] != 0.0 and rate != 0.0:
            pulsed(k, cell[k], j, rate * x[i], w, at, draw, state)
            current[i, 1] += w[k] - old


@njit(nogil=True, cache=True, error_model="numpy")
def heard_and_pulsed(begin, stop, source, place, cell, late, both, x, left, w, at, draw, state):  # type: ignore[no-untyped-def]
    """`heard_and_changed` where weights are cells."""
    more = 0.0
    for r in range(begin, stop):
        j, k = source[r], place[r]
        change = late[j] + both[j] * x
        if change != 0.0:
            old = w[k]
            pulsed(k, cell[k], j, change, w, at, draw, state)
            more += (w[k] - old) * left[j]
    return more


@njit(nogil=True, cache=True, error_model="numpy")
def pulsed(k, c, j, change, w, at, draw, state):  # type: ignore[no-untyped-def]
    """Whole pulses that make a change of weight k, of cell c and source j, on average.

    Parameters
    ----------
    at : type `xbarsim.systems.nalsm.cells.Law`.
    draw : seed and first place of this step's draws.
    state : of the cells of this sample: states, pulses up and down (2, cells), heat (1,), and the
        place of the noise before this sample's pulses, (cells,).
    """
    x, given, heat, before = state
    wanted = change / at.unit[j]
    u = bits(draw[0], draw[1] + c) * 2.0**-53
    left = int(math.floor(wanted + u))
    if left == 0:
        return
    kind = 0 if left > 0 else 1
    m = at.member[c]
    now = x[k]
    for _ in range(abs(left)):
        place = _place(now, at.low[m], at.high[m], at.step.shape[2])
        move = _between(at.step, m, kind, place)
        if len(at.seed) > 0:
            number = before[k] + given[0, k] + given[1, k]
            move += _between(at.noise, m, kind, place) * normal(at.seed[c], number)
        if len(at.energy) > 0:
            heat[0] += _between(at.energy, m, kind, place)
        given[kind, k] += 1
        now = min(max(now + at.scale[kind, c] * move, at.low[m]), at.high[m])
    x[k] = now
    g = _between(at.g, m, 0, _place(now, at.low[m], at.high[m], at.g.shape[2]))
    w[k] = at.per_siemens[j] * (g - at.reference[j])
