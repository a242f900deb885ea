"""Write skipping: cells whose update is small are not written, which saves their endurance."""

import numpy as np

from xbarsim.backend import Array


def written(x: Array, delta: Array, threshold: float) -> Array | None:
    """Cells whose update is at least `threshold` of the largest of the layer, (out, in).

    None where all are. The update is that of the batch; one that is skipped is lost.

    Parameters
    ----------
    x, delta : inputs (n, in) and derivatives (n, out).
    threshold : 0 to 1. [xia2017]_ takes 0.01 (recalled; only the abstract was at hand).
    """
    if threshold == 0:
        return None
    size = np.abs(delta.T @ x)
    kept: Array = size >= threshold * size.max(initial=0.0)
    return kept
