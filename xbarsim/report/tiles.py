"""Tile map: where the weights of a network lie."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from xbarsim.encode import Encoding
from xbarsim.report.drawing import Drawing
from xbarsim.report.excerpt import MAX_POINTS, first_of
from xbarsim.report.style import INK, MUTED, WIDTH, area_look, legend_below, new_figure, style
from xbarsim.report.table import Cell, Table, axis_cells, numeric_from
from xbarsim.report.text import counted, percent_text
from xbarsim.report.view import View

MAX_ARRAYS = 120

Row = Mapping[Any, Any]


def tile_drawing(view: View, task: str) -> Drawing | None:
    """Floorplan of a task at the first point; None if the study kept no placement of it."""
    arrays = _of_first_point(view, task)
    if arrays.empty:
        return None
    with style():
        figure = _figure(arrays.head(MAX_ARRAYS))
    return Drawing(
        name=view.stem("tiles", task),
        figure=figure,
        title=f"Floorplan of the arrays of {task}",
        caption=_caption(view, arrays, task),
    )


def _of_first_point(view: View, task: str) -> pd.DataFrame:
    placements = view.results.placements
    if placements.empty:
        return placements
    mine = placements[placements["task"] == task]
    mine = mine[mine["point"].isin(view.frame["point"])]  # of a point that was run
    first: pd.DataFrame = mine[mine["point"] == mine["point"].min()]
    return first


def _caption(view: View, arrays: pd.DataFrame, task: str) -> str:
    first = arrays.iloc[0]
    at = view.at(int(first["point"]))
    more = f" The first {MAX_ARRAYS} are drawn." if len(arrays) > MAX_ARRAYS else ""
    return (
        f"Arrays of {task} at point {int(first['point'])}{at}: {counted(len(arrays), 'array')} of "
        f"{int(first['rows'])} rows × {int(first['cols'])} columns. Coloured: cells in "
        f"use, next to the drivers (left) and the sense amplifiers (below). Under each array the "
        f"number of its layer, its row and column block, and the share of its cells in use."
        f"{_weight_text(view)}{_area_text(view, task, int(first['point']))}{more}"
    )


def _weight_text(view: View) -> str:
    """What columns a weight takes, at the scenario's base values."""
    given = view.results.scenario.get("array", {}).get("encoding") or "differential"
    code = Encoding(**({"kind": given} if isinstance(given, str) else given))
    parts = [
        *(["positive and negative"] if code.paired else []),
        *([counted(code.slices, "slice")] if code.slices > 1 else []),
        *([f"{code.copies} copies"] if code.copies > 1 else []),
    ]
    held = f" ({' × '.join(parts)})" if parts else ""
    beside = f", beside {counted(code.references, 'reference column')}" if code.references else ""
    return f" A weight takes {counted(code.columns_each, 'column')}{held}{beside}."


def _area_text(view: View, task: str, point: int) -> str:
    """What the chip covers, and its cells of that, where the study knows."""
    rows = view.fresh(task)
    row = rows[rows["point"] == point].iloc[0]
    whole, cells = (float(row.get(f"chip.{name}", math.nan)) for name in ("area", "area.cells"))
    if not math.isfinite(whole):
        return ""
    share = f", of which the cells take {percent_text(cells / whole)}" if cells > 0 else ""
    return f" The chip covers {1e6 * whole:.3g} mm²{share}."


def _figure(arrays: pd.DataFrame) -> Figure:
    across = min(len(arrays), max(5, math.ceil(math.sqrt(2 * len(arrays)))))
    down = math.ceil(len(arrays) / across)
    step = (WIDTH - 0.2) / max(across, 5)
    figure = new_figure(0.5 + 1.25 * step * down)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_aspect("equal")
    largest = float(arrays[["rows", "cols"]].max().max())
    layers = list(dict.fromkeys(arrays["layer"]))
    font = min(8.0, 9 * step)
    for index, array in enumerate(arrays.to_dict("records")):
        x, y = float(index % across), -1.2 * (index // across)
        _array(axes, (x, y), array, layers.index(array["layer"]), largest)
        if font >= 4:
            _name(axes, (x, y), array, largest, font, 1 + layers.index(array["layer"]))
    axes.set_xlim(-0.05, max(across, 5) - 0.05)
    axes.set_ylim(-1.2 * (down - 1) - 1.15, 0.05)
    for index, layer in enumerate(layers):
        axes.add_patch(Rectangle((0, 0), 0, 0, label=f"{index + 1} {layer}", **_look(index)))
    legend_below(figure, axes)
    return figure


def _look(layer: int) -> dict[str, Any]:
    return area_look(layer) | {"linewidth": 0}


def _array(axes: Axes, at: tuple[float, float], array: Row, layer: int, largest: float) -> None:
    unit = 0.86 / largest
    x, y = at
    used = unit * array["used_cols"], unit * array["used_rows"]
    whole = unit * array["cols"], unit * array["rows"]
    axes.add_patch(Rectangle((x, y - whole[1]), *used, **_look(layer)))
    axes.add_patch(
        Rectangle((x, y - whole[1]), *whole, facecolor="none", edgecolor=INK, linewidth=0.6)
    )


def _name(
    axes: Axes, at: tuple[float, float], array: Row, largest: float, font: float, layer: int
) -> None:
    x = at[0] + 0.43 * array["cols"] / largest
    y = at[1] - 0.86 * array["rows"] / largest - 0.03
    block = f"{int(array['row_block'])},{int(array['col_block'])}"
    text = f"{layer} · {block}: {100 * array['utilisation']:.0f} %"
    axes.text(x, y, text, ha="center", va="top", fontsize=font, color=MUTED)


def layer_table(view: View) -> Table:
    """A row for each layer of each point: arrays, their size, and the share of cells in use."""
    columns = [*(axis.label for axis in view.axes), "task", "layer", "inputs", "outputs", "arrays",
               "array size", "cells in use"]  # fmt: skip
    placements, more = view.results.placements, ""
    points = placements["point"].drop_duplicates()
    if len(points) > MAX_POINTS:
        placements = placements[placements["point"].isin(points.iloc[:MAX_POINTS])]
        more = f" {first_of(len(points), 'points', 'results.json holds all')}"
    groups = placements.groupby(["point", "task", "layer"], sort=False)
    body = [[*_axis_cells(view, int(part["point"].iloc[0])), *_cells(part)] for _, part in groups]
    return Table(
        caption=f"Layers on arrays, at every point.{more}",
        columns=columns,
        rows=body,
        numeric=numeric_from(len(view.axes) + 2, columns),
    )


def _axis_cells(view: View, point: int) -> list[Cell]:
    """Swept values of a point; dashes if none of its trials finished."""
    rows = view.frame[view.frame["point"] == point]
    return [Cell("–") for _ in view.axes] if rows.empty else axis_cells(view.axes, rows.iloc[0])


def _cells(part: pd.DataFrame) -> list[Cell]:
    first = part.iloc[0]
    size = (part["rows"] * part["cols"]).sum()
    used = float((part["utilisation"] * part["rows"] * part["cols"]).sum() / size)
    inputs = int(part["last_input"].max()) + 1
    outputs = int(part["last_output"].max()) + 1
    return [
        Cell(str(first["task"])),
        Cell(str(first["layer"])),
        Cell(str(inputs), inputs),
        Cell(str(outputs), outputs),
        Cell(str(len(part)), len(part)),
        Cell(f"{int(first['rows'])} × {int(first['cols'])}", float(size / len(part))),
        Cell(percent_text(used), used),
    ]
