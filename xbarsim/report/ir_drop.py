"""Maps of IR drop: how much of the read voltage reaches each cell of a network's arrays."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array, to_numpy
from xbarsim.crossbar import Wires, solve
from xbarsim.network import Network
from xbarsim.report.cell_map import FINEST, MAX_MAPS, Panel, map_figure, means
from xbarsim.report.drawing import Drawing
from xbarsim.report.made_again import made_again
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import percent_text, quantity_text
from xbarsim.report.view import View
from xbarsim.study.again import chip_again
from xbarsim.study.trial import Trial


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


@dataclass(frozen=True, kw_only=True)
class _Chip:
    """The arrays of the map, and what they are read at, V."""

    arrays: list[ArrayMap]
    v_read: float


def ir_drop_blocks(view: View) -> list[Drawing | Table | str]:
    """A figure for each network on arrays with wires and a table of all; or why there is none."""
    drawings, told, maps = list[Drawing](), list[str](), dict[str, list[ArrayMap]]()
    for task, made in made_again(view, view.tasks, "accuracy", _chip).items():
        told += made.told
        for point, chip in made.found.items():
            maps[task] = chip.arrays
            drawings.append(_drawing(view, task, chip, point))
    return [*drawings, *told, *([_table(maps)] if maps else [])]


def _chip(trial: Trial, task: str) -> _Chip:
    return _Chip(
        arrays=maps_of(chip_again(trial, task)), v_read=float(trial.scenario["array"]["v_read"])
    )


def _drawing(view: View, task: str, chip: _Chip, point: int) -> Drawing:
    maps = chip.arrays
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
            f"Share of the read voltage of {quantity_text(chip.v_read, 'volt')} that lies across "
            f"each cell of {task} while all word lines are driven at it, the worst case; the rest "
            f"is lost in the wires. Point {point}{view.at(point)}, the one whose lines have most "
            "resistance. Conductances are those of the chip of its first trial right after "
            "programming, made again from its seed; voltages are the exact solution of the "
            "circuit. Of each layer "
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
