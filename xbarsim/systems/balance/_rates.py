"""Rate neurons and their local rule in software, compiled: one series."""

# mypy: allow-untyped-calls

import numpy as np
from numba import njit

from xbarsim.reservoirs._tanh import tanh

_U = np.uint64  # loops that count in it become vectors


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def rates_run(  # type: ignore[no-untyped-def]
    index_e, weights_e, index_i, weights_i, first, states, before, gain, threshold, targets, delta
):
    """A series through all its steps; `states`, and where a delta is above 0 `weights_i`, change.

    Parameters
    ----------
    index_e, weights_e : from excitatory neurons, (n, heard).
    index_i, weights_i : from inhibitory ones, counted from the `first` of them, which come last.
    states : (steps, n), what drives each neuron; its rates when done.
    before : rates before the first step, (n,).
    gain, threshold : of the logistic rate.
    targets : (n,).
    delta : rate of the local rule at each step, (steps,).
    """
    n = states.shape[1]
    for t in range(len(states)):
        row, inhibitory = states[t], before[first:]
        for i in range(n):
            total = row[i]
            w, c = weights_e[i], index_e[i]
            for k in range(_U(len(w))):
                total += w[k] * before[c[k]]
            w, c = weights_i[i], index_i[i]
            for k in range(_U(len(w))):
                total -= w[k] * inhibitory[c[k]]
            row[i] = total
        for i in range(_U(n)):
            row[i] = 0.5 + 0.5 * tanh(0.5 * gain * (row[i] - threshold))
        if delta[t] > 0:
            for i in range(n):
                change, w = delta[t] * (row[i] - targets[i]), weights_i[i]
                for k in range(_U(len(w))):
                    w[k] = max(w[k] + change, 0.0)
        before = row
