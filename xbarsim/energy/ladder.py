r"""The power of an array of which only sums or means are known: loaded lines, in closed form.

Cells of one conductance g decouple a wired array. With :math:`z_p` the eigenvalues of the
resistance matrix Z of a bit line (volts at one node by amperes into another, sense resistance
included) and :math:`u_p` its eigenvectors, word lines driven by the pattern :math:`u_p` are all the
same line, whose cells conduct :math:`g_p = g/(1 + g z_p)`: a cell in series with what the bit lines
are to that pattern. The input admittance :math:`y_p` of such a line, a ladder of segments and
shunts, follows cell by cell from its far end, y <- y + g_p, then y <- y/(1 + r y). So the source
admittance of the array is :math:`\sum_p y_p u_p u_p^T`, exactly, and stays so where columns differ.

Where rows differ, by factors :math:`r_i` of mean 1, it is approximate: patterns are those of
:math:`\sqrt{r_i} Z_{ik} \sqrt{r_k}`, and each input is scaled by the root of what its word line
takes alone over what a line of mean cells does. Ours; the ladder is the textbook one.
"""

from functools import lru_cache

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_all, check_count, check_number
from xbarsim.crossbar import Wires
from xbarsim.errors import SpecError

_NAMES = ("r_word", "r_bit", "r_source", "r_sense")
_STEP = 1e-4  # relative change of resistances from which a derivative is taken; error 1e-8


def power_of_sums(by_row: Array, by_col: Array, wires: Wires, v: Array) -> float:
    """Mean power of the sources of an array whose cells are what their row and column sums say, W.

    A cell is taken to conduct the product of its sums over the sum of all cells.

    Parameters
    ----------
    by_row, by_col : sums of conductances, (rows,) and (cols,) S.
    wires : with one resistance for all segments of a kind.
    v : inputs, (k, rows) V.

    Raises
    ------
    SpecError : `wires` are graded or broken.
    """
    check_all([], _graded(wires))
    if not by_row.any():
        return 0.0
    of_row, of_col = by_row / by_row.mean(), (by_col / len(by_row))[:, None]
    root = np.sqrt(of_row)
    z, patterns = np.linalg.eigh(root[:, None] * _resistances(len(by_row), *_bit(wires)) * root)
    alone, usual = _admittance(of_col * of_row, wires), _admittance(of_col, wires)
    seen = (v * np.sqrt(alone / usual)) @ patterns
    y = _admittance(of_col / (1.0 + of_col * np.maximum(z, 0.0)), wires)
    return float((seen**2).mean(axis=0) @ y)


def expected_power(
    rows: int, cols: int, conductance: float, wires: Wires, mean: float, square: float
) -> float:
    """Mean power of the sources of equal cells under independent inputs alike on all rows, W.

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
    z, coherent = _equal(rows, *_bit(wires))
    y = _admittance(np.broadcast_to(conductance / (1.0 + conductance * z), (cols, rows)), wires)
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
        if not any(getattr(wires, name) for name in names):
            return 0.0
        return (power(names, 1 - _STEP) - power(names, 1 + _STEP)) / (2 * _STEP)

    whole = power((), 1.0)
    in_wires, in_ends = lost("r_word", "r_bit"), lost("r_source", "r_sense")
    return {"cells": whole - in_wires - in_ends, "wires": in_wires, "terminations": in_ends}


def _check(
    rows: int, cols: int, conductance: float, wires: Wires, mean: float, square: float
) -> None:
    check_all(
        [
            (check_count, "rows", rows, 1),
            (check_count, "cols", cols, 1),
            (check_number, "conductance", conductance, 0.0, np.inf, "siemens"),
            (check_number, "mean", mean, -np.inf, np.inf, "volt"),
            (check_number, "square", square, 0.0),
        ],
        _graded(wires),
    )
    if square < mean**2 * (1 - 1e-9):
        raise SpecError(
            f"square is {square:g} V^2; it must be at least the square of the mean, {mean**2:g} V^2"
        )


def _graded(wires: Wires) -> list[str]:
    return [
        f"wires.{name} is an array; statistics take one number for all segments, and modes 'exact' "
        "and 'ideal' take each"
        for name in _NAMES
        if np.ndim(getattr(wires, name))
    ]


def _bit(wires: Wires) -> tuple[float, float, int]:
    return wires.r_bit, wires.r_sense, wires.sense_sides


@lru_cache(maxsize=16)
def _resistances(rows: int, r_bit: float, r_sense: float, sense_sides: int) -> Array:
    """Of a bit line: volts at a node by amperes into another, (rows, rows) ohm."""
    at = np.arange(rows)
    top, bottom = np.minimum.outer(at, at), rows - 1 - np.maximum.outer(at, at)
    z = r_sense + r_bit * bottom
    if sense_sides == 2:
        whole = 2 * r_sense + r_bit * (rows - 1)
        z = z * ((r_sense + r_bit * top) / whole if whole else 0.0)
    return z


@lru_cache(maxsize=64)
def _equal(rows: int, r_bit: float, r_sense: float, sense_sides: int) -> tuple[Array, Array]:
    """Of patterns along a bit line: resistance (rows,) ohm, and square of its sum, 1."""
    values, vectors = np.linalg.eigh(_resistances(rows, r_bit, r_sense, sense_sides))
    return np.maximum(values, 0.0), vectors.sum(axis=0) ** 2


def _admittance(g: Array, wires: Wires) -> Array:
    """Of word lines with cells of `g` (cols, lines) S, seen by all sources of a line, (lines,) S.

    Driven at both ends alike, a line is two halves, its middle cell cut in two if there is one;
    cells in mirrored places are taken at their mean.
    """
    if wires.sides == 1:
        return _line(g, wires)
    halves = 0.5 * (g + g[::-1])[: (len(g) + 1) // 2]
    if len(g) % 2:
        halves[-1] *= 0.5
    return 2.0 * _line(halves, wires)


def _line(g: Array, wires: Wires) -> Array:
    """Of lines that are open at the far end."""
    y = g[-1]
    for cell in g[-2::-1]:
        y = cell + y / (1.0 + wires.r_word * y)
    return y / (1.0 + wires.r_source * y)
