"""Where the power of a read goes inside an array: cells, wires, terminations."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array, array_namespace, to_numpy, transposed
from xbarsim.crossbar import Wires
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.solve import check_inputs
from xbarsim.crossbar.wires import lines_of


@dataclass(frozen=True, kw_only=True)
class Dissipation:
    """Powers of one array under each of its inputs, (..., k) W.

    Parameters
    ----------
    source : delivered by the word-line sources, signed sum.
    cells, wires, terminations : turned into heat in cells, in line segments, and in the source and
        sense resistances.
    """

    source: Array
    cells: Array
    wires: Array
    terminations: Array

    @property
    def imbalance(self) -> float:
        """Largest ``|source - cells - wires - terminations| / source``, 1."""
        xp = array_namespace(self.source)
        missing = xp.abs(self.source - self.cells - self.wires - self.terminations)
        scale = xp.where(self.source > 0, self.source, 1.0)
        return float(xp.max(missing / scale))


def dissipation(g: Array, v: Array, wires: Wires) -> Dissipation:
    """Powers in the array `g` (rows, cols) S under sources `v` (k, rows) V.

    Raises
    ------
    SpecError, ConvergenceError, ResourceError : as `xbarsim.crossbar.solve`.
    """
    xp = array_namespace(g, v)
    check_inputs(g, v)
    if wires.ideal:
        power = (v**2) @ g.sum(axis=-1)
        nothing = 0.0 * power
        return Dissipation(source=power, cells=power, wires=nothing, terminations=nothing)
    lines, given = lines_of(wires, g.shape), to_numpy(v)
    nodes = line_solve(to_numpy(g), lines, Ends(left=given, right=given))
    i = nodes.i_cell
    in_word, word_ends = _heat(lines.word, nodes.i_word)
    in_bit, bit_ends = _heat(lines.bit.T, transposed(nodes.i_bit))
    powers = {
        "source": (given * i.sum(axis=-1)).sum(axis=-1),
        "cells": (i * (nodes.v_word - nodes.v_bit)).sum(axis=(-2, -1)),
        "wires": in_word + in_bit,
        "terminations": word_ends + bit_ends,
    }
    return Dissipation(**{name: xp.asarray(power) for name, power in powers.items()})


def _heat(ohms: Array, i: Array) -> tuple[Array, Array]:
    """Power in the segments of lines, and in their two ends, (k,) W each.

    Parameters
    ----------
    ohms : (lines, n + 1), the ends first and last; no current flows where it is infinite.
    i : currents there, (k, lines, n + 1) A.
    """
    power = np.where(np.isinf(ohms), 0.0, ohms) * i**2
    return power[..., 1:-1].sum(axis=(-2, -1)), power[..., [0, -1]].sum(axis=(-2, -1))
