"""Hold signals against what encoders take."""

from typing import Any

from xbarsim.backend import Array, array_namespace, real_array
from xbarsim.errors import SpecError

_LOUDEST = 1e12  # of any scale: integers of 32 bits reach 2e9


def check_series(name: str, value: Any) -> Array:
    """`value` as a series of finite floats, (time, channels).

    Raises
    ------
    SpecError : it has another shape, no step, no channel, or a value that is not finite.
    """
    series = real_array(name, value)
    if series.ndim != 2:
        raise SpecError(f"{name} has shape {series.shape}; expected (time, channels)")
    return _finite(name, series, ("step", "channel"))


def check_signal(name: str, value: Any) -> Array:
    """`value` as a signal of floats, (samples,), full scale 1.

    Raises
    ------
    SpecError : it has another shape, no sample, a value that is not finite, or one so large that
        its powers may not be.
    """
    signal = real_array(name, value)
    if signal.ndim != 1:
        raise SpecError(f"{name} has shape {signal.shape}; expected one channel, (samples,)")
    signal = _finite(name, signal, ("sample",))
    largest = float(abs(signal).max())
    if largest > _LOUDEST:
        raise SpecError(f"{name} reaches {largest:g}; full scale is 1, at most {_LOUDEST:g}")
    return signal


def _finite(name: str, array: Array, axes: tuple[str, ...]) -> Array:
    xp = array_namespace(array)
    for length, axis in zip(array.shape, axes, strict=True):
        if length == 0:
            raise SpecError(f"{name} has shape {array.shape}: not one {axis}")
    if array.dtype.kind != "f":
        return array.astype(float)
    wrong = ~xp.isfinite(array)
    if wrong.any():
        place = [int(k) for k in xp.argwhere(wrong)[0]]
        where = ", ".join(f"{axis} {k}" for axis, k in zip(axes, place, strict=True))
        raise SpecError(f"{name} is {float(array[tuple(place)])} at {where}; it must be finite")
    return array
