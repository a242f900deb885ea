"""What liquids are given: recordings of images and of spoken digits as spikes."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from xbarsim.backend import Array
from xbarsim.systems.zero_shot.settings import Settings
from xbarsim.systems.zero_shot.spikes import cochlear_spikes
from xbarsim.tasks.sequences import SequenceDataset, load_sequences
from xbarsim.tasks.sequences.sources import sequence_folder

Kind = Literal["images", "sounds"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Recordings:
    """Recordings of one kind, those of training first.

    Parameters
    ----------
    x : (steps, channels) each.
    y : (n,) classes; those from 1 to 9 are the digits.
    test : (n,) which are for the test.
    """

    x: list[Array]
    y: Array
    test: Array


def recordings_of(settings: Settings, kind: Kind) -> Recordings:
    """Those that `settings` name.

    Raises
    ------
    DataError : files are missing, or are not what they should be.
    """
    name = settings.images if kind == "images" else settings.sounds
    event_rate = settings.event_rate if name == "fsdd" else 0.0
    return _recordings(name, event_rate, str(sequence_folder(name)))


@lru_cache(maxsize=2)
def _recordings(name: str, event_rate: float, folder: str) -> Recordings:
    """A set by name, of a folder; the two that were read last are kept."""
    data = _set(name, event_rate)
    return Recordings(
        x=[*data.x_train, *data.x_test],
        y=np.concatenate([data.y_train, data.y_test]),
        test=np.arange(len(data.lengths)) >= len(data.x_train),
    )


def _set(name: str, event_rate: float) -> SequenceDataset:
    if name != "fsdd":
        return load_sequences(name)

    def encode(sound: Array, rate: float) -> Array:
        return cochlear_spikes(sound, rate, event_rate)

    return load_sequences(name, features=encode)
