"""From a classifier's scores to logarithms of the probabilities of its classes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import log_expit, log_softmax, logsumexp

Array = npt.NDArray[Any]

_ATOL = 1e-5  # networks trained in single precision are read in double


def logistic(scores: Array) -> Array:
    """Of two classes, from the score of the second: (n, 2) from (n, 1)."""
    return np.concatenate([log_expit(-scores), log_expit(scores)], axis=1)


def softmax(scores: Array) -> Array:
    """Of classes that exclude each other, (n, classes) from (n, classes)."""
    found: Array = log_softmax(scores, axis=1)
    return found


def one_vs_rest(scores: Array) -> Array:
    """Of classes that were each learned against all others, (n, classes) from (n, classes)."""
    each = log_expit(scores)
    found: Array = each - logsumexp(each, axis=1, keepdims=True)
    return found


LINKS = (logistic, softmax, one_vs_rest)


def link_of(scores: Array, wanted: Array) -> Callable[[Array], Array] | None:
    """The one of `LINKS` that gives the probabilities wanted (n, classes) for scores (n, k)."""
    for link in LINKS:
        if (scores.shape[1] == 1) == (link is logistic):
            found = np.exp(link(scores))
            if found.shape == wanted.shape and np.allclose(found, wanted, rtol=0, atol=_ATOL):
                return link
    return None
