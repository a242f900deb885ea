r"""The power of an array of which only distributions are known: the loaded line, in closed form.

Cells of one conductance g decouple a wired array. With :math:`z_p` the eigenvalues of the
resistance matrix of a bit line (volts at one node by amperes into another, sense resistance
included) and :math:`u_p` its eigenvectors, word lines driven by the pattern :math:`u_p` are all the
same line, whose cells conduct :math:`g_p = g/(1 + g z_p)`: a cell in series with what the bit lines
are to that pattern. The input admittance :math:`y_p` of such a line, a ladder of segments and
shunts, follows cell by cell from its far end, y <- y + g_p, then y <- y/(1 + r y). So the source
admittance of the array is :math:`\sum_p y_p u_p u_p^T`, exactly, and inputs that are independent
and alike on every row, of mean m and mean square q, spend

.. math:: P = \sum_p y_p\,[(q - m^2) + m^2 (1^T u_p)^2].

Ours; the ladder is the textbook one. What it leaves out is that cells differ from their mean.
"""

from functools import lru_cache

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_all, check_count, check_number
from xbarsim.crossbar import Wires
from xbarsim.errors import SpecError

_NAMES = ("r_word", "r_bit", "r_source", "r_sense")
_STEP = 1e-4  # relative change of resistances from which a derivative is taken; error 1e-8


def expected_power(
    rows: int, cols: int, conductance: float, wires: Wires, mean: float, square: float
) -> float:
    """Mean power of the sources of an array of equal cells, W.

    Parameters
    ----------
    conductance : mean of a cell, S.
    wires : with one resistance for all segments of a kind.
    mean, square : of the voltages on the word lines, V and V^2.

    Raises
    ------
    SpecError : a number is out of range, `square` is below the square of `mean`, or `wires` are
        graded or broken.
    """
    _check(rows, cols, conductance, wires, mean, square)
    z, coherent = _patterns(rows, wires.r_bit, wires.r_sense, wires.sense_sides)
    y = _admittance(conductance / (1.0 + conductance * z), cols, wires)
    return float(y.sum() * (square - mean**2) + (y * coherent).sum() * mean**2)


def expected_parts(
    rows: int, cols: int, conductance: float, wires: Wires, mean: float, square: float
) -> dict[str, float]:
    r"""Where that power goes: ``cells``, ``wires``, ``terminations``, W.

    What a resistance r dissipates under given voltages is :math:`-r\,dP/dr` (Tellegen's theorem).
    """

    def power(names: tuple[str, ...], factor: float) -> float:
        ohms = {n: getattr(wires, n) * (factor if n in names else 1.0) for n in _NAMES}
        scaled = Wires(**ohms, sides=wires.sides, sense_sides=wires.sense_sides)
        return expected_power(rows, cols, conductance, scaled, mean, square)

    def lost(*names: str) -> float:
        return (power(names, 1 - _STEP) - power(names, 1 + _STEP)) / (2 * _STEP)

    in_wires, in_ends = lost("r_word", "r_bit"), lost("r_source", "r_sense")
    return {
        "cells": power((), 1.0) - in_wires - in_ends,
        "wires": in_wires,
        "terminations": in_ends,
    }


def _check(
    rows: int, cols: int, conductance: float, wires: Wires, mean: float, square: float
) -> None:
    faults = [
        f"wires.{name} is an array; the expected power takes one number for all segments"
        for name in _NAMES
        if np.ndim(getattr(wires, name))
    ]
    check_all(
        [
            (check_count, "rows", rows, 1),
            (check_count, "cols", cols, 1),
            (check_number, "conductance", conductance, 0.0, np.inf, "siemens"),
            (check_number, "mean", mean, -np.inf, np.inf, "volt"),
            (check_number, "square", square, 0.0),
        ],
        faults,
    )
    if square < mean**2 * (1 - 1e-9):
        raise SpecError(
            f"square is {square:g} V^2; it must be at least the square of the mean, {mean**2:g} V^2"
        )


@lru_cache(maxsize=64)
def _patterns(rows: int, r_bit: float, r_sense: float, sense_sides: int) -> tuple[Array, Array]:
    """Of the patterns along a bit line: resistance (rows,) ohm, and share of equal inputs, 1."""
    at = np.arange(rows)
    top, bottom = np.minimum.outer(at, at), rows - 1 - np.maximum.outer(at, at)
    z = r_sense + r_bit * bottom
    if sense_sides == 2:
        whole = 2 * r_sense + r_bit * (rows - 1)
        z = z * ((r_sense + r_bit * top) / whole if whole else 0.0)
    values, vectors = np.linalg.eigh(z)
    return np.maximum(values, 0.0), vectors.sum(axis=0) ** 2


def _admittance(g: Array, cols: int, wires: Wires) -> Array:
    """Of word lines with cells of `g` S each, seen by their sources together, S.

    Driven at both ends alike, a line is two halves, its middle cell cut in two if there is one.
    """
    if wires.sides == 1:
        return _line(g, cols, 0.0, wires.r_word, wires.r_source)
    middle = 0.5 * g if cols % 2 else 0.0
    return 2.0 * _line(g, cols // 2, middle, wires.r_word, wires.r_source)


def _line(g: Array, cols: int, far: Array | float, r_word: float, r_source: float) -> Array:
    """Of a line of `cols` cells that ends in `far` S, with a segment between, S."""
    y = far + 0.0 * g
    joined = bool(np.any(y))
    for _ in range(cols):
        y = g + (y / (1.0 + r_word * y) if joined else y)
        joined = True
    return y / (1.0 + r_source * y)
