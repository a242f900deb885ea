"""Ranges of converters from the signals they will see."""

from types import ModuleType
from typing import Literal, get_args

from xbarsim.backend import Array, array_namespace
from xbarsim.checks import check_one_of
from xbarsim.errors import SpecError
from xbarsim.periphery.checks import check_converter as check_converter

Ranging = Literal["percentile", "mse", "learned"]
Per = Literal["layer", "column"]

_OCTAVES, _EACH, _ZOOMS = 12, 8, 3  # candidates: octaves below the maximum, a number in each
_ENOUGH = 1 << 20  # values that the search looks at


def full_range(
    signal: Array,
    method: Ranging = "percentile",
    percentile: float = 99.9,
    bits: int = 8,
    *,
    signed: bool = True,
    per: Per = "layer",
) -> Array:
    """Full scale for `signal` (..., columns).

    Parameters
    ----------
    signal : typical signals, in any unit.
    method : ``percentile``: the magnitude that so many per cent of the signal stay below; the
        largest where that is 0. ``mse``: see `least_error`; of a sign, it is the mean magnitude.
        ``learned``: that of ``mse``, which is where `xbarsim.Network.calibrate` starts from: it
        scales all ranges of a matrix by one factor, so that the network's outputs differ least from
        software's.
    percentile : of the method of this name, per cent.
    bits, signed : of the converter, for ``mse``: 2^(bits-1) - 1 steps on either side of zero, or
        2^bits - 1 above it.
    per : ``layer``: one range for all; ``column``: one for each.

    Returns
    -------
    A number for ``layer``, else (columns,); in the unit of `signal`, and 1 where it is all zero.

    Raises
    ------
    SpecError : a signal that is empty or not finite, or a setting out of range.
    """
    check_one_of("ranging", method, get_args(Ranging))
    check_one_of("range_per", per, get_args(Per))
    check_converter("converter", bits, percentile)
    xp = _checked(signal)
    size = xp.abs(signal.reshape(-1, signal.shape[-1] if per == "column" else 1))
    largest = size.max(axis=0)
    if method == "percentile":
        found = xp.percentile(size, percentile, axis=0)
    elif bits == 1 and signed:
        found = size.mean(axis=0)
    else:
        found = least_error(size, (1 << (bits - 1)) - 1 if signed else (1 << bits) - 1)
    found = xp.where(found > 0, found, xp.where(largest > 0, largest, 1.0))
    return float(found[0]) if per == "layer" else found.astype(signal.dtype, copy=False)


def least_error(size: Array, steps: int) -> Array:
    """Ranges that lose least of each column by clipping and rounding; (columns,), unit of `size`.

    Minimises the mean square of what a converter changes. The error falls and rises in bumps as
    single values meet levels, so that no descent finds the least: ranges from the largest value
    down to 2^-12 of it are tried, eight an octave, then three times sixteen between the neighbours
    of the best. Of more than 2^20 values, evenly spaced rows stand for all. The search is ours.

    Parameters
    ----------
    size : magnitudes, (n, columns).
    steps : of the converter from zero to full scale.
    """
    xp = array_namespace(size)
    largest = size.max(axis=0)
    largest = xp.where(largest > 0, largest, 1.0)
    size = size[:: -(-size.size // _ENOUGH)] / largest  # no larger than 1
    best = xp.ones_like(largest)
    least = quantisation_error(size, best, steps)
    ratio = 2.0 ** (1 / _EACH)
    tried = [best / ratio**k for k in range(1, _OCTAVES * _EACH)]
    for zoom in range(_ZOOMS + 1):
        for candidate in tried:
            error = quantisation_error(size, candidate, steps)
            best = xp.where(error < least, candidate, best)
            least = xp.minimum(error, least)
        wide = (ratio - 1) / 8**zoom
        tried = [best * (1 + wide * k / 8) for k in range(-8, 9) if k]
    return best * largest


def quantisation_error(size: Array, full: Array, steps: int) -> Array:
    """Mean square of what clipping at `full` (columns,) and rounding change in `size`; (columns,).

    `size` are magnitudes (n, columns), in the unit of `full`; the result is in its square.
    """
    xp = array_namespace(size)
    step = full / steps
    kept = xp.minimum(xp.rint(size / step), steps) * step
    return ((kept - size) ** 2).mean(axis=0)


def _checked(signal: Array) -> ModuleType:
    xp = array_namespace(signal)
    if signal.size == 0 or not bool(xp.isfinite(signal).all()):
        raise SpecError("converter ranges need at least one value, and finite ones")
    return xp
