"""N-MNIST: digits seen by an event camera of 34 x 34 pixels in three saccades."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from xbarsim.encoders import Binning, Events, bin_events
from xbarsim.encoders.events import Polarity
from xbarsim.errors import DataError, SpecError
from xbarsim.tasks.folder import read_bytes
from xbarsim.tasks.sequences.dataset import SequenceDataset
from xbarsim.tasks.sequences.sources import sequence_folder

_SIDE = 34  # pixels
_BYTES = 5  # of an event
_OVERFLOW = 240  # as a row: no event, but time that has run over
_TICKS = 2**13  # us that are added then
_WHOLE = 0.25  # s that a whole recording lasts at least: into the third saccade, of 0.1 s each


_BROKEN = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def read_nmnist(path: str | Path) -> Events:
    """Events of a file ``.bin`` or ``.bs2``.

    Raises
    ------
    DataError : no such file, one that is cut within an event, or events outside the sensor. Whether
        it is cut between two events, see `whole_recording`.
    """
    return decode_nmnist(read_bytes(Path(path)), str(path))


def decode_nmnist(raw: bytes, name: str) -> Events:
    """Events of the bytes of a file that messages call `name`.

    Five bytes an event: column, row, polarity (one bit, 1 for on) and time (23 bits, us).

    Raises
    ------
    DataError : cut within an event, or events outside the sensor.

    References
    ----------
    G. Orchard, A. Jayawant, G. K. Cohen, N. Thakor, "Converting static image datasets to spiking
    neuromorphic datasets using saccades", Front. Neurosci. 9, 437 (2015). Overflow of the time:
    ``eventvision.py`` of https://github.com/gorchard/event-Python.
    """
    rest = len(raw) % _BYTES
    if rest or not raw:
        raise DataError(
            f"{name}: {len(raw)} bytes are {len(raw) // _BYTES} events and {rest} bytes; the file "
            "is cut or no N-MNIST file"
        )
    x, y, high, middle, low = np.frombuffer(raw, np.uint8).reshape(-1, _BYTES).T.astype(np.int64)
    ticks = (high & 127) << 16 | middle << 8 | low
    event = y != _OVERFLOW
    ticks += _TICKS * np.cumsum(~event)
    try:
        return Events(
            x=x[event],
            y=y[event],
            p=high[event] >> 7,
            t=ticks[event] * 1e-6,
            width=_SIDE,
            height=_SIDE,
        )
    except SpecError as error:
        raise DataError(f"{name}: {error}") from None


def whole_recording(events: Events, name: str) -> Events:
    """The events of a recording of all three saccades, which messages call `name`.

    Raises
    ------
    DataError : they end before 0.25 s (all of the subset end after 0.29 s): the file is cut, even
        if between two events.
    """
    last = float(events.t.max(initial=0.0))
    if last < _WHOLE:
        raise DataError(
            f"{name}: its {len(events.t)} events end at {last:.3g} s; a recording lasts 0.3 s, and "
            f"at least {_WHOLE:g} s: the file is cut"
        )
    return events


def nmnist_small(
    *,
    bins: int = 50,
    span: float | None = 0.3,
    crop: int | None = 16,
    downsample: int = 1,
    polarity: Polarity = "on",
    clip: bool = True,
) -> SequenceDataset:
    """1,000 and 100 recordings, as the spikes of liquid-state machines.

    Parameters
    ----------
    bins, span, crop, downsample, polarity, clip : see `xbarsim.encoders.Binning`. The defaults are
        those of N. Lin et al., arXiv:2307.00771; that the bins divide the 0.3 s of the three
        saccades is ours (1 in 400 events comes later). For other divisions of the recordings into
        training and test see `SequenceDataset.resplit`.

    Raises
    ------
    DataError : files are missing or are not what they should be.
    SpecError : a setting is out of range.
    """
    binning = Binning(
        bins=bins, span=span, crop=crop, downsample=downsample, polarity=polarity, clip=clip
    )
    path = sequence_folder("nmnist_small") / "nmnist_small.zip"
    try:
        with zipfile.ZipFile(path) as files:
            train, test = (_part(files, path, name) for name in ("train1K.txt", "test100.txt"))
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except _BROKEN as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    return SequenceDataset(
        x_train=[bin_events(events, binning) for events, _ in train],
        y_train=np.array([digit for _, digit in train]),
        x_test=[bin_events(events, binning) for events, _ in test],
        y_test=np.array([digit for _, digit in test]),
        channels=pixel_names(_SIDE, _SIDE, binning),
        classes=tuple("0123456789"),
        rate=None if span is None else bins / span,
    )


def nmnist(
    *,
    bins: int = 50,
    span: float | None = 0.3,
    crop: int | None = 16,
    downsample: int = 1,
    polarity: Polarity = "on",
    clip: bool = True,
) -> SequenceDataset:
    """All 60,000 and 10,000 recordings, of the files ``Train/0/00002.bin`` and so on.

    Parameters
    ----------
    bins, span, crop, downsample, polarity, clip : as of `nmnist_small`.

    Raises
    ------
    DataError : files are missing or are not what they should be.
    SpecError : a setting is out of range.
    """
    binning = Binning(
        bins=bins, span=span, crop=crop, downsample=downsample, polarity=polarity, clip=clip
    )
    root, parts = sequence_folder("nmnist"), {}
    for part in ("Train", "Test"):
        files = sorted((root / part).glob("[0-9]/*.bin"))
        if not files:
            raise DataError(f"{root / part}: holds no files like 0/00002.bin")
        digits = np.array([int(file.parent.name) for file in files])
        if missing := sorted(set(range(10)) - set(digits.tolist())):
            raise DataError(f"{root / part}: holds no recordings of the digit {missing[0]}")
        whole = (whole_recording(read_nmnist(file), str(file)) for file in files)
        parts[part] = [bin_events(events, binning) for events in whole], digits
    return SequenceDataset(
        x_train=parts["Train"][0],
        y_train=parts["Train"][1],
        x_test=parts["Test"][0],
        y_test=parts["Test"][1],
        channels=pixel_names(_SIDE, _SIDE, binning),
        classes=tuple("0123456789"),
        rate=None if span is None else bins / span,
    )


def pixel_names(width: int, height: int, binning: Binning) -> tuple[str, ...]:
    """Names of the channels of binned events, from row and column after crop and downsampling."""
    sides = (height, width) if binning.crop is None else (binning.crop, binning.crop)
    rows, columns = (side // binning.downsample for side in sides)
    signs = [" on", " off"] if binning.polarity == "both" else [""]
    return tuple(f"{r},{c}{sign}" for sign in signs for r in range(rows) for c in range(columns))


def _part(files: zipfile.ZipFile, path: Path, name: str) -> list[tuple[Events, int]]:
    """Recordings and digits of a list of both."""
    found = []
    for number, line in enumerate(_read(files, path, name).decode("ascii", "replace").splitlines()):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2 or not words[0].isdigit() or words[1] not in tuple("0123456789"):
            raise DataError(f"{path}: {name}:{number + 1}: expected a number and a digit")
        file = f"{words[0]}.bs2"
        told = f"{path}: {file}"
        events = whole_recording(decode_nmnist(_read(files, path, file), told), told)
        found.append((events, int(words[1])))
    if not found:
        raise DataError(f"{path}: {name} names no recordings")
    return found


def _read(files: zipfile.ZipFile, path: Path, name: str) -> bytes:
    try:
        return files.read(name)
    except KeyError:
        raise DataError(f"{path}: holds no {name}") from None
