"""Sounds of one's own: a folder that holds a folder of WAV files for each class."""

from pathlib import Path

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_within
from xbarsim.errors import DataError
from xbarsim.streams import Streams
from xbarsim.tasks.sequences.dataset import SequenceDataset
from xbarsim.tasks.sequences.sounds import Features, featured, read_wavs


def wav_folder(
    path: str | Path, *, features: Features = "mfcc", test: float = 0.2, seed: int = 0
) -> SequenceDataset:
    """Sounds ``{class}/{any name}.wav`` below a folder, classes in the order of their names.

    Parameters
    ----------
    path : the folder.
    features : see `xbarsim.tasks.sequences.featured`.
    test : share of each class that is for the test, rounded to whole sounds.
    seed : which ones.

    Raises
    ------
    DataError : no such folder, no class, a class without WAV files, files that cannot be read, or
        of other rates.
    SpecError : a share outside 0 to 1, one that leaves nothing to train with, unknown features.
    """
    check_within("test", test, 0.0, 1.0)
    root = Path(path)
    if not root.is_dir():
        raise DataError(f"{root}: there is no such folder")
    classes = sorted(folder for folder in root.iterdir() if folder.is_dir())
    if not classes:
        raise DataError(f"{root}: holds no folders; expected one of WAV files for each class")
    files = [_wavs(folder) for folder in classes]
    rate, sounds = read_wavs([file for some in files for file in some])
    series, channels, steps = featured(sounds, rate, features)
    labels = np.repeat(np.arange(len(classes)), [len(some) for some in files])
    held = _held(labels, test, seed)
    return SequenceDataset(
        x_train=[series[k] for k in np.flatnonzero(~held)],
        y_train=labels[~held],
        x_test=[series[k] for k in np.flatnonzero(held)],
        y_test=labels[held],
        channels=channels,
        classes=tuple(folder.name for folder in classes),
        rate=steps,
    )


def _wavs(folder: Path) -> list[Path]:
    """The WAV files of a class, by name."""
    found = sorted(file for file in folder.iterdir() if file.suffix.lower() == ".wav")
    if not found:
        raise DataError(f"{folder}: holds no WAV files")
    return found


def _held(labels: Array, share: float, seed: int) -> Array:
    """Which sounds are for the test: so many of each class."""
    rng = (Streams(seed) / "sequences" / "split").rng()
    held = np.zeros(len(labels), bool)
    for k in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == k))
        held[members[: round(share * len(members))]] = True
    return held
