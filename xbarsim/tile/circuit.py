"""The circuit around a tile's cells: wires as long as they are, and what has settled by the end."""

from dataclasses import dataclass, replace
from typing import Any

from numpy import ndindex

from xbarsim.backend import Array, array_namespace
from xbarsim.cache import shared
from xbarsim.crossbar import Wires, transfer_matrix, transfer_slope
from xbarsim.crossbar.settling import settled, settling
from xbarsim.hardware import Hardware

_ALL = slice(None)  # every array


@dataclass(frozen=True, kw_only=True, eq=False)
class Circuit:
    """Lines of arrays (down, across).

    Parameters
    ----------
    hardware : what the arrays are built from.
    offsets : segments of word line before each array's cells, and of bit line behind them,
        (down, across, 2); None for none.
    """

    hardware: Hardware
    offsets: Array | None

    @property
    def wires(self) -> Wires:
        """Line resistances of an array whose cells stand at its corner."""
        return self.hardware.wires or Wires()

    def wires_of(self, r: int, c: int) -> Wires:
        """The wires of one array, as far as its cells see them."""
        if self.offsets is None or self.wires.ideal:
            return self.wires
        before, behind = (int(n) for n in self.offsets[r, c])
        wires = self.wires
        return replace(
            wires,
            r_source=wires.r_source + before * wires.r_word,
            r_sense=wires.r_sense + behind * wires.r_bit,
        )

    def steady(self, g: Array) -> Array:
        """Transfer matrices of arrays (down, across, rows, cols) when everything has settled, S."""
        groups = self._by_wires()
        if len(groups) == 1:
            return _transfer(g, groups[0][0])
        out = array_namespace(g).empty_like(g)
        for wires, arrays in groups:
            out[arrays] = _transfer(g[arrays], wires)
        return out

    def slope(self, g: Array, weight: Array) -> Array:
        """Derivatives of ``sum(weight * steady(g))`` by every cell, of g's shape."""
        out = array_namespace(g).empty_like(g)
        for wires, chosen in self._by_wires():
            out[chosen] = transfer_slope(g[chosen], wires, weight[chosen])
        return out

    def settled(self, g: Array) -> Array:
        """Share of each transfer that is there at the end of a read; of g's shape.

        All of an array's lines are charged, those beyond its cells too.
        """
        xp, hardware = array_namespace(g), self.hardware
        node, (down, across, rows, cols) = hardware.node, g.shape
        out = xp.empty_like(g)
        for r, c in ndindex(down, across):
            before, behind = (0, 0) if self.offsets is None else self.offsets[r, c]
            last = hardware.rows - behind
            part = slice(last - rows, last), slice(before, before + cols)
            whole = xp.zeros((hardware.rows, hardware.cols))
            whole[part] = g[r, c]
            arrives = settling(whole, self.wires, node.c_word, node.c_bit)
            out[r, c] = settled(hardware.t_read, arrives.tau[part], arrives.variance[part])
        return out

    def _by_wires(self) -> list[tuple[Wires, Any]]:
        """The wires of arrays, and which arrays (an index of the first two axes) have them."""
        if self.offsets is None or self.wires.ideal:
            return [(self.wires, _ALL)]
        found: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for r, c in ndindex(*self.offsets.shape[:2]):
            before, behind = (int(n) for n in self.offsets[r, c])
            found.setdefault((before, behind), []).append((r, c))
        return [
            (self.wires_of(*places[0]), tuple(zip(*places, strict=True)))
            for places in found.values()
        ]


def _transfer(g: Array, wires: Wires) -> Array:
    if wires.ideal:
        return transfer_matrix(g, wires)
    return shared(lambda: transfer_matrix(g, wires), "transfer matrix", g, wires)
