"""What a converter makes of a number of levels, compiled."""

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def converted(level, low, high):  # type: ignore[no-untyped-def]
    """The nearest whole level within a range; itself where the range is infinite."""
    return np.rint(min(max(level, low), high)) if low > -np.inf else level
