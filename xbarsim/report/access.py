"""Passive arrays: what a write costs and how a read fares, against what was swept."""

import math
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from xbarsim.report.drawing import Drawing
from xbarsim.report.layout import Roles, roles, scale_of
from xbarsim.report.style import MUTED, WIDTH, legend_below, line_look, new_figure, set_ticks, style
from xbarsim.report.table import Cell, Table, axis_cells, numeric_from
from xbarsim.report.text import age_text, interval_text, prefixed, quantity_text
from xbarsim.report.view import Dimension, View
from xbarsim.tasks.array import METRICS

_SYMBOLS = {"volt": "V", "joule": "J", "ampere": "A"}
#: how lines of one colour are told apart
_STROKES: list[Literal["-", "--", ":", "-."]] = ["-", "--", ":", "-."]
#: largest over smallest value from which a panel of quantities is logarithmic
_DECADES = 100.0


def access_drawing(view: View, task: str) -> Drawing:
    """The figure of an array task: a panel for each metric."""
    plan = roles(view)
    rows = view.task(task)
    strokes, held = _strokes(plan)
    for dimension in held:
        rows = rows[rows[dimension.column] == 0]
    with style():
        figure = _figure(rows, plan, strokes)
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


def _strokes(plan: Roles) -> tuple[Dimension | None, list[Dimension]]:
    """What lines of one colour are told apart by, and what is held at its first level."""
    if plan.x.values and plan.panels and len(plan.panels[0].levels) <= len(_STROKES):
        return plan.panels[0], plan.panels[1:]
    return None, plan.panels


def _figure(rows: pd.DataFrame, plan: Roles, strokes: Dimension | None) -> Figure:
    figure = new_figure(7.0 if strokes else 6.2)
    grid = figure.subplots(3, 2, sharex=True).ravel()
    for axes, (name, (unit, words)) in zip(grid, METRICS.items(), strict=True):
        _panel(axes, rows, plan, strokes, name, unit)
        axes.set_title(words)
    for axes in grid[-2:]:
        axes.set_xlabel(plan.x.label)
    legend_below(figure, grid[0], plan.series.label if plan.series else "")
    if strokes:
        _legend_above(figure, strokes)
    return figure


def _legend_above(figure: Figure, strokes: Dimension) -> None:
    lines = [Line2D([], [], color=MUTED, linestyle=stroke) for stroke in _STROKES]
    figure.legend(
        lines[: len(strokes.levels)], strokes.levels, loc="outside upper center",
        title=strokes.label, handlelength=2.6,
    )  # fmt: skip


def _panel(
    axes: Axes, rows: pd.DataFrame, plan: Roles, strokes: Dimension | None, name: str, unit: str
) -> None:
    factor, symbol = _readable(rows[name], unit)
    spaced = bool(plan.x.values) and scale_of(plan.x.values) != "even"
    places = np.asarray(plan.x.values) if spaced else np.arange(len(plan.x.levels), dtype=float)
    if spaced and scale_of(plan.x.values) == "log":
        axes.set_xscale("log")
    if unit != "dimensionless" and rows[name].max() > _DECADES * rows[name].min() > 0:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    for label, look, part in _lines(rows, plan, strokes):
        axes.errorbar(
            places[part[plan.x.column].to_numpy()], factor * part[name],
            yerr=factor * part[f"{name}.half_width"], label=label, elinewidth=1, **look,
        )  # fmt: skip
    axes.margins(x=0.06, y=0.1)
    axes.set_ylabel(symbol)
    set_ticks(axes, list(places), plan.x.levels, WIDTH / 2 - 0.6)


def _lines(
    rows: pd.DataFrame, plan: Roles, strokes: Dimension | None
) -> Iterator[tuple[str, dict[str, Any], pd.DataFrame]]:
    """Name in the legend, look and rows of every line; only the first of a colour has a name."""
    for index, label in enumerate(plan.series.levels if plan.series else ["mean"]):
        alike = rows if plan.series is None else rows[rows[plan.series.column] == index]
        for kind, stroke in enumerate(_STROKES[: len(strokes.levels)] if strokes else ["-"]):
            part = alike if strokes is None else alike[alike[strokes.column] == kind]
            look = line_look(index)
            if strokes:
                look |= {"linestyle": stroke} | ({"markerfacecolor": "none"} if kind else {})
            elif not plan.x.values:
                look["linestyle"] = "none"
            yield "" if kind else label, look, part.sort_values(plan.x.column)


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
