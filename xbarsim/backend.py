"""The one place that knows which array library is in use."""

import sys
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from xbarsim.errors import ResourceError, SpecError

Array: TypeAlias = Any  # numpy.ndarray or cupy.ndarray

_NO_MATTER = 2.0**20  # bytes


def array_namespace(*arrays: Array) -> ModuleType:
    """The library `arrays` live in: cupy if any of them does, else numpy.

    CuPy is never imported here: where nobody has imported it, no array can be its own.
    """
    cupy = sys.modules.get("cupy")
    if cupy is not None and any(isinstance(a, cupy.ndarray) for a in arrays):
        return cupy
    return np


def real_array(name: str, value: Any, xp: ModuleType | None = None) -> Array:
    """`value` as an array of real numbers, in library `xp`; in its own by default.

    Raises
    ------
    SpecError : it holds anything else; says so of `name`.
    """
    try:
        array = (xp or array_namespace(value)).asarray(value)
    except (TypeError, ValueError) as error:
        raise SpecError(f"{name} is no array of numbers: {error}") from None
    if array.dtype.kind not in "biuf":
        raise SpecError(f"{name} holds values of type {array.dtype}; expected real numbers")
    return array


def to_numpy(array: Array) -> Any:
    """`array` in host memory."""
    return array.get() if hasattr(array, "get") else np.asarray(array)


def native(array: Array) -> Array:
    """`array` in the byte order of this machine."""
    if array.dtype.isnative:
        return array
    return array.astype(array.dtype.newbyteorder("="))


def read_only(array: Array) -> Array:
    """A contiguous view that cannot be written to: one type for compiled functions, not two."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def transposed(matrix: Array) -> Array:
    """A stack of matrices (..., m, n) as a view of (..., n, m)."""
    return matrix.swapaxes(-1, -2)


def free_memory(xp: ModuleType = np) -> float:
    """Bytes that can still be allocated on the device of `xp`; infinite where unknown."""
    if xp is not np:
        return float(xp.cuda.runtime.memGetInfo()[0])
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123
            line = next(line for line in file if line.startswith("MemAvailable"))
        return float(line.split()[1]) * 1024
    except (OSError, StopIteration, ValueError):
        return float("inf")


def require_memory(n_bytes: float, what: str, xp: ModuleType = np) -> None:
    """Refuse `what` before allocating `n_bytes` that are not there.

    Raises
    ------
    ResourceError : `n_bytes` exceeds the free memory; the message names both.
    """
    if n_bytes < _NO_MATTER:  # looking takes longer than what needs so little
        return
    free = free_memory(xp)
    if n_bytes > free:
        raise ResourceError(
            f"{what} needs {n_bytes / 2**30:.3g} GiB, of which {free / 2**30:.3g} GiB are free; "
            "use smaller arrays (array.rows, array.cols) or fewer workers"
        )
