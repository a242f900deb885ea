"""The supervised layer, compiled: spikes of hidden neurons arrive, and those of a teacher."""

# mypy: allow-untyped-calls

from typing import NamedTuple

import numpy as np
from numba import njit

from xbarsim.backend import Array
from xbarsim.programming.pulse_tables import UP
from xbarsim.systems._hash import bits, mixed
from xbarsim.systems.symmetric_stdp._updates import ZERO, asked, asks_of, given, normalised

_TEACHER, _PULSES = np.uint64(0x082EFA98EC4E6C89), np.uint64(0x452821E638D01377)  # digits of pi
_LINES = np.uint64(0xBE5466CF34E90C6C)
REST, RESET, THRESHOLD = -60.0, -45.0, -40.0  # of its neurons, mV


class Lesson(NamedTuple):
    """Numbers of the equations, per step; as `xbarsim.systems.symmetric_stdp._hidden.Rule`.

    Parameters
    ----------
    chance : of a spike of the teacher.
    """

    steps: int
    chance: float
    rate: float
    excitation_keep: float
    left: Array
    mark: float
    learning: float
    top: float
    total: float


@njit(nogil=True, cache=True, error_model="numpy")
def teach(when, who, begins, classes, seeds, rule, w, cells):  # type: ignore[no-untyped-def]
    """Weights (neurons, classes) learn from images, one after the other; traces begin at 0.

    Parameters
    ----------
    when, who, begins : spikes of the hidden neurons, see `_hidden.show`.
    classes : of the images, (n,).
    seeds : of each image, (n,) of uint64.
    cells : what the weights stand on, `xbarsim.systems.symmetric_stdp.cells.Held`; None in
        software.
    """
    neurons, last = w.shape[0], len(rule.left) - 1
    x, x_at = np.zeros(neurons), np.full(neurons, -1)
    to, more, columns = np.empty(neurons, np.int64), np.empty(neurons), w.shape[1]
    heard, here = np.empty(neurons, np.int64), np.zeros(neurons, np.bool_)
    touched = np.ones(columns, np.bool_)
    unit, hit = asks_of(w, cells)
    for s in range(len(classes)):
        base, rounding = mixed(seeds[s] ^ _TEACHER), mixed(seeds[s] ^ _PULSES)
        normalised(w, touched, rule.total, cells, mixed(rounding ^ _LINES), hit)
        k, at, known, teaches = classes[s], begins[s], 0, False
        y, y_at = 0.0, 0
        for t in range(rule.steps):
            begin = at
            while at < begins[s + 1] and when[at] < t:
                j = who[at]
                here[j] = True
                if x_at[j] < 0:
                    heard[known], x[j], x_at[j] = j, 0.0, t
                    known += 1
                at += 1
            # silent in the step after a spike
            teaches = not teaches and bits(base, t) * 2.0**-53 < rule.chance
            behind, changes, hits = y * rule.left[min(t - y_at, last)], 0, ZERO
            if teaches:
                for r in range(known):
                    j = heard[r]
                    trace = x[j] * rule.left[min(t - x_at[j], last)]
                    to[r], more[r] = j, rule.learning * (trace + (behind if here[j] else 0.0))
                changes, y, y_at = known, behind + rule.mark, t
            elif behind > 0.0:
                for e in range(begin, at):
                    to[changes], more[changes] = who[e], rule.learning * behind
                    changes += 1
            for n in range(changes):
                j = to[n]
                touched[k] = True
                if cells is None:
                    w[j, k] = min(w[j, k] + more[n], rule.top)
                elif more[n] > 0.0:
                    hits = asked(j * columns + k, more[n], unit, rounding, t * w.size, hit, hits)
            if cells is not None:
                given(w, hit, hits, UP, cells)
            for e in range(begin, at):
                j = who[e]
                x[j] = x[j] * rule.left[min(t - x_at[j], last)] + rule.mark
                x_at[j], here[j] = t, False
        for r in range(known):
            x_at[heard[r]] = -1


@njit(nogil=True, cache=True, error_model="numpy")
def answer(when, who, begins, rule, w, counts):  # type: ignore[no-untyped-def]
    """Spikes of the neurons without a teacher, (n, classes); each image begins at rest."""
    classes = w.shape[1]
    v, excited = np.empty(classes), np.empty(classes)
    for s in range(len(counts)):
        v[:], excited[:], counts[s] = REST, 0.0, 0
        at = begins[s]
        for t in range(rule.steps):
            while at < begins[s + 1] and when[at] < t:
                for k in range(classes):
                    excited[k] += w[who[at], k]
                at += 1
            for k in range(classes):
                v[k] += rule.rate * (REST - v[k] - excited[k] * v[k])
                excited[k] *= rule.excitation_keep
                if v[k] > THRESHOLD:
                    v[k] = RESET
                    counts[s, k] += 1
