"""Matrices as the compiled loops want them."""

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from xbarsim.backend import Array


class Connections(NamedTuple):
    """Connections one neuron after the other: where each begins, from whom they come, how strong.

    Parameters
    ----------
    starts : (n + 1,).
    index : (connections,), of an unsigned type: loops that read it need not look for negative ones.
    weights : (connections,).
    """

    starts: Array
    index: Array
    weights: Array


def connections(weights: Any, dtype: Any) -> Connections:
    """The connections of a matrix (to, from) that are not zero."""
    matrix = sparse.csr_array(weights)
    matrix.sum_duplicates()
    small = matrix.shape[1] <= 1 << 16
    return Connections(
        starts=matrix.indptr.astype(np.uint32),
        index=matrix.indices.astype(np.uint16 if small else np.uint32),
        weights=matrix.data.astype(dtype),
    )
