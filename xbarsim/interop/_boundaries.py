"""Inputs at which a classifier shows how it makes classes and probabilities of its scores."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.streams import Streams

Array = npt.NDArray[Any]

_TIE = 1e-6  # of the largest score: rounding decides between scores that are as near as that
_SIZES = (0.5, 2.0, 8.0)  # of scores of which no link makes 0 or 1
_EACH = 32  # inputs for each size
_RCOND = 1e-6  # of a direction of inputs that is followed, beside the one that moves scores most
_HALVINGS = 12


def highest(scores: Array) -> Array:
    """Index of the class, (n,), of scores (n, classes), or (n, 1) of the second of two."""
    if scores.shape[1] == 1:
        return (scores[:, 0] > 0).astype(int)
    found: Array = scores.argmax(axis=1)
    return found


def decides(scores: Array, index: Array) -> bool:
    """Whether classes (n,) have the highest scores (n, k), or as good as these."""
    if index.ndim != 1:
        return False
    if scores.shape[1] == 1:
        scores = np.concatenate([-scores, scores], axis=1)
    chosen = np.take_along_axis(scores, index[:, None], axis=1)[:, 0]
    return bool((scores.max(axis=1) - chosen <= _TIE * np.abs(scores).max()).all())


def moderate(weights: Array, bias: Array, inputs: Array) -> Array:
    """Inputs (n, in) at which two scores, or the only one, are near 0: there links differ.

    Two can be chosen in most spaces of inputs; as near to what is chosen as it goes in others.

    Parameters
    ----------
    weights, bias : (k, in) and (k,): scores are ``x @ weights.T + bias``.
    inputs : (m, in), whose middle and spread say where to look for others.
    """
    middle, spread = inputs.mean(axis=0), inputs.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    streams = Streams(0) / "moderate"
    sizes = np.repeat(_SIZES, _EACH)[:, None]
    chosen = np.argsort((streams / "scores").normal((len(sizes), len(bias))))[:, :2]
    wanted = sizes * (streams / "sizes").normal(chosen.shape)
    missing = wanted - (weights @ middle + bias)[chosen]
    steps = np.linalg.pinv((weights * spread)[chosen], rcond=_RCOND) @ missing[..., None]
    found: Array = middle + spread * steps[..., 0]
    return found


def near_boundaries(scores: Callable[[Array], Array], inputs: Array) -> Array:
    """Inputs (n, in) on either side of where another score becomes the highest.

    They lie on lines between `inputs` (m, in) of different classes; none, if there are none.
    """
    order = np.argsort((Streams(0) / "near_boundaries").normal((len(inputs),)))
    here, there = inputs, inputs[order]
    own = highest(scores(inputs))
    across = own != own[order]
    here, there, own = here[across], there[across], own[across]
    for _ in range(_HALVINGS if len(own) else 0):
        middle = (here + there) / 2
        same = (highest(scores(middle)) == own)[:, None]
        here, there = np.where(same, middle, here), np.where(same, there, middle)
    return np.concatenate([here, there])
