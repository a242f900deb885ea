"""Leaky rate neurons with few connections each, compiled: many steps of one series."""

import numpy as np
from numba import njit

from xbarsim.reservoirs._activation import activated
from xbarsim.reservoirs._together import together

_U = np.uint64  # loops that count in it become vectors


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def sparse_run(  # type: ignore[no-untyped-def]
    starts, index, weights, states, before, leak, activation,
    begin, end, first, last, counts, threads, patience,
):  # fmt: skip
    """Neurons `first` to `last` through steps `begin` to `end`.

    Parameters
    ----------
    starts, index, weights : connections of each neuron one after the other, (n + 1,) and twice
        (connections,); `index` is of the unsigned type that `xbarsim.reservoirs.matrices` chooses.
    states : (steps, n), what drives each neuron; its states when done.
    before : states before the first step, (n,).
    leak : share of the new in a state, (n,).
    activation : number of a function, see `xbarsim.reservoirs._activation`.
    counts, threads, patience : who else is at work, see `together`.

    Returns the step that is next.
    """
    if begin > 0:
        before = states[begin - 1]
    for t in range(begin, end):
        row = states[t]
        for j in range(first, last):
            w, c = weights[starts[j] : starts[j + 1]], index[starts[j] : starts[j + 1]]
            total = row[j]
            for k in range(_U(len(w))):
                total += w[k] * before[c[k]]
            row[j] = total
        activated(row[first:last], before[first:last], leak[first:last], activation)
        before = row
        if threads > 1 and not together(counts, t - begin, threads, patience, first == 0):
            return t + 1
    return end
