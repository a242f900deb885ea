"""The channel of a long transistor, from weak to strong inversion (EKV)."""

from typing import Any

from xbarsim.backend import Array, array_namespace


def channel(x: Array, pinch_off: Array) -> tuple[Array, Array]:
    r"""Current of a channel and its slope, of source and bulk at 0 V.

    .. math:: 4\,[F(p) - F(p - x)], \qquad F(u) = \ln^2(1 + e^u)

    without the difference of squares, which would cancel. It is
    :math:`i / (n k V_T^2 / 2)` for voltages over :math:`2 V_T`.

    Parameters
    ----------
    x, pinch_off : drain and pinch-off voltage over twice the thermal voltage; broadcast.

    References
    ----------
    Enz, Krummenacher and Vittoz, Analog Integrated Circuits and Signal Processing 8, 83 (1995).
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
