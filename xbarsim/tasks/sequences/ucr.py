"""Sets that come as ``.ts`` files: Japanese Vowels and BasicMotions."""

import numpy as np

from xbarsim.errors import DataError
from xbarsim.tasks.sequences.dataset import SequenceDataset
from xbarsim.tasks.sequences.sources import sequence_folder
from xbarsim.tasks.sequences.ts_file import read_ts


def japanese_vowels() -> SequenceDataset:
    """Nine speakers who say /ae/: 12 cepstrum coefficients, 7 to 29 steps, 270 and 370 series.

    A step is the shift of the frames, 6.4 ms (M. Kudo, J. Toyama, M. Shimbo, "Multidimensional
    curve classification using passing-through regions", Pattern Recognit. Lett. 20, 1103 (1999),
    and the page of the set at the UCI repository).

    Raises
    ------
    DataError : files are missing or are not what they should be.
    """
    names = [f"LPC cepstrum {k}" for k in range(1, 13)]
    return _set("japanese_vowels", "JapaneseVowels", names, rate=1 / 6.4e-3)


def basic_motions() -> SequenceDataset:
    """Four activities, seen by a watch: acceleration and rotation, 100 steps of 0.1 s, 40 and 40.

    A. Bagnall et al., "The UEA multivariate time series classification archive, 2018",
    arXiv:1811.00075.

    Raises
    ------
    DataError : files are missing or are not what they should be.
    """
    names = [f"{what} {axis}" for what in ("acceleration", "rotation") for axis in "xyz"]
    return _set("basic_motions", "BasicMotions", names, rate=10.0)


def _set(source: str, problem: str, channels: list[str], rate: float) -> SequenceDataset:
    folder = sequence_folder(source)
    train, test = (read_ts(folder / f"{problem}_{part}.ts") for part in ("TRAIN", "TEST"))
    if train.classes != test.classes:
        raise DataError(f"{folder}: training and test name other classes")
    for part in (train, test):
        if part.series[0].shape[1] != len(channels):
            raise DataError(
                f"{folder}: series have {part.series[0].shape[1]} channels; expected "
                f"{len(channels)}"
            )
    return SequenceDataset(
        x_train=train.series,
        y_train=np.array([train.classes.index(label) for label in train.labels]),
        x_test=test.series,
        y_test=np.array([train.classes.index(label) for label in test.labels]),
        channels=tuple(channels),
        classes=train.classes,
        rate=rate,
    )
