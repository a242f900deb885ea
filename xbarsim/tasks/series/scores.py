r"""How far predictions of a series lie from the truth.

.. math:: \mathrm{NMSE} = \frac{\langle (y - p)^2 \rangle}{\langle (y - \bar y)^2 \rangle},
          \qquad \mathrm{NRMSE} = \sqrt{\mathrm{NMSE}},

with means over the steps of the test: the variance is that of the test's own targets.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_number
from xbarsim.errors import SpecError
from xbarsim.tasks.series.checks import finite_series

Array = npt.NDArray[Any]

#: largest Lyapunov exponent of the Lorenz system at sigma 10, rho 28, beta 8/3, nats per unit of
#: time: J. C. Sprott, "Chaos and Time-Series Analysis" (Oxford University Press, 2003), appendix A
LORENZ_EXPONENT = 0.9056


def nmse(truth: Array, predicted: Array) -> float:
    """Mean squared error over the variance of `truth`; of several outputs, the mean of theirs.

    Parameters
    ----------
    truth, predicted : (time, outputs), or both (time,).

    Raises
    ------
    SpecError : shapes differ, values are not finite, or an output of `truth` does not vary.
    """
    truth, predicted = _pair(truth, predicted)
    variance = truth.var(axis=0)
    flat = np.flatnonzero(np.ptp(truth, axis=0) == 0)
    if len(flat):
        raise SpecError(
            f"output {flat[0]} of truth is {truth[0, flat[0]]:g} at every one of {len(truth)} "
            "steps; an error relative to its variance has no meaning"
        )
    return float((((truth - predicted) ** 2).mean(axis=0) / variance).mean())


def nrmse(truth: Array, predicted: Array) -> float:
    """Square root of `nmse`, with the same arguments."""
    return math.sqrt(nmse(truth, predicted))


def valid_time(
    truth: Array,
    predicted: Array,
    *,
    dt: float,
    exponent: float = LORENZ_EXPONENT,
    threshold: float = 0.4,
    rms: float | None = None,
) -> float:
    r"""How long a free run stays near the truth, in Lyapunov times.

    .. math:: t_\mathrm{valid} = \lambda \, \Delta t \,
              \#\{\text{steps before } \|p(t) - y(t)\| \ge \theta \, \langle \|y\|^2 \rangle^{1/2}\}

    Parameters
    ----------
    truth, predicted : (time, outputs), from the first step that was said without the truth.
    dt : time between steps.
    exponent : largest Lyapunov exponent, per unit of time: that of the Lorenz system by default.
    threshold : relative error from which a prediction is lost.
    rms : length that errors are compared with; by default the root mean square of `truth`. A short
        `truth` says little about it: give that of a long series.

    Returns
    -------
    The time; a run that is never lost has that of all its steps.

    Raises
    ------
    SpecError : shapes differ, values are not finite, or a setting is not above 0.

    Notes
    -----
    J. Pathak et al., "Hybrid forecasting of chaotic processes", Chaos 28, 041101 (2018): error
    relative to the root mean square, threshold 0.4.
    """
    truth, predicted = _pair(truth, predicted)
    length = math.sqrt((truth**2).sum(axis=1).mean()) if rms is None else rms
    for name, value in {"dt": dt, "exponent": exponent, "threshold": threshold}.items():
        check_number(name, value, 0.0, above=True)
    check_number("rms", length, 0.0, above=True)
    lost = np.linalg.norm(predicted - truth, axis=1) >= threshold * length
    steps = int(lost.argmax()) if lost.any() else len(lost)
    return steps * dt * exponent


def _pair(truth: Any, predicted: Any) -> tuple[Array, Array]:
    """Both as (time, outputs) of the same shape."""
    if np.shape(truth) != np.shape(predicted):
        raise SpecError(
            f"predicted has shape {np.shape(predicted)}; truth has {np.shape(truth)}, and both "
            "must be alike"
        )
    if np.ndim(truth) == 1:
        truth, predicted = np.asarray(truth)[:, None], np.asarray(predicted)[:, None]
    return finite_series("truth", truth), finite_series("predicted", predicted)
