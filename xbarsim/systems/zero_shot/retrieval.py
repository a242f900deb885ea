"""Sounds find images and images find sounds, of classes learned from and of two others."""

from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import DataError
from xbarsim.streams import Streams
from xbarsim.systems.zero_shot.projections import Projections
from xbarsim.systems.zero_shot.recordings import Recordings
from xbarsim.systems.zero_shot.settings import DIGITS, Settings
from xbarsim.systems.zero_shot.training import trained

_MOST = 100  # recordings of a class that are asked, and that answer; as published

Pair = tuple[int, int]
Row = dict[str, float]


class Both(NamedTuple):
    """Something of each kind."""

    sounds: Array
    images: Array


def learn(
    features: Both,
    of: tuple[Recordings, Recordings],
    pair: Pair,
    settings: Settings,
    streams: Streams,
) -> tuple[Projections, float]:
    """Projections that never saw a pair of classes, and how well they once told it.

    The second is the highest accuracy, of all epochs, with which sounds of the pair found images:
    what comes of an epoch that is chosen by the test, as the published scripts choose it.

    Parameters
    ----------
    features : of all recordings, (n, neurons).
    of : recordings of sounds and of images.
    streams : those of the pair, see `xbarsim.systems.zero_shot.training.trained`.

    Raises
    ------
    DataError : see `xbarsim.systems.zero_shot.training.pairs_of`.
    ConvergenceError : the loss is not finite.
    """
    seen = [digit for digit in DIGITS if digit not in pair]
    chosen = [np.flatnonzero(np.isin(part.y, seen) & ~part.test) for part in of]
    given = [(f[k], part.y[k]) for f, k, part in zip(features, chosen, of, strict=True)]
    places, best = _unseen(of, pair), 0.0

    def after(made: Projections) -> None:
        nonlocal best
        best = max(best, _found(made, features, of, places)[0])

    return trained(given[0], given[1], settings, streams, after), best


def asked(made: Projections, features: Both, of: tuple[Recordings, Recordings], pair: Pair) -> Row:
    """How often the answer is of the class of what asks, and how often it would be by chance."""
    seen = [digit for digit in DIGITS if digit not in pair]
    row = Row()
    for name, places in (("", _unseen(of, pair)), (".seen", _held(of, seen))):
        right, back = _found(made, features, of, places)
        row |= {f"accuracy{name}": right, f"accuracy{name}.reverse": back}
        row[f"accuracy{name}.chance"] = _chance(of, places)
    return row


def _unseen(of: tuple[Recordings, Recordings], pair: Pair) -> Both:
    """Places of recordings of two classes: those for the test first, then others."""
    return Both(*(_some(part, list(pair), np.arange(len(part.y))[::-1]) for part in of))


def _held(of: tuple[Recordings, Recordings], classes: list[int]) -> Both:
    """Places of recordings for the test."""
    return Both(*(_some(part, classes, np.flatnonzero(part.test)) for part in of))


def _some(part: Recordings, classes: list[int], order: Array) -> Array:
    """The first places in `order` of each class."""
    found = [order[part.y[order] == k][:_MOST] for k in classes]
    for k, own in zip(classes, found, strict=True):
        if not len(own):
            raise DataError(f"class {k} has no recordings to ask about")
    return np.concatenate(found)


def _found(
    made: Projections, features: Both, of: tuple[Recordings, Recordings], places: Both
) -> tuple[float, float]:
    """Shares of sounds that find an image of their class, and of images that find a sound."""
    own, other = (part.y[k] for part, k in zip(of, places, strict=True))
    s = made.sounds(features.sounds[places.sounds]) @ made.images(features.images[places.images]).T
    right, back = other[s.argmax(axis=1)] == own, own[s.argmax(axis=0)] == other
    return float(right.mean()), float(back.mean())


def _chance(of: tuple[Recordings, Recordings], places: Both) -> float:
    """What a recording that is drawn at random is right with."""
    own, other = (part.y[k] for part, k in zip(of, places, strict=True))
    return float((own[:, None] == other).mean())
