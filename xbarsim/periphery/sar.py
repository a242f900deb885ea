r"""Successive approximation with binary-weighted capacitors that do not quite match.

.. math:: C_k = 2^k C_u (1 + \sigma z_k / \sqrt{2^k}), \quad
    V(c) = \sum_k c_k C_k / (C_u' + \sum_k C_k)

Capacitor k is 2^k units in parallel, whose independent errors average; C_u' is the unit that makes
the sum a power of two. From the largest down, each bit stays where the signal is not below V of the
code so far (the last bit: where it is above, so that halves go to even codes, as in rounding). A
large capacitor out of proportion leaves a jump where it switches, so that codes are missing, or
wide; the step at mid-scale varies by :math:`\sigma \sqrt{2^b - 1}`.

References
----------
McCreary and Gray, IEEE J. Solid-State Circuits 10, 371 (1975); spread of the steps: Saberi et al.,
IEEE Trans. Circuits Syst. I 58, 1736 (2011), recalled.

"""

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.periphery.adc import Adc
from xbarsim.periphery.draws import Draw


def sample(adc: Adc, draw: Draw) -> Array:
    """Weight of every bit in steps, least significant first, (bits, ..., n)."""
    z = draw("capacitors", adc.bits + 1)
    xp = array_namespace(z)
    nominal = 2.0 ** xp.maximum(xp.arange(-1, adc.bits), 0)  # the unit that fills up, then the bits
    nominal = nominal.reshape(-1, *(1,) * (z.ndim - 1))
    capacitors = nominal * (1 + adc.capacitor_spread * z / nominal**0.5)
    return capacitors[1:] / capacitors.sum(axis=0) * 2**adc.bits


def codes(adc: Adc, signal: Array, errors: Array) -> Array:
    """Whole steps from ``-adc.steps`` to ``adc.steps`` for `signal` (..., n) in steps."""
    xp, middle = array_namespace(signal), 1 << (adc.bits - 1)
    shape = np.broadcast_shapes(signal.shape, errors.shape[1:])
    reached = xp.full(shape, -middle - 0.5, dtype=signal.dtype)
    code = xp.full(shape, -middle, dtype=signal.dtype)
    for k in reversed(range(adc.bits)):
        trial = reached + errors[k]
        stays = signal >= trial if k else signal > trial
        reached = xp.where(stays, trial, reached)
        code += stays * signal.dtype.type(1 << k)
    return xp.maximum(code, -adc.steps)
