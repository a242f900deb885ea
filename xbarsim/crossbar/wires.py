"""The wires of an array, and the resistance that its lines put between cells and their ends."""

import math
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class Wires:
    """Line and terminal resistances of an array.

    Parameters
    ----------
    r_word, r_bit : one segment of a word line, of a bit line, between two cells, ohm.
    r_source : from a source to the first cell of its word line, ohm.
    r_sense : from the last cell of a bit line to its virtual ground, ohm. Both stand instead of a
        segment, not in addition to one.
    sides : 1 drives each word line at its first column; 2 drives both ends from the same source
        through `r_source` each.
    sense_sides : 1 senses each bit line at its last row; 2 senses both ends through `r_sense` each
        and adds the currents.

    Raises
    ------
    SpecError : a resistance is negative or not finite, or a number of sides is not 1 or 2.
    """

    r_word: float = 0.0
    r_bit: float = 0.0
    r_source: float = 0.0
    r_sense: float = 0.0
    sides: Literal[1, 2] = 1
    sense_sides: Literal[1, 2] = 1

    def __post_init__(self) -> None:
        faults = []
        for name in ("r_word", "r_bit", "r_source", "r_sense"):
            value = getattr(self, name)
            if not isinstance(value, int | float):
                faults.append(f"wires.{name} is {value!r}; it must be a number, in ohm")
            elif not (math.isfinite(value) and value >= 0):
                faults.append(
                    f"wires.{name} is {value:g} ohm; it must be finite and at least 0 ohm"
                )
        for name in ("sides", "sense_sides"):
            if getattr(self, name) not in (1, 2):
                faults.append(f"wires.{name} is {getattr(self, name)!r}; it must be 1 or 2")
        if faults:
            raise SpecError(faults)

    @property
    def ideal(self) -> bool:
        """Whether every resistance is zero."""
        return not (self.r_word or self.r_bit or self.r_source or self.r_sense)

    @property
    def reciprocal(self) -> "Wires":
        """The wires of the array driven at its sense ends and sensed at its sources."""
        return Wires(
            r_word=self.r_bit,
            r_bit=self.r_word,
            r_source=self.r_sense,
            r_sense=self.r_source,
            sides=self.sense_sides,
            sense_sides=self.sides,
        )


def word_impedance(n: int, wires: Wires, xp: ModuleType = np, dtype: object = float) -> Array:
    """Drop at cell j of a word line for a unit current drawn at cell k; (n, n) ohm.

    With `c` the cell currents of the line, its node voltages are ``v - z @ c``.
    """
    return _impedance(n, wires.r_word, wires.r_source, wires.sides, xp, dtype)


def bit_impedance(m: int, wires: Wires, xp: ModuleType = np, dtype: object = float) -> Array:
    """Rise at cell i of a bit line for a unit current fed in at cell k; (m, m) ohm."""
    z = _impedance(m, wires.r_bit, wires.r_sense, wires.sense_sides, xp, dtype)
    return z[::-1, ::-1]


def _impedance(
    n: int, r_segment: float, r_end: float, sides: int, xp: ModuleType, dtype: object
) -> Array:
    """Green's function of a resistor line grounded at its start, or at both ends; (n, n) ohm."""
    near = r_end + r_segment * xp.arange(n, dtype=dtype)
    shared = xp.minimum(near[:, None], near[None, :])
    if sides == 1:
        return shared
    total = 2 * r_end + (n - 1) * r_segment
    if total == 0:
        return xp.zeros((n, n), dtype=dtype)
    far = near[::-1]
    return shared * xp.minimum(far[:, None], far[None, :]) / total


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
    if str(g.dtype) not in ("float32", "float64"):
        raise SpecError(f"g has dtype {g.dtype}; expected float32 or float64, in siemens")
    bad = ~(xp.isfinite(g) & (g >= 0))
    if bool(bad.any()):
        index = tuple(int(i) for i in xp.argwhere(bad)[0])
        raise SpecError(
            f"g{list(index)} is {float(g[index]):g} S ({int(bad.sum())} such cells); "
            "a conductance must be finite and at least 0 S"
        )
