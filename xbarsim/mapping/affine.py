"""Functions that are a matrix and a bias, found by what they give."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.streams import Streams

Array = npt.NDArray[Any]

_AT_ONCE = 1024  # points that are tried together
_SCALES = 10.0 ** np.arange(-3, 10)  # of the points that a matrix is held against
_POINTS = 8  # at each scale
_RTOL = 1e-6  # of the sum of the magnitudes that an output is made of
_OCTAVES = 60  # that a step may be above or below 1


def affine(function: Callable[[Array], Array], n: int) -> tuple[Array, Array] | None:
    """Weights (out, n) and bias (out,) such that ``function(x) = x @ weights.T + bias``.

    Parameters
    ----------
    function : outputs (m, out) for inputs (m, n).
    n : number of inputs.

    Returns
    -------
    None where there are none: where the function differs from what its values at the origin and on
    the axes say, at any of a hundred random points of sizes from 1e-3 to 1e9, by more than 1e-6 of
    the magnitudes that are added up. A function that bends nowhere near the points is not told from
    one that is affine: hold it against data too.
    """
    with np.errstate(all="ignore"):
        bias = function(np.zeros((1, n)))[0]
        weights = _slopes(function, bias, np.ones(n))
        for _ in range(2):  # the first makes seen what the bias hid, the second exact
            weights = _slopes(function, bias, _steps(weights, bias))
        x = (Streams(0) / "affine").normal((len(_SCALES), _POINTS, n))
        x = (_SCALES[:, None, None] * x).reshape(-1, n)
        found = function(x)
    return (weights, bias) if agrees(x @ weights.T + bias, found, x, weights, bias) else None


def agrees(y: Array, wanted: Array, x: Array, weights: Array, bias: Array) -> bool:
    """Whether outputs `y` (m, out) of inputs `x` are those wanted, to what rounding may be."""
    allowed = _RTOL * (np.abs(x) @ np.abs(weights.T) + np.abs(bias))
    with np.errstate(invalid="ignore"):
        return y.shape == wanted.shape and bool((np.abs(y - wanted) <= allowed).all())


def _slopes(function: Callable[[Array], Array], bias: Array, steps: Array) -> Array:
    """What outputs change by along each axis, over `steps` (n,): (out, n)."""
    n, rows = len(steps), []
    for first in range(0, n, _AT_ONCE):
        some = steps[first : first + _AT_ONCE, None]
        rows.append((function(some * np.eye(len(some), n, first)) - bias) / some)
    return np.concatenate(rows).T


def _steps(weights: Array, bias: Array) -> Array:
    """Steps (n,), powers of two, over which outputs change about as much as the bias is large.

    A difference then has lost nothing to the bias that it is taken from. Where no change has been
    seen beside a bias, the step is the longest.
    """
    most, large = np.abs(weights).max(axis=0, initial=0.0), np.abs(bias).max(initial=0.0)
    if not 0 < large < np.inf:
        return np.ones(len(most))
    steps = np.where(most > 0, large / most, np.inf)
    return np.exp2(np.clip(np.round(np.log2(steps)), -_OCTAVES, _OCTAVES))
