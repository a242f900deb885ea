"""The Henon map, chaos in two variables with one of them seen."""

from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_count
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.tasks.series.checks import numbers, refuse_nan
from xbarsim.tasks.series.task import SeriesTask, one_step

Array = npt.NDArray[Any]

_TRANSIENT = 100  # steps left out until the orbit is on its attractor; ours
_TRIES = 100


def henon_orbit(first: float, second: float, w: Array) -> Array:
    r"""An orbit of the map with an addend at every step.

    .. math:: x(n+1) = 1 - 1.4\,x(n)^2 + 0.3\,x(n-1) + w(n)

    M. Henon, "A two-dimensional mapping with a strange attractor", Commun. Math. Phys. 50, 69
    (1976), with his second variable put in.

    Parameters
    ----------
    first, second : x(0) and x(1).
    w : (T,).

    Returns
    -------
    x(0) to x(T + 1), (T + 2,).

    Raises
    ------
    SpecError : addends that are not finite numbers.
    ConvergenceError : the orbit leaves the attractor's surroundings and escapes; says where.
    """
    w = numbers("w", w)
    refuse_nan("w", w)
    before, now = float(first), float(second)
    out = [before, now]
    for k, noise in enumerate(w.tolist()):
        before, now = now, 1.0 - 1.4 * now * now + 0.3 * before + noise
        if not abs(now) < 10.0:
            raise ConvergenceError(f"the orbit of the Henon map escapes at step {k + 2}")
        out.append(now)
    return np.array(out)


def henon(
    rng: np.random.Generator,
    *,
    train: int = 1000,
    test: int = 1000,
    washout: int = 50,
    noise: float = 0.0,
) -> SeriesTask:
    """The task to say the Henon map one step ahead from what was seen of one variable.

    Parameters
    ----------
    rng : draws the first two values, evenly from -0.1 to 0.1, and the noise; the first 100 steps
        are left out, and an orbit that escapes is drawn anew. These are ours.
    train, test, washout : as `SeriesTask` takes them.
    noise : standard deviation of a normal addend that enters the map at every step.

    Raises
    ------
    SpecError : as `SeriesTask` says; noise that is negative or not finite.
    ConvergenceError : every orbit of 100 escapes: the noise is too strong.
    """
    check_count("train", train, 1)
    check_count("test", test, 2)
    if not isinstance(noise, Real) or not 0 <= noise < float("inf"):
        raise SpecError(f"noise is {noise!r}; it must be finite and at least 0")
    for _ in range(_TRIES):
        first, second = rng.uniform(-0.1, 0.1, 2)
        w = noise * rng.standard_normal(_TRANSIENT + train + test - 1)
        try:
            x = henon_orbit(first, second, w)[_TRANSIENT:, None]
        except ConvergenceError:
            continue
        return one_step("Henon", x, washout=washout, train=train, test=test)
    raise ConvergenceError(
        f"noise is {noise:g}; every one of {_TRIES} orbits of the Henon map escapes, less noise or "
        "fewer steps let them stay"
    )
