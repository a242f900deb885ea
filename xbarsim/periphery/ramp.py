r"""A ramp that all converters of an array watch: each counts until it passes the signal.

.. math:: r(x) = (1 + \epsilon) x + \kappa (1 - x^2)

x runs from -1 to 1 with the counter, :math:`\kappa` is ``adc.ramp_curvature``, the first order of a
ramp whose current source has a finite resistance, and :math:`\epsilon` its slope's error, one draw
for all converters of an array. Each comparator adds an offset of its own.

References
----------
Single-slope conversion: Kester, The Data Conversion Handbook, 2005, chapter 3. Sizes are the
user's.

"""

from xbarsim.backend import Array, array_namespace
from xbarsim.periphery.adc import Adc
from xbarsim.periphery.draws import Draw


def sample(adc: Adc, draw: Draw) -> Array:
    """Comparator offsets in steps, and slopes, the same along the last axis; (2, ..., n)."""
    offset = adc.comparator_offset * draw("comparator")
    xp = array_namespace(offset)
    slope = xp.broadcast_to(1 + adc.ramp_spread * draw("ramp")[..., :1], offset.shape)
    return xp.stack([offset, slope])


def codes(adc: Adc, signal: Array, errors: Array) -> Array:
    """Whole steps from ``-adc.steps`` to ``adc.steps`` for `signal` (..., n) in steps."""
    xp, steps = array_namespace(signal), adc.steps
    offset, slope = errors
    seen = signal + offset - adc.ramp_curvature * steps
    root = slope**2 - (4 * adc.ramp_curvature / steps) * seen
    count = 2 * seen / (slope + xp.sqrt(xp.maximum(root, 0.0)))  # of r(count) = signal + offset
    return xp.clip(xp.rint(count), -steps, steps)
