"""NARMA-10, a nonlinear moving average that takes ten steps of memory."""

from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_count
from xbarsim.errors import ConvergenceError
from xbarsim.tasks.series.checks import finite_series
from xbarsim.tasks.series.task import SeriesTask

Array = npt.NDArray[Any]

_BOUND = 1.0  # ours; outputs of a series that stays lie below 1, and from about 1 on they grow
_TRIES = 1000


def narma10_response(u: Array) -> Array:
    r"""Outputs y(0) to y(T) of NARMA-10 for inputs u(0) to u(T - 1); the first ten are 0.

    .. math:: y(t+1) = 0.3\,y(t) + 0.05\,y(t) \sum_{i=0}^{9} y(t-i) + 1.5\,u(t-9)\,u(t) + 0.1

    A. F. Atiya and A. G. Parlos, "New results on recurrent network training: unifying the
    algorithms and accelerating convergence", IEEE Trans. Neural Netw. 11, 697 (2000).

    Parameters
    ----------
    u : (T,).

    Returns
    -------
    (T + 1,); infinity from the step on where the recursion blows up.

    Raises
    ------
    SpecError : no inputs, or some that are not finite.
    """
    u = finite_series("u", np.reshape(u, (-1, 1)))[:, 0]
    y = [0.0] * (len(u) + 1)
    drive = 1.5 * u[:-9] * u[9:] + 0.1
    total = 0.0
    for k, d in enumerate(drive.tolist()):
        t = k + 9
        y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * total + d
        total = sum(y[t - 8 : t + 2])
        if not y[t + 1] < 1e100:
            return np.array(y[: t + 1] + [np.inf] * (len(y) - t - 1))
    return np.array(y)


def narma10(
    rng: np.random.Generator, *, train: int = 3000, test: int = 2800, washout: int = 200
) -> SeriesTask:
    """The task to say y(t + 1) of NARMA-10 from inputs up to u(t), drawn evenly from 0 to 0.5.

    A draw whose outputs leave [0, 1) is on its way to infinity and is drawn anew.

    Parameters
    ----------
    rng : draws the inputs.
    train, test, washout : as `SeriesTask` takes them.

    Raises
    ------
    SpecError : fewer than ten steps of training, or as `SeriesTask` says.
    ConvergenceError : no draw of 1000 stays: so long a series as good as always blows up.
    """
    check_count("train", train, 10)
    check_count("test", test, 2)
    for _ in range(_TRIES):
        u = rng.uniform(0.0, 0.5, train + test)
        y = narma10_response(u)
        if y.max() < _BOUND:
            return SeriesTask(
                name="NARMA-10", u=u[:, None], y=y[1:, None],
                washout=washout, train=train, test=test,
            )  # fmt: skip
    raise ConvergenceError(
        f"NARMA-10: {_TRIES} draws of {train + test} steps blew up, each; shorter series stay"
    )
