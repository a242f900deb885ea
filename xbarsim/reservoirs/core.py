"""What drives a readout: a dynamical system that series go through."""

from collections import Counter
from typing import Any, Protocol

from xbarsim.backend import Array
from xbarsim.tile import Tile


class Core(Protocol):
    """A random dynamical system with a state for each series.

    Series are arrays (time, inputs) of one type, float32 or float64. How they are cut and put
    together changes no feature but by rounding: the state goes on where the last call left it.
    Noise of arrays is that of a read, which is a step of all series of a call, and of the place of
    a series among the others.
    """

    @property
    def inputs(self) -> int:
        """Channels of a series."""

    @property
    def features(self) -> int:
        """Numbers that a step gives to the readout."""

    @property
    def tiles(self) -> dict[str, Tile]:
        """What stands on arrays, by name; empty in software."""

    @property
    def ledger(self) -> Counter[str]:
        """What its arrays and devices have done since they were made."""

    def program(self) -> None:
        """Make fresh devices; nothing in software."""

    def calibrate(self, series: list[Array]) -> None:
        """Set converter ranges on typical series; nothing in software."""

    def age(self, t: float) -> None:
        """Let arrays be `t` seconds old, counted from programming; nothing in software."""

    def begin(self, n: int) -> Any:
        """The state of `n` series before their first step."""

    def run(self, series: list[Array], state: Any = None) -> tuple[list[Array], Any]:
        """Features of each series, (time, features), and the state after its last step.

        `state` is what the first step starts from, `begin` by default.

        Raises
        ------
        ConvergenceError : a state left all bounds; says which, and at which step.
        """

    def driven(self, series: list[Array]) -> dict[str, Array]:
        """Vectors that each tile is given when `series` run, (steps of all, inputs of the tile)."""
