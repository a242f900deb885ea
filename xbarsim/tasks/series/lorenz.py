"""The Lorenz system, chaos in three variables."""

from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_count, check_number
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.tasks.series.checks import numbers
from xbarsim.tasks.series.task import SeriesTask, one_step

Array = npt.NDArray[Any]

_TRANSIENT = 1000  # steps left out until the solution is on its attractor; ours
_SIGMA, _RHO, _BETA = 10.0, 28.0, 8.0 / 3.0


def lorenz_solution(start: Array, steps: int, *, dt: float = 0.02) -> Array:
    r"""A solution at the times 0, dt, 2 dt, ..., by the classical Runge-Kutta method of order 4.

    .. math:: \dot x = 10\,(y - x), \quad \dot y = x\,(28 - z) - y, \quad
              \dot z = x\,y - \tfrac{8}{3}\,z

    E. N. Lorenz, "Deterministic nonperiodic flow", J. Atmos. Sci. 20, 130 (1963), Eqs. (25)-(27).

    Parameters
    ----------
    start : x, y and z at time 0, (3,).
    steps, dt : how many behind the first; their length.

    Returns
    -------
    (steps + 1, 3).

    Raises
    ------
    SpecError : a start that is not three finite numbers, or a setting that is not above 0.
    ConvergenceError : the steps are so long that the solution leaves all bounds.
    """
    check_count("steps", steps, 1)
    check_number("dt", dt, 0.0, above=True)
    here = numbers("start", start)
    if here.shape != (3,) or not np.isfinite(here).all():
        raise SpecError(f"start is {start!r}; expected three finite numbers")
    x, y, z = here.tolist()
    out = [(x, y, z)]
    for k in range(steps):
        x, y, z = _step(x, y, z, dt)
        if not abs(x) + abs(y) + abs(z) < 1e6:
            raise ConvergenceError(
                f"the Lorenz system left all bounds at step {k + 1}; dt is {dt:g}, and 0.02 is "
                "short enough"
            )
        out.append((x, y, z))
    return np.array(out)


def _slopes(x: float, y: float, z: float) -> tuple[float, float, float]:
    return _SIGMA * (y - x), x * (_RHO - z) - y, x * y - _BETA * z


def _step(x: float, y: float, z: float, h: float) -> tuple[float, float, float]:
    a, half, sixth = _slopes(x, y, z), 0.5 * h, h / 6.0
    b = _slopes(x + half * a[0], y + half * a[1], z + half * a[2])
    c = _slopes(x + half * b[0], y + half * b[1], z + half * b[2])
    d = _slopes(x + h * c[0], y + h * c[1], z + h * c[2])
    return (
        x + sixth * (a[0] + 2.0 * (b[0] + c[0]) + d[0]),
        y + sixth * (a[1] + 2.0 * (b[1] + c[1]) + d[1]),
        z + sixth * (a[2] + 2.0 * (b[2] + c[2]) + d[2]),
    )


def lorenz(
    rng: np.random.Generator,
    *,
    train: int = 6000,
    test: int = 1500,
    washout: int = 200,
    dt: float = 0.02,
) -> SeriesTask:
    """The task to say the Lorenz system one step ahead, or to go on by itself (`free_run`).

    Each variable has its mean over the training steps taken off and is divided by their standard
    deviation, so that one of them does not outweigh the others in `valid_time`.

    Parameters
    ----------
    rng : draws the start: x and y evenly from -10 to 10, z from 15 to 35; the first 1000 steps are
        left out. Both are ours.
    train, test, washout, dt : as `SeriesTask` takes them.
    """
    check_count("train", train, 2)
    check_count("test", test, 2)
    start = rng.uniform([-10.0, -10.0, 15.0], [10.0, 10.0, 35.0])
    x = lorenz_solution(start, _TRANSIENT + train + test, dt=dt)[_TRANSIENT:]
    x = (x - x[:train].mean(axis=0)) / x[:train].std(axis=0)
    return one_step("Lorenz", x, washout=washout, train=train, test=test, dt=dt)
