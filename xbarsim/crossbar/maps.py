"""Measured conductance maps: one array from a file of text or of NumPy's."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.crossbar.wires import check_conductances
from xbarsim.errors import DataError, SpecError, suggestion

#: units of conductance: how many make 1 S; of resistance: how many make 1 ohm
_PER_SIEMENS = {"S": 1.0, "mS": 1e3, "uS": 1e6, "nS": 1e9, "pS": 1e12}
_PER_OHM = {"ohm": 1.0, "kohm": 1e-3, "Mohm": 1e-6, "Gohm": 1e-9}
#: micro sign, Greek mu, Greek omega, ohm sign
_SPELLINGS = str.maketrans({"\u00b5": "u", "\u03bc": "u", "\u03a9": "ohm", "\u2126": "ohm"})
_TEXT = (".csv", ".tsv", ".txt")


def read_conductances(path: str | Path, *, unit: str | None = None) -> Array:
    """Read the conductances of one array.

    Parameters
    ----------
    path : a text file (.csv, .tsv, .txt), one word line a line, its values between commas,
        semicolons, tabs or blanks; ``#`` starts a comment; a first line that is a unit alone, such
        as ``uS``, is the unit of the file. Or a file of NumPy's with one array, .npy or .npz.
    unit : of the values: S, mS, uS, nS, pS; or ohm, kohm, Mohm, Gohm for resistances, of which
        ``inf`` is a missing cell. Default: what the file says, else S.

    Returns
    -------
    g : (rows, cols) S, float64.

    Raises
    ------
    DataError : there is no such file.
    SpecError : the file holds no table of numbers, its rows differ in length, a value is negative
        or not finite or no number, or the unit is unknown or another than the file says. The
        message names the file, the line and column (text) or index (NumPy), and the value.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path} does not exist or is no file")
    if unit is not None and _known(unit) is None:
        raise SpecError(f"unit is {unit!r}{suggestion(unit, [*_PER_SIEMENS, *_PER_OHM])}")
    kind = path.suffix.lower()
    if kind in _TEXT:
        values, own, places = _from_text(path)
    elif kind in (".npy", ".npz"):
        values, own, places = _from_numpy(path), None, None
    else:
        raise SpecError(f"{path} must be a file .csv, .tsv, .txt, .npy or .npz")
    if own and unit and _known(own) != _known(unit):
        raise SpecError(f"{path} says {own}, but unit is {unit!r}")
    g = _siemens(values, _known(own or unit or "S") or "S")
    _check(path, values, g, own or unit or "S", places)
    check_conductances(g)
    return g


def _known(unit: str) -> str | None:
    """The unit as the tables spell it; None where they lack it."""
    plain = unit.strip().translate(_SPELLINGS)
    return plain if plain in _PER_SIEMENS or plain in _PER_OHM else None


def _siemens(values: Array, unit: str) -> Array:
    if unit in _PER_SIEMENS:
        return values / _PER_SIEMENS[unit]
    with np.errstate(divide="ignore"):
        return _PER_OHM[unit] / values


def _check(path: Path, values: Array, g: Array, unit: str, places: list[int] | None) -> None:
    """Refuse the first value that is no conductance; `places` are the lines of a text file."""
    bad = np.argwhere(~(np.isfinite(g) & (values >= 0)))
    if len(bad):
        row, col = (int(k) for k in bad[0])
        where = f"[{row}, {col}]" if places is None else f", line {places[row]}, column {col + 1},"
        limit = "above 0" if _known(unit) in _PER_OHM else "finite and at least 0"
        raise SpecError(
            f"{path}{where} is {values[row, col]:g} {unit} ({len(bad)} such values); "
            f"it must be {limit} {unit}"
        )


def _from_text(path: Path) -> tuple[Array, str | None, list[int]]:
    """The table, the unit the file names, and the line number of each row, from 1."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise SpecError(f"{path} is not UTF-8 text ({error.reason})") from None
    unit: str | None = None
    rows: list[list[float]] = []
    places: list[int] = []
    for number, line in enumerate(lines, 1):
        text = line.split("#")[0].strip()
        if not text:
            continue
        if not rows and unit is None and _known(text) is not None:
            unit = text
            continue
        values = [_number(field, path, number, k) for k, field in enumerate(_fields(text), 1)]
        if rows and len(values) != len(rows[0]):
            raise SpecError(
                f"{path}, line {number}, has {len(values)} values; line {places[0]} has "
                f"{len(rows[0])}"
            )
        rows.append(values)
        places.append(number)
    if not rows:
        raise SpecError(f"{path} holds no values")
    return np.array(rows), unit, places


def _fields(text: str) -> list[str]:
    for separator in ";\t,":
        if separator in text:
            return [field.strip() for field in text.split(separator)]
    return re.split(r"\s+", text)


def _number(field: str, path: Path, line: int, column: int) -> float:
    try:
        if "_" in field:  # 1_000 is a number to Python alone
            raise ValueError
        return float(field)
    except ValueError:
        what = f"{field!r}, no number" if field else "empty"
        raise SpecError(f"{path}, line {line}, column {column}, is {what}") from None


def _from_numpy(path: Path) -> Array:
    try:
        with path.open("rb") as file:
            values = _only_array(path, np.load(file, allow_pickle=False))
    except SpecError:
        raise
    except Exception as error:  # whatever NumPy trips over in damaged bytes, memory included
        raise SpecError(f"{path} is no readable file of NumPy's without objects: {error}") from None
    if values.dtype.kind not in "fiu":
        raise SpecError(f"{path} holds values of type {values.dtype}; they must be real numbers")
    if values.ndim != 2 or 0 in values.shape:
        raise SpecError(f"{path} holds an array of shape {values.shape}; it must be (rows, cols)")
    return values.astype(float)


def _only_array(path: Path, loaded: Any) -> Array:
    if not isinstance(loaded, np.lib.npyio.NpzFile):
        return np.asarray(loaded)
    names = loaded.files
    if len(names) != 1:
        raise SpecError(f"{path} holds {len(names)} arrays ({', '.join(names)}); it must hold one")
    return np.asarray(loaded[names[0]])
