"""The transfer matrix of an ageing array at any time: interpolation in the logarithm of time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.crossbar.transfer import transfer_matrix
from xbarsim.crossbar.wires import Wires
from xbarsim.errors import SpecError

_MOST = 33  # nodes


@dataclass(frozen=True, kw_only=True)
class AgeingTransfer:
    """Transfer matrices between two ages; call it with an age in s.

    Parameters
    ----------
    ages : first and last age, s.
    nodes : ages at which the matrix was computed, s.
    matrices : there, (nodes, rows, cols) S.
    error : largest error found halfway between nodes, over the largest element there, 1.
    exact : computes the matrix at an age; used where interpolation would miss the tolerance.
    interpolates : whether calls interpolate.
    """

    ages: tuple[float, float]
    nodes: Array
    matrices: Array
    error: float
    exact: Callable[[float], Array]
    interpolates: bool

    def __call__(self, age: float) -> Array:
        """The transfer matrix at `age`, (rows, cols) S.

        Raises
        ------
        SpecError : `age` lies outside `ages`.
        """
        if not self.ages[0] <= age <= self.ages[1]:
            raise SpecError(
                f"age is {age:g} s; the matrix is known from {self.ages[0]:g} to {self.ages[1]:g} s"
            )
        if not self.interpolates:
            return self.exact(age)
        return _interpolated(np.log(self.nodes), self.matrices, np.log(age))


def ageing_transfer(
    g_at: Callable[[float], Array], wires: Wires, ages: tuple[float, float], rtol: float = 1e-6
) -> AgeingTransfer:
    """The transfer matrix as a function of age, each cell with a drift of its own.

    Chebyshev interpolation in log time: with power-law drift all conductances are exponentials
    there, and the matrix is smooth in them. Nodes are doubled until the error, measured halfway
    between the nodes against matrices computed anew, is below `rtol`. That is a sample: what comes
    and goes between two such ages, as a transient of some cells, stays unseen.

    Parameters
    ----------
    g_at : conductances at an age, (rows, cols) S. With a factor common to all cells,
        ``lambda factor: factor * g``, the ages are factors.
    wires : line and terminal resistances.
    ages : first and last age, s.
    rtol : accepted error over the largest element.

    Returns
    -------
    A function of age; where 33 nodes are seen to miss `rtol` it computes every matrix anew
    (`interpolates` is False).

    Raises
    ------
    SpecError : the ages are not positive or do not ascend; conductances as `transfer_matrix`.
    """
    first, last = ages
    if not 0 < first < last < np.inf:
        raise SpecError(f"ages are {first:g} s and {last:g} s; they must be positive and ascend")

    def exact(age: float) -> Array:
        return transfer_matrix(g_at(age), wires)

    def at(log_ages: Array) -> Array:
        return np.stack([exact(float(np.exp(x))) for x in log_ages])

    x = _chebyshev(5, np.log(first), np.log(last))
    matrices = at(x)
    while True:
        finer = _chebyshev(2 * len(x) - 1, x[0], x[-1])
        between = at(finer[1::2])
        error = max(
            _relative(_interpolated(x, matrices, age), t)
            for age, t in zip(finer[1::2], between, strict=True)
        )
        if error <= rtol or len(finer) > _MOST:
            break
        merged = np.empty((len(finer), *matrices.shape[1:]))
        merged[::2], merged[1::2] = matrices, between
        x, matrices = finer, merged
    return AgeingTransfer(
        ages=(first, last),
        nodes=np.exp(x),
        matrices=matrices,
        error=error,
        exact=exact,
        interpolates=error <= rtol,
    )


def _relative(found: Array, expected: Array) -> float:
    """Largest difference over the largest element; 0 where there is none."""
    off, largest = float(np.abs(found - expected).max()), float(np.abs(expected).max())
    return off / largest if largest else (np.inf if off else 0.0)


def _chebyshev(n: int, low: float, high: float) -> Array:
    """Chebyshev points of the second kind, ascending; every other one serves (n + 1) / 2."""
    return low + (high - low) * 0.5 * (1 - np.cos(np.pi * np.arange(n) / (n - 1)))


def _interpolated(x: Array, values: Array, at: float) -> Array:
    """Barycentric interpolation (Berrut and Trefethen 2004, SIAM Review 46, 501)."""
    near = np.isclose(x, at, rtol=0, atol=1e-14 * np.ptp(x))
    if near.any():
        return values[int(np.flatnonzero(near)[0])].copy()
    weight = (-1.0) ** np.arange(len(x))
    weight[[0, -1]] *= 0.5
    weight /= at - x
    return np.tensordot(weight / weight.sum(), values, axes=1)
