"""Kernel quality and generalisation rank: how many inputs states tell apart, and should not.

Kernel quality is the rank of the states that different inputs leave, the largest set of them that
a linear readout can tell apart. Generalisation rank is that of the states which noisy copies of one
input leave; it is small where noise stays without effect. Their difference says how well a
reservoir computes.

References
----------
R. Legenstein and W. Maass, "Edge of chaos and prediction of computational performance for neural
circuit models", Neural Networks 20, 323 (2007). V. A. Ivanov and K. P. Michmizos, "Increasing
liquid state machine performance with edge-of-chaos dynamics organized by astrocyte-modulated
plasticity", NeurIPS (2021): of spike counts, drawn class by class.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_count
from xbarsim.errors import SpecError
from xbarsim.tasks.series.checks import finite_series

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """Ranks of states for different inputs, and for noisy ones.

    Parameters
    ----------
    kernel : kernel quality, or its mean over draws; "separation" of Ivanov and Michmizos.
    generalisation : generalisation rank, or its mean over draws; their "approximation".
    """

    kernel: float
    generalisation: float

    @property
    def difference(self) -> float:
        """What a readout can use."""
        return self.kernel - self.generalisation


def numerical_rank(states: Array, tolerance: float | None = None) -> int:
    """Singular values of states (n, N) above `tolerance` times the largest.

    Parameters
    ----------
    tolerance : by default rounding's, max(n, N) times the spacing of numbers at 1. States that were
        read with noise have full rank by that; give what the noise is relative to the largest
        singular value.

    Raises
    ------
    SpecError : states that are not (n, N) of finite numbers; a tolerance that is not from 0 to 1.
    """
    states = finite_series("states", states)
    spacing = max(states.shape) * np.finfo(float).eps
    cut = spacing if tolerance is None else tolerance
    if not 0 <= cut < 1:
        raise SpecError(f"tolerance is {cut:g}; it must lie from 0 to below 1")
    s = np.linalg.svd(states, compute_uv=False)
    return int((s > cut * s[0]).sum())


def kernel_ranks(different: Array, noisy: Array, tolerance: float | None = None) -> Ranks:
    """Kernel quality and generalisation rank.

    Parameters
    ----------
    different : states after each of n different inputs, (n, N).
    noisy : states after each of n noisy copies of one input, (n, N).
    tolerance : as `numerical_rank` takes it.

    Raises
    ------
    SpecError : as `numerical_rank` says; arrays of different shapes, whose ranks say nothing about
        each other.
    """
    if np.shape(different) != np.shape(noisy):
        raise SpecError(
            f"noisy has shape {np.shape(noisy)}; different has {np.shape(different)}, and both "
            "must be alike"
        )
    return Ranks(
        kernel=numerical_rank(different, tolerance),
        generalisation=numerical_rank(noisy, tolerance),
    )


def count_ranks(
    counts: Array,
    noisy: Array,
    labels: Array,
    rng: np.random.Generator,
    *,
    per_class: int = 100,
    draws: int = 1000,
) -> Ranks:
    """Mean ranks of spike counts of samples of every class, clean and with noisy inputs.

    Parameters
    ----------
    counts, noisy : spikes of each neuron in each sample, (samples, N), of the same samples.
    labels : classes, (samples,).
    rng : draws the samples, other ones for clean than for noisy.
    per_class : samples of each class in a draw.
    draws : over which ranks are averaged; 1000 in the publication's code.

    Raises
    ------
    SpecError : shapes that do not agree, values that are not finite, a class with fewer samples.
    """
    check_count("per_class", per_class, 1)
    check_count("draws", draws, 1)
    counts, noisy = finite_series("counts", counts), finite_series("noisy", noisy)
    labels = np.asarray(labels)
    if counts.shape != noisy.shape or labels.shape != (len(counts),):
        raise SpecError(
            f"counts, noisy and labels have shapes {counts.shape}, {noisy.shape} and "
            f"{labels.shape}; expected (samples, N) twice and (samples,)"
        )
    classes, sizes = np.unique(labels, return_counts=True)
    if sizes.min() < per_class:
        raise SpecError(
            f"class {classes[sizes.argmin()]} has {sizes.min()} samples; per_class is {per_class}"
        )
    groups = [np.flatnonzero(labels == c) for c in classes]

    def mean(of: Array) -> float:
        ranks = []
        for _ in range(draws):
            chosen = [rng.choice(group, per_class, replace=False) for group in groups]
            ranks.append(numerical_rank(of[np.concatenate(chosen)]))
        return float(np.mean(ranks))

    return Ranks(kernel=mean(counts), generalisation=mean(noisy))
