"""What neurons make of their sums, compiled."""

# mypy: allow-untyped-calls

import numpy as np
from numba import njit

from xbarsim.reservoirs._tanh import tanh

_U = np.uint64  # loops that count in it become vectors

#: activations by number
ACTIVATIONS = ("tanh", "identity", "relu", "logistic")


@njit(nogil=True, cache=True, inline="always")
def activated(sums, before, leak, activation):  # type: ignore[no-untyped-def]
    """``(1 - leak) before + leak f(sums)`` into `sums`, all (n,)."""
    half, one = sums.dtype.type(0.5), sums.dtype.type(1)
    for j in range(_U(len(sums))):
        x = sums[j]
        if activation == 0:
            y = tanh(x)
        elif activation == 3:
            y = half + half * tanh(half * x)
        elif activation == 2:
            y = max(x, x * 0)
        else:
            y = x
        sums[j] = (one - leak[j]) * before[j] + leak[j] * y
