r"""Projections of two kinds of features into one space, and their contrastive loss.

.. math:: e = \phi(W f + b), \qquad s_{ij} = e^\mathrm{sound}_i \cdot e^\mathrm{image}_j / T,
          \qquad L = -\frac{1}{2n} \sum_i \left( \ln \frac{e^{s_{ii}}}{\sum_j e^{s_{ij}}} +
          \ln \frac{e^{s_{ii}}}{\sum_j e^{s_{ji}}} \right)

over n pairs of a sound and an image of the same class; features f have mean 0 and standard
deviation 1 in training (ours), :math:`\phi` is a GELU or nothing.

References
----------
A. Radford et al., "Learning transferable visual models from natural language supervision", ICML
2021, figure 3, the loss. Dot products without normalisation, one layer and its GELU: N. Lin et al.,
arXiv:2307.00771, and the scripts of https://github.com/MrLinNing/MemristorLSM, which come without
the model. D. Hendrycks and K. Gimpel, "Gaussian error linear units", arXiv:1606.08415, the exact
form.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import log_softmax, ndtr

from xbarsim.backend import Array
from xbarsim.systems.zero_shot.settings import Activation


class Parameters(NamedTuple):
    """Of one layer: weights (features, dimension) and bias (dimension,)."""

    weights: Array
    bias: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Projection:
    """A layer behind features.

    Parameters
    ----------
    layer : weights and bias.
    mean, deviation : of features in training, (features,).
    activation : see `Settings`.
    """

    layer: Parameters
    mean: Array
    deviation: Array
    activation: Activation

    def __call__(self, features: Array) -> Array:
        """Embeddings (n, dimension) of features (n, features)."""
        return embedded(self.standardised(features), self.layer, self.activation)[1]

    def standardised(self, features: Array) -> Array:
        """Features of mean 0 and standard deviation 1, as in training."""
        scaled: Array = (features - self.mean) / self.deviation
        return scaled


@dataclass(frozen=True, kw_only=True)
class Projections:
    """Those of both kinds."""

    sounds: Projection
    images: Projection


def embedded(x: Array, layer: Parameters, activation: Activation) -> tuple[Array, Array]:
    """What goes into the activation, and what comes out of it, (n, dimension) each."""
    z = x @ layer.weights + layer.bias
    return z, z * ndtr(z) if activation == "gelu" else z


def loss_and_gradients(
    sounds: Array,
    images: Array,
    layers: tuple[Parameters, Parameters],
    temperature: float,
    activation: Activation,
) -> tuple[float, tuple[Parameters, Parameters]]:
    """The loss of pairs, and its gradients.

    Parameters
    ----------
    sounds, images : standardised features of each pair, (n, features).
    layers : of sounds and of images.
    """
    x, n = (sounds, images), len(sounds)
    both = [embedded(f, layer, activation) for f, layer in zip(x, layers, strict=True)]
    es = [e for _, e in both]
    s = es[0] @ es[1].T / temperature
    rows, columns = log_softmax(s, axis=1), log_softmax(s, axis=0)
    loss = -0.5 * float(np.trace(rows) + np.trace(columns)) / n
    of_s = (0.5 * (np.exp(rows) + np.exp(columns)) - np.eye(n)) / (n * temperature)
    of_e = of_s @ es[1], of_s.T @ es[0]
    found = []
    for f, (z, _), g in zip(x, both, of_e, strict=True):
        if activation == "gelu":
            g = g * (ndtr(z) + z * np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi))
        found.append(Parameters(f.T @ g, g.sum(axis=0)))
    return loss, (found[0], found[1])
