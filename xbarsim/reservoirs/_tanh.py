"""The hyperbolic tangent, compiled so that loops of it become vectors.

With z = 2|x| = k ln 2 + r and a whole number k, tanh|x| = e / (e + 2), where
e = exp(z) - 1 = 2^k (exp(r) - 1) + (2^k - 1), which cancels nothing near zero. exp(r) - 1 is its
Taylor series, |r| <= ln(2) / 2: to r^13 in double, to r^8 in single precision. The error is within
3 units in the last place.
"""

import math

import numpy as np
from numba import types
from numba.extending import overload

_F, _I, _L = np.float32, np.int32, np.int64
_MOST = 44.0  # z from which the result is 1 in either precision
_LOG2_E = 1 / math.log(2)
_HIGH = 0.693147180369123816490  # ln 2 to 33 bits, and the rest: a multiple by k is exact
_LOW = 1.90821492927058770002e-10
_HIGH32, _LOW32 = _F(0.693359375), _F(-2.12194440e-4)
_SERIES = tuple(1 / math.factorial(k) for k in range(13, 0, -1))
_SERIES32 = tuple(_F(1 / math.factorial(k)) for k in range(8, 0, -1))
_ONE32, _TWO32, _HALF32, _MOST32, _LOG2_E32 = _F(1), _F(2), _F(0.5), _F(_MOST), _F(_LOG2_E)


def tanh(x):  # type: ignore[no-untyped-def]
    """Of a number, in its precision; known to compiled functions only."""
    raise NotImplementedError


@overload(tanh, inline="always")
def _of_type(x):  # type: ignore[no-untyped-def]
    return _single if x == types.float32 else _double


def _double(x):  # type: ignore[no-untyped-def]
    z = min(2.0 * abs(x), _MOST)
    k = _I(z * _LOG2_E + 0.5)
    r = (z - k * _HIGH) - k * _LOW
    p = _SERIES[0]
    p = p * r + _SERIES[1]
    p = p * r + _SERIES[2]
    p = p * r + _SERIES[3]
    p = p * r + _SERIES[4]
    p = p * r + _SERIES[5]
    p = p * r + _SERIES[6]
    p = p * r + _SERIES[7]
    p = p * r + _SERIES[8]
    p = p * r + _SERIES[9]
    p = p * r + _SERIES[10]
    p = p * r + _SERIES[11]
    p = (p * r + _SERIES[12]) * r
    scale = _L(_L(k + _I(1023)) << _L(52)).view(np.float64)
    e = scale * p + (scale - 1.0)
    return math.copysign(e / (e + 2.0), x)


def _single(x):  # type: ignore[no-untyped-def]
    z = min(_TWO32 * abs(x), _MOST32)
    k = _I(z * _LOG2_E32 + _HALF32)
    f = _F(k)
    r = (z - f * _HIGH32) - f * _LOW32
    p = _SERIES32[0]
    p = p * r + _SERIES32[1]
    p = p * r + _SERIES32[2]
    p = p * r + _SERIES32[3]
    p = p * r + _SERIES32[4]
    p = p * r + _SERIES32[5]
    p = p * r + _SERIES32[6]
    p = (p * r + _SERIES32[7]) * r
    scale = _I(_I(k + _I(127)) << _I(23)).view(np.float32)
    e = scale * p + (scale - _ONE32)
    return _F(math.copysign(e / (e + _TWO32), x))
