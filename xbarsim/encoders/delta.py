"""Spikes where a signal has changed since the step before."""

from typing import Any

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.checks import check_above_zero
from xbarsim.encoders.checks import check_series


def delta(x: Any, theta: float) -> Array:
    r"""On and off spikes of changes of at least :math:`\theta` from one step to the next.

    .. math:: \mathrm{on}_t = [x_t - x_{t-1} \ge \theta], \qquad
              \mathrm{off}_t = [x_t - x_{t-1} \le -\theta]

    Slow changes leave no trace; `xbarsim.encoders.sigma_delta` adds them up.

    Parameters
    ----------
    x : (time, channels). The first step has no change.
    theta : threshold, above 0, in units of x.

    Returns
    -------
    (time, 2 channels) of 0 and 1, uint8: on spikes of all channels, then off spikes.

    Raises
    ------
    SpecError : a series that is none, or a threshold not above 0.

    References
    ----------
    J. K. Eshraghian et al., "Training spiking neural networks using lessons from deep learning",
    Proc. IEEE 111, 1016 (2023), delta modulation.
    """
    x = check_series("x", x)
    check_above_zero("theta", theta, "units of x")
    xp = array_namespace(x)
    with np.errstate(over="ignore"):  # a change without end is one, too
        change = xp.diff(x, axis=0, prepend=x[:1])
    return xp.concatenate([change >= theta, change <= -theta], axis=1).astype(xp.uint8)
