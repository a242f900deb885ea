"""Cells of one law whose time runs at a pace of its own in each."""

from dataclasses import dataclass
from typing import Any

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw


@dataclass(frozen=True, eq=False)
class OwnPace:
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

    @property
    def states(self) -> tuple[str, ...]:
        """Those of the law."""
        return self.law.states

    @property
    def valid(self) -> tuple[float, float]:
        """As the law, V."""
        return self.law.valid

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Those of the law, V."""
        return self.law.breakpoints

    @property
    def ambient(self) -> Any:
        """That of the law, K."""
        return self.law.ambient

    @property
    def volatile(self) -> bool:
        """As the law."""
        return self.law.volatile

    def initial_state(self) -> Array:
        """That of the law."""
        return self.law.initial_state()

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """Those of the law."""
        return self.law.bounds(v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """That of the law, A."""
        return self.law.current(v, state, temperature)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Change of the state within a unit."""
        return self.unit * self.law.rate(v, state, temperature)
