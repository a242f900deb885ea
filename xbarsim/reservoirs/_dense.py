"""Leaky rate neurons, all connected with all, compiled: many steps of one series."""

import numpy as np
from numba import njit

from xbarsim.reservoirs._activation import activated
from xbarsim.reservoirs._together import together

_U = np.uint64  # loops that count in it become vectors


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def dense_run(  # type: ignore[no-untyped-def]
    weights, states, before, leak, activation,
    begin, end, first, last, counts, threads, patience,
):  # fmt: skip
    """Neurons through steps; `weights` (n, n), else as `sparse_run`.

    Four neurons at a time share what is read of the states.
    """
    size = _U(weights.shape[1])
    if begin > 0:
        before = states[begin - 1]
    for t in range(begin, end):
        row = states[t]
        for j in range(first, last, 4):
            if j + 4 <= last:
                w0, w1, w2, w3 = weights[j], weights[j + 1], weights[j + 2], weights[j + 3]
                s0, s1, s2, s3 = row[j], row[j + 1], row[j + 2], row[j + 3]
                for k in range(size):
                    x = before[k]
                    s0 += w0[k] * x
                    s1 += w1[k] * x
                    s2 += w2[k] * x
                    s3 += w3[k] * x
                row[j], row[j + 1], row[j + 2], row[j + 3] = s0, s1, s2, s3
                continue
            for i in range(j, last):
                w, total = weights[i], row[i]
                for k in range(size):
                    total += w[k] * before[k]
                row[i] = total
        activated(row[first:last], before[first:last], leak[first:last], activation)
        before = row
        if threads > 1 and not together(counts, t - begin, threads, patience, first == 0):
            return t + 1
    return end
