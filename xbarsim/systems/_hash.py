"""Uniform numbers that follow from a seed and a place, compiled: no draw needs another.

SplitMix64: G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom number generators",
OOPSLA (2014).
"""

import math

import numpy as np
from numba import njit

from xbarsim.backend import Array
from xbarsim.streams import Streams

_U = np.uint64
_GAMMA = _U(0x9E3779B97F4A7C15)


@njit(nogil=True, cache=True, error_model="numpy")
def mixed(x):  # type: ignore[no-untyped-def]
    """The finaliser: each bit of 64 moves all others."""
    x = (x ^ (x >> _U(30))) * _U(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> _U(27))) * _U(0x94D049BB133111EB)
    return x ^ (x >> _U(31))


@njit(nogil=True, cache=True, error_model="numpy")
def bits(base, place):  # type: ignore[no-untyped-def]
    """53 random bits of a place of the sequence that begins at `base`, as a whole number."""
    return mixed(base + _GAMMA * (_U(place) + _U(1))) >> _U(11)


@njit(nogil=True, cache=True, error_model="numpy")
def whole(change, unit, base, place):  # type: ignore[no-untyped-def]
    """`change` over `unit` as a whole number: what is not whole is one more at random."""
    return math.floor(change / unit + bits(base, place) * 2.0**-53)


def seeds_of(n: int, streams: Streams) -> Array:
    """Seeds of images, (n,) of uint64; those of the first do not depend on how many there are."""
    return streams.rng().integers(0, 2**64, n, dtype=np.uint64)
