"""How weights rise and are normalised, compiled: numbers in software, whole pulses on cells."""

# mypy: allow-untyped-calls

import numpy as np
from numba import njit

from xbarsim.programming.pulse_tables import DOWN, UP, conductance, one_train
from xbarsim.systems._hash import whole

ZERO = np.int64(0)  # numba compiles what a plain 0 is given to a second time


@njit(nogil=True, cache=True, error_model="numpy")
def asks_of(w, cells):  # type: ignore[no-untyped-def]
    """What one pulse up changes a weight by, None in software; room for pulses that are wanted."""
    if cells is None:
        return None, np.empty((2, 0), np.int64)
    return cells.up_step, np.empty((2, w.size), np.int64)


@njit(nogil=True, cache=True, error_model="numpy")
def asked(c, more, unit, base, first, hit, hits):  # type: ignore[no-untyped-def]
    """Ask for the pulses of cell `c` that stand for `more` weight.

    Parameters
    ----------
    unit, hit : see `asks_of`.
    base, first : seed of how pulses are rounded, and the place of the first cell's.
    hits : cells for which pulses are wanted so far; returned, with this one.
    """
    number = whole(more, unit, base, first + c)
    if number > 0:
        hit[0, hits], hit[1, hits] = c, number
        hits += 1
    return hits


@njit(nogil=True, cache=True, error_model="numpy")
def given(w, hit, hits, kind, cells):  # type: ignore[no-untyped-def]
    """Give cells the pulses that are wanted; weights follow."""
    columns, up, down = w.shape[1], cells.given[UP], cells.given[DOWN]
    tables, per_siemens, reference = cells.tables, cells.per_siemens, cells.reference
    mine, x, before, spent = cells.given[kind], cells.x, cells.before, cells.heat
    for n in range(hits):
        c, number = hit[0, n], hit[1, n]
        first = before[c] + up[c] + down[c]
        x[c], heat = one_train(tables, c, x[c], kind, number, first)
        spent[c] += heat
        mine[c] += number
        held = conductance(tables, c, x[c])
        w[c // columns, c % columns] = per_siemens * (held - reference)


@njit(nogil=True, cache=True, error_model="numpy")
def normalised(w, touched, total, cells, base, hit):  # type: ignore[no-untyped-def]
    """Bring the weights onto each neuron to their sum; on cells, those whose sum is too large.

    Parameters
    ----------
    touched : neurons whose weights have changed since they were last at their sum; changes.
    base : seed of how pulses are rounded; `hit` as `asks_of` makes it.
    """
    rows, columns = w.shape
    for i in range(columns):
        if not touched[i]:
            continue
        now = 0.0
        for j in range(rows):
            now += w[j, i]
        if cells is None:
            touched[i] = False
            for j in range(rows):
                w[j, i] *= total / now
        elif now - total < cells.down_step:
            touched[i] = False
        else:
            cells.columns[0] += 1
            unit, each, hits = cells.down_step, cells.each, ZERO
            for j in range(rows):
                share = max(w[j, i], 0.0) / now if each else 1.0 / rows
                hits = asked(j * columns + i, share * (now - total), unit, base, ZERO, hit, hits)
            given(w, hit, hits, DOWN, cells)
