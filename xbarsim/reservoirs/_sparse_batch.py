"""Leaky rate neurons with few connections each, compiled: many series side by side."""

import numpy as np
from numba import njit

from xbarsim.reservoirs._activation import activated

LANES = 32  # series that are run side by side
_LANES = np.uint64(LANES)  # loops that count in it become vectors


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def sparse_batch_run(starts, index, weights, states, before, leak, activation):  # type: ignore[no-untyped-def]
    """`LANES` series through all their steps.

    Parameters
    ----------
    starts, index, weights : as of `sparse_run`.
    states : (LANES, steps, n), what drives each neuron; its states when done.
    before, leak : states before the first step, which are lost, and leak rates, (n, LANES).
    activation : as of `sparse_run`.
    """
    n = states.shape[2]
    after = np.empty_like(before)
    for t in range(states.shape[1]):
        for j in range(n):
            row = after[j]
            for lane in range(_LANES):
                row[lane] = states[lane, t, j]
            k, end = starts[j], starts[j + 1]
            while k + 4 <= end:
                w0, w1, w2, w3 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
                a, b = before[index[k]], before[index[k + 1]]
                c, d = before[index[k + 2]], before[index[k + 3]]
                for lane in range(_LANES):
                    row[lane] += (w0 * a[lane] + w1 * b[lane]) + (w2 * c[lane] + w3 * d[lane])
                k += 4
            while k < end:
                w, a = weights[k], before[index[k]]
                for lane in range(_LANES):
                    row[lane] += w * a[lane]
                k += 1
            activated(row, before[j], leak[j], activation)
            for lane in range(_LANES):
                states[lane, t, j] = row[lane]
        before, after = after, before
