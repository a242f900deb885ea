"""Standard normals that follow from where they are used, compiled.

Threefry-4x32 with 20 rounds (J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC
2011) makes four words of a counter and a key of four words each; a pair of words becomes a pair of
normals by Box and Muller's transform. No draw needs another, so that neither threads nor the order
of work matter. All is done in single precision without fused operations: every processor that
rounds as IEEE 754 asks for draws the same bits.

The magnitude of a pair comes from all 32 bits of a word: none exceeds sqrt(2 ln 2^33) = 6.76, which
cuts off 1.4e-11 of a normal distribution. Draws near zero lie on a grid of about 1e-7.
"""

import math

import numpy as np
from numba import njit

from xbarsim.backend import Array

_TOGETHER = 64  # draws that are made side by side: 4 of each of 16 counters
_U, _I, _F = np.uint32, np.int32, np.float32
_ONE, _LANES = np.uint64(1), np.uint64(16)  # loops that count in it become vectors
_PARITY = _U(0x1BD11BDA)
_ROOT_HALF = _I(0x3F3504F3)  # bits of sqrt(1/2)
_MANTISSA = _I(23)  # bits
_LN_2 = _F(math.log(2.0))
_EIGHTH_TURN = _F(math.pi / 2**31)  # per unit of a word's lower 30 bits
_SIGN = _U(0x80000000)
# Polynomials for ln(1 + m) - m + m^2 / 2 over m^3, and for sine and cosine within an eighth of a
# turn, from the Cephes library (S. L. Moshier, 1992).
_LN = tuple(
    _F(c)
    for c in (7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
              -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)
)  # fmt: skip
_SIN = tuple(_F(c) for c in (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1))
_COS = tuple(_F(c) for c in (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2))
_HALF, _WHOLE = _F(0.5), _F(1.0)


def normals(key: Array, read: int, shape: tuple[int, int, int], before: int = 0) -> Array:
    """What `xbarsim.periphery._fused.fused_read` draws, as one array of `shape`, float32.

    Parameters
    ----------
    key : four words that name the stream, (4,) of uint32.
    read : number of the read, below 2^32.
    shape : arrays down, inputs, outputs. What is drawn for an input depends on no other input, nor
        on the number of arrays.
    before : how many inputs of the same read came before these.
    """
    down, n, outputs = shape
    z = np.empty((down, n * outputs), _F)
    room = np.empty(drawn_at_most(n * outputs), _F)
    for d in range(down):
        first = fill(key, read, d, before * outputs, (before + n) * outputs, room)
        z[d] = room[first : first + n * outputs]
    return z.reshape(shape)


@njit(nogil=True, cache=True)
def drawn_at_most(number):  # type: ignore[no-untyped-def]
    """Room that `fill` needs for any `number` of draws that follow each other."""
    return (number // _TOGETHER + 2) * _TOGETHER


@njit(nogil=True, cache=True, error_model="numpy", fastmath=False)
def fill(key, read, d, start, stop, out):  # type: ignore[no-untyped-def]
    """Draws `start` to `stop` of array `d` into `out`; where in it the first of them is.

    Sixty-four draws that follow each other come from 16 counters: draw e is word (e // 16) % 4 of
    counter (e // 64 * 16 + e % 16, the bits of that above the 32nd, d, read).
    """
    k0, k1, k2, k3 = key[0], key[1], key[2], key[3]
    begun = start // _TOGETHER
    for block in range(begun, -(-stop // _TOGETHER)):
        z = out[(block - begun) * _TOGETHER : (block - begun + 1) * _TOGETHER]
        low, high = _U(block << 4), _U(block >> 28)
        for lane in range(_LANES):
            a, b, c, e = threefry(_U(low + _U(lane)), high, _U(d), _U(read), k0, k1, k2, k3)
            z[lane], z[lane + _LANES] = pair(a, b)
            z[lane + _U(2) * _LANES], z[lane + _U(3) * _LANES] = pair(c, e)
    return start - begun * _TOGETHER


@njit(nogil=True, cache=True, error_model="numpy", fastmath=False)
def pair(a, b):  # type: ignore[no-untyped-def]
    """Two independent standard normals of two words.

    With u = (a + 1/2) 2^-32 and an angle t within an eighth of a turn from 30 bits of b, they are
    sqrt(-ln u) (cos t - sin t) and sqrt(-ln u) (cos t + sin t), the pair at pi/4 + t; the other two
    bits of b are their signs.
    """
    u = _F(a) + _HALF
    bits = _F(u).view(np.int32)
    exponent = _I((bits - _ROOT_HALF) >> _MANTISSA)
    m = _I(bits - (exponent << _MANTISSA)).view(np.float32) - _WHOLE
    p = _LN[0]
    for k in range(1, 9):
        p = p * m + _LN[k]
    square = m * m
    ln = m + (square * m * p - _HALF * square)
    r = math.sqrt(_F(_I(_I(32) - exponent)) * _LN_2 - ln)
    t = _F(_I(_U(b << _U(2))) >> _I(2)) * _EIGHTH_TURN
    square = t * t
    sine = ((_SIN[0] * square + _SIN[1]) * square + _SIN[2]) * square * t + t
    cosine = ((_COS[0] * square + _COS[1]) * square + _COS[2]) * square * square
    cosine = cosine - _HALF * square + _WHOLE
    x, y = (cosine - sine) * r, (cosine + sine) * r
    x = _U(_F(x).view(np.uint32) ^ (b & _SIGN)).view(np.float32)
    y = _U(_F(y).view(np.uint32) ^ (_U(b << _U(1)) & _SIGN)).view(np.float32)
    return x, y


@njit(nogil=True, cache=True, error_model="numpy", fastmath=False, inline="always")
def threefry(c0, c1, c2, c3, k0, k1, k2, k3):  # type: ignore[no-untyped-def]
    """Four words of a counter c and a key k: Threefry-4x32 with 20 rounds."""
    k4 = _U(k0 ^ k1 ^ k2 ^ k3 ^ _PARITY)
    a, b, c, d = _U(c0 + k0), _U(c1 + k1), _U(c2 + k2), _U(c3 + k3)
    a, b, c, d = _even_rounds(a, b, c, d)
    a, b, c, d = _odd_rounds(_U(a + k1), _U(b + k2), _U(c + k3), _U(d + k4 + _U(1)))
    a, b, c, d = _even_rounds(_U(a + k2), _U(b + k3), _U(c + k4), _U(d + k0 + _U(2)))
    a, b, c, d = _odd_rounds(_U(a + k3), _U(b + k4), _U(c + k0), _U(d + k1 + _U(3)))
    a, b, c, d = _even_rounds(_U(a + k4), _U(b + k0), _U(c + k1), _U(d + k2 + _U(4)))
    return _U(a + k0), _U(b + k1), _U(c + k2), _U(d + k3 + _U(5))


@njit(nogil=True, cache=True, error_model="numpy", fastmath=False)
def _even_rounds(a, b, c, d):  # type: ignore[no-untyped-def]
    """Rounds 0 to 3 of every eight."""
    a, b, c, d = _round(a, b, c, d, 10, 26)
    a, d, c, b = _round(a, d, c, b, 11, 21)
    a, b, c, d = _round(a, b, c, d, 13, 27)
    a, d, c, b = _round(a, d, c, b, 23, 5)
    return a, b, c, d


@njit(nogil=True, cache=True, error_model="numpy", fastmath=False)
def _odd_rounds(a, b, c, d):  # type: ignore[no-untyped-def]
    """Rounds 4 to 7 of every eight."""
    a, b, c, d = _round(a, b, c, d, 6, 20)
    a, d, c, b = _round(a, d, c, b, 17, 11)
    a, b, c, d = _round(a, b, c, d, 25, 10)
    a, d, c, b = _round(a, d, c, b, 18, 20)
    return a, b, c, d


@njit(nogil=True, cache=True, error_model="numpy", fastmath=False, inline="always")
def _round(a, b, c, d, left, right):  # type: ignore[no-untyped-def]
    a, c = _U(a + b), _U(c + d)
    return a, _U(_turned(b, left) ^ a), c, _U(_turned(d, right) ^ c)


@njit(nogil=True, cache=True, error_model="numpy", fastmath=False, inline="always")
def _turned(x, by):  # type: ignore[no-untyped-def]
    """The bits of a word moved up, those that drop out below."""
    return _U((x << _U(by)) | (x >> _U(32 - by)))
