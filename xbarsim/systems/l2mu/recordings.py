"""Braille letters as arrays: what an L2MU is given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.systems.l2mu.settings import Settings
from xbarsim.tasks.sequences import load_sequences


@dataclass(frozen=True, kw_only=True, eq=False)
class Recordings:
    """To learn from, and for the test.

    Parameters
    ----------
    x_train, x_test : (n, time, 24) events, float32; shorter recordings end in silence.
    y_train, y_test : (n,) the class of each.
    classes : how many there are.
    """

    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array
    classes: int


def recordings(settings: Settings) -> Recordings:
    """Those that settings ask for.

    Raises
    ------
    DataError : files are missing or broken.
    SpecError : an unknown letter.
    """
    letters = settings.letters
    data = load_sequences("braille", substeps=settings.substeps, letters=letters)
    if settings.split is not None:
        data = data.resplit(settings.split)
    steps = max(data.lengths)
    kept = _some(data.y_train, settings.examples)
    most = 1.0 if settings.inputs == "spikes" else np.inf
    return Recordings(
        x_train=_padded([data.x_train[k] for k in kept], steps, most),
        y_train=data.y_train[kept],
        x_test=_padded(data.x_test, steps, most),
        y_test=data.y_test,
        classes=len(data.classes),
    )


def _some(y: Array, examples: int | None) -> Array:
    """Places of the first examples of each class."""
    places = [np.flatnonzero(y == k)[:examples] for k in np.unique(y)]
    return np.sort(np.concatenate(places))


def _padded(series: Sequence[Array], steps: int, most: float) -> Array:
    x = np.zeros((len(series), steps, series[0].shape[1]), np.float32)
    for k, one in enumerate(series):
        x[k, : len(one)] = np.minimum(one, most)
    return x
