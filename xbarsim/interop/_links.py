"""From a classifier's scores to logarithms of the probabilities of its classes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import log_expit, log_softmax, logsumexp

Array = npt.NDArray[Any]

_LOWEST = -600.0  # of scores whose logistic function has all digits
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


def link_of(
    scores: Array, probabilities: Callable[[Array], Array], name: str = ""
) -> Callable[[Array], Array] | None:
    """The one of `LINKS` that gives the probabilities of the software for scores (n, k).

    Parameters
    ----------
    probabilities : those wanted (m, classes), of the inputs at indices (m,); where all scores are
        so low that the software divides nothing by nothing, it is not asked.
    name : which one it is, where that is known; it is held against the probabilities all the same.

    Returns
    -------
    None where no link gives them, or several do, which differ elsewhere.
    """
    some = np.flatnonzero(scores.max(axis=1) > _LOWEST)
    if not len(some):
        return None
    scores, wanted = scores[some], probabilities(some)
    fit = [link for link in LINKS if name in ("", link.__name__) and _gives(link, scores, wanted)]
    return fit[0] if len(fit) == 1 else None


def _gives(link: Callable[[Array], Array], scores: Array, wanted: Array) -> bool:
    if (scores.shape[1] == 1) != (link is logistic):
        return False
    found = np.exp(link(scores))
    return found.shape == wanted.shape and np.allclose(found, wanted, rtol=0, atol=_ATOL)
