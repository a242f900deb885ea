"""The Mackey-Glass equation, a delay with chaotic solutions."""

from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_count, check_number
from xbarsim.errors import SpecError
from xbarsim.tasks.series.task import SeriesTask, one_step

Array = npt.NDArray[Any]

_TRANSIENT = 1000  # samples left out until the solution is on its attractor; ours


def mackey_glass_solution(
    steps: int, *, start: float = 1.2, tau: float = 17.0, dt: float = 0.1
) -> Array:
    r"""A solution at the times 0, dt, 2 dt, ...

    .. math:: \dot x = \frac{0.2\,x(t - \tau)}{1 + x(t - \tau)^{10}} - 0.1\,x(t),
              \qquad x(t \le 0) = x_0

    M. C. Mackey and L. Glass, "Oscillation and chaos in physiological control systems", Science
    197, 287 (1977). Solved by the classical Runge-Kutta method of order 4. Where it asks for the
    delayed solution half way between two steps, that is the cubic through both with their slopes,
    so that the order stays 4.

    Parameters
    ----------
    steps : how many behind the first.
    start : x_0.
    tau, dt : delay; step, of which the delay must be a whole number.

    Returns
    -------
    (steps + 1,).

    Raises
    ------
    SpecError : a setting that is not above 0, or a delay that is no whole number of steps.
    """
    check_count("steps", steps, 1)
    for name, value in {"start": start, "tau": tau, "dt": dt}.items():
        check_number(name, value, 0.0, above=True)
    lag = round(tau / dt)
    if lag < 1 or abs(lag * dt - tau) > 1e-9 * tau:
        raise SpecError(f"tau is {tau:g}; it must be a whole number of steps dt of {dt:g}")
    x = [start] * (lag + 1)  # the history up to now; x[k] is the solution at (k - lag) dt
    slope = [0.0] * lag  # behind each of them
    birth = _birth(start)
    for k in range(steps):
        now = x[-1]
        slope.append(birth - 0.1 * now)
        right = 0.0 if k == lag - 1 else slope[k + 1]  # left of 0 the history is flat
        middle = 0.5 * (x[k] + x[k + 1]) + 0.125 * dt * (slope[k] - right)
        half, after = _birth(middle), _birth(x[k + 1])
        k1 = slope[-1]
        k2 = half - 0.1 * (now + 0.5 * dt * k1)
        k3 = half - 0.1 * (now + 0.5 * dt * k2)
        k4 = after - 0.1 * (now + dt * k3)
        x.append(now + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4))
        birth = after
    return np.array(x[lag:])


def _birth(x: float) -> float:
    return 0.2 * x / (1.0 + x**10)


def mackey_glass(
    rng: np.random.Generator,
    *,
    train: int = 3000,
    test: int = 2000,
    washout: int = 200,
    tau: float = 17.0,
    squashed: bool = False,
) -> SeriesTask:
    """The task to say a Mackey-Glass series one step ahead; a sample is taken each unit of time.

    Parameters
    ----------
    rng : draws the constant history of the equation, evenly from 1.1 to 1.3; the first 1000 samples
        are left out. Both are ours.
    train, test, washout : as `SeriesTask` takes them.
    tau : delay, a whole number of tenths.
    squashed : give tanh(x - 1) in place of x, as H. Jaeger and H. Haas, "Harnessing nonlinearity:
        predicting chaotic systems and saving energy in wireless communication", Science 304, 78
        (2004) do.
    """
    check_count("train", train, 1)
    check_count("test", test, 2)
    samples = _TRANSIENT + train + test
    x = mackey_glass_solution(10 * samples, start=rng.uniform(1.1, 1.3), tau=tau)
    x = x[10 * _TRANSIENT :: 10, None]
    if squashed:
        x = np.tanh(x - 1.0)
    return one_step("Mackey-Glass", x, washout=washout, train=train, test=test)
