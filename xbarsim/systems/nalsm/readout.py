"""The linear readout of spike counts.

As published: counts of an image over their sum, over the largest of the training set; a softmax
whose cross-entropy with softmax(1 for the class, -1 for the others) is least, plus 5e-10 times half
the square of the weights; chosen by validation among the steps of the training. Ours: L-BFGS in
place of up to 5,000 passes of Adadelta.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from xbarsim.backend import Array
from xbarsim.errors import SpecError

CLASSES = 10
_PENALTY = 5e-10
_STEPS, _PATIENCE = 600, 100


class Linear(NamedTuple):
    """A trained readout: classes of ``counts / sum / top @ weights + bias``."""

    top: float
    weights: Array
    bias: Array

    def classes(self, counts: Array) -> Array:
        """Of spike counts (n, neurons): (n,)."""
        return np.argmax(shares(counts) / self.top @ self.weights + self.bias, axis=1)

    def accuracy(self, counts: Array, y: Array) -> float:
        """Share of images that are told right."""
        return float(np.mean(self.classes(counts) == y))


def shares(counts: Array) -> Array:
    """Spikes of each neuron over those of all; 0 where none spikes."""
    found: Array = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return found


def train(counts: Array, y: Array, kept: Array, y_kept: Array) -> Linear:
    """The readout of `counts` that tells most of the images apart that were `kept` back.

    Raises
    ------
    SpecError : no neuron spikes for any image.
    """
    x = shares(counts)
    top = float(x.max(initial=0.0))
    if not top > 0:
        raise SpecError("no neuron spikes for any image; there is nothing to read out")
    x, inside = x / top, shares(kept) / top
    target = softmax(np.where(np.arange(CLASSES) == y[:, None], 1.0, -1.0), axis=1)
    wide = x.shape[1]
    best = (-1.0, np.zeros((wide + 1, CLASSES)), 0)
    step = 0

    def loss(flat: Array) -> tuple[float, Array]:
        w = flat.reshape(wide + 1, CLASSES)
        logits = x @ w[:-1] + w[-1]
        log = logits - logsumexp(logits, axis=1, keepdims=True)
        error = (np.exp(log) - target) / len(x)
        slope = np.concatenate([x.T @ error + _PENALTY * w[:-1], error.sum(axis=0)[None]])
        value = -(target * log).sum() / len(x) + 0.5 * _PENALTY * (w[:-1] ** 2).sum()
        return float(value), slope.ravel()

    def look(flat: Array) -> None:
        nonlocal best, step
        step += 1
        w = flat.reshape(wide + 1, CLASSES)
        right = float(np.mean(np.argmax(inside @ w[:-1] + w[-1], axis=1) == y_kept))
        if right > best[0]:
            best = right, w.copy(), step
        if step - best[2] > _PATIENCE:
            raise StopIteration

    minimize(
        loss, np.zeros((wide + 1) * CLASSES), jac=True, method="L-BFGS-B", callback=look,
        options={"maxiter": _STEPS, "maxfun": 2 * _STEPS, "maxcor": 20},
    )  # fmt: skip
    return Linear(top, best[1][:-1], best[1][-1])
