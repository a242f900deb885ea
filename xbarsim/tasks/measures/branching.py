"""Branching: how many spikes one spike is followed by."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_count
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.tasks.series.checks import finite_series, numbers, refuse_nan

Array = npt.NDArray[Any]


def branching_factor(
    spikes: Array, connections: Array, *, window: int = 4, margin: int = 25
) -> float:
    r"""Spikes behind a neuron in the steps after its own, over those before it in the steps before.

    .. math:: \frac{\sum_{j \in \mathrm{post}(i)} \#\{\text{spikes of } j \text{ in } t+1 \ldots
              t+w\}}{\max(1, \sum_{j \in \mathrm{pre}(i)} \#\{\text{spikes of } j \text{ in } t-w
              \ldots t-1\})}

    for a spike of neuron i at t; the mean over the spikes of a neuron, then over the neurons that
    spike, then over samples. V. A. Ivanov and K. P. Michmizos, NeurIPS (2021), as their published
    code computes it, with windows of 4 ms and 25 ms left out at either end.

    Parameters
    ----------
    spikes : 0 or 1, (time, N), or (samples, time, N).
    connections : what is not 0 connects column (pre) to row (post), (N, N), as weights (out, in).
    window : w, steps.
    margin : steps at either end whose spikes do not count.

    Raises
    ------
    SpecError : shapes that do not agree, values that are not finite, too few steps, no spikes.
    """
    check_count("window", window, 1)
    check_count("margin", margin, 0)
    spikes = numbers("spikes", spikes)
    samples = spikes[None] if spikes.ndim == 2 else spikes
    connections = finite_series("connections", connections) != 0
    if samples.ndim != 3 or connections.shape != (samples.shape[-1],) * 2:
        raise SpecError(
            f"spikes and connections have shapes {spikes.shape} and {connections.shape}; expected "
            "(time, N) or (samples, time, N), and (N, N)"
        )
    if samples.shape[1] <= 2 * (margin + window):
        raise SpecError(
            f"spikes has {samples.shape[1]} steps; margin {margin} and window {window} at either "
            f"end need more than {2 * (margin + window)}"
        )
    found = [_factor(part != 0, connections, window, margin) for part in _binary(samples)]
    kept = [factor for factor in found if factor is not None]
    if not kept:
        raise SpecError("spikes holds none between its margins; branching has no meaning")
    return float(np.mean(kept))


def _binary(samples: Array) -> Array:
    if not np.isin(samples, (0, 1)).all():
        raise SpecError("spikes holds values other than 0 and 1")
    return samples


def _factor(spikes: Array, connections: Array, w: int, margin: int) -> float | None:
    """The branching factor of one sample (time, N); None without spikes."""
    inside = spikes[margin : len(spikes) - margin].astype(float)
    sums = np.concatenate([np.zeros((1, inside.shape[1])), inside.cumsum(axis=0)])
    t = np.arange(w, len(inside) - w)
    before, after = sums[t] - sums[t - w], sums[t + 1 + w] - sums[t + 1]
    pre = np.maximum(before @ connections.T.astype(float), 1.0)
    post = after @ connections.astype(float)
    fired = inside[t]
    count = fired.sum(axis=0)
    if not count.any():
        return None
    total = (fired * post / pre).sum(axis=0)
    return float((total[count > 0] / count[count > 0]).mean())


@dataclass(frozen=True, kw_only=True)
class Regression:
    """What `branching_ratio` finds.

    Parameters
    ----------
    m : branching ratio: activity that a spike causes in the next step.
    b : share of the slopes that seeing but a part of the neurons leaves.
    slopes : of the regression of activity on that k steps before, k = 1, 2, ..., (K,).
    """

    m: float
    b: float
    slopes: Array


def branching_ratio(activity: Array, *, max_lag: int = 40) -> Regression:
    r"""Branching ratio from slopes at many lags, which holds where few of the neurons are seen.

    .. math:: r_k = \frac{\mathrm{cov}(A_{t+k}, A_t)}{\mathrm{var}(A_t)} = b\,m^k

    fitted by least squares. J. Wilting and V. Priesemann, "Inferring collective dynamical states
    from widely unobserved systems", Nature Communications 9, 2325 (2018).

    Parameters
    ----------
    activity : spikes of all seen neurons together in each step, (time,).
    max_lag : the longest lag K, steps.

    Raises
    ------
    SpecError : values that are not finite; fewer than ten times as many steps as lags; activity
        that does not vary, or whose steps are independent, so that there is no m to find.
    ConvergenceError : the fit does not settle.
    """
    check_count("max_lag", max_lag, 2)
    a = numbers("activity", activity)
    if a.ndim != 1 or len(a) < 10 * max_lag:
        raise SpecError(
            f"activity has shape {a.shape}; lags up to {max_lag} need (time,) of at least "
            f"{10 * max_lag} steps"
        )
    refuse_nan("activity", a)
    if np.ptp(a) == 0:
        raise SpecError(f"activity is {a[0]:g} at every step; branching has no meaning")
    slopes = np.array([_slope(a[:-k], a[k:]) for k in range(1, max_lag + 1)])
    chance = 4.0 / np.sqrt(len(a))  # standard errors of a slope of independent steps
    if slopes.max() < chance:
        raise SpecError(
            f"activity: the largest slope is {slopes.max():.3g}, and independent steps give up to "
            f"{chance:.3g}; there is no branching to find, or too few steps to see it"
        )
    m, b = _exponential(slopes)
    return Regression(m=m, b=b, slopes=slopes)


def _slope(x: Array, y: Array) -> float:
    return float(((x - x.mean()) * (y - y.mean())).mean() / x.var())


def _exponential(slopes: Array) -> tuple[float, float]:
    """The m and b of the nearest b m^k, k = 1, 2, ..."""
    from scipy.optimize import least_squares

    k = np.arange(1, len(slopes) + 1)
    fits = [
        least_squares(
            lambda p: p[1] * p[0] ** k - slopes, (start, slopes[0]), bounds=([0, 0], [1.2, np.inf])
        )
        for start in (0.5, 0.9, 0.99)
    ]
    best = min((fit for fit in fits if fit.success), key=lambda fit: fit.cost, default=None)
    if best is None:
        raise ConvergenceError(f"b m^k does not fit the slopes {slopes[:5]}...: {fits[0].message}")
    return float(best.x[0]), float(best.x[1])
