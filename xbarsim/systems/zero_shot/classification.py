"""A linear readout tells classes from the features of a frozen liquid."""

from collections.abc import Sequence

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.reservoirs.readout import readout_of
from xbarsim.streams import Streams
from xbarsim.systems.zero_shot.liquids import FrozenLiquid
from xbarsim.systems.zero_shot.recordings import Kind, Recordings
from xbarsim.systems.zero_shot.settings import Settings


def divisions(recordings: Recordings, parts: int, streams: Streams) -> list[tuple[Array, Array]]:
    """Places to learn from and to ask about: of the set, or of each part of all recordings.

    Parts hold as many recordings of each class, to within one; which ones follows from ``parts`` of
    `streams`.

    Raises
    ------
    SpecError : more parts than there are recordings of some class.
    """
    if parts == 1:
        return [(np.flatnonzero(~recordings.test), np.flatnonzero(recordings.test))]
    rng, y = (streams / "parts").rng(), recordings.y
    least = int(np.unique(y, return_counts=True)[1].min())
    if parts > least:
        raise SpecError(
            f"parts is {parts}; there are {least} recordings of some class, at least one of which "
            "belongs into each part"
        )
    order = np.concatenate([rng.permutation(np.flatnonzero(y == k)) for k in np.unique(y)])
    part = np.empty(len(y), int)
    part[order] = np.arange(len(y)) % parts
    return [(np.flatnonzero(part != k), np.flatnonzero(part == k)) for k in range(parts)]


def told_right(
    settings: Settings,
    kind: Kind,
    hardware: Hardware | None,
    streams: Streams,
    recordings: Recordings,
    division: tuple[Array, Array],
    ages: Sequence[float | None],
) -> tuple[Array, FrozenLiquid]:
    """What share a fresh liquid tells right at each age, (ages,), and the liquid.

    The readout is a ridge whose penalty generalised cross-validation finds; it is trained at the
    first of the ages, on features as the arrays were read.

    Raises
    ------
    SpecError : see `FrozenLiquid`.
    """
    x, y = recordings.x, recordings.y
    learn, ask = ([x[k] for k in places] for places in division)
    liquid = FrozenLiquid(settings, kind, hardware, streams, learn)
    readout = readout_of("ridge", True).fit(liquid.features(learn, ages[0]), y[division[0]])
    found = [readout.score(liquid.features(ask, age), y[division[1]]) for age in ages]
    return np.array(found), liquid
