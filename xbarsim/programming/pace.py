"""Cells of one law whose time runs at a pace of its own in each."""

from dataclasses import dataclass

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw
from xbarsim.transient.around import LawAround


@dataclass(frozen=True, eq=False)
class OwnPace(LawAround):
    """A `SwitchingLaw` in units of a time that differs from cell to cell.

    Many cells then go through one waveform at different speeds in one integration. Energies of it
    are in watt times that unit.

    Parameters
    ----------
    law : the law.
    unit : of time, (cells,) s.
    """

    law: SwitchingLaw
    unit: Array

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Change of the state within a unit."""
        return self.unit * self.law.rate(v, state, temperature)
