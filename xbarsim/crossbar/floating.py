"""Parts of lines that nothing drives: where their voltage comes from, and whether it is right.

The currents of a line that floats add up to zero, and may be many orders below those of the lines
that are driven: a mismatch that is small beside a driver's current says nothing of such a line.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array, transposed
from xbarsim.crossbar.iteration import Ends, Nodes
from xbarsim.crossbar.wires import Lines

#: what rounding may move a node, over the largest voltage of any node
_ROUNDING = 1e-15
#: S, conductance of the cells that hold a floating part, at least: opens have 1e-30 S
_HOLDING = 1e-20


class _Parts(NamedTuple):
    """Runs of cells along word lines, or bit lines, between breaks; numbered line by line."""

    first: Array  # cell that each part begins with
    floats: Array  # whether nothing drives it
    upright: bool  # whether the lines are bit lines

    @classmethod
    def of(cls, ohms: Array, *, upright: bool) -> "_Parts":
        """Parts of lines (lines, cells + 1) ohm."""
        broken = np.isinf(ohms)
        begins = broken[:, :-1].copy()
        begins[:, 0] = True
        first = np.flatnonzero(begins)
        last = np.append(first[1:], begins.size) - 1
        before, after = broken[:, :-1].ravel(), broken[:, 1:].ravel()
        return cls(first, before[first] & after[last], upright)

    def sums(self, cells: Array) -> Array:
        """Sums of `cells`, (k, rows, cols), over the parts that float; (k, parts)."""
        flat = (transposed(cells) if self.upright else cells).reshape(len(cells), -1)
        return np.add.reduceat(flat, self.first, axis=1)[:, self.floats]


@dataclass(frozen=True)
class Floating:
    """The floating parts of an array's word lines and bit lines."""

    word: _Parts
    bit: _Parts

    @classmethod
    def of(cls, lines: Lines) -> "Floating":
        """Those of `lines`."""
        return cls(_Parts.of(lines.word, upright=False), _Parts.of(lines.bit.T, upright=True))

    def mismatch(self, nodes: Nodes, i: Array, slope: Array, g: Array) -> Array:
        """Largest share of a floating part's current that Kirchhoff's current law misses.

        What rounding of the voltages explains is no mismatch; a part that its cells hold by less
        than 1e-20 S misses the law by ``inf``, as nothing decides its voltage.

        Parameters
        ----------
        nodes : voltages of k problems.
        i, slope : currents of the cells by their law and their derivatives, (k, rows, cols) A, S.
        g : conductances, (rows, cols) or (k, rows, cols) S; a part without any holds no cell.

        Returns
        -------
        missed : (k,) 1; 0 where nothing floats.
        """
        sides = [parts for parts in (self.word, self.bit) if parts.floats.any()]
        if not sides:
            return np.zeros(len(i))
        rounding = _ROUNDING * _largest(nodes)[:, None]
        stack, found = g if g.ndim == 3 else g[None], []
        for parts in sides:
            net, gross = parts.sums(i), parts.sums(np.abs(i))
            held, cells = parts.sums(slope), parts.sums(stack)
            excess = np.abs(net) - rounding * held
            share = np.divide(excess, gross, out=np.zeros(gross.shape), where=gross > 0)
            found.append(np.where((held < _HOLDING) & (cells > 0), np.inf, share))
        return np.concatenate(found, axis=1).max(axis=1)


def _largest(nodes: Nodes) -> Array:
    """Largest voltage of any node, of either sign, (k,) V."""
    word, bit = (np.abs(v).max(axis=(1, 2)) for v in (nodes.v_word, nodes.v_bit))
    return np.maximum(word, bit)


def unwired_drops(ends: Ends, lines: Lines) -> Array:
    """Voltages across the cells if no wire had a resistance; a guess where lines float.

    A line that nothing drives is taken a third of the way from the mean of the driven lines that it
    crosses to that of its own kind, so that the three cells of a path over two such lines share the
    voltage evenly.

    Parameters
    ----------
    ends : (k, lines) V each.

    Returns
    -------
    u : (k, rows, cols) V.
    """
    word = _levels(ends.left, ends.right, lines.word)
    bit = _levels(ends.top, ends.bottom, lines.bit.T)
    from_word, from_bit = _mean(word, bit), _mean(bit, word)
    word = np.where(np.isnan(word), (from_word + 2 * from_bit) / 3, word)
    bit = np.where(np.isnan(bit), (from_bit + 2 * from_word) / 3, bit)
    return word[:, :, None] - bit[:, None, :]


def _levels(near: Array, far: Array, ohms: Array) -> Array:
    """Mean voltage of those ends of lines (lines, cells + 1) that are not open; nan without one."""
    one, other = ~np.isinf(ohms[:, 0]), ~np.isinf(ohms[:, -1])
    total = np.where(one, near, 0.0) + np.where(other, far, 0.0)
    count = one.astype(float) + other
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _mean(levels: Array, others: Array) -> Array:
    """Mean over the lines of `levels` that are driven, of `others` where none is, (k, 1) V."""
    for volts in (levels, others):
        driven = ~np.isnan(volts[0])
        if driven.any():
            return volts[:, driven].mean(axis=1, keepdims=True)
    return np.zeros((len(levels), 1))
