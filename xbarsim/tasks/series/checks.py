"""Hold series and their settings against what they must be."""

from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.backend import real_array
from xbarsim.errors import SpecError

Array = npt.NDArray[Any]


def finite_series(name: str, value: Any) -> Array:
    """`value` as an array (time, channels) of finite numbers, float64.

    Raises
    ------
    SpecError : it is not one, has no steps or no channels, or holds NaN or infinity; says where.
    """
    array = numbers(name, value)
    if array.ndim != 2 or 0 in array.shape:
        raise SpecError(f"{name} has shape {array.shape}; expected (time, channels), neither 0")
    refuse_nan(name, array)
    return array


def numbers(name: str, value: Any) -> Array:
    """`value` as an array of real numbers, float64.

    Raises
    ------
    SpecError : it holds anything else.
    """
    return np.asarray(real_array(name, value, np), dtype=float)


def refuse_nan(name: str, array: Array) -> None:
    """Refuse an array whose first axis is time and that holds NaN or infinity.

    Raises
    ------
    SpecError : says the first step with such a value.
    """
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        value = array[tuple(bad[0])]
        raise SpecError(f"{name} is {value:g} at step {bad[0, 0]}; every value must be finite")
