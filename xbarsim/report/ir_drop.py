"""Maps of IR drop: how much of the read voltage reaches each cell of a network's arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array, to_numpy
from xbarsim.crossbar import Wires, solve
from xbarsim.errors import XbarsimError
from xbarsim.network import Network
from xbarsim.report.cell_map import FINEST, MAX_MAPS, Panel, map_figure, means
from xbarsim.report.drawing import Drawing
from xbarsim.report.longest_lines import may_have_wires, points_of_longest_lines
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import percent_text, quantity_text
from xbarsim.report.view import View
from xbarsim.study.again import chip_again, first_trial, recorded_trials


@dataclass(frozen=True, kw_only=True)
class ArrayMap:
    """One array of a layer.

    Parameters
    ----------
    name : of layer and matrix.
    place : the array's row and column among those of its matrix.
    seen : share of the read voltage at each cell, (rows, cols); nan where no cell is.
    conductance : of all cells together, S.
    """

    name: str
    place: tuple[int, int]
    seen: Array
    conductance: float

    @property
    def worst(self) -> tuple[int, int]:
        """Word line and bit line of the cell that sees least."""
        row, col = np.unravel_index(int(np.nanargmin(self.seen)), self.seen.shape)
        return int(row), int(col)

    @property
    def panel(self) -> Panel:
        """The map as it is drawn."""
        rows, cols = self.seen.shape
        return Panel(
            title=f"{self.name}: least {percent_text(float(self.seen[self.worst]))}",
            fields=means(self.seen),
            shape=(rows, cols),
            marked=self.worst,
        )


def seen_by_cells(g: Array, wires: Wires) -> Array:
    """Share of the voltage on the word lines that lies across each cell.

    All word lines are driven alike, and bit lines end in virtual ground, so that most current flows
    and most is lost. Exact: node voltages of `xbarsim.crossbar.solve`.

    Parameters
    ----------
    g : (rows, cols) S.

    Returns
    -------
    share : (rows, cols), from 0 to 1.
    """
    found = solve(g, np.ones(g.shape[0]), wires)
    share: Array = found.v_word - found.v_bit
    return share


def maps_of(network: Network, most: int = MAX_MAPS) -> list[ArrayMap]:
    """Of each matrix the array whose cells conduct most; of many the `most` that conduct most."""
    fullest = []
    for (layer, block), tiles in network.tiles.items():
        cells = tiles[0].cells
        totals = to_numpy(cells.g.sum(axis=(-2, -1)))
        r, c = (int(n) for n in np.unravel_index(int(totals.argmax()), totals.shape))
        name = f"{layer} {block}".strip()
        fullest.append((float(totals[r, c]), name, cells, (r, c)))
    kept = sorted(fullest, key=lambda each: -each[0])[:most]
    found = []
    for total, name, cells, (r, c) in [each for each in fullest if each in kept]:
        formed = to_numpy(cells.formed[r, c])
        share = seen_by_cells(to_numpy(cells.g[r, c]), cells.circuit.wires_of(r, c))
        seen = np.where(formed, share, np.nan)
        found.append(ArrayMap(name=name, place=(r, c), seen=seen, conductance=total))
    return found


def ir_drop_blocks(view: View) -> list[Drawing | Table | str]:
    """A figure and a table for each network on arrays with wires, or why there is none."""
    if not view.tasks or not may_have_wires(view):
        return []
    try:
        trials = recorded_trials(view.results.directory)
        points = points_of_longest_lines(view, trials)
        if not points:
            return []
        trial = first_trial(trials, points[0])
        maps = {task: maps_of(chip_again(trial, task)) for task in view.tasks}
    except XbarsimError as error:
        why = str(error).replace(f"{view.results.directory}", "the study's folder")
        return [f"There is no map of IR drop, for which chips are made again: {why}."]
    v_read = float(trial.scenario["array"]["v_read"])
    drawings = [_drawing(view, task, found, points[0], v_read) for task, found in maps.items()]
    return [*drawings, _table(maps)]


def _drawing(view: View, task: str, maps: Sequence[ArrayMap], point: int, v_read: float) -> Drawing:
    at = f" ({view.label_axes} = {view.labels[point]})" if view.axes else ""
    if any(max(each.seen.shape) > FINEST for each in maps):
        fields = f" Fields are means over cells, at most {FINEST} × {FINEST} of them."
    else:
        fields = " A field is a cell."
    worst = min(maps, key=lambda each: each.seen[each.worst])
    row, col = worst.worst
    return Drawing(
        name=view.stem("ir_drop", task),
        figure=map_figure([each.panel for each in maps], "share of the read voltage"),
        intervals=False,
        title=f"Share of the read voltage that cells of {task} see",
        caption=(
            f"Share of the read voltage of {quantity_text(v_read, 'volt')} that lies across each "
            f"cell of {task} while all word lines are driven at it, the worst case; the rest is "
            f"lost in the wires. Point {point}{at}, the one whose lines have most resistance. "
            "Conductances are those of the chip of its first trial right after programming, made "
            "again from its seed; voltages are the exact solution of the circuit. Of each layer "
            "the array whose cells conduct most; word lines are driven at the left, bit lines "
            f"sensed at the bottom.{fields} The cross marks the cell that sees least: in "
            f"{worst.name} word line {row}, bit line {col}, with "
            f"{percent_text(float(worst.seen[row, col]))}. One chip, so no interval."
        ),
    )


def _table(maps: dict[str, list[ArrayMap]]) -> Table:
    columns = ["task", "layer", "array", "rows × columns", "all cells conduct", "mean", "least",
               "at word line, bit line"]  # fmt: skip
    rows = [_row(task, each) for task, found in maps.items() for each in found]
    return Table(
        caption="Share of the read voltage that cells see on the arrays of the map.",
        columns=columns,
        rows=rows,
        numeric=frozenset(range(4, 7)),
    )


def _row(task: str, each: ArrayMap) -> list[Cell]:
    (rows, cols), (row, col) = each.seen.shape, each.worst
    mean, least = float(np.nanmean(each.seen)), float(each.seen[row, col])
    return [
        Cell(task),
        Cell(each.name),
        Cell(f"{each.place[0]},{each.place[1]}"),
        Cell(f"{rows} × {cols}"),
        Cell(quantity_text(each.conductance, "siemens"), each.conductance),
        Cell(percent_text(mean), mean),
        Cell(percent_text(least), least),
        Cell(f"{row}, {col}"),
    ]
