"""Tables as the page shows them."""

import csv
import io
import math
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
    numeric : indices of the columns that are set flush right, beside those that hold numbers.
    name : stem of its file, unique in a report; empty where it has none.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numeric: frozenset[int] = frozenset()
    name: str = ""

    @property
    def aligned(self) -> frozenset[int]:
        """Indices of the columns that are set flush right."""
        return self.numeric | self.counted

    @property
    def counted(self) -> frozenset[int]:
        """Indices of the columns in which some cell has a number."""
        return frozenset(k for row in self.rows for k, c in enumerate(row) if c.sort is not None)


def table_csv(table: Table) -> bytes:
    """A table as CSV: each column as on the page and, where it has numbers, once more in full.

    A column of numbers is called like the column of the page with ``(number)`` behind it, and is
    in SI units; shares are fractions of one.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_doubled(table, table.columns, [f"{name} (number)" for name in table.columns]))
    for row in table.rows:
        writer.writerow(_doubled(table, [c.text for c in row], [number_text(c.sort) for c in row]))
    return buffer.getvalue().encode()


def _doubled(table: Table, texts: Sequence[str], numbers: Sequence[str]) -> list[str]:
    pairs = enumerate(zip(texts, numbers, strict=True))
    return [each for k, pair in pairs for each in (pair if k in table.counted else pair[:1])]


def number_text(value: float | None) -> str:
    """A number in full, ``6.0`` → ``6``; empty where there is none."""
    if value is None or math.isnan(value):
        return ""
    return repr(float(value)).removesuffix(".0")


def sort_text(value: float) -> str:
    """A number with the ten digits by which the page sorts and filters."""
    return f"{value:.10g}"


def numeric_from(first: int, columns: Sequence[str]) -> frozenset[int]:
    """Indices of the columns from `first` on."""
    return frozenset(range(first, len(columns)))


def axis_cells(axes: Sequence[Dimension], row: "pd.Series[Any]") -> list[Cell]:
    """The swept values of a row of the frame: numbers as such, the rest as text."""
    return [_axis_cell(axis, int(row[axis.column])) for axis in axes]


def _axis_cell(axis: Dimension, level: int) -> Cell:
    return Cell(axis.levels[level], float(axis.numbers[level]) if axis.numbers else None)
