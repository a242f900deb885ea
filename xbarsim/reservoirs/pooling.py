"""What a readout sees of a series: features of every step, or of the series as a whole."""

from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError

Array = npt.NDArray[Any]


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
