"""What a readout sees of a series: features of every step, or of the series as a whole."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Samples:
    """What a readout sees; parameters are those of `xbarsim.reservoirs.estimator`."""

    direct: bool
    squares: bool
    washout: int
    pooling: Any

    def seen(self, features: Array, inputs: Array) -> Array:
        """Of steps, from their features and inputs, (..., features) and (..., channels)."""
        if self.direct:
            features = np.concatenate([features, inputs.astype(features.dtype)], axis=-1)
        if self.squares:
            features = np.concatenate([features, features * features], axis=-1)
        return features

    def of_steps(self, series: list[Array], features: list[Array]) -> Array:
        """Of all steps of all series, (steps, seen)."""
        return np.concatenate([self.seen(f, u) for f, u in zip(features, series, strict=True)])

    def of_series(self, series: list[Array], features: list[Array]) -> Array:
        """Of each series as a whole, the steps of washout left out, (n, seen).

        Raises
        ------
        SpecError : of one nothing is left.
        """
        out = []
        for k, (f, u) in enumerate(zip(features, series, strict=True)):
            if len(u) <= self.washout:
                raise SpecError(
                    f"washout is {self.washout} steps; X[{k}] has {len(u)}, so that the readout "
                    "has nothing to see of it"
                )
            out.append(pooled(self.seen(f, u)[self.washout :], self.pooling))
        return np.stack(out)

    def to_learn(
        self, series: list[Array], features: list[Array], parts: list[Array], weights: Array | None
    ) -> tuple[Array, Array, Array | None]:
        """Steps to learn from, those of washout left out; their targets and weights.

        Parameters
        ----------
        parts : targets of every step of each series.
        weights : of all steps, one series after the other; None for all alike.

        Raises
        ------
        SpecError : no steps are left, or there are more or fewer weights than steps.
        """
        lengths = [len(part) for part in series]
        if max(lengths) <= self.washout:
            raise SpecError(
                f"washout is {self.washout} steps; the longest series has {max(lengths)}, so that "
                "the readout has no samples to learn from"
            )
        kept = np.concatenate([np.arange(n) >= self.washout for n in lengths])
        if weights is not None:
            if weights.shape != kept.shape:
                raise SpecError(f"sample_weight has shape {weights.shape}; expected ({len(kept)},)")
            weights = weights[kept]
        return self.of_steps(series, features)[kept], np.concatenate(parts)[kept], weights


def check_pooling(pooling: Any) -> None:
    """Refuse what `pooled` does not know.

    Raises
    ------
    SpecError : says what is allowed.
    """
    whole = isinstance(pooling, int | np.integer) and not isinstance(pooling, bool)
    if pooling != "last" and not (whole and pooling >= 1):
        raise SpecError(
            f"pooling is {pooling!r}; expected 'last', the features of the last step, or a whole "
            "number of sections over which they are averaged (1: over the series)"
        )


def pooled(features: Array, pooling: str | int) -> Array:
    """Features of a series, (time, features), as one vector.

    Parameters
    ----------
    pooling : ``last``: those of the last step; a number: their mean over each of so many sections
        of about one length, one after the other. Sections without a step are as the step before.
    """
    if pooling == "last":
        last: Array = features[-1]
        return last
    steps, sections = len(features), int(pooling)
    edges = np.linspace(0, steps, sections + 1).round().astype(int)
    parts = [
        features[min(a, steps - 1) : max(b, a + 1)] for a, b in zip(edges, edges[1:], strict=False)
    ]
    return np.concatenate([part.mean(axis=0, dtype=features.dtype) for part in parts])
