"""Maps of IR drop: how much of the read voltage reaches each cell of an array."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xbarsim.backend import Array, to_numpy
from xbarsim.crossbar import Wires, solve
from xbarsim.errors import StudyError
from xbarsim.network import Network
from xbarsim.report.drawing import Drawing
from xbarsim.report.style import new_figure, style
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import percent_text, quantity_text
from xbarsim.report.view import View
from xbarsim.scenario.arrays import ArraySpec
from xbarsim.scenario.build import wires_of
from xbarsim.study.again import chip_again, first_trial, recorded_trials
from xbarsim.study.recipes import Trials

MAX_MAPS = 6  #: of a figure
_FINEST = 64  # fields along each side of a map


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
    if not view.tasks or not _may_have_wires(view):
        return []
    try:
        trials = recorded_trials(view.results.directory)
        point = point_of_longest_lines(view, trials)
        if point is None:
            return []
        trial = first_trial(trials, point)
        maps = {task: maps_of(chip_again(trial, task)) for task in view.tasks}
    except StudyError as error:
        why = str(error).replace(f"{view.results.directory}", "the study's folder")
        return [f"There is no map of IR drop, for which chips are made again: {why}."]
    v_read = float(trial.scenario["array"]["v_read"])
    drawings = [_drawing(view, task, found, point, v_read) for task, found in maps.items()]
    return [*drawings, _table(maps)]


def _may_have_wires(view: View) -> bool:
    scenario, axes = view.results.scenario, view.results.axes
    swept = any(axis == "array" or axis.startswith("array.wires") for axis in axes)
    return swept or bool(scenario.get("array", {}).get("wires"))


def point_of_longest_lines(view: View, trials: Trials) -> int | None:
    """The point whose lines have most resistance from end to end; None where none has any."""
    arrays: dict[str, int] = {}
    for point in sorted(int(p) for p in view.frame["point"].unique()):
        changes = trials.survey.points[point][1]["changes"]
        arrays.setdefault(json.dumps([c for c in changes if c[0][:1] == ["array"]]), point)
    ohms = {p: _ohms(trials.scenario(p)["array"]) for p in arrays.values()}
    worst = max(ohms, key=ohms.__getitem__)
    return worst if ohms[worst] > 0 else None


def _ohms(given: dict[str, Any]) -> float:
    """Resistance of a word line and a bit line, ohm."""
    array = ArraySpec.model_validate(given)
    wires = wires_of(array)
    if wires is None:
        return 0.0
    ends = wires.r_source + wires.r_sense
    return float(wires.r_word * array.cols + wires.r_bit * array.rows + ends)


def coarse(seen: Array, finest: int = _FINEST) -> Array:
    """Means over fields of cells, at most `finest` along each side; nan where no cell is."""
    there = np.isfinite(seen)
    sums, counts = np.where(there, seen, 0.0), there.astype(float)
    for axis in (0, 1):
        n = seen.shape[axis]
        starts = np.unique(np.arange(min(n, finest)) * n // min(n, finest))
        sums, counts = (np.add.reduceat(each, starts, axis=axis) for each in (sums, counts))
    with np.errstate(invalid="ignore"):
        means: Array = sums / np.where(counts > 0, counts, np.nan)
    return means


def _drawing(view: View, task: str, maps: Sequence[ArrayMap], point: int, v_read: float) -> Drawing:
    with style():
        figure = _figure(maps)
    at = f" ({view.label_axes} = {view.labels[point]})" if view.axes else ""
    if any(max(each.seen.shape) > _FINEST for each in maps):
        fields = f" Fields are means over cells, at most {_FINEST} × {_FINEST} of them."
    else:
        fields = " A field is a cell."
    worst = min(maps, key=lambda each: each.seen[each.worst])
    row, col = worst.worst
    return Drawing(
        name=view.stem("ir_drop", task),
        figure=figure,
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


def _figure(maps: Sequence[ArrayMap]) -> Figure:
    across = min(3, len(maps))
    down = -(-len(maps) // across)
    figure = new_figure(0.4 + (2.5 if across > 1 else 3.2) * down)
    grid = figure.subplots(down, across, squeeze=False).ravel()
    low = min(float(np.nanmin(each.seen)) for each in maps)
    low = min(math.floor(100 * low) / 100, 0.99)
    for axes in grid[len(maps) :]:
        axes.remove()
    for k, (axes, each) in enumerate(zip(grid, maps, strict=False)):
        image = _panel(axes, each, low)
        axes.set_xlabel("bit line")
        if k % across == 0:
            axes.set_ylabel("word line")
    bar = figure.colorbar(image, ax=[*grid[: len(maps)]], fraction=0.05, aspect=28, pad=0.02)
    bar.set_label("share of the read voltage / %")
    bar.outline.set_linewidth(0.5)
    return figure


def _panel(axes: Axes, each: ArrayMap, low: float) -> Any:
    rows, cols = each.seen.shape
    image = axes.imshow(
        100 * coarse(each.seen), cmap="cividis", vmin=100 * low, vmax=100.0, aspect="auto",
        interpolation="none", extent=(-0.5, cols - 0.5, rows - 0.5, -0.5),
    )  # fmt: skip
    row, col = each.worst
    for colour, width, size in (("white", 3.0, 9), ("black", 1.3, 8)):
        axes.plot([col], [row], "x", color=colour, markersize=size, markeredgewidth=width,
                  clip_on=False)  # fmt: skip
    axes.set_title(f"{each.name}: least {percent_text(float(each.seen[row, col]))}")
    axes.grid(visible=False)
    return image


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
