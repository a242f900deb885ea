"""Maps of a write in a passive array: how much of its voltage lies across each cell."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.crossbar.passive import Access
from xbarsim.report.cell_map import FINEST, Panel, map_figure, peaks
from xbarsim.report.drawing import Drawing
from xbarsim.report.made_again import made_again
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import percent_text, quantity_text
from xbarsim.report.view import View
from xbarsim.study.again import write_again
from xbarsim.study.trial import Trial

MOST = 9  #: maps of a figure


@dataclass(frozen=True, kw_only=True)
class WriteMap:
    """What is shown of the write of one cell.

    Parameters
    ----------
    fields : largest voltage in each field, of either sign, as a share of the driver's.
    shape : rows and columns of the array.
    selected : word line and bit line of the cell.
    volts : of the driver of its word line, across the selected cell, and the largest across
        half-selected cells and across the others, V.
    """

    fields: Array
    shape: tuple[int, int]
    selected: tuple[int, int]
    volts: tuple[float, float, float, float]


def map_of(write: Access) -> WriteMap:
    """The map of a write."""
    driver = float(write.bias.v_word[write.bias.selected[0]])
    return WriteMap(
        fields=peaks(np.abs(write.v_cell / driver)),
        shape=write.bias.shape,
        selected=write.bias.selected,
        volts=(driver, write.v_selected, write.v_half_selected, write.v_unselected),
    )


def write_map_blocks(view: View) -> list[Drawing | Table | str]:
    """A figure for each passive array with wires and a table of all; or why there is none."""
    drawings, told, maps = list[Drawing](), list[str](), dict[str, dict[int, WriteMap]]()
    for task, made in made_again(view, view.arrays, "access.energy", _write, MOST).items():
        told += made.told
        if made.found:
            maps[task] = made.found
            drawings.append(_drawing(view, task, made.found, len(made.points)))
    return [*drawings, *told, *([_table(view, maps)] if maps else [])]


def _write(trial: Trial, task: str) -> WriteMap:
    return map_of(write_again(trial, task))


def _drawing(view: View, task: str, maps: Mapping[int, WriteMap], points: int) -> Drawing:
    panels = [
        Panel(
            title=f"point {point}: {percent_text(each.volts[1] / each.volts[0])}",
            fields=each.fields,
            shape=each.shape,
            marked=each.selected,
        )
        for point, each in maps.items()
    ]
    if any(max(each.shape) > FINEST for each in maps.values()):
        fields = f"Fields are the largest over cells, at most {FINEST} × {FINEST} of them."
    else:
        fields = "A field is a cell."
    return Drawing(
        name=view.stem("write_map", task),
        figure=map_figure(panels, "share of the write voltage"),
        intervals=False,
        title=f"Share of the write voltage that cells of {task} see",
        caption=(
            f"Voltage across each cell of {task}, of either sign, as a share of that which the "
            "driver of the selected word line gives, while the cell with the cross, the farthest "
            f"from its drivers, is written. {_which(view, list(maps), points)} Above each is what "
            "the selected cell sees. Conductances are those of each point's first trial at its "
            "first age, made again from its seed; voltages are the exact solution of the circuit. "
            f"{fields} One array each, so no interval."
        ),
    )


def _which(view: View, shown: list[int], points: int) -> str:
    """Which points are shown."""
    if points == 1:
        (point,) = shown
        at = view.at(point)
        return f"Point {point}{at}, the one whose lines have most resistance from end to end."
    some = "" if len(shown) == points else f", {len(shown)} of {points}"
    return f"The points whose lines have most resistance from end to end{some}."


def _table(view: View, maps: Mapping[str, Mapping[int, WriteMap]]) -> Table:
    columns = ["task", "point", view.label_axes, "rows × columns", "driver", "selected cell",
               "largest half-selected", "largest of the others"]  # fmt: skip
    rows = [
        [
            Cell(task),
            Cell(str(point), point),
            Cell(view.labels[point]),
            Cell("{} × {}".format(*each.shape)),
            *_volts(each),
        ]
        for task, found in maps.items()
        for point, each in found.items()
    ]
    return Table(
        caption="Voltages of the drivers of selected word lines and across cells, on the maps.",
        columns=columns,
        rows=rows,
        numeric=frozenset(range(4, 8)),
        name="write_map",
    )


def _volts(each: WriteMap) -> list[Cell]:
    """A dash where an array has no such cells."""
    rows, cols = each.shape
    there = (True, True, rows * cols > 1, min(rows, cols) > 1)
    return [
        Cell(quantity_text(value, "volt"), value) if known else Cell("–")
        for value, known in zip(each.volts, there, strict=True)
    ]
