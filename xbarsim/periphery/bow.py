r"""Smooth nonlinearity of a converter: a bow and a few random waves.

.. math:: d(u) = \sum_{k=1}^{K} a_k \sin(k \pi u), \quad a_k \propto z_k / k

`u` runs from 0 to 1 over the converter's range, at whose ends the deviation vanishes, as it does
when nonlinearity is stated against the line through the end points (Kester, The Data Conversion
Handbook, 2005, chapter 2). k = 1 is the bow that a curved element leaves. The form, K = 5 and the
fall of the waves as 1/k are ours. Jumps from code to code are not in it; the models of a `sar` and
a `flash` converter make them.
"""

import numpy as np

from xbarsim.backend import Array, array_namespace

WAVES = 5
_GRID = 257


def waves(z: Array) -> Array:
    """Coefficients with which each converter's deviation peaks at 1; `z` and result (WAVES, ...).

    The peak is found on a grid of 257 points, from which it differs by less than 0.1 %.
    """
    xp = array_namespace(z)
    flat = z.reshape(WAVES, -1) / xp.arange(1, WAVES + 1)[:, None]
    u = xp.linspace(0.0, 1.0, _GRID)
    shapes = xp.sin(np.pi * xp.arange(1, WAVES + 1) * u[:, None])
    return (flat / xp.abs(shapes @ flat).max(axis=0)).reshape(z.shape)


def deviation(u: Array, coefficients: Array) -> Array:
    """Deviation at positions `u` (..., n), 0 beyond the range; `coefficients` (WAVES, ..., n).

    The sines of multiples follow from sin((k+1)x) = 2 cos(x) sin(kx) - sin((k-1)x).
    """
    xp = array_namespace(u)
    angle = np.pi * xp.clip(u, 0.0, 1.0)
    twice, before, sine = 2 * xp.cos(angle), xp.zeros_like(angle), xp.sin(angle)
    out = coefficients[0] * sine
    for coefficient in coefficients[1:]:
        before, sine = sine, twice * sine - before
        out = out + coefficient * sine
    return out
