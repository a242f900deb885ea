"""Text files ``.ts`` of sktime and aeon: series with a class each."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import DataError
from xbarsim.tasks.folder import read_bytes


@dataclass(frozen=True, kw_only=True)
class TsFile:
    """What a file holds.

    Parameters
    ----------
    series : a list of (time, channels).
    labels : the class of each, by name.
    classes : names of the classes in the order of the file.
    """

    series: list[Array]
    labels: list[str]
    classes: tuple[str, ...]


def read_ts(path: str | Path) -> TsFile:
    """Series of a classification problem; lengths may differ from series to series.

    Format: lines ``@key values``, then after ``@data`` one series a line, its channels split by
    colons, the values of a channel by commas, the class last (the format page of sktime).

    Raises
    ------
    DataError : no such file, or a line that cannot be taken, by its number: missing values, time
        stamps, channels of different lengths, an unknown class.
    """
    path = Path(path)
    try:
        lines = read_bytes(path).decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise DataError(f"{path}: is no text in UTF-8") from None
    header: dict[str, list[str]] = {}
    series: list[Array] = []
    labels: list[str] = []
    for number, line in enumerate(lines, 1):
        line = line.strip()
        where = f"{path}:{number}"
        if not line or line.startswith("#"):
            continue
        if "data" in header:
            values, label = _case(where, line, header)
            if series and values.shape[1] != series[0].shape[1]:
                raise DataError(
                    f"{where}: {values.shape[1]} channels; those before have {series[0].shape[1]}"
                )
            series.append(values)
            labels.append(label)
        elif line.startswith("@"):
            key, *words = line[1:].split() or [""]
            header[key.lower()] = words
            if key.lower() == "data":
                _check_header(where, header)
        else:
            raise DataError(f"{where}: expected a line that begins with @ before @data")
    if not series:
        raise DataError(f"{path}: holds no series{'' if 'data' in header else ', nor @data'}")
    return TsFile(series=series, labels=labels, classes=tuple(header["classlabel"][1:]))


def _check_header(where: str, header: dict[str, list[str]]) -> None:
    if header.get("timestamps", ["false"])[0].lower() != "false":
        raise DataError(f"{where}: series with time stamps are not read; steps must be regular")
    label = header.get("classlabel", [])
    if len(label) < 2 or label[0].lower() != "true":
        raise DataError(f"{where}: no classes are named; expected '@classLabel true NAME NAME ...'")


def _case(where: str, line: str, header: dict[str, list[str]]) -> tuple[Array, str]:
    """The series of a line, (time, channels), and its class."""
    *fields, label = line.split(":")
    label = label.strip()
    if label not in header["classlabel"][1:]:
        known = ", ".join(header["classlabel"][1:])
        raise DataError(f"{where}: ends with '{label[:40]}', which is no class; known: {known}")
    if not fields:
        raise DataError(f"{where}: a class without a series")
    channels = [_values(f"{where}: channel {k}", field) for k, field in enumerate(fields, 1)]
    lengths = sorted({len(values) for values in channels})
    if len(lengths) > 1:
        raise DataError(f"{where}: channels of {lengths[0]} to {lengths[-1]} steps; expected equal")
    said = header.get("dimensions", [str(len(channels))])
    if said != [str(len(channels))]:
        raise DataError(f"{where}: {len(channels)} channels; @dimensions says {' '.join(said)}")
    return np.stack(channels, axis=1), label


def _values(where: str, field: str) -> Array:
    words = field.split(",")
    try:
        values = np.array(words, dtype=float)
    except ValueError:
        values = None
    if values is not None and np.isfinite(values).all():
        return values
    for step, word in enumerate(words, 1):
        word = word.strip()
        if word in ("", "?") or word.lower() == "nan":
            raise DataError(f"{where}, step {step}: the value is missing ('{word}')")
        try:
            bad = not np.isfinite(float(word))
        except ValueError:
            bad = True
        if bad:
            raise DataError(f"{where}, step {step}: '{word[:40]}' is no finite number")
    raise DataError(f"{where}: holds no numbers")
