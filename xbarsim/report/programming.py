"""Programming a network: pulses, energy and unverified cells, against what was swept."""

from dataclasses import replace
from typing import Any

import pandas as pd

from xbarsim.report.drawing import Drawing
from xbarsim.report.layout import roles
from xbarsim.report.metrics import metric_cell, metrics_figure, strokes_of
from xbarsim.report.style import style
from xbarsim.report.table import Cell, Table, axis_cells, numeric_from
from xbarsim.report.text import interval_text
from xbarsim.report.view import View

#: as `xbarsim.study` calls them: unit and words
METRICS = {
    "write.energy": ("joule", "energy of programming all cells"),
    "write.pulses": ("count", "pulses for a cell"),
    "write.unverified": ("dimensionless", "cells not verified"),
}


def programming_drawing(view: View, task: str) -> Drawing:
    """The figure of a task: a panel for each metric; cells are written once, whatever the ages."""
    plan = roles(replace(view, age=None))
    rows = view.fresh(task)
    strokes, held = strokes_of(plan)
    for dimension in held:
        rows = rows[rows[dimension.column] == 0]
    with style():
        figure = metrics_figure(rows, plan, strokes, METRICS, 1, 3)
    first = ", ".join(f"{d.label} = {d.levels[0]}" for d in held)
    return Drawing(
        name=view.stem("programming", task),
        figure=figure,
        title=f"Programming of {task} against {plan.x.label or 'nothing swept'}",
        caption=(
            f"What writing the cells of {task} took{f', at {first}' if first else ''}: pulses and "
            "verify reads until a read was within the window. Points are means; error bars: "
            f"{interval_text(view.results.confidence, rows['trials'])}."
        ),
    )


def programming_table(view: View, task: str) -> Table:
    """A row for each point: swept values, trials, every metric."""
    columns = [*(axis.label for axis in view.axes), "trials"]
    columns += [words for _, words in METRICS.values()]
    rows = view.fresh(task).sort_values("point")
    return Table(
        caption=(
            f"Programming of {task}, means ± half width of the interval; "
            f"{interval_text(view.results.confidence, rows['trials'])}."
        ),
        columns=columns,
        rows=[_row(view, row) for _, row in rows.iterrows()],
        numeric=numeric_from(len(view.axes), columns),
    )


def _row(view: View, row: "pd.Series[Any]") -> list[Cell]:
    return [
        *axis_cells(view.axes, row),
        Cell(str(int(row["trials"])), float(row["trials"])),
        *(metric_cell(row, name, unit) for name, (unit, _) in METRICS.items()),
    ]
