"""Linear readouts of states, as the measures need them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.tasks.series.checks import finite_series, numbers, refuse_nan

Array = npt.NDArray[Any]


def driven_states(states: Any, u: Any, washout: int, reach: int) -> tuple[Array, Array, int]:
    """States (T, N) and inputs (T,) of the same steps, and the first step that counts.

    Parameters
    ----------
    states, u : (T, N), and (T,) or (T, 1).
    washout, reach : steps left out at the beginning: the larger of both.

    Raises
    ------
    SpecError : other shapes, values that are not finite, or steps that are no more than the states.
    """
    states = finite_series("states", states)
    u = numbers("u", u)
    if u.ndim == 2 and u.shape[1] == 1:
        u = u[:, 0]
    if u.shape != states.shape[:1]:
        raise SpecError(
            f"u has shape {u.shape}; states are those of {len(states)} steps, each with one input"
        )
    refuse_nan("u", u)
    first = max(washout, reach)
    left = len(u) - first
    if left <= states.shape[1] + 1:
        raise SpecError(
            f"{len(u)} steps are too few: the first {first} are left out, and the other "
            f"{max(left, 0)} must be more than {states.shape[1]} states and 1"
        )
    return states, u, first


def orthonormal(states: Array, tolerance: float | None = None) -> Array:
    """Orthonormal columns that span the states, each with its mean taken off, (T, rank).

    Parameters
    ----------
    states : (T, N), T > N.
    tolerance : singular values below this share of the largest do not count; rounding's by default.
    """
    q, r = np.linalg.qr(states - states.mean(axis=0))
    left, s, _ = np.linalg.svd(r)
    cut = max(states.shape) * np.finfo(float).eps if tolerance is None else tolerance
    rank = int((s > cut * s[0]).sum()) if s[0] > 0 else 0
    found: Array = q @ left[:, :rank]
    return found


def fit_linear(x: Array, y: Array, ridge: float) -> tuple[Array, Array]:
    """Weights (N, outputs) and offsets (outputs,) of the ridge regression of `y` on `x`.

    Parameters
    ----------
    x, y : (T, N) and (T, outputs).
    ridge : what is added to the squares of singular values; at 0 those that are but rounding do
        not count: least squares of least norm.
    """
    mean_x, mean_y = x.mean(axis=0), y.mean(axis=0)
    left, s, right = np.linalg.svd(x - mean_x, full_matrices=False)
    kept = s > max(x.shape) * np.finfo(float).eps * s[0]
    gain = np.divide(s, s**2 + ridge, out=np.zeros_like(s), where=kept)
    weights = right.T @ (gain[:, None] * (left.T @ (y - mean_y)))
    return weights, mean_y - mean_x @ weights
