"""Series as users give them: one, several of a length, or several of any length."""

from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError

Array = npt.NDArray[Any]

_PIECE = 512  # steps of a series that stay together where there are too many


def is_single(X: Any) -> bool:
    """Whether `X` is one series (time, channels), not several."""
    if hasattr(X, "ndim") and not (X.ndim == 1 and of_objects(X)):
        return bool(X.ndim != 3)
    return not (isinstance(X, list | tuple | np.ndarray) and len(X) and _has_two_axes(X[0]))


def of_objects(array: Any) -> bool:
    """Whether an array holds objects, such as arrays of different lengths."""
    return getattr(getattr(array, "dtype", None), "kind", "") == "O"


def _has_two_axes(first: Any) -> bool:
    if hasattr(first, "ndim"):
        return bool(first.ndim >= 2)
    return isinstance(first, list | tuple) and len(first) > 0 and np.ndim(first[0]) >= 1


def series_of(X: Any, dtype: Any = np.float64, width: int | None = None) -> list[Array]:
    """The series in `X`: (n, time, channels), or a list of (time, channels).

    Parameters
    ----------
    dtype : of the result.
    width : channels that are expected; those of the first series by default.

    Raises
    ------
    SpecError : no series, or one without steps, of another width or with values that are not
        finite numbers; says which, and where.
    """
    if len(X) == 0:
        raise SpecError("X holds no series; expected at least one")
    return [_checked(f"X[{k}]", part, dtype, width or _width(X[0])) for k, part in enumerate(X)]


def _width(first: Any) -> int:
    shape = np.shape(first)
    return int(shape[1]) if len(shape) == 2 else 0


def _checked(name: str, part: Any, dtype: Any, width: int) -> Array:
    try:
        array = np.asarray(part)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"values of type {array.dtype}")
    except (TypeError, ValueError) as error:
        raise SpecError(f"{name} is no array of real numbers: {error}") from None
    if array.ndim != 2:
        raise SpecError(f"{name} has shape {array.shape}; a series is (time, channels)")
    if array.shape[0] == 0:
        raise SpecError(f"{name} has no steps; a series needs at least one")
    if array.shape[1] != width or width == 0:
        raise SpecError(f"{name} has {array.shape[1]} channels; expected {width or 'some'}")
    array = np.ascontiguousarray(array, dtype=dtype)
    bad = ~np.isfinite(array)
    if bad.any():
        step, channel = np.argwhere(bad)[0]
        raise SpecError(
            f"{name} is {array[step, channel]} at step {step}, channel {channel} "
            f"({int(bad.sum())} such values); every value must be finite"
        )
    return array


def some_of(series: list[Array], most: int) -> list[Array]:
    """All series where they have at most `most` steps; else pieces evenly spread, of about as many.

    Series often stand in the order of their classes, so that the first are no sample of all.
    """
    total = sum(len(part) for part in series)
    if total <= most:
        return series
    pieces = [part[a : a + _PIECE] for part in series for a in range(0, len(part), _PIECE)]
    count = max(most * len(pieces) // total, 1)
    return [pieces[k] for k in np.linspace(0, len(pieces) - 1, count).astype(int)]
