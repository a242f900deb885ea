"""Sounds: WAV files, and the features by which sets of sounds become series."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from xbarsim.backend import Array
from xbarsim.encoders import Cochlea, Gammatone, LyonEar, Mfcc
from xbarsim.encoders.checks import check_series
from xbarsim.errors import DataError, SpecError, suggestion
from xbarsim.parallel import spread

#: a name, or a function of a sound (samples,) and its rate (Hz) that gives (time, channels)
Features: TypeAlias = str | Callable[[Array, float], Array]
FEATURES = ("mfcc", "cochlea", "lyon", "waveform")
_FULL_SCALE = {"u1": 128.0, "i2": 2.0**15, "i4": 2.0**31, "f4": 1.0, "f8": 1.0}


def read_wav(path: str | Path) -> tuple[float, Array]:
    """Rate (Hz) and samples (n,) of a sound of one channel, full scale 1.

    Raises
    ------
    DataError : no such file, no WAV file or one that is cut, more than one channel, or samples that
        are not finite.
    """
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", wavfile.WavFileWarning)
            warnings.filterwarnings("ignore", "Chunk .* not understood", wavfile.WavFileWarning)
            rate, samples = wavfile.read(path)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except Exception as error:  # struct.error, ValueError, UnboundLocalError, the warning: as cut
        raise DataError(f"{path}: cannot be read as WAV: {error}") from None
    kind = samples.dtype.str[1:]
    if samples.ndim != 1 or not samples.size or kind not in _FULL_SCALE:
        raise DataError(
            f"{path}: holds samples of shape {samples.shape} and type {samples.dtype}; expected "
            "one channel, 8, 16 or 32 bits"
        )
    if not np.isfinite(samples).all():
        first = int(np.flatnonzero(~np.isfinite(samples))[0])
        raise DataError(f"{path}: sample {first} is {samples[first]}; every one must be finite")
    offset = 128.0 if kind == "u1" else 0.0
    return float(rate), (samples - offset) / _FULL_SCALE[kind]


def read_wavs(paths: Sequence[Path]) -> tuple[float, list[Array]]:
    """Sounds of files that all have one rate (Hz), as `read_wav` gives them.

    Raises
    ------
    DataError : as `read_wav` says, or rates that differ.
    """
    rate, sounds = None, []
    for path in paths:
        own, sound = read_wav(path)
        rate = own if rate is None else rate
        if own != rate:
            raise DataError(f"{path}: {own:g} samples a second; others have {rate:g}")
        sounds.append(sound)
    if rate is None:
        raise DataError("no WAV files to read")
    return rate, sounds


def featured(
    sounds: list[Array], rate: float, features: Features
) -> tuple[list[Array], tuple[str, ...], float | None]:
    """Series of sounds, the names of their channels, and their steps a second.

    Parameters
    ----------
    sounds : (samples,) each.
    rate : samples a second, Hz.
    features : ``mfcc`` (13 coefficients), ``cochlea`` (32 gammatone filters, compressed), ``lyon``
        (Lyon's passive ear), all of them every 10 ms; ``waveform`` (the samples), or a function of
        a sound and its rate.

    Raises
    ------
    SpecError : no sounds, unknown features, or a function that gives no series.
    """
    if not sounds:
        raise SpecError("sounds holds none")
    made, channels, steps = _features(features, rate)
    series = [check_series("the features of a sound", found) for found in spread(made, sounds)]
    if channels is None:
        channels = tuple(str(k) for k in range(series[0].shape[1]))
    return series, channels, steps


def _features(
    features: Features, rate: float
) -> tuple[Callable[[Array], Array], tuple[str, ...] | None, float | None]:
    if callable(features):
        function = features
        return lambda x: function(x, rate), None, None
    if features == "mfcc":
        mfcc = Mfcc(rate=rate)
        names = ("log energy", *(f"MFCC {k}" for k in range(1, mfcc.coefficients)))
        return mfcc, names, rate / mfcc.hop
    if features == "cochlea":
        cochlea = Cochlea(bank=Gammatone(rate=rate))
        return cochlea, _hertz(cochlea.bank.centres), rate / cochlea.samples
    if features == "lyon":
        ear = LyonEar(rate=rate)
        return ear, _hertz(ear.centres), rate / ear.samples
    if features == "waveform":
        return lambda x: x[:, None], ("sound",), rate
    raise SpecError(f"features is {features!r}{suggestion(str(features), FEATURES)}")


def _hertz(centres: Array) -> tuple[str, ...]:
    return tuple(f"{f:.0f} Hz" for f in np.asarray(centres))
