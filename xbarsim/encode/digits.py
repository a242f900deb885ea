"""Weights as digits that cells can hold: bit slices."""

import numpy as np

from xbarsim.backend import Array, array_namespace


def signed_digits(w: Array, slices: int, bits: int) -> Array:
    """Sign and magnitude in base ``2^bits``, the most significant slice first.

    Parameters
    ----------
    w : weights over the largest, in [-1, 1], of any shape.

    Returns
    -------
    (..., slices) in [-1, 1]: digits over the largest digit, with the sign of the weight.
    """
    xp = array_namespace(w)
    top = (1 << slices * bits) - 1
    whole = xp.rint(xp.abs(w.astype(float)) * top).astype(np.int64)
    return xp.sign(w)[..., None] * _split(whole, slices, bits)


def offset_digits(w: Array, slices: int, bits: int) -> Array:
    """Offset binary in base ``2^bits``, zero at the middle; as `signed_digits`, in [0, 1]."""
    xp = array_namespace(w)
    middle = 1 << (slices * bits - 1)
    whole = xp.rint(w.astype(float) * _steps(slices, bits)).astype(np.int64) + middle
    return _split(whole, slices, bits)


def signed_values(slices: int, bits: int) -> Array:
    """What each slice of `signed_digits` counts for: ``w = digits @ values``; (slices,)."""
    return _places(slices, bits) * _largest(bits) / ((1 << slices * bits) - 1)


def offset_values(slices: int, bits: int) -> Array:
    """What each slice of `offset_digits` counts for, beyond the digits of zero; (slices,)."""
    return _places(slices, bits) * _largest(bits) / _steps(slices, bits)


def offset_zero(slices: int, bits: int) -> Array:
    """The digits of zero in `offset_digits`, (slices,)."""
    zero = np.zeros(slices)
    zero[0] = (1 << (bits - 1)) / _largest(bits)
    return zero


def _steps(slices: int, bits: int) -> int:
    return max((1 << (slices * bits - 1)) - 1, 1)


def _largest(bits: int) -> int:
    return (1 << bits) - 1


def _places(slices: int, bits: int) -> Array:
    return 2.0 ** (bits * np.arange(slices - 1, -1, -1))


def _split(whole: Array, slices: int, bits: int) -> Array:
    xp = array_namespace(whole)
    shifts = xp.asarray([bits * k for k in range(slices - 1, -1, -1)])
    return ((whole[..., None] >> shifts) & _largest(bits)) / float(_largest(bits))
