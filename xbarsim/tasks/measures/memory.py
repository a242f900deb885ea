r"""Linear memory capacity: for how many steps states remember their input.

.. math:: \mathrm{MC} = \sum_{k=1}^{K} \mathrm{corr}^2\!\left(u(t - k), \hat y_k(t)\right)

with :math:`\hat y_k` the linear readout of the states that was trained to give :math:`u(t - k)`. It
is at most the number of states for an input of independent values.

References
----------
H. Jaeger, "Short term memory in echo state networks", GMD report 152 (2001).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_count
from xbarsim.errors import SpecError
from xbarsim.tasks.measures.linear import driven_states, fit_linear
from xbarsim.tasks.series.checks import finite_series

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class MemoryCapacity:
    """What `memory_capacity` finds.

    Parameters
    ----------
    of_delay : squared correlation at the delays 1, 2, ..., (K,); 0 where it was dropped.
    """

    of_delay: Array

    @property
    def total(self) -> float:
        """The sum over delays."""
        return float(self.of_delay.sum())


def memory_capacity(
    states: Array,
    u: Array,
    *,
    max_delay: int | None = None,
    washout: int = 0,
    train: float = 0.5,
    ridge: float = 0.0,
    drop: float = 0.01,
) -> MemoryCapacity:
    """Linear memory capacity of `states` that were driven with white inputs `u`.

    Parameters
    ----------
    states, u : (T, N) after the step that takes u(t), and (T,).
    max_delay : K; twice the number of states by default.
    washout : first steps that are left out; at least `max_delay` are.
    train : share of the other steps, the first ones, on which readouts are trained; correlations
        are those on the rest, so that what was learned by heart does not count.
    ridge : penalty of the readouts, see `fit_linear`.
    drop : squared correlations below this are taken for chance and count as 0.

    Raises
    ------
    SpecError : as `driven_states` says; too few steps to train on; a setting out of range; an input
        that does not vary.
    """
    wide = finite_series("states", states).shape[1]
    delays = 2 * wide if max_delay is None else max_delay
    check_count("max_delay", delays, 1)
    check_count("washout", washout, 0)
    _check(train=train, ridge=ridge, drop=drop)
    states, u, first = driven_states(states, u, washout, delays)
    cut = first + int(train * (len(u) - first))
    if cut - first <= wide + 1 or len(u) - cut < 3:
        raise SpecError(
            f"train is {train:g}: {cut - first} steps to train on and {len(u) - cut} to test on; "
            f"{wide} states need at least {wide + 2} and 3"
        )
    y = np.stack([u[first - k : len(u) - k] for k in range(1, delays + 1)], axis=1)
    x, n = states[first:], cut - first
    if (np.ptp(y[:n], axis=0) == 0).any() or (np.ptp(y[n:], axis=0) == 0).any():
        raise SpecError("u does not vary; memory is measured with white inputs")
    weights, offset = fit_linear(x[:n], y[:n], ridge)
    return capacity_of(y[n:], x[n:] @ weights + offset, drop=drop)


def capacity_of(truth: Array, predicted: Array, *, drop: float = 0.01) -> MemoryCapacity:
    """The capacity of outputs that were to be inputs of earlier steps.

    Parameters
    ----------
    truth, predicted : inputs 1, 2, ..., K steps before, and what was said, (time, K).
    drop : as of `memory_capacity`.

    Raises
    ------
    SpecError : shapes differ, or values are not finite.
    """
    truth, predicted = finite_series("truth", truth), finite_series("predicted", predicted)
    if truth.shape != predicted.shape:
        raise SpecError(f"predicted has shape {predicted.shape}; truth has {truth.shape}")
    found = squared_correlation(predicted, truth)
    return MemoryCapacity(of_delay=np.where(found < drop, 0.0, found))


def squared_correlation(a: Array, b: Array) -> Array:
    """Squared correlation of columns (T, K), (K,); 0 where one does not vary."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    both = (a**2).sum(axis=0) * (b**2).sum(axis=0)
    found: Array = np.divide(
        (a * b).sum(axis=0) ** 2, both, out=np.zeros_like(both), where=both > 0
    )
    return np.minimum(found, 1.0)


def _check(*, train: float, ridge: float, drop: float) -> None:
    if not 0 < train < 1:
        raise SpecError(f"train is {train:g}; it must lie between 0 and 1, a share of the steps")
    if not 0 <= ridge < float("inf"):
        raise SpecError(f"ridge is {ridge:g}; it must be finite and at least 0")
    if not 0 <= drop < 1:
        raise SpecError(f"drop is {drop:g}; it must lie from 0 to below 1")
