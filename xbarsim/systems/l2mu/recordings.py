"""Braille letters as arrays: what an L2MU is given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.systems.l2mu.settings import Settings
from xbarsim.tasks.sequences import load_sequences


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """Recordings.

    Parameters
    ----------
    x : (n, time, 24) events, float32; shorter recordings end in silence.
    y : (n,) the class of each.
    """

    x: Array
    y: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Recordings:
    """To learn from, to choose settings by, and for the test.

    Parameters
    ----------
    classes : how many there are.
    """

    train: Asked
    validation: Asked
    test: Asked
    classes: int


def recordings(settings: Settings) -> Recordings:
    """Those that settings ask for.

    Raises
    ------
    DataError : files are missing or broken.
    SpecError : an unknown letter.
    """
    data = load_sequences("braille", substeps=settings.substeps, letters=settings.letters)
    if settings.split is not None:
        data = data.resplit(settings.split)
    most = 1.0 if settings.inputs == "spikes" else np.inf
    x, x_test = (_padded(each, max(data.lengths), most) for each in (data.x_train, data.x_test))
    kept, left = _parted(data.y_train, settings.examples, settings.validation)
    return Recordings(
        train=Asked(x=x[kept], y=data.y_train[kept]),
        validation=Asked(x=x[left], y=data.y_train[left]),
        test=Asked(x=x_test, y=data.y_test),
        classes=len(data.classes),
    )


def _parted(y: Array, examples: int | None, validation: int | None) -> tuple[Array, Array]:
    """Places of the first examples of each class, and of the last of these for validation."""
    each = [np.flatnonzero(y == k)[:examples] for k in np.unique(y)]
    ends = [len(places) - (validation or 0) for places in each]
    kept = [places[:end] for places, end in zip(each, ends, strict=True)]
    left = [places[end:] for places, end in zip(each, ends, strict=True)]
    return np.sort(np.concatenate(kept)), np.sort(np.concatenate(left))


def _padded(series: Sequence[Array], steps: int, most: float) -> Array:
    x = np.zeros((len(series), steps, series[0].shape[1]), np.float32)
    for k, one in enumerate(series):
        x[k, : len(one)] = np.minimum(one, most)
    return x
