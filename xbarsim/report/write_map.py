"""Maps of a write in a passive array: how much of its voltage lies across each cell."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.crossbar.passive import Access
from xbarsim.errors import XbarsimError
from xbarsim.report.cell_map import FINEST, Panel, map_figure, peaks
from xbarsim.report.drawing import Drawing
from xbarsim.report.longest_lines import may_have_wires, points_of_longest_lines
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import percent_text, quantity_text
from xbarsim.report.view import View
from xbarsim.study.again import first_trial, recorded_trials, write_again

MOST = 9  #: maps of a figure


@dataclass(frozen=True, kw_only=True)
class WriteMap:
    """The write of one cell at a point of a study."""

    point: int
    write: Access

    @property
    def volts(self) -> float:
        """Voltage of the selected word line, V."""
        return float(self.write.bias.v_word[self.write.bias.selected[0]])

    @property
    def shares(self) -> Array:
        """Voltage across each cell, of either sign, as a share of `volts`, (rows, cols)."""
        found: Array = np.abs(self.write.v_cell / self.volts)
        return found

    @property
    def selected(self) -> float:
        """Share that the selected cell sees."""
        return float(self.shares[self.write.bias.selected])

    @property
    def panel(self) -> Panel:
        """The map as it is drawn."""
        return Panel(
            title=f"point {self.point}: {percent_text(self.selected)}",
            fields=peaks(self.shares),
            shape=self.write.bias.shape,
            marked=self.write.bias.selected,
        )


def write_map_blocks(view: View) -> list[Drawing | Table | str]:
    """A figure and a table for each passive array with wires, or why there is none."""
    if not view.arrays or not may_have_wires(view):
        return []
    try:
        trials = recorded_trials(view.results.directory)
        points = points_of_longest_lines(view, trials)
        if not points:
            return []
        maps = {
            task: [
                WriteMap(point=point, write=write_again(first_trial(trials, point), task))
                for point in points[:MOST]
            ]
            for task in view.arrays
        }
    except XbarsimError as error:
        why = str(error).replace(f"{view.results.directory}", "the study's folder")
        return [f"There is no map of a write, for which arrays are made again: {why}."]
    drawings = [_drawing(view, task, found, len(points)) for task, found in maps.items()]
    return [*drawings, _table(view, maps)]


def _drawing(view: View, task: str, maps: Sequence[WriteMap], points: int) -> Drawing:
    if any(max(each.write.bias.shape) > FINEST for each in maps):
        fields = f"Fields are the largest over cells, at most {FINEST} × {FINEST} of them."
    else:
        fields = "A field is a cell."
    which = "the point whose lines have" if points == 1 else "the points whose lines have"
    some = f", the first {len(maps)} of {points}" if points > len(maps) else ""
    return Drawing(
        name=view.stem("write_map", task),
        figure=map_figure([each.panel for each in maps], "share of the write voltage"),
        intervals=False,
        title=f"Share of the write voltage that cells of {task} see",
        caption=(
            f"Voltage across each cell of {task}, of either sign, as a share of that on the "
            "selected word line, while the cell with the cross, the farthest from its drivers, is "
            f"written: {which} most resistance{some}; above each what the selected cell sees. "
            "Conductances are those of the first trial at its first age, made again from its "
            f"seed; voltages are the exact solution of the circuit. {fields} One array each, so no "
            "interval."
        ),
    )


def _table(view: View, maps: dict[str, list[WriteMap]]) -> Table:
    columns = ["task", "point", view.label_axes, "rows × columns", "word line at", "selected cell",
               "largest half-selected", "largest of the others"]  # fmt: skip
    rows = [_row(view, task, each) for task, found in maps.items() for each in found]
    return Table(
        caption="Voltages across cells during the writes of the maps.",
        columns=columns,
        rows=rows,
        numeric=frozenset(range(4, 8)),
    )


def _row(view: View, task: str, each: WriteMap) -> list[Cell]:
    write = each.write
    volts = [each.volts, write.v_selected, write.v_half_selected, write.v_unselected]
    return [
        Cell(task),
        Cell(str(each.point), each.point),
        Cell(view.labels[each.point]),
        Cell("{} × {}".format(*write.bias.shape)),
        *(Cell(quantity_text(value, "volt"), value) for value in volts),
    ]
