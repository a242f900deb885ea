"""A comparator for every step, each with an offset of its own; the code is how many are exceeded.

Counting ones mends a thermometer code that offsets have put out of order, so the count is the place
of the signal among the sorted thresholds: such a converter is monotone at any offset. A signal on a
threshold goes to the even code, as in rounding.

References
----------
Kester, The Data Conversion Handbook, 2005, chapter 3; offsets of comparators: Pelgrom et al., IEEE
J. Solid-State Circuits 24, 1433 (1989). Sizes are the user's.

"""

from math import inf, prod

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.periphery.adc import Adc
from xbarsim.periphery.draws import Draw


def sample(adc: Adc, draw: Draw) -> Array:
    """Thresholds in steps in rising order, (..., n, 2^bits - 1); the last is never reached."""
    z = draw("comparators", 2 * adc.steps)
    xp = array_namespace(z)
    nominal = xp.arange(-adc.steps, adc.steps).reshape(-1, *(1,) * (z.ndim - 1)) + 0.5
    rising = xp.sort(nominal + adc.comparator_offset * z, axis=0)
    return xp.moveaxis(xp.concatenate([rising, xp.full_like(rising[:1], inf)]), 0, -1)


def codes(adc: Adc, signal: Array, errors: Array) -> Array:
    """Whole steps from ``-adc.steps`` to ``adc.steps`` for `signal` (..., n) in steps."""
    xp, (*shape, n) = array_namespace(signal), errors.shape
    first = n * xp.arange(prod(shape)).reshape(shape)
    flat = errors.reshape(-1)
    passed = xp.zeros(np.broadcast_shapes(signal.shape, tuple(shape)), dtype=first.dtype)
    for k in reversed(range(adc.bits)):
        threshold = flat[first + passed + ((1 << k) - 1)]
        passed += (signal > threshold if k else signal >= threshold) * (1 << k)
    return passed.astype(signal.dtype) - adc.steps
