"""A converter known by its data sheet: even steps and a smooth nonlinearity.

The deviation from the line through the end points has the shape of `xbarsim.periphery.bow` and
peaks at ``adc.inl`` steps in every converter (the size is the user's).
"""

from xbarsim.backend import Array, array_namespace
from xbarsim.periphery.adc import Adc
from xbarsim.periphery.bow import WAVES, deviation, waves
from xbarsim.periphery.draws import Draw


def sample(adc: Adc, draw: Draw) -> Array:
    """Waves of every converter's deviation, (WAVES, ..., n)."""
    del adc
    return waves(draw("inl", WAVES))


def codes(adc: Adc, signal: Array, errors: Array) -> Array:
    """Whole steps from ``-adc.steps`` to ``adc.steps`` for `signal` (..., n) in steps."""
    position = (signal / adc.steps + 1) / 2
    return rounded(adc, signal + adc.inl * deviation(position, errors))


def rounded(adc: Adc, signal: Array) -> Array:
    """The same where steps are even, of whatever kind the converter is."""
    xp, steps = array_namespace(signal), adc.steps
    if adc.bits == 1:
        return xp.where(signal < 0, -1.0, 1.0).astype(signal.dtype)
    return xp.clip(xp.rint(signal), -steps, steps)
