"""Measurements of a cell from CSV files: named columns with units, checked and in SI."""

import csv
import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.units import ratio, show

Kind = Literal["sweep", "pulses", "switching", "programming"]

#: SI unit of each column, and other names for it
_UNITS = {"t": "second", "v": "volt", "i": "ampere", "width": "second", "g": "siemens",
          "t_switch": "second", "target": "siemens", "age": "second"}  # fmt: skip
_ALIASES = {
    "t": ("time",),
    "v": ("voltage", "amplitude", "bias"),
    "i": ("current",),
    "width": ("pulse_width",),
    "g": ("conductance", "g_measured"),
    "t_switch": ("switching_time",),
    "target": ("g_target", "target_conductance"),
    "age": ("t_age",),
    "curve": ("device", "cell"),
    "cycle": (),
}
#: columns that each kind of measurement must have, and may have
KINDS: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sweep": (("t", "v", "i"), ("curve", "cycle")),
    "pulses": (("v", "width", "g"), ("curve",)),
    "switching": (("v", "t_switch"), ()),
    "programming": (("target", "g"), ("age",)),
}
_WHAT: dict[Kind, str] = {
    "sweep": "current along a voltage over time",
    "pulses": "conductance after each pulse",
    "switching": "time to switch at constant voltage",
    "programming": "conductance that came of a target",
}
_POSITIVE = {"width", "g", "t_switch", "age"}  # columns that hold nothing at or below zero
_BRACKETS = re.compile(r"(.*?)\s*(?:\(([^()]*)\)|\[([^\[\]]*)\])")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Rows of one kind of measurement.

    Parameters
    ----------
    kind : a key of `KINDS`.
    columns : values by name, (rows,) each, SI.
    parts : rows of each stretch that belongs together; of a sweep one cycle of one curve.
    follows : whether each part goes on where the one before ended; else it is of a fresh cell.
    files : name and SHA-256 of each file.
    ignored : heads of columns that were not used.
    """

    kind: Kind
    columns: dict[str, Array]
    parts: tuple[slice, ...]
    follows: tuple[bool, ...]
    files: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()

    def __len__(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values())))


def read_measured(paths: Sequence[str | Path]) -> Measured:
    """The measurements in one or more CSV files of one kind.

    Heads name columns and units, as in ``t (ms)``, ``v [V]`` or ``current_uA``; without a unit
    numbers are SI. Lines that begin with ``#`` are skipped; columns stand between commas,
    semicolons or tabs.

    Raises
    ------
    SpecError : names the file and what is wrong: columns, units, gaps with their lines, times that
        do not ascend, no rows.
    """
    if not paths:
        raise SpecError("no file of measurements was given")
    found = [_read(Path(path)) for path in paths]
    first = found[0]
    for path, other in zip(paths, found, strict=True):
        if (other.kind, set(other.columns)) != (first.kind, set(first.columns)):
            raise SpecError(
                f"{path}: holds {', '.join(other.columns)} ({_WHAT[other.kind]}); {paths[0]} holds "
                f"{', '.join(first.columns)} ({_WHAT[first.kind]}). Files of one fit have the same "
                "columns"
            )
    offsets = np.cumsum([0, *(len(m) for m in found)])
    return Measured(
        kind=first.kind,
        columns={k: np.concatenate([m.columns[k] for m in found]) for k in first.columns},
        parts=tuple(slice(p.start + o, p.stop + o)
                    for m, o in zip(found, offsets, strict=False) for p in m.parts),
        follows=tuple(f for m in found for f in m.follows),
        files=tuple(f for m in found for f in m.files),
        ignored=tuple(dict.fromkeys(name for m in found for name in m.ignored)),
    )  # fmt: skip


def _read(path: Path) -> Measured:
    raw, text = _text(path)
    lines = list(_lines(text, path))
    if len(lines) < 2:
        raise SpecError(f"{path}: {'holds a head but no rows' if lines else 'is empty'}")
    (_, heads), rows = lines[0], lines[1:]
    names, scales, ignored = _columns(heads, path)
    kind = _kind(names, heads, path)
    required, optional = KINDS[kind]
    used = [n for n in (*required, *optional) if n in names]
    ignored += [heads[names[n]] for n in names if n not in used]
    numbers = [n for n in used if n in _UNITS]
    places = {n: names[n] for n in used}
    _check_width(rows, len(heads), path)
    columns = _numbers(rows, {n: (places[n], heads[places[n]]) for n in numbers}, path)
    columns = {n: values * scales[n] for n, values in columns.items()}
    at = [line for line, _ in rows]
    _check_values(columns, at, path)
    labels = [tuple(cells[places[n]].strip() for n in ("curve", "cycle") if n in places)
              for _, cells in rows]  # fmt: skip
    parts, follows = _parts(labels, [n for n in ("curve", "cycle") if n in places], at, path)
    if kind == "sweep":
        _check_times(columns["t"], parts, at, path)
    return Measured(
        kind=kind,
        columns=columns,
        parts=parts,
        follows=follows,
        files=((path.name, hashlib.sha256(raw).hexdigest()),),
        ignored=tuple(ignored),
    )


def _text(path: Path) -> tuple[bytes, str]:
    try:
        raw = path.read_bytes()
        return raw, raw.decode("utf-8-sig")
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise SpecError(f"{path}: is not text in UTF-8") from None


def _lines(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that holds something."""
    lines = [(k, line) for k, line in enumerate(text.splitlines(), 1)
             if line.strip() and not line.lstrip().startswith("#")]  # fmt: skip
    if not lines:
        return
    delimiter = max(",;\t", key=lines[0][1].count)
    for number, line in lines:
        try:
            yield number, [c.strip() for c in next(csv.reader([line], delimiter=delimiter))]
        except csv.Error as error:
            raise SpecError(f"{path}: line {number}: {error}") from None


def _columns(
    heads: Sequence[str], path: Path
) -> tuple[dict[str, int], dict[str, float], list[str]]:
    """Place and factor to SI of each known column, and heads that are not known."""
    places: dict[str, int] = {}
    scales: dict[str, float] = {}
    ignored: list[str] = []
    for place, head in enumerate(heads):
        name, unit = _named(head)
        if name is None:
            ignored.append(head)
            continue
        if name in places:
            raise SpecError(f"{path}: columns '{heads[places[name]]}' and '{head}' are both {name}")
        places[name] = place
        if name in _UNITS:
            try:
                scales[name] = ratio(unit, _UNITS[name]) if unit else 1.0
            except SpecError:
                raise SpecError(
                    f"{path}: column '{head}': '{unit}' is no unit of {_UNITS[name]}"
                ) from None
    return places, scales, ignored


def _named(head: str) -> tuple[str | None, str]:
    """Which column `head` is, and its unit: ``time [ms]``, ``v_mV``, ``I/uA``."""
    found = _BRACKETS.fullmatch(head.strip())
    if found:
        return _known(found[1]), (found[2] if found[3] is None else found[3]).strip()
    if _known(head):
        return _known(head), ""
    for separator in ("/", "_", " "):
        name, _, unit = head.strip().rpartition(separator)
        if _known(name):
            return _known(name), unit.strip()
    return None, ""


def _known(text: str) -> str | None:
    plain = re.sub(r"[\s-]+", "_", text.strip().lower())
    for name, others in _ALIASES.items():
        if plain == name or plain in others:
            return name
    return None


def _kind(names: dict[str, int], heads: Sequence[str], path: Path) -> Kind:
    for kind, (required, _) in KINDS.items():
        if all(name in names for name in required):
            return kind
    wanted = "; ".join(
        f"{', '.join(f'{n} ({_UNITS[n]})' for n in required)}: {_WHAT[kind]}"
        for kind, (required, _) in KINDS.items()
    )
    raise SpecError(f"{path}: has the columns {', '.join(map(repr, heads))}; expected {wanted}")


def _check_width(rows: Sequence[tuple[int, list[str]]], width: int, path: Path) -> None:
    for line, cells in rows:
        if len(cells) != width:
            raise SpecError(f"{path}: line {line} has {len(cells)} columns; the head has {width}")


def _numbers(
    rows: Sequence[tuple[int, list[str]]], columns: dict[str, tuple[int, str]], path: Path
) -> dict[str, Array]:
    """Columns as numbers.

    Raises
    ------
    SpecError : names lines with gaps, or cells that hold no number.
    """
    out = {name: np.empty(len(rows)) for name in columns}
    gaps: list[int] = []
    for k, (line, cells) in enumerate(rows):
        for name, (place, head) in columns.items():
            try:
                out[name][k] = float(cells[place] or "nan")
            except ValueError:
                raise SpecError(
                    f"{path}: line {line}, column '{head}': {cells[place]!r} is not a number"
                ) from None
            if not math.isfinite(out[name][k]):
                gaps.append(line)
    if gaps:
        lines = list(dict.fromkeys(gaps))
        shown = ", ".join(map(str, lines[:10])) + (", ..." if len(lines) > 10 else "")
        raise SpecError(
            f"{path}: {len(lines)} rows have gaps (empty, nan or infinite): lines {shown}. Leave "
            "those rows out, or fill them"
        )
    return out


def _check_values(columns: dict[str, Array], at: Sequence[int], path: Path) -> None:
    for name in _POSITIVE & set(columns):
        low = columns[name] <= 0
        if low.any():
            k = int(np.argmax(low))
            value = show(float(columns[name][k]), _UNITS[name])
            raise SpecError(f"{path}: line {at[k]}: {name} is {value}; it must be above 0")


def _parts(
    labels: Sequence[tuple[str, ...]], names: Sequence[str], at: Sequence[int], path: Path
) -> tuple[tuple[slice, ...], tuple[bool, ...]]:
    """Stretches of rows with one label, and which of them go on with the same cell."""
    starts = [0] + [k for k in range(1, len(labels)) if labels[k] != labels[k - 1]]
    seen: set[tuple[str, ...]] = set()
    for k in starts:
        if labels[k] in seen:
            told = ", ".join(f"{n} {v}" for n, v in zip(names, labels[k], strict=True))
            raise SpecError(f"{path}: line {at[k]}: {told} comes back; keep its rows together")
        seen.add(labels[k])
    same = names == ["cycle"]
    of_curve = [() if same else labels[k][:1] for k in starts]
    follows = [k > 0 and of_curve[k] == of_curve[k - 1] for k in range(len(starts))]
    return tuple(map(slice, starts, [*starts[1:], len(labels)])), tuple(follows)


def _check_times(t: Array, parts: Sequence[slice], at: Sequence[int], path: Path) -> None:
    for part in parts:
        times = t[part]
        late = np.diff(times) <= 0
        if late.any():
            k = int(np.argmax(late)) + 1
            raise SpecError(
                f"{path}: line {at[part.start + k]}: t is {show(float(times[k]), 'second')}, not "
                f"after {show(float(times[k - 1]), 'second')} of the row before; times must ascend "
                "within a cycle of a curve (columns curve, cycle)"
            )
        if len(times) < 2:
            raise SpecError(f"{path}: line {at[part.start]}: a curve of one row; it takes two")
