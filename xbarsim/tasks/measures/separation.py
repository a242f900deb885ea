"""Separation: how far apart states come for spike trains that differ by so much.

W. Maass, T. Natschlaeger and H. Markram, "Real-time computing without stable states: a new
framework for neural computation based on perturbations", Neural Computation 14, 2531 (2002), figure
2: the distance of states over time, for pairs of inputs of a known distance. Theirs is that of
spike trains under a Gaussian kernel; here it is van Rossum's.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_number
from xbarsim.errors import SpecError
from xbarsim.tasks.series.checks import finite_series, numbers, refuse_nan

Array = npt.NDArray[Any]


def van_rossum_distance(a: Array, b: Array, *, tau: float, dt: float = 1.0) -> float:
    r"""Distance of two sets of spike trains.

    .. math:: D^2 = \sum_\mathrm{channels} \frac{1}{\tau} \int_0^\infty (f - g)^2 \, dt, \qquad
              f(t) = \sum_i e^{-(t - t_i) / \tau} \, [t \ge t_i]

    M. C. W. van Rossum, "A novel spike distance", Neural Computation 13, 751 (2001). Spikes stand
    at the beginning of their steps, so that the integral has a closed form: one spike more or less
    is a squared distance of 1/2.

    Parameters
    ----------
    a, b : spikes of each step, (time, channels).
    tau, dt : time constant and length of a step, s or both in steps.

    Raises
    ------
    SpecError : shapes that differ, values that are not finite, times that are not above 0.
    """
    a, b = finite_series("a", a), finite_series("b", b)
    if a.shape != b.shape:
        raise SpecError(f"b has shape {b.shape}; a has {a.shape}, and both must be alike")
    check_number("tau", tau, 0.0, above=True)
    check_number("dt", dt, 0.0, above=True)
    decay = float(np.exp(-dt / tau))
    trace, total = np.zeros(a.shape[1]), 0.0
    for spikes in a - b:
        trace = decay * trace + spikes
        total += float(trace @ trace)
    tail = decay**2 * float(trace @ trace)  # what is left of the integral behind the last step
    return float(np.sqrt(0.5 * (-np.expm1(-2.0 * dt / tau) * total + tail)))


@dataclass(frozen=True, kw_only=True)
class Separation:
    """Distances of pairs.

    Parameters
    ----------
    inputs : of the two inputs of each pair, (pairs,).
    states : of the two states, at each step, (pairs, time).
    slope, offset : of the line that gives the mean over time of `states` from `inputs`, least
        squares.
    error : what the line leaves of the variance of these means, from 0 to 1.
    """

    inputs: Array
    states: Array
    slope: float
    offset: float
    error: float

    def over_time(self, edges: Array) -> Array:
        """Mean distance of states at each step, of pairs whose inputs lie between `edges`.

        Returns
        -------
        (edges - 1, time); NaN never: a bin without pairs is refused.
        """
        bins = np.digitize(self.inputs, np.asarray(edges)) - 1
        out = []
        for k in range(len(edges) - 1):
            if not (bins == k).any():
                raise SpecError(f"no pair of inputs is {edges[k]:g} to {edges[k + 1]:g} apart")
            out.append(self.states[bins == k].mean(axis=0))
        return np.stack(out)


def separation(states: Array, inputs: Array) -> Separation:
    """How the distance of states follows that of inputs.

    Parameters
    ----------
    states : of both runs of each pair, (pairs, 2, time, N). The distance is Euclid's.
    inputs : distance of the two inputs of each pair, (pairs,): `van_rossum_distance`.

    Raises
    ------
    SpecError : shapes that do not agree, values that are not finite, fewer than three pairs, inputs
        that are all equally far apart, or states that are.
    """
    states, inputs = numbers("states", states), numbers("inputs", inputs)
    if states.ndim != 4 or states.shape[1] != 2 or 0 in states.shape:
        raise SpecError(f"states has shape {states.shape}; expected (pairs, 2, time, N)")
    if inputs.shape != states.shape[:1] or len(inputs) < 3:
        raise SpecError(
            f"inputs has shape {inputs.shape}; states has {len(states)} pairs, and a line needs at "
            "least 3"
        )
    refuse_nan("inputs", inputs)
    refuse_nan("states", np.moveaxis(states, 2, 0))
    if np.ptp(inputs) == 0:
        raise SpecError(f"inputs are {inputs[0]:g} apart in every pair; a line needs several")
    apart = np.linalg.norm(states[:, 0] - states[:, 1], axis=-1)
    mean = apart.mean(axis=1)
    if np.ptp(mean) == 0:
        raise SpecError(f"states are {mean[0]:g} apart in every pair; there is nothing to fit")
    slope = float(np.cov(inputs, mean)[0, 1] / inputs.var(ddof=1))
    offset = float(mean.mean() - slope * inputs.mean())
    left = mean - slope * inputs - offset
    return Separation(
        inputs=inputs, states=apart, slope=slope, offset=offset,
        error=float(left.var() / mean.var()),
    )  # fmt: skip
