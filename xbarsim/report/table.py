"""Tables as the page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from xbarsim.report.view import Dimension


@dataclass(frozen=True)
class Cell:
    """What a cell says, and the number it is sorted by (its text if there is none)."""

    text: str
    sort: float | None = None
    kind: str = ""  #: class of the cell in the page's style sheet


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under named columns.

    Parameters
    ----------
    caption : what the table holds.
    columns : head of each column.
    rows : cells of each row, as many as columns.
    numeric : indices of the columns that are set flush right.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numeric: frozenset[int] = frozenset()


def numeric_from(first: int, columns: Sequence[str]) -> frozenset[int]:
    """Indices of the columns from `first` on."""
    return frozenset(range(first, len(columns)))


def axis_cells(axes: Sequence[Dimension], row: "pd.Series[Any]") -> list[Cell]:
    """The swept values of a row of the frame: numbers as such, the rest as text."""
    return [_axis_cell(axis, int(row[axis.column])) for axis in axes]


def _axis_cell(axis: Dimension, level: int) -> Cell:
    return Cell(axis.levels[level], float(axis.numbers[level]) if axis.numbers else None)
