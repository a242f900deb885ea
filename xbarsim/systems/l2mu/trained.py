"""Trained parameters: from a file, from what this process has trained before, or trained."""

import os
import zipfile
import zlib
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from xbarsim.errors import DataError
from xbarsim.streams import Streams
from xbarsim.systems.l2mu.parameters import Parameters, shapes
from xbarsim.systems.l2mu.recordings import Recordings, recordings
from xbarsim.systems.l2mu.settings import Settings
from xbarsim.systems.l2mu.training import learned
from xbarsim.tasks.sequences.sources import sequence_folder

_BROKEN = (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error)


def trained(settings: Settings, streams: Streams) -> tuple[Parameters, Recordings]:
    """What settings ask for, and the recordings.

    Parameters
    ----------
    streams : of the trial; training draws below ``training``, see `Settings.training_seed`.

    Raises
    ------
    SpecError : PyTorch is needed and not installed, or a letter is unknown.
    DataError : recordings are missing or broken; a file with parameters is broken, was made with
        other settings, or cannot be written.
    ConvergenceError : training ends with numbers that are none.
    """
    seed = settings.training_seed
    own = (streams if seed is None else Streams(seed)) / "training"
    key = replace(
        settings, trained=None, training_seed=None, state_space="digital", state_error=0.0,
        verify_window=Settings.verify_window, verify_tries=Settings.verify_tries,
    )  # fmt: skip
    data = _recordings(key, str(sequence_folder("braille")))
    if settings.trained is None:
        return _learned(key, own, str(sequence_folder("braille"))), data
    path, told = Path(settings.trained), f"{key}, {own}"
    if not path.exists():
        save(path, _learned(key, own, str(sequence_folder("braille"))), told)
    return load(path, key, data.train.x.shape[2], data.classes, told), data


@lru_cache(maxsize=2)
def _recordings(settings: Settings, folder: str) -> Recordings:
    """Recordings from a folder; of some settings, those that were asked for last are kept."""
    return recordings(settings)


@lru_cache(maxsize=16)
def _learned(settings: Settings, streams: Streams, folder: str) -> Parameters:
    """What was learned from recordings in a folder; a sweep of chips needs it once."""
    data = _recordings(settings, folder)
    return learned(settings, data.train.x, data.train.y, data.classes, streams)


def save(path: Path, parameters: Parameters, told: str = "") -> None:
    """Write parameters to a NumPy file of this very name, with what they were trained with.

    Raises
    ------
    DataError : it cannot be written.
    """
    arrays = {each.name: getattr(parameters, each.name) for each in fields(parameters)}
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            np.savez(file, told=told, **arrays)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise DataError(f"{path}: trained parameters cannot be written: {error}") from None


def load(path: Path, settings: Settings, inputs: int, classes: int, told: str = "") -> Parameters:
    """Parameters from a file that `save` wrote.

    Parameters
    ----------
    inputs, classes : of the recordings.
    told : what they must have been trained with; nothing, or a file that says nothing, fits all.

    Raises
    ------
    DataError : another content, parameters of a network of another size or trained otherwise.
    """
    wanted = shapes(settings, inputs, classes)
    try:
        with path.open("rb") as raw, np.load(raw) as file:
            arrays = {name: np.asarray(file[name], float) for name in wanted}
            before = str(file["told"])
    except _BROKEN as error:
        raise DataError(f"{path}: cannot be read as parameters of an L2MU: {error}") from None
    for name, shape in wanted.items():
        if arrays[name].shape != shape:
            raise DataError(
                f"{path}: {name} has shape {arrays[name].shape}; these settings need {shape}"
            )
        if not np.isfinite(arrays[name]).all():
            raise DataError(f"{path}: {name} holds values that are not finite")
    if told and before and told != before:
        raise DataError(
            f"{path}: was trained with other settings or another seed: {before}; here are {told}. "
            "Name another file, or delete this one"
        )
    return Parameters(**arrays)
