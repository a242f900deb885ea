"""Rectangles of cells that hold a piece of a matrix, and whether they can all be."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from xbarsim.mapping.graph import Key

if TYPE_CHECKING:
    from xbarsim.mapping.placement import Used

Sizes = Mapping[Key, Mapping[tuple[int, int], "Used"]]
_TOLD = 5  # faults of a kind


class Slot(NamedTuple):
    """Where a piece of a copy of a matrix stands.

    Parameters
    ----------
    layer, block : names of the layer and of its matrix.
    copy : number of the copy.
    row, column : of the piece in the grid of the matrix's arrays.
    array : number of the array.
    row0, col0 : first row and column. Word lines are driven at column 0 and bit lines sensed at the
        last row: an array's only block ends there.
    x, y : column and row of the array on the grid.
    """

    layer: str
    block: str
    copy: int
    row: int
    column: int
    array: int
    row0: int
    col0: int
    x: int
    y: int

    def __str__(self) -> str:
        name = f"{self.layer}.{self.block}" if self.block else self.layer
        return f"piece {self.row},{self.column} of copy {self.copy} of {name}"


def slot_faults(
    slots: Sequence[Slot], sizes: Sizes, shape: tuple[int, int], corner_only: str
) -> list[str]:
    """What is wrong with slots; nothing for a placement that can be.

    Parameters
    ----------
    sizes : rows, columns and cells of each piece of each matrix.
    shape : rows and columns of an array.
    corner_only : why a block must stand in the corner, if it must.
    """
    if not sizes:
        return ["the network has no layer with weights; there is nothing to place"]
    return (
        _incomplete(slots, sizes)
        or _outside(slots, sizes, shape, corner_only)
        or _overlapping(slots, sizes)
        or _misplaced(slots)
    )[:_TOLD]


def _incomplete(slots: Sequence[Slot], sizes: Sizes) -> list[str]:
    """Each piece of each copy stands once."""
    found = Counter(s[:5] for s in slots)
    copies = Counter(key[:2] for key in {s[:3] for s in slots})
    wanted = {
        (*key, copy, *place)
        for key, pieces in sizes.items()
        for copy in range(max(copies[key], 1))
        for place in pieces
    }

    def name(key: tuple[str, str, int, int, int]) -> Slot:
        return Slot(*key, 0, 0, 0, 0, 0)

    return (
        [f"{name(key)} has no slot" for key in sorted(wanted - found.keys())]
        + [f"there is no {name(key)}" for key in sorted(found.keys() - wanted)]
        + [f"{name(key)} has {number} slots" for key, number in found.items() if number > 1]
    )


def _outside(
    slots: Sequence[Slot], sizes: Sizes, shape: tuple[int, int], corner_only: str
) -> list[str]:
    rows, cols = shape
    faults = []
    for s in slots:
        size = sizes[s.layer, s.block][s.row, s.column]
        if min(s.row0, s.col0) < 0 or s.row0 + size.rows > rows or s.col0 + size.cols > cols:
            faults.append(
                f"{s} stands at row {s.row0}, column {s.col0} and takes {size.rows} x {size.cols} "
                f"cells; that is not within {rows} x {cols}"
            )
        elif corner_only and (s.col0 or s.row0 + size.rows < rows):
            faults.append(
                f"{s} stands away from the corner of its array; {corner_only} take one block each. "
                "Use strategy.packing none"
            )
    return faults


def _overlapping(slots: Sequence[Slot], sizes: Sizes) -> list[str]:
    """Slots of an array share no row and no column."""
    arrays: dict[int, list[Slot]] = defaultdict(list)
    for s in slots:
        arrays[s.array].append(s)
    faults = []
    for array, held in arrays.items():
        for what, start, size in (("rows", "row0", 0), ("columns", "col0", 1)):
            ordered = sorted(held, key=lambda s: int(getattr(s, start)))
            for a, b in pairwise(ordered):
                if getattr(a, start) + sizes[a.layer, a.block][a.row, a.column][size] > getattr(
                    b, start
                ):
                    faults.append(f"on array {array} {a} and {b} overlap in their {what}")
    return faults


def _misplaced(slots: Sequence[Slot]) -> list[str]:
    """Arrays are numbered from 0 without gaps; each has a place of its own."""
    places: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for s in slots:
        places[s.array].add((s.x, s.y))
    faults = []
    if sorted(places) != list(range(len(places))):
        faults.append(f"arrays are not numbered from 0 to {len(places) - 1}")
    faults += [f"array {a} stands at {sorted(p)}" for a, p in places.items() if len(p) > 1]
    at = Counter(place for p in places.values() for place in p)
    faults += [f"{n} arrays stand at {place}" for place, n in at.items() if n > 1]
    return faults + [f"an array stands at {place}" for place in at if min(place) < 0]
