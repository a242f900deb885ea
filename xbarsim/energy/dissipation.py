"""Where the power of a read goes inside an array: cells, access devices, wires, terminations."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.backend import Array, array_namespace, to_numpy, transposed
from xbarsim.crossbar import Ends, Wires
from xbarsim.crossbar.iteration import Nodes, line_solve
from xbarsim.crossbar.solve import check_inputs, check_ohmic, driven_by, lines_with
from xbarsim.errors import SpecError

if TYPE_CHECKING:
    from xbarsim.crossbar.laws import CellLaw

#: into what the power of the sources turns
PARTS = ("cells", "access", "wires", "terminations")


@dataclass(frozen=True, kw_only=True)
class Dissipation:
    """Powers of one array under each of its inputs, (..., k) W.

    Parameters
    ----------
    source : delivered by the line ends, signed sum over those that give and those that take.
    cells, access, wires, terminations : turned into heat in cells, in the transistor or other
        device in series with each cell, in line segments, and in the source and sense resistances.
    """

    source: Array
    cells: Array
    access: Array
    wires: Array
    terminations: Array

    @property
    def imbalance(self) -> float:
        """Largest difference of `source` and the sum of its parts, over `source`, 1."""
        xp = array_namespace(self.source)
        spent = self.cells + self.access + self.wires + self.terminations
        scale = xp.where(self.source > 0, self.source, 1.0)
        return float(xp.max(xp.abs(self.source - spent) / scale))


def dissipation(
    g: Array,
    v: Array,
    wires: Wires,
    *,
    law: "CellLaw | None" = None,
    gate: Any = None,
    ends: Ends | None = None,
) -> Dissipation:
    """Powers in the array `g` (rows, cols) S under sources `v` (k, rows) V.

    Parameters
    ----------
    law, gate : of cells that are not ohmic, as `xbarsim.crossbar.solve` takes them. Of laws that
        put an access device in series with an ohmic cell, the two are told apart: the cell's part
        is i^2/g. Gates carry no current.
    ends : what the other line ends stand at, as `xbarsim.crossbar.solve` takes it; a clamp that is
        not at 0 V takes or gives power like any source.

    Raises
    ------
    SpecError, ConvergenceError, ResourceError : as `xbarsim.crossbar.solve`; or `g` is a stack.
    """
    xp = array_namespace(g, v)
    g, v = xp.asarray(g), xp.asarray(v)
    check_inputs(g, v)
    if g.ndim != 2:
        raise SpecError(f"g has shape {g.shape}; expected one array, (rows, cols)")
    if law is None:
        check_ohmic(gate)
        if wires.ideal and ends is None:
            power = (v**2) @ g.sum(axis=-1)
            nothing = 0.0 * power
            rest = dict.fromkeys(("access", "wires", "terminations"), nothing)
            return Dissipation(source=power, cells=power, **rest)
    siemens, given = to_numpy(g), np.asarray(to_numpy(v), float)
    batch = given.reshape(-1, given.shape[-1])
    powers = _powers(siemens, _solved(siemens, batch, wires, law, gate, ends), law)
    shape = given.shape[:-1]
    return Dissipation(**{name: xp.asarray(p.reshape(shape)) for name, p in powers.items()})


def _solved(
    g: Array, v: Array, wires: Wires, law: "CellLaw | None", gate: Any, ends: Ends | None
) -> Nodes:
    """Every node and current for inputs (k, rows)."""
    lines, stand = lines_with(wires, ends, (g.shape[0], g.shape[1])), driven_by(v, ends)
    if law is None:
        return line_solve(g, lines, stand)
    from xbarsim.crossbar.nonlinear import solve_nonlinear

    found = solve_nonlinear(g, v, wires, law, gate=gate, ends=ends)
    return Nodes(
        v_word=found.v_word,
        v_bit=found.v_bit,
        i_cell=found.i_cell,
        ends=_closed(stand, len(v), g.shape),
        lines=lines,
        residual=found.residual,
        iterations=found.iterations,
    )


def _closed(ends: Ends, k: int, shape: tuple[int, ...]) -> Ends:
    """Voltages of all ends, (k, lines) V; 0 V where they are open."""
    rows, cols = shape
    lengths = {"left": rows, "right": rows, "top": cols, "bottom": cols}
    return Ends(
        **{
            name: np.nan_to_num(np.broadcast_to(getattr(ends, name), (k, length)), nan=0.0)
            for name, length in lengths.items()
        }
    )


def _powers(g: Array, nodes: Nodes, law: "CellLaw | None") -> dict[str, Array]:
    """Each of the powers, (k,) W."""
    i, ends = nodes.i_cell, nodes.ends
    in_word, word_ends = _heat(nodes.lines.word, nodes.i_word)
    in_bit, bit_ends = _heat(nodes.lines.bit.T, transposed(nodes.i_bit))
    drawn = (i * (nodes.v_word - nodes.v_bit)).sum(axis=(-2, -1))
    cells = drawn
    if law is not None and law.in_series:
        cells = np.divide(i**2, g, out=np.zeros_like(i), where=g > 0).sum(axis=(-2, -1))
    source = (
        (ends.left * i.sum(axis=-1)).sum(axis=-1)
        + ((ends.right - ends.left) * nodes.i_word_right).sum(axis=-1)
        - (ends.bottom * i.sum(axis=-2)).sum(axis=-1)
        - ((ends.top - ends.bottom) * nodes.i_top).sum(axis=-1)
    )
    return {
        "source": source,
        "cells": cells,
        "access": drawn - cells,
        "wires": in_word + in_bit,
        "terminations": word_ends + bit_ends,
    }


def _heat(ohms: Array, i: Array) -> tuple[Array, Array]:
    """Power in the segments of lines, and in their two ends, (k,) W each.

    Parameters
    ----------
    ohms : (lines, n + 1), the ends first and last; no current flows where it is infinite.
    i : currents there, (k, lines, n + 1) A.
    """
    power = np.where(np.isinf(ohms), 0.0, ohms) * i**2
    return power[..., 1:-1].sum(axis=(-2, -1)), power[..., [0, -1]].sum(axis=(-2, -1))
