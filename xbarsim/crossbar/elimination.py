r"""Exact elimination of an ohmic array, one column of cells after another.

A bit line whose word-line nodes stand at the voltages W answers with the cell currents

.. math:: c = K\,W + N\,q, \qquad N = (I + G Z)^{-1}, \quad K = N G

where G is the diagonal of its cells, Z the impedance of the bit line to its virtual ground
(`bit_impedance`) and q a current source beside each cell. The columns hang on the word lines like
loads on a ladder: from the far end to the drivers, the admittance Y seen by a segment r of the word
lines becomes :math:`(I + Y r)^{-1} Y`. Nothing is divided by a resistance, so each may be zero; all
matrices to invert are the identity plus a product of an impedance and an admittance.

Cost: about 6 m^3 n flop for m rows and n columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array, array_namespace, require_memory, transposed
from xbarsim.crossbar.wires import Wires, bit_impedance


class Column(NamedTuple):
    """One column of cells and the segment to its left, as the drivers see it; each (..., m, m).

    Word-line nodes follow from those to their left, W = F (W_left - r p) + E v, with p the current
    injected from this column on; ``bit`` is K and ``inject`` is N.
    """

    forward: Array
    feed: Array | None
    bit: Array
    inject: Array


class Load(NamedTuple):
    """Current that sources beside the cells draw: in one column, and from there to the far end."""

    local: Array
    drawn: Array


@dataclass(frozen=True)
class Elimination:
    """An eliminated array, ready to be driven.

    Parameters
    ----------
    columns : from the first column to the last.
    segments : resistance of the segment to the left of each column, ohm.
    bit_impedance : (rows, rows) ohm.
    """

    columns: list[Column]
    segments: list[float]
    bit_impedance: Array

    def drive(self, v: Array, injected: Array | None = None) -> tuple[Array, Array]:
        """Word-line voltages and cell currents under drive, columns first.

        Parameters
        ----------
        v : source voltages, (..., k, rows) V.
        injected : current sources beside the cells, word line to bit line, (cols, ..., k, rows) A.

        Returns
        -------
        v_word : (cols, ..., k, rows) V.
        i_cell : from word line to bit line, `injected` included, (cols, ..., k, rows) A.
        """
        xp = array_namespace(v, self.bit_impedance)
        shape = (len(self.columns), *np.broadcast_shapes(v.shape, self._rows_of_stack(v)))
        v_word, i_cell = xp.empty(shape, dtype=v.dtype), xp.empty(shape, dtype=v.dtype)
        loads = None if injected is None else self._loads(injected)
        w = v
        for j, column in enumerate(self.columns):
            left = w if loads is None else w - self.segments[j] * loads[j].drawn
            w = left @ transposed(column.forward)
            if column.feed is not None:
                w = w + v @ transposed(column.feed)
            v_word[j] = w
            i_cell[j] = w @ transposed(column.bit)
            if loads is not None:
                i_cell[j] += loads[j].local
        return v_word, i_cell

    def v_bit(self, i_cell: Array) -> Array:
        """Bit-line voltages for cell currents, both (cols, ..., k, rows)."""
        return i_cell @ self.bit_impedance

    def _rows_of_stack(self, v: Array) -> tuple[int, ...]:
        return (*self.columns[0].bit.shape[:-2], 1, v.shape[-1])

    def _loads(self, injected: Array) -> list["Load"]:
        """What current sources beside the cells ask of each column."""
        loads, drawn = [], 0.0
        for j in reversed(range(len(self.columns))):
            local = injected[j] @ transposed(self.columns[j].inject)
            loads.append(Load(local, local + drawn))
            drawn = loads[-1].drawn @ self.columns[j].forward
        return loads[::-1]


def eliminate(g: Array, wires: Wires) -> Elimination:
    """The array `g` eliminated, with what is needed to find every node voltage.

    Raises
    ------
    ResourceError : the factors of (..., rows, cols), 3 rows^2 cols numbers each, would not fit.
    """
    wires.require_uniform("read noise through the wires")
    xp = array_namespace(g)
    n = g.shape[-1]
    factors = 4 if wires.sides == 2 else 3
    require_memory(
        factors * g.itemsize * g.size * g.shape[-2], f"solving an array of {g.shape}", xp
    )
    columns = list(eliminated_columns(g, wires))[::-1]
    segments = [wires.r_source] + [wires.r_word] * (n - 1)
    return Elimination(columns, segments, bit_impedance(g.shape[-2], wires, xp, g.dtype))


def eliminated_columns(g: Array, wires: Wires) -> Iterator[Column]:
    """The columns of the array `g` (..., rows, cols), the last first."""
    xp = array_namespace(g)
    m, n = g.shape[-2:]
    eye = xp.eye(m, dtype=g.dtype)
    z = bit_impedance(m, wires, xp, g.dtype)
    pinned, r_end = _far_end(n, wires)
    load = source = None if r_end is None else eye / r_end
    for j in reversed(range(n)):
        inject = xp.linalg.inv(eye + g[..., :, j, None] * z)
        bit = inject * g[..., None, :, j]
        if j >= n - pinned:  # the far source holds these nodes
            yield Column(xp.zeros_like(bit), xp.broadcast_to(eye, bit.shape), bit, inject)
            continue
        r = wires.r_word if j else wires.r_source
        seen = bit if load is None else bit + load
        seen = 0.5 * (seen + transposed(seen))
        forward = xp.linalg.inv(eye + r * seen)
        feed = None if source is None else forward @ (r * source)
        yield Column(forward, feed, bit, inject)
        load = seen @ forward
        source = None if source is None else transposed(forward) @ source


def _far_end(n: int, wires: Wires) -> tuple[int, float | None]:
    """How many columns the far source holds at its voltage, and its resistance to the next one."""
    if wires.sides == 1:
        return 0, None
    if wires.r_source > 0:
        return 0, wires.r_source
    return (1, wires.r_word) if wires.r_word > 0 else (n, None)
