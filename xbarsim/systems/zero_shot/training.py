"""Projections are trained on pairs of a sound and an image of one class."""

from collections.abc import Callable

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import ConvergenceError, DataError
from xbarsim.streams import Streams
from xbarsim.systems.zero_shot._adam import adam_step
from xbarsim.systems.zero_shot.projections import (
    Parameters,
    Projection,
    Projections,
    loss_and_gradients,
)
from xbarsim.systems.zero_shot.settings import Settings

_CONSTANT = 1e-12  # standard deviation below which a feature tells nothing


def trained(
    sounds: tuple[Array, Array],
    images: tuple[Array, Array],
    settings: Settings,
    streams: Streams,
    after: Callable[[Projections], None] | None = None,
) -> Projections:
    """Projections after all epochs.

    Parameters
    ----------
    sounds, images : features (n, features) and classes (n,) of training, the same classes in both.
    settings : of the projections.
    streams : ``start``: weights, as PyTorch draws those of a layer; ``pairs``: see `pairs_of`.
    after : is given the projections after each epoch; they go on to change.

    Raises
    ------
    DataError : a class of which there are only sounds, or only images.
    ConvergenceError : a loss that is not finite.
    """
    rng = (streams / "start").rng()
    shapes = [(part[0].shape[1], settings.dimension) for part in (sounds, images)]
    flat, layers = _flat(shapes)
    for layer in layers:
        reach = 1 / np.sqrt(len(layer.weights))
        for part in layer:
            part[:] = rng.uniform(-reach, reach, part.shape)
    made = Projections(
        sounds=_projection(layers[0], sounds[0], settings),
        images=_projection(layers[1], images[0], settings),
    )
    x, y = made.sounds.standardised(sounds[0]), made.images.standardised(images[0])
    gradient, slopes = _flat(shapes)
    m, v, count = np.zeros_like(flat), np.zeros_like(flat), 0
    rng = (streams / "pairs").rng()
    for epoch in range(settings.epochs):
        pairs = pairs_of(sounds[1], images[1], rng)
        for a in range(0, len(pairs), settings.batch):
            i, j = pairs[a : a + settings.batch].T
            told = settings.temperature, settings.activation
            loss, found = loss_and_gradients(x[i], y[j], layers, *told)
            if not np.isfinite(loss):
                raise ConvergenceError(
                    f"the contrastive loss is {loss:g} in epoch {epoch + 1}; use a smaller "
                    f"learning_rate than {settings.learning_rate:g}, or a higher temperature than "
                    f"{settings.temperature:g}"
                )
            for slope, part in zip(slopes, found, strict=True):
                slope.weights[:], slope.bias[:] = part
            count += 1
            adam_step(flat, gradient, m, v, settings.learning_rate, count)
        if after is not None:
            after(made)
    return made


def pairs_of(sounds: Array, images: Array, rng: np.random.Generator) -> Array:
    """Pairs of an epoch, (pairs, 2) indices of a sound and an image, in random order.

    Of each class there are as many as the kind has recordings of which there are fewer; which ones
    of the other kind, and who goes with whom, is random (the published scripts draw both once).

    Parameters
    ----------
    sounds, images : classes, (n,).

    Raises
    ------
    DataError : a class of which there are only sounds, or only images.
    """
    both = [(np.unique(sounds), "sounds"), (np.unique(images), "images")]
    for (here, name), (there, other) in (both, both[::-1]):
        if alone := sorted(set(here.tolist()) - set(there.tolist())):
            raise DataError(f"class {alone[0]} has {name} to learn from, but no {other}")
    found = []
    for k in both[0][0]:
        own = rng.permutation(np.flatnonzero(sounds == k))
        others = rng.permutation(np.flatnonzero(images == k))
        n = min(len(own), len(others))
        found.append(np.stack([own[:n], others[:n]], axis=1))
    return rng.permutation(np.concatenate(found))


def _projection(layer: Parameters, features: Array, settings: Settings) -> Projection:
    deviation = features.std(axis=0)
    return Projection(
        layer=layer,
        mean=features.mean(axis=0),
        deviation=np.where(deviation > _CONSTANT, deviation, 1.0),
        activation=settings.activation,
    )


def _flat(shapes: list[tuple[int, int]]) -> tuple[Array, tuple[Parameters, Parameters]]:
    """Zeros in a row, and the layers of these shapes of which they are the numbers."""
    flat = np.zeros(sum((features + 1) * dimension for features, dimension in shapes))
    layers, a = [], 0
    for features, dimension in shapes:
        b, c = a + features * dimension, a + (features + 1) * dimension
        layers.append(Parameters(flat[a:b].reshape(features, dimension), flat[b:c]))
        a = c
    return flat, (layers[0], layers[1])
