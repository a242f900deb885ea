"""Events for every threshold that a signal has moved since its last event; and back."""

from typing import Any

import numpy as np

from xbarsim.backend import Array, array_namespace, real_array
from xbarsim.checks import check_above_zero, check_count
from xbarsim.encoders.checks import check_series
from xbarsim.errors import SpecError


def sigma_delta(x: Any, theta: float, *, substeps: int = 1) -> Array:
    r"""Numbers of on and off events: the reference follows the signal in whole thresholds.

    With the reference :math:`r_0 = x_0`, a step gives :math:`n_t = \mathrm{trunc}((x_t - r_{t-1}) /
    \theta)` events, on events for positive and off events for negative ones, and
    :math:`r_t = r_{t-1} + n_t \theta`, which never lies a threshold or more from the signal.

    Parameters
    ----------
    x : (time, channels).
    theta : threshold, above 0, in units of x.
    substeps : steps from one sample to the next, on a straight line; more of them spread the
        events of a fast change over time.

    Returns
    -------
    ((time - 1) substeps + 1, 2 channels) counts, uint16: on events of all channels, then off.

    Raises
    ------
    SpecError : a series that is none, a threshold not above 0, no substep, or more than 65,535
        events in a step.

    References
    ----------
    S. F. Müller-Cleve et al., "Braille letter reading: a benchmark for spatio-temporal pattern
    recognition on neuromorphic hardware", Front. Neurosci. 16, 951164 (2022); there with
    thresholds from 1.
    """
    x = check_series("x", x)
    check_above_zero("theta", theta, "units of x")
    xp = array_namespace(x)
    with np.errstate(over="ignore"):
        distance = (x.astype(float) - x[0]) / theta
    if float(abs(distance).max()) > 2**52:
        raise SpecError(f"theta is {theta:g}, too small for a signal that moves {2**52:g} times it")
    distance = _between(distance, substeps)
    level = xp.zeros_like(distance)
    for t in range(1, len(distance)):
        level[t] = level[t - 1] + xp.trunc(distance[t] - level[t - 1])
    events = xp.diff(level, axis=0, prepend=level[:1])
    largest = float(abs(events).max())
    if largest > 65535:
        raise SpecError(f"theta is {theta:g}: {largest:g} events in a step; use at most 65,535")
    both = xp.concatenate([events, -events], axis=1)
    return xp.maximum(both, 0).astype(xp.uint16)


def sigma_delta_decode(events: Any, theta: float, start: Any = 0.0) -> Array:
    """The reference that `sigma_delta` followed: within a threshold of the signal.

    Parameters
    ----------
    events : (time, 2 channels) counts, on events first.
    theta : threshold.
    start : the signal at the first step, a number or (channels,).

    Returns
    -------
    (time, channels).

    Raises
    ------
    SpecError : an odd number of channels, or starts that are not one number or one for each.
    """
    events = check_series("events", events)
    check_above_zero("theta", theta, "units of x")
    if events.shape[1] % 2:
        raise SpecError(f"events has {events.shape[1]} channels; expected on and off for each")
    on, off = events[:, : events.shape[1] // 2], events[:, events.shape[1] // 2 :]
    first, xp = real_array("start", start, array_namespace(events)), array_namespace(events)
    if first.shape not in ((), on.shape[1:]):
        raise SpecError(f"start has shape {first.shape}; expected one number or {on.shape[1:]}")
    return xp.asarray(first, dtype=float) + theta * (on - off).cumsum(axis=0)


def _between(x: Array, substeps: int) -> Array:
    """`x` with straight lines between its samples."""
    check_count("substeps", substeps, 1, 10_000)
    if substeps == 1:
        return x
    xp = array_namespace(x)
    part = xp.arange(substeps)[:, None] / substeps
    lines = x[:-1, None] + part * (x[1:, None] - x[:-1, None])
    return xp.concatenate([lines.reshape(-1, x.shape[1]), x[-1:]])
