"""Passive arrays: what a write costs and how a read fares, against what was swept."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xbarsim.report.drawing import Drawing
from xbarsim.report.layout import Roles, roles, scale_of
from xbarsim.report.style import WIDTH, legend_below, line_look, new_figure, set_ticks, style
from xbarsim.report.table import Cell, Table, axis_cells, numeric_from
from xbarsim.report.text import age_text, interval_text, prefixed, quantity_text
from xbarsim.report.view import View
from xbarsim.tasks.array import METRICS

_SYMBOLS = {"volt": "V", "joule": "J", "ampere": "A"}


def access_drawing(view: View, task: str) -> Drawing:
    """The figure of an array task: a panel for each metric."""
    plan = roles(view)
    rows = view.task(task)
    for dimension in plan.panels:
        rows = rows[rows[dimension.column] == 0]
    with style():
        figure = _figure(rows, plan)
    first = ", ".join(f"{d.label} = {d.levels[0]}" for d in plan.panels)
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


def _figure(rows: pd.DataFrame, plan: Roles) -> Figure:
    figure = new_figure(6.2)
    grid = figure.subplots(3, 2, sharex=True).ravel()
    for axes, (name, (unit, words)) in zip(grid, METRICS.items(), strict=True):
        _panel(axes, rows, plan, name, unit)
        axes.set_title(words)
    for axes in grid[-2:]:
        axes.set_xlabel(plan.x.label)
    legend_below(figure, grid[0], plan.series.label if plan.series else "")
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, plan: Roles, name: str, unit: str) -> None:
    factor, symbol = _readable(rows[name], unit)
    spaced = bool(plan.x.values) and scale_of(plan.x.values) != "even"
    places = np.asarray(plan.x.values) if spaced else np.arange(len(plan.x.levels), dtype=float)
    if spaced and scale_of(plan.x.values) == "log":
        axes.set_xscale("log")
    levels = plan.series.levels if plan.series else ["mean"]
    for index, label in enumerate(levels):
        part = rows if plan.series is None else rows[rows[plan.series.column] == index]
        part = part.sort_values(plan.x.column)
        look = line_look(index) | ({} if plan.x.values else {"linestyle": "none"})
        axes.errorbar(
            places[part[plan.x.column].to_numpy()], factor * part[name],
            yerr=factor * part[f"{name}.half_width"], label=label, elinewidth=1, **look,
        )  # fmt: skip
    axes.margins(x=0.06, y=0.1)
    axes.set_ylabel(symbol)
    set_ticks(axes, list(places), plan.x.levels, WIDTH / 2 - 0.6)


def _readable(values: "pd.Series[Any]", unit: str) -> tuple[float, str]:
    if unit == "dimensionless":
        return 100.0, "%"
    return prefixed(float(values.abs().max()), _SYMBOLS[unit])


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
        *(_metric(row, name, unit) for name, (unit, _) in METRICS.items()),
    ]


def _metric(row: "pd.Series[Any]", name: str, unit: str) -> Cell:
    mean, half = float(row[name]), float(row[f"{name}.half_width"])
    told = _told(mean, unit)
    return Cell(f"{told} ± {_told(half, unit)}" if math.isfinite(half) else told, mean)


def _told(value: float, unit: str) -> str:
    return f"{100 * value:.3g} %" if unit == "dimensionless" else quantity_text(value, unit)
