"""Poisson spike trains: what spikes in a step is drawn by itself, with no memory."""

from typing import Any

from xbarsim.backend import Array, array_namespace, real_array
from xbarsim.checks import check_above_zero
from xbarsim.encoders.checks import check_series
from xbarsim.errors import SpecError


def poisson(probability: Any, u: Array) -> Array:
    """Spikes where a draw lies below the probability of its step: Bernoulli trials.

    Parameters
    ----------
    probability : of a spike in each step, in [0, 1]; (time, channels), or (channels,) for a rate
        that does not change.
    u : uniform draws in [0, 1), (time, channels).

    Returns
    -------
    (time, channels) of 0 and 1, uint8.

    Raises
    ------
    SpecError : shapes that do not fit, a probability or draws outside [0, 1].

    References
    ----------
    P. Dayan and L. F. Abbott, Theoretical Neuroscience (MIT Press, 2001), section 1.4: the
    Poisson generator in discrete time.
    """
    xp = array_namespace(u)
    u = real_array("u", u, xp)
    p = real_array("probability", probability, xp)
    if u.ndim != 2 or p.shape not in (u.shape, u.shape[1:]):
        raise SpecError(
            f"u has shape {u.shape} and probability {p.shape}; expected (time, channels) of both, "
            "or one probability for each channel"
        )
    check_series("u", u)
    if not ((u >= 0) & (u <= 1)).all():  # rounding to fewer bits may give 1
        ends = f"{float(u.min()):g} to {float(u.max()):g}"
        raise SpecError(f"u reaches from {ends}; draws must lie from 0 to 1")
    if not ((p >= 0) & (p <= 1)).all():
        outside = p[~((p >= 0) & (p <= 1))]
        raise SpecError(f"probability is {float(outside[0]):g}; it must lie from 0 to 1")
    return (u < p).astype(xp.uint8)


def spike_probability(rate: Any, dt: float) -> Array:
    r"""Probability :math:`1 - e^{-r\,\Delta t}` that a Poisson process spikes in a step at all.

    Parameters
    ----------
    rate : r, 1/s, any shape.
    dt : step, s.

    Raises
    ------
    SpecError : a rate below 0 or not finite, or no time in a step.
    """
    check_above_zero("dt", dt, "s")
    xp = array_namespace(rate)
    r = xp.asarray(real_array("rate", rate, xp), dtype=float)  # -r of whole numbers may wrap
    if not (xp.isfinite(r) & (r >= 0)).all():
        raise SpecError("rate holds values below 0 1/s or not finite; expected at least 0 1/s")
    return -xp.expm1(-r * dt)


def shares_of_total(x: Any) -> Array:
    """Probabilities of a spike a step from images: each over its sum, all over the largest share.

    Parameters
    ----------
    x : intensities, (n, channels); all of a data set, as the largest share is that of the set.

    Returns
    -------
    (n, channels), in [0, 1].

    Raises
    ------
    SpecError : an intensity below 0, or an image without any.

    References
    ----------
    V. Ivanov and K. Michmizos, "Increasing liquid state machine performance with edge-of-chaos
    dynamics organized by astrocyte-modulated plasticity", NeurIPS 2021, arXiv:2111.01760; the
    code that was published with it.
    """
    x = check_series("x", x)
    total = x.sum(axis=1, keepdims=True)
    if (x < 0).any() or (total <= 0).any():
        raise SpecError("x holds an intensity below 0, or an image of nothing but 0")
    share = x / total
    return share / share.max()
