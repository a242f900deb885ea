"""Braille letters felt by a robot's fingertip with twelve sensors, 40 samples a second.

The file ``braille_letters.npz`` holds ``taxel`` (all samples of all recordings, 12) of whole
numbers, ``offsets`` (recordings + 1,) where each begins, ``label`` and ``repetition``
(recordings,), and the ``names`` of the 27 labels.

References
----------
S. F. Müller-Cleve et al., "Braille letter reading: a benchmark for spatio-temporal pattern
recognition on neuromorphic hardware", Front. Neurosci. 16, 951164 (2022).
"""

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from xbarsim.backend import Array
from xbarsim.encoders import sigma_delta
from xbarsim.errors import DataError, SpecError
from xbarsim.tasks.sequences.dataset import SequenceDataset
from xbarsim.tasks.sequences.sources import sequence_folder

_RATE = 40.0  # Hz
_ARRAYS = ("taxel", "offsets", "label", "repetition", "names")
_BROKEN = (zipfile.BadZipFile, zlib.error)
_TEST = 40  # of 50 repetitions are for training


def braille(
    *, theta: float | None = 1.0, substeps: int = 1, letters: Sequence[str] | None = None
) -> SequenceDataset:
    """Letters as on and off events of each sensor, 76 or 77 samples long.

    Parameters
    ----------
    theta : threshold, in steps of the sensors; see `xbarsim.encoders.sigma_delta`. None for what
        the sensors said.
    substeps : steps a sample of the events.
    letters : those to take, for instance ``["Space", "A", "E", "I", "O", "U", "Y"]``, the seven of
        the smaller task; None for all 27.

    The last 10 of each letter's 50 repetitions are for the test (ours: the set has no division of
    its own); see `SequenceDataset.resplit`.

    Raises
    ------
    DataError : files are missing or are not what they should be.
    SpecError : a letter that is not there, or a setting out of range.
    """
    path = sequence_folder("braille") / "braille_letters.npz"
    taxel, offsets, label, repetition, names = _arrays(path)
    known = [str(name) for name in names]
    classes = known if letters is None else list(letters)
    if unknown := [letter for letter in classes if letter not in known]:
        raise SpecError(f"letters holds {unknown[0]!r}; known: {', '.join(known)}")
    if len(set(classes)) < len(classes):
        raise SpecError(f"letters holds one twice: {', '.join(classes)}")
    keep = np.flatnonzero(np.isin(label, [known.index(letter) for letter in classes]))
    series = [taxel[offsets[k] : offsets[k + 1]].astype(float) for k in keep]
    channels = [f"sensor {k + 1}" for k in range(taxel.shape[1])]
    if theta is not None:
        series = [sigma_delta(x, theta, substeps=substeps) for x in series]
        channels = [f"{name} {sign}" for sign in ("on", "off") for name in channels]
    y = np.array([classes.index(known[label[k]]) for k in keep])
    test = repetition[keep] >= _TEST
    return SequenceDataset(
        x_train=[series[k] for k in np.flatnonzero(~test)],
        y_train=y[~test],
        x_test=[series[k] for k in np.flatnonzero(test)],
        y_test=y[test],
        channels=tuple(channels),
        classes=tuple(classes),
        rate=_RATE if theta is None else _RATE * substeps,
    )


def _arrays(path: Path) -> list[Array]:
    """The arrays of the file, which fit each other.

    Raises
    ------
    DataError : no such file, or another content.
    """
    try:
        with path.open("rb") as raw, np.load(raw) as file:
            arrays = [file[name] for name in _ARRAYS]
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (OSError, EOFError, ValueError, KeyError, TypeError, *_BROKEN) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    taxel, offsets, label, repetition, names = arrays
    fits = taxel.ndim == 2 and len(label) == len(repetition) == len(offsets) - 1
    if not (fits and offsets[-1] == len(taxel) and (np.diff(offsets) > 0).all()):
        raise DataError(f"{path}: arrays {', '.join(_ARRAYS)} do not fit each other")
    if label.min() < 0 or label.max() >= len(names):
        raise DataError(f"{path}: holds labels up to {label.max()}; {len(names)} are named")
    return arrays
