"""The Free Spoken Digit Dataset: 3,000 recordings of six speakers at 8 kHz."""

import re
from pathlib import Path

import numpy as np

from xbarsim.errors import DataError, SpecError
from xbarsim.tasks.sequences.dataset import SequenceDataset
from xbarsim.tasks.sequences.sounds import Features, featured, read_wavs
from xbarsim.tasks.sequences.sources import sequence_folder

_NAME = re.compile(r"([0-9])_([a-z]+)_([0-9]+)\.wav")
_TEST = 5  # repetitions 0 to 4 are for the test


def fsdd(*, features: Features = "mfcc", leave_out: str | None = None) -> SequenceDataset:
    """Digits, named ``{digit}_{speaker}_{repetition}.wav``.

    Parameters
    ----------
    features : see `xbarsim.tasks.sequences.featured`.
    leave_out : a speaker whose recordings all are for the test, those of the others for training.
        None for the official split: repetitions 0 to 4 for the test, 5 to 49 for training (the
        page of the set, https://github.com/Jakobovski/free-spoken-digit-dataset).

    Raises
    ------
    DataError : files are missing or are not what they should be.
    SpecError : unknown features, or a speaker who is not there.
    """
    folder = sequence_folder("fsdd") / "recordings"
    found = sorted((_parts(path), path) for path in folder.glob("*.wav"))
    if not found:
        raise DataError(f"{folder}: holds no WAV files")
    speakers = sorted({speaker for (_, speaker, _), _ in found})
    if leave_out is not None and leave_out not in speakers:
        raise SpecError(f"leave_out is {leave_out!r}; speakers are {', '.join(speakers)}")
    labels = np.array([digit for (digit, _, _), _ in found])
    test = np.array(
        [
            repetition < _TEST if leave_out is None else speaker == leave_out
            for (_, speaker, repetition), _ in found
        ]
    )
    if test.all():
        raise DataError(f"{folder}: holds no recordings for training, only for the test")
    rate, sounds = read_wavs([path for _, path in found])
    series, channels, steps = featured(sounds, rate, features)
    return SequenceDataset(
        x_train=[series[k] for k in np.flatnonzero(~test)],
        y_train=labels[~test],
        x_test=[series[k] for k in np.flatnonzero(test)],
        y_test=labels[test],
        channels=channels,
        classes=tuple("0123456789"),
        rate=steps,
    )


def _parts(path: Path) -> tuple[int, str, int]:
    """Digit, speaker and repetition of a file."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise DataError(f"{path}: expected a name like 7_jackson_32.wav")
    return int(match[1]), match[2], int(match[3])
