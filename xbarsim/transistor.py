"""The channel of a long transistor, from weak to strong inversion (EKV)."""

from typing import Any

from xbarsim.backend import Array, array_namespace
from xbarsim.constants import BOLTZMANN_VOLTAGE


def drain_current(
    drain: Array,
    pinch_off: Array,
    transconductance: float,
    slope_factor: float,
    temperature: Array | float,
) -> tuple[Array, Array]:
    r"""Current of a channel (A) and its slope in the drain's voltage (S), source and bulk at 0 V.

    .. math:: i = 2 n k V_T^2\,[F(V_P/V_T) - F((V_P - V_D)/V_T)], \qquad
              F(x) = \ln^2(1 + e^{x/2})

    Parameters
    ----------
    drain, pinch_off : V_D and V_P, V; broadcast.
    transconductance : k, A/V^2.
    slope_factor : n.
    temperature : K; V_T is the thermal voltage.

    References
    ----------
    Enz, Krummenacher and Vittoz, Analog Integrated Circuits and Signal Processing 8, 83 (1995).
    """
    twice = 2 * BOLTZMANN_VOLTAGE * temperature
    scale = 0.5 * slope_factor * transconductance * twice**2
    i, slope = _channel(drain / twice, pinch_off / twice)
    return scale * i, scale / twice * slope


def _channel(x: Array, pinch_off: Array) -> tuple[Array, Array]:
    """The difference of F, and its slope, at voltages over twice the thermal one.

    Without the difference of squares, which would cancel.
    """
    xp = array_namespace(x)
    drain, opened = softplus(pinch_off - x, xp)
    source, _ = softplus(pinch_off, xp)
    ratio = xp.abs(x)
    lower = softplus(pinch_off - xp.maximum(x, 0.0), xp)[1]
    close = xp.copysign(xp.log1p(lower * xp.expm1(xp.minimum(ratio, 1.0))), x)
    difference = xp.where(ratio < 1, close, source - drain)
    return difference * (difference + 2 * drain), 2 * drain * opened


def softplus(x: Array, xp: Any) -> tuple[Array, Array]:
    """ln(1 + e^x) and its derivative."""
    small = xp.exp(-xp.abs(x))
    return xp.maximum(x, 0.0) + xp.log1p(small), xp.where(x > 0, 1.0, small) / (1 + small)
