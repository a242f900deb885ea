"""What a spike does to currents and weights, compiled: in software, and by pulses on cells.

Every synapse changes at most once in a step. Where neuron i has not spiked, that is as soon as its
source does; where it has, all of its synapses change together, so that what both spikes do is
summed before it is clipped. Callers set the trace of neurons that spike to 0 for the former.

``current`` (neurons, 2) holds what neurons are given in this step, and what changes of weights add
to it from the next step on.
"""

# mypy: allow-untyped-calls

import numpy as np
from numba import njit

from xbarsim.programming._loop import normal
from xbarsim.programming._pulses import _between, _place
from xbarsim.systems._hash import whole

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
def sent_and_asked(  # type: ignore[no-untyped-def]
    begin, stop, post, cell, gain, current, w, rate, x, j, unit, base, first, hit, asked
):
    """`sent_and_changed` where weights are cells: their pulses, which `pulsed` gives them.

    Parameters
    ----------
    j, unit : the source, and the change of weight that one pulse from it stands for.
    base, first : seed of how pulses are rounded, and the first draw of this step.
    hit, asked : of cells that get pulses, which weight and source (2, weights), and how many.

    Returns how many cells get pulses.
    """
    hits = 0
    for k in range(begin, stop):
        i = post[k]
        current[i, 0] += gain * w[k]
        change = rate * x[i]
        if change != 0.0:
            number = whole(change, unit, base, first + np.int64(cell[k]))
            if number != 0:
                hit[0, hits], hit[1, hits], asked[hits] = k, j, number
                hits += 1
    return hits


@njit(nogil=True, cache=True, error_model="numpy")
def heard_and_asked(  # type: ignore[no-untyped-def]
    begin, stop, source, place, cell, late, both, x, unit, base, first, hit, asked
):
    """`heard_and_changed` where weights are cells; `unit` is that of each source."""
    hits = 0
    for r in range(begin, stop):
        j = source[r]
        change = late[j] + both[j] * x
        if change != 0.0:
            k = place[r]
            number = whole(change, unit[j], base, first + np.int64(cell[k]))
            if number != 0:
                hit[0, hits], hit[1, hits], asked[hits] = k, j, number
                hits += 1
    return hits


@njit(nogil=True, cache=True, error_model="numpy")
def pulsed(hits, hit, asked, post, cell, left, current, w, at, x, given, heat, before):  # type: ignore[no-untyped-def]
    """Give cells the pulses of a step, each by its own law; weights and currents follow.

    Parameters
    ----------
    at : type `xbarsim.systems.nalsm.cells.Law`.
    x, given, heat, before : of the cells of this sample: states, pulses up and down (2, cells),
        heat (1,), and the place of the noise before this sample's pulses, (cells,).
    """
    member, scale, low, high, step = at.member, at.scale, at.low, at.high, at.step
    noise, energy, g, seed = at.noise, at.energy, at.g, at.seed
    per_siemens, reference = at.per_siemens, at.reference
    for n in range(hits):
        k, j = hit[0, n], hit[1, n]
        c = cell[k]
        kind, m = _UP if asked[n] > 0 else _DOWN, member[c]
        for _ in range(abs(asked[n])):
            place = _place(x[k], low[m], high[m], step.shape[2])
            move = _between(step, m, kind, place)
            if len(seed) > 0:
                z = normal(seed[c], before[k] + given[0, k] + given[1, k])
                move += _between(noise, m, kind, place) * z
            if len(energy) > 0:
                heat[0] += _between(energy, m, kind, place)
            given[kind, k] += 1
            x[k] = min(max(x[k] + scale[kind, c] * move, low[m]), high[m])
        held = _between(g, m, 0, _place(x[k], low[m], high[m], g.shape[2]))
        new = per_siemens[j] * (held - reference[j])
        current[post[k], 1] += (new - w[k]) * left[j]
        w[k] = new
