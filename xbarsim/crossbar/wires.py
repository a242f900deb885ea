"""The wires of an array: line and terminal resistances, uniform or one by one."""

from dataclasses import dataclass, fields
from functools import lru_cache
from types import ModuleType
from typing import Any, Literal, TypeAlias

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError
from xbarsim.parallel import once

Ohms: TypeAlias = Any  # a float, or an array of them

#: ohm, what an open stands for where a finite number is needed: beyond what matters beside a cell
OPEN = {"float64": 1e30, "float32": 1e20}
_JOINED = 1e-30  # ohm, of a far end that is joined: below what matters beside a cell
#: what an array of resistances may be shaped like, for an array of (rows, cols)
_SHAPES = {
    "r_word": "(rows, cols - 1)",
    "r_bit": "(rows - 1, cols)",
    "r_source": "(rows,)",
    "r_sense": "(cols,)",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Wires:
    """Line and terminal resistances of an array.

    Parameters
    ----------
    r_word : one segment of a word line between two cells, ohm; or every segment of a graded or
        broken array, (rows, cols - 1).
    r_bit : the same for bit lines; (rows - 1, cols).
    r_source : from a source to the first cell of its word line, ohm; or (rows,).
    r_sense : from the last cell of a bit line to its virtual ground, ohm; or (cols,). Both stand
        instead of a segment, not in addition to one.
    sides : 1 drives each word line at its first column; 2 drives both ends from the same source
        through `r_source` each.
    sense_sides : 1 senses each bit line at its last row; 2 senses both ends through `r_sense` each
        and adds the currents.

    Raises
    ------
    SpecError : a resistance is negative or not finite (an array may hold ``inf``: a broken
        segment), or a number of sides is not 1 or 2.
    """

    r_word: Ohms = 0.0
    r_bit: Ohms = 0.0
    r_source: Ohms = 0.0
    r_sense: Ohms = 0.0
    sides: Literal[1, 2] = 1
    sense_sides: Literal[1, 2] = 1

    def __post_init__(self) -> None:
        faults = []
        for name in _SHAPES:
            try:
                value = np.array(getattr(self, name), dtype=float)
            except (TypeError, ValueError):
                faults.append(
                    f"wires.{name} is {getattr(self, name)!r}; it must be a number, in ohm"
                )
                continue
            allowed = value >= 0 if value.ndim else np.isfinite(value) & (value >= 0)
            if not allowed.all():
                what = "finite and at least 0 ohm" if value.ndim == 0 else "at least 0 ohm"
                faults.append(f"wires.{name} is {value[~allowed][0]:g} ohm; it must be {what}")
            value += 0.0  # -0.0 is 0.0
            value.setflags(write=False)
            object.__setattr__(self, name, value if value.ndim else float(value))
        for name in ("sides", "sense_sides"):
            if getattr(self, name) not in (1, 2):
                faults.append(f"wires.{name} is {getattr(self, name)!r}; it must be 1 or 2")
        if faults:
            raise SpecError(faults)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Wires):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)
        )

    def __hash__(self) -> int:
        return hash(self._content)

    @once
    def _content(self) -> tuple[bytes, ...]:
        return tuple(np.asarray(getattr(self, f.name)).tobytes() for f in fields(self))

    @property
    def ideal(self) -> bool:
        """Whether every resistance is zero."""
        return not any(np.any(getattr(self, name)) for name in _SHAPES)


@dataclass(frozen=True, eq=False)
class Lines:
    """Every resistance of an array of (rows, cols), line by line, ohm; ``inf`` is an open.

    Not to be written to once it is in use.

    Parameters
    ----------
    word : (rows, cols + 1): from the left end to the first cell, between neighbours, and from the
        last cell to the right end of each word line.
    bit : (rows + 1, cols): the same from the top end of each bit line to its bottom end, where it
        is sensed.
    """

    word: Array
    bit: Array

    def copy(self) -> "Lines":
        """The same resistances, to be written to."""
        return Lines(self.word.copy(), self.bit.copy())

    @once
    def kinds(self) -> "Lines":
        """One word line, (1, cols + 1), for all if they are alike; one bit line, (rows + 1, 1)."""
        word = self.word if self.word.strides[0] else self.word[:1]
        return Lines(word, self.bit if self.bit.strides[1] else self.bit[:, :1])

    @once
    def bounded(self) -> tuple[Array, Array]:
        """`kinds` with opens that are finite, and far ends (right, top) that are not zero."""
        return bounded(self.kinds.word, -1), bounded(self.kinds.bit.T, 0).T.copy()

    @once
    def whole(self) -> bool:
        """Whether no line is broken and each has an end that is not open."""
        word, bit = np.isinf(self.kinds.word), np.isinf(self.kinds.bit)
        broken = word[:, 1:-1].any() or bit[1:-1].any()
        return not (broken or (word[:, 0] & word[:, -1]).any() or (bit[0] & bit[-1]).any())

    @once
    def joined(self) -> tuple[Array, Array]:
        """Which of `kinds` have no resistance from one end to the other: word lines, bit lines."""
        return self.kinds.word.max(axis=1) == 0, self.kinds.bit.max(axis=0) == 0

    @once
    def joins_ends(self) -> bool:
        """Whether any line is `joined`."""
        return any(bool(lines.any()) for lines in self.joined)


def bounded(ohms: Array, far: int) -> Array:
    """A copy of resistances (lines, segments) with finite opens and a far end that is not zero."""
    ohms = np.minimum(ohms, OPEN["float64"])
    ohms[:, far] = np.maximum(ohms[:, far], _JOINED)
    return ohms


def lines_of(
    wires: Wires, shape: tuple[int, int], xp: ModuleType = np, dtype: Any = float
) -> Lines:
    """`wires` spread over an array of `shape`, for reading only.

    Ends that are neither driven nor sensed are open.

    Raises
    ------
    SpecError : an array of resistances does not fit `shape`.
    """
    uniform = all(isinstance(getattr(wires, name), float) for name in _SHAPES)
    return (_kept if uniform and xp is np else _lines)(wires, shape, xp, dtype)


def _lines(wires: Wires, shape: tuple[int, int], xp: ModuleType, dtype: Any) -> Lines:
    rows, cols = shape
    ohms = {
        "r_word": _spread(wires, "r_word", (rows, cols - 1), xp),
        "r_bit": _spread(wires, "r_bit", (rows - 1, cols), xp),
        "r_source": _spread(wires, "r_source", (rows,), xp),
        "r_sense": _spread(wires, "r_sense", (cols,), xp),
    }
    # lines that are all alike take the memory of one
    high = rows if ohms["r_word"].ndim or ohms["r_source"].ndim else 1
    wide = cols if ohms["r_bit"].ndim or ohms["r_sense"].ndim else 1
    word, bit = xp.full((high, cols + 1), xp.inf, dtype), xp.full((rows + 1, wide), xp.inf, dtype)
    word[:, 1:-1], bit[1:-1] = ohms["r_word"], ohms["r_bit"]
    word[:, 0], bit[-1] = ohms["r_source"], ohms["r_sense"]
    if wires.sides == 2:
        word[:, -1] = word[:, 0]
    if wires.sense_sides == 2:
        bit[0] = bit[-1]
    return Lines(xp.broadcast_to(word, (rows, cols + 1)), xp.broadcast_to(bit, (rows + 1, cols)))


_kept = lru_cache(maxsize=64)(_lines)  # lines that are all alike are small


def _spread(wires: Wires, name: str, shape: tuple[int, ...], xp: ModuleType) -> Array:
    value = np.asarray(getattr(wires, name))
    if value.ndim and value.shape != shape:
        raise SpecError(
            f"wires.{name} has shape {value.shape}; for this array it must be a number or "
            f"{_SHAPES[name]} = {shape}"
        )
    return xp.asarray(value)


def check_conductances(g: Array) -> None:
    """Refuse conductances that are no array of cells.

    Raises
    ------
    SpecError : `g` has fewer than two axes, an empty axis, or a value that is not finite or is
        negative; the message names the first such cell.
    """
    xp = array_namespace(g)
    if g.ndim < 2 or 0 in g.shape:
        raise SpecError(f"g has shape {g.shape}; expected (..., rows, cols) with no empty axis")
    if g.dtype.kind != "f" or g.dtype.itemsize not in (4, 8):
        raise SpecError(f"g has dtype {g.dtype}; expected float32 or float64, in siemens")
    if not (float(g.min()) >= 0 and float(g.max()) < float("inf")):
        bad = ~(xp.isfinite(g) & (g >= 0))
        index = tuple(int(i) for i in xp.argwhere(bad)[0])
        raise SpecError(
            f"g{list(index)} is {float(g[index]):g} S ({int(bad.sum())} such cells); "
            "a conductance must be finite and at least 0 S"
        )
