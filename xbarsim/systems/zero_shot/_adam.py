"""One step of Adam, compiled."""

import numpy as np
from numba import njit

from xbarsim.backend import Array

_FIRST, _SECOND, _LEAST = 0.9, 0.999, 1e-8  # Kingma and Ba 2015, algorithm 1


@njit(nogil=True, cache=True, error_model="numpy")
def adam_step(p: Array, g: Array, m: Array, v: Array, rate: float, t: int) -> None:
    """Move parameters by the `t`-th step (from 1); all arrays are (n,), `g` the gradient.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.
    """
    first, second = 1.0 - _FIRST**t, 1.0 - _SECOND**t
    for k in range(len(p)):
        m[k] += (1.0 - _FIRST) * (g[k] - m[k])
        v[k] += (1.0 - _SECOND) * (g[k] * g[k] - v[k])
        p[k] -= rate * (m[k] / first) / (np.sqrt(v[k] / second) + _LEAST)
