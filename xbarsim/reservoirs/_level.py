"""What a converter makes of a number of levels, compiled."""

import numpy as np
from numba import types
from numba.extending import overload


def converted(level, low, high):  # type: ignore[no-untyped-def]
    """The nearest whole level within a range; itself where there is none.

    Known to compiled functions only.
    """
    raise NotImplementedError


@overload(converted, inline="always")
def _of_range(level, low, high):  # type: ignore[no-untyped-def]
    if isinstance(low, types.NoneType):
        return _exactly
    return _rounded


def _exactly(level, low, high):  # type: ignore[no-untyped-def]
    return level


def _rounded(level, low, high):  # type: ignore[no-untyped-def]
    return np.rint(min(max(level, low), high))
