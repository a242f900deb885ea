"""Sets that the package tonic reads: SHD, N-TIDIGITS and DVS128 Gesture.

Their files lie in the folder XBARSIM_DATA names, where tonic puts them when it is given that folder
as ``save_to``. Nothing is fetched from here.
"""

from typing import Any

import numpy as np

from xbarsim.encoders import Binning, Events, bin_events
from xbarsim.encoders.events import Polarity
from xbarsim.errors import DataError, SpecError
from xbarsim.tasks.sequences.dataset import SequenceDataset
from xbarsim.tasks.sequences.nmnist import pixel_names
from xbarsim.tasks.sequences.sources import FILES, sequence_folder

_ENGLISH = "zero one two three four five six seven eight nine"
_GERMAN = "null eins zwei drei vier fuenf sechs sieben acht neun"


def shd(*, bins: int = 100, span: float | None = 1.4, clip: bool = True) -> SequenceDataset:
    """Spiking Heidelberg Digits: 20 words, 700 channels of an inner-ear model.

    Parameters
    ----------
    bins, span, clip : see `xbarsim.encoders.Binning`; steps of 14 ms unless given (ours).

    Raises
    ------
    DataError : tonic or files are missing, or the files are not what they should be.
    SpecError : a setting is out of range.

    References
    ----------
    B. Cramer, Y. Stradmann, J. Schemmel, F. Zenke, IEEE Trans. Neural Netw. Learn. Syst. 33, 2744
    (2022).
    """
    binning = Binning(bins=bins, span=span, polarity="merged", clip=clip)
    classes = tuple(f"{_ENGLISH} {_GERMAN}".split())
    return _set("shd", "SHD", binning, classes)


def n_tidigits(*, bins: int = 129, span: float | None = None, clip: bool = True) -> SequenceDataset:
    """Single digits of N-TIDIGITS18: 11 words, 64 channels of a silicon cochlea.

    Parameters
    ----------
    bins, span, clip : see `xbarsim.encoders.Binning`; the defaults are those of N. Lin et al.,
        arXiv:2307.00771: 129 chunks of each recording.

    Raises
    ------
    DataError : tonic or files are missing, or the files are not what they should be.
    SpecError : a setting is out of range.

    References
    ----------
    J. Anumula, D. Neil, T. Delbruck, S.-C. Liu, Front. Neurosci. 12, 23 (2018).
    """
    binning = Binning(bins=bins, span=span, polarity="merged", clip=clip)
    return _set("n_tidigits", "NTIDIGITS18", binning, tuple("o123456789z"), single_digits=True)


def dvs128(
    *,
    bins: int = 100,
    span: float | None = None,
    crop: int | None = None,
    downsample: int = 4,
    polarity: Polarity = "both",
    clip: bool = True,
) -> SequenceDataset:
    """Eleven gestures before an event camera of 128 x 128 pixels.

    Parameters
    ----------
    bins, span, crop, downsample, polarity, clip : see `xbarsim.encoders.Binning`; defaults ours.

    Raises
    ------
    DataError : tonic or files are missing, or the files are not what they should be.
    SpecError : a setting is out of range.

    References
    ----------
    A. Amir et al., "A low power, fully event-based gesture recognition system", CVPR 2017.
    """
    binning = Binning(
        bins=bins, span=span, crop=crop, downsample=downsample, polarity=polarity, clip=clip
    )
    return _set("dvs128", "DVSGesture", binning, None)


def _set(
    name: str, kind: str, binning: Binning, classes: tuple[str, ...] | None, **settings: Any
) -> SequenceDataset:
    reader = _reader(name, kind)
    parts: dict[str, Any] = {}
    sensor: tuple[int, int, int] = reader.sensor_size
    for part in ("train", "test"):
        found = _recordings(reader, name, train=part == "train", **settings)
        parts[f"x_{part}"] = [bin_events(_events(raw, sensor, name), binning) for raw, _ in found]
        parts[f"y_{part}"] = np.array([int(label) for _, label in found], dtype=np.int64)
    return SequenceDataset(
        **parts,
        channels=pixel_names(sensor[0], sensor[1], binning),
        classes=classes or tuple(reader.classes),
        rate=None if binning.span is None else binning.bins / binning.span,
    )


def _reader(name: str, kind: str) -> Any:
    """The reader of tonic, which fetches nothing.

    Raises
    ------
    DataError : tonic cannot be imported.
    """
    try:
        from tonic import datasets
    except ImportError as error:
        raise DataError(
            f"{FILES[name].title} is read by tonic, which cannot be imported ({error}): "
            "pip install tonic"
        ) from None

    def refuse(_: Any) -> None:
        raise DataError(
            f"{FILES[name].title}: {sequence_folder(name)} does not hold all that tonic asks for: "
            f"{FILES[name].holds}, with the archives they came in. Get them by {FILES[name].get}"
        )

    return type(kind, (getattr(datasets, kind),), {"download": refuse})  # its name is the folder


def _recordings(reader: Any, name: str, **settings: Any) -> list[tuple[Any, Any]]:
    """Events of each recording, as tonic gives them, and its label."""
    folder = sequence_folder(name)
    try:
        found = reader(save_to=str(folder.parent), **settings)
        return [found[k] for k in range(len(found))]
    except DataError:
        raise
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"{folder}: cannot be read by tonic: {error}") from None


def _events(raw: Any, sensor: tuple[int, int, int], name: str) -> Events:
    """Events of a structured array of tonic, whose times are us."""
    try:
        return Events(
            x=raw["x"],
            y=raw["y"] if "y" in raw.dtype.names else np.zeros(len(raw), np.int64),
            p=raw["p"].astype(np.int64),
            t=raw["t"] * 1e-6,
            width=sensor[0],
            height=sensor[1],
        )
    except SpecError as error:
        raise DataError(f"{FILES[name].title}: {error}") from None
