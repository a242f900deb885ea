"""How a network is placed: what shares arrays, what stands twice, where arrays lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from xbarsim.errors import SpecError

Packing = Literal["none", "diagonal"]
Order = Literal["row", "snake", "short"]


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """How a network is placed.

    Parameters
    ----------
    packing : ``none``: every piece of a matrix has an array of its own. ``diagonal``: small pieces
        of any layers share one, each with rows and columns of its own, so that they are read at
        the same time and no current of one flows in the other; first fit, largest pieces first.
    copies : ``one`` of each matrix; ``balance``: as many as bring the slowest stage of the pipeline
        down as far as `max_arrays` allow (see `xbarsim.mapping.copies`); or numbers for the layers
        that have more than one, by name.
    max_arrays : how many arrays there are; None is as many as needed.
    order : how arrays follow each other on the grid. ``row``: row by row, each from the left.
        ``snake``: every other row from the right, so that neighbours in order are neighbours on
        the grid. ``short``: swaps from there that shorten the way of what layers send each other
        (see `xbarsim.mapping.grid`).
    grid_cols : arrays in a row of the grid; None for a grid that is about square.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    packing: Packing = "none"
    copies: Literal["one", "balance"] | Mapping[str, int] = "one"
    max_arrays: int | None = None
    order: Order = "snake"
    grid_cols: int | None = None

    def __post_init__(self) -> None:
        faults = []
        for name, known in (("packing", get_args(Packing)), ("order", get_args(Order))):
            if getattr(self, name) not in known:
                faults.append(
                    f"strategy.{name} is {getattr(self, name)!r}; known: {', '.join(known)}"
                )
        for name in ("max_arrays", "grid_cols"):
            value = getattr(self, name)
            if value is not None and not _whole(value):
                faults.append(f"strategy.{name} is {value!r}; it must be a whole number above 0")
        faults += self._copies_faults()
        if faults:
            raise SpecError(faults)

    def _copies_faults(self) -> list[str]:
        if isinstance(self.copies, Mapping):
            return [
                f"strategy.copies of layer {layer} is {number!r}; it must be a whole number above 0"
                for layer, number in self.copies.items()
                if not _whole(number)
            ]
        if self.copies not in ("one", "balance"):
            return [
                f"strategy.copies is {self.copies!r}; known: one, balance, or numbers by layer name"
            ]
        if self.copies == "balance" and self.max_arrays is None:
            return ["strategy.copies balance needs strategy.max_arrays: where copying ends"]
        return []


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
