"""What of the conductance drift has taken is given back, by a reference read."""

from xbarsim.backend import Array, array_namespace
from xbarsim.hardware import Compensation
from xbarsim.tile.cells import Cells


class Reference:
    """A reference read, as it was after programming and as it is now.

    Parameters
    ----------
    kind : ``none``, ``global`` or ``column``, see `xbarsim.Hardware`.

    Notes
    -----
    Every word line at full scale; currents are averaged until their noise is negligible, and not
    converted (Joshi et al., Nature Communications 11, 2473 (2020), for all columns together).
    """

    def __init__(self, kind: Compensation) -> None:
        self.kind = kind
        self._first: Array | None = None

    def set(self, cells: Cells) -> None:
        """Remember the read right after programming, at the temperature of the device's data."""
        if self.kind == "none":
            return
        heated = cells.effects.conduction
        self._first = self._currents(cells, cells.transfer if heated == 1.0 else cells.cooled())

    def factor(self, cells: Cells) -> Array | float:
        """What outputs are multiplied by: one number, or (down, across, 1, signals)."""
        if self.kind == "none":
            return 1.0
        now = self._currents(cells, cells.transfer)
        if self.kind == "global":
            return float(self._first / now) if now > 0 else 1.0
        xp = array_namespace(now)
        return xp.where(now > 0, self._first / xp.where(now > 0, now, 1.0), 1.0)

    def _currents(self, cells: Cells, transfer: Array) -> Array:
        """Reference currents per volt: of all columns, or of those of each signal."""
        columns = transfer.sum(axis=-2)
        if self.kind == "global":
            return columns.sum()
        total = cells.partition.encoding.total(columns)[:, :, None]
        analog = cells.hardware.partial_sums == "analog"
        return cells.partition.sums(total) if analog else total
