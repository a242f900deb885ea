"""Passive arrays: what a write costs and how a read fares, against what was swept."""

from typing import Any

import pandas as pd

from xbarsim.report.drawing import Drawing
from xbarsim.report.layout import roles
from xbarsim.report.metrics import metric_cell, metrics_figure, strokes_of
from xbarsim.report.style import style
from xbarsim.report.table import Cell, Table, axis_cells, numeric_from
from xbarsim.report.text import age_text, interval_text
from xbarsim.report.view import View
from xbarsim.tasks.array import METRICS


def access_drawing(view: View, task: str) -> Drawing:
    """The figure of an array task: a panel for each metric."""
    plan = roles(view)
    rows = view.task(task)
    strokes, held = strokes_of(plan)
    for dimension in held:
        rows = rows[rows[dimension.column] == 0]
    with style():
        figure = metrics_figure(rows, plan, strokes, METRICS, 3, 2)
    first = ", ".join(f"{d.label} = {d.levels[0]}" for d in held)
    return Drawing(
        name=view.stem("access", task),
        figure=figure,
        title=f"Writing and reading one cell of {task} against {plan.x.label or 'nothing swept'}",
        caption=(
            f"Writing and reading the cell of {task} that is farthest from its drivers"
            f"{f', at {first}' if first else ''}. Points are means; error bars: "
            f"{interval_text(view.results.confidence, rows['trials'])}."
        ),
    )


def access_table(view: View, task: str) -> Table:
    """A row for each point and age: swept values, trials, every metric."""
    columns = [*(axis.label for axis in view.axes), "age", "trials"]
    first = len(columns)
    columns += [words for _, words in METRICS.values()]
    rows = view.task(task)
    return Table(
        caption=(
            f"Writing and reading one cell of {task}, means ± half width of the interval; "
            f"{interval_text(view.results.confidence, rows['trials'])}."
        ),
        columns=columns,
        rows=[_row(view, row) for _, row in rows.iterrows()],
        numeric=numeric_from(first - 1, columns),
    )


def _row(view: View, row: "pd.Series[Any]") -> list[Cell]:
    return [
        *axis_cells(view.axes, row),
        Cell(age_text(float(row["age"])), float(row["age"])),
        Cell(str(int(row["trials"])), float(row["trials"])),
        *(metric_cell(row, name, unit) for name, (unit, _) in METRICS.items()),
    ]
