"""Predictions that go on by themselves: what comes out goes back in."""

import math
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_count
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.tasks.series.checks import finite_series

Array = npt.NDArray[Any]


class Stepper(Protocol):
    """What takes a step at a time and remembers."""

    def step(self, u: Array) -> Array:
        """Outputs (outputs,) after inputs (channels,)."""


def free_run(stepper: Stepper, warm_up: Array, steps: int) -> Array:
    """Outputs of a trained `stepper` that is fed with the truth first, then with its own outputs.

    Parameters
    ----------
    stepper : starts from the state that it is in, and stays where the run ends.
    warm_up : the truth, (time, channels).
    steps : how many outputs: the first is that after the last step of `warm_up`.

    Returns
    -------
    (steps, channels).

    Raises
    ------
    SpecError : a warm-up that is not finite numbers (time, channels); outputs that are not as many
        as channels.
    ConvergenceError : outputs that are not finite; says from which step.
    """
    warm_up = finite_series("warm_up", warm_up)
    check_count("steps", steps, 1)
    width = warm_up.shape[1]
    for u in warm_up:
        y = stepper.step(u)
    out = np.empty((steps, width))
    for k in range(steps):
        y = np.atleast_1d(np.asarray(y, dtype=float))
        if y.shape != (width,):
            raise SpecError(
                f"step gives outputs of shape {y.shape}; fed back they must be {width}, as many as "
                "warm_up has channels"
            )
        if not np.isfinite(y).all():
            raise ConvergenceError(f"the free run diverges: outputs are {y} at step {k}")
        out[k] = y
        if k + 1 < steps:
            y = stepper.step(y)
    return out


def nrmse_after(
    stepper: Stepper, x: Array, *, horizon: int = 84, warm_up: int = 1000, runs: int = 50
) -> float:
    r"""Error of free runs at their last step: NRMSE84 of the Mackey-Glass series.

    .. math:: \mathrm{NRMSE}_h = \Big( \frac{\sum_{i=1}^{n} (p_i(h) - y_i(h))^2}{n \, \sigma^2}
              \Big)^{1/2}

    H. Jaeger and H. Haas, Science 304, 78 (2004), with :math:`h = 84` and 100 runs.

    Parameters
    ----------
    stepper : trained, of one channel.
    x : a series that it was not trained on, (time, 1); runs take pieces of it, one behind the
        other. Its variance is :math:`\sigma^2`.
    horizon : steps that a run goes on by itself.
    warm_up : steps of the truth before.
    runs : how many, n.

    Raises
    ------
    SpecError : a series too short for so many runs, constant, or not of one channel.
    ConvergenceError : as `free_run` says.
    """
    x = finite_series("x", x)
    for name, value in {"horizon": horizon, "warm_up": warm_up, "runs": runs}.items():
        check_count(name, value, 1)
    piece = warm_up + horizon
    if x.shape[1] != 1 or len(x) < runs * piece or np.ptp(x) == 0:
        raise SpecError(
            f"x has shape {x.shape}; {runs} runs of {warm_up} steps of warm-up and {horizon} by "
            f"themselves need a varying series of at least ({runs * piece}, 1)"
        )
    errors = []
    for part in x[: runs * piece].reshape(runs, piece, 1):
        said = free_run(stepper, part[:warm_up], horizon)
        errors.append(said[-1, 0] - part[-1, 0])
    return math.sqrt(np.mean(np.square(errors)) / x.var())
