"""Metrics of arrays against what was swept: a panel for each, and a table of all."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import fill
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from xbarsim.report.hover import tell
from xbarsim.report.layout import Roles, is_scattered, place_text, roles, scale_of
from xbarsim.report.metric_axis import readable, scale_values, widen
from xbarsim.report.metrics import Metrics, asked_metrics
from xbarsim.report.scatter import scatter
from xbarsim.report.style import MUTED, WIDTH, legend_below, line_look, new_figure, set_ticks, style
from xbarsim.report.table import Cell, Table, axis_cells, numeric_from
from xbarsim.report.text import age_text, interval_text, quantity_text
from xbarsim.report.view import Dimension, View

#: how lines of one colour are told apart
_STROKES: list[Literal["-", "--", ":", "-."]] = ["-", "--", ":", "-."]


@dataclass(frozen=True, kw_only=True)
class MetricFigure:
    """A panel for each metric, and words for its caption.

    Parameters
    ----------
    figure : what is drawn.
    against : what lies along x.
    held : what is held at its first level, after a comma; empty where nothing is.
    marks : what points and error bars are, in sentences.
    leading : the panels of the first metric.
    """

    figure: Figure
    leading: Sequence[Axes]
    against: str
    held: str
    marks: str


def metric_figure(
    view: View,
    task: str,
    metrics: Metrics,
    *,
    across: int = 2,
    once: bool = False,
    means: str = "means",
) -> MetricFigure:
    """A panel for each metric; where points are scattered, one for each swept axis, too.

    Metrics that know no age stand `once` for each point. Those that no point shown has are left
    out. `means` says what points are.
    """
    seen = replace(view, age=None) if once else view
    rows = view.fresh(task) if once else view.task(task)
    known = {k: told for k, told in metrics.items() if k in rows and rows[k].notna().any()}
    if is_scattered(seen):
        drawn = scatter(seen, rows, _asked(view, known))
        return MetricFigure(
            figure=drawn.figure, leading=drawn.leading, against="each axis", held="",
            marks=drawn.marks,
        )  # fmt: skip
    plan = roles(seen)
    strokes, held = _strokes(plan)
    for dimension in held:
        rows = rows[rows[dimension.column] == 0]
    shown = {k: told for k, told in known.items() if rows[k].notna().any()} or known
    with style():
        figure = _figure(rows, plan, strokes, shown, across)
    first = ", ".join(f"{d.label} = {d.levels[0]}" for d in held)
    return MetricFigure(
        figure=figure,
        leading=figure.axes[:1],
        against=plan.x.label or "nothing swept",
        held=f", at {first}" if first else "",
        marks=f"Points are {means}; error bars: {interval_of(view, task)}.",
    )


def _asked(view: View, metrics: Metrics) -> Metrics:
    """Those that a search or a sensitivity study asks for; all where it asks for none of them."""
    asked = asked_metrics(view.results)
    return {name: told for name, told in metrics.items() if name in asked} or metrics


def _strokes(plan: Roles) -> tuple[Dimension | None, list[Dimension]]:
    """What lines of one colour are told apart by, and what is held at its first level."""
    if plan.x.values and plan.panels and len(plan.panels[0].levels) <= len(_STROKES):
        return plan.panels[0], plan.panels[1:]
    return None, plan.panels


def _figure(
    rows: pd.DataFrame, plan: Roles, strokes: Dimension | None, metrics: Metrics, across: int
) -> Figure:
    across = min(across, len(metrics))
    down = -(-len(metrics) // across)
    figure = new_figure(0.8 + 1.8 * down + (0.8 if strokes else 0.0))
    grid = figure.subplots(down, across, sharex=True, squeeze=False).ravel()
    for axes in grid[len(metrics) :]:
        axes.remove()
    for axes, (name, (unit, words)) in zip(grid, metrics.items(), strict=False):
        _panel(axes, rows, plan, strokes, name, unit, WIDTH / across - 0.6)
        axes.set_title(fill(words, round(96 / across)))
    for k, axes in enumerate(grid[: len(metrics)]):
        if k + across >= len(metrics):  # nothing below
            axes.set_xlabel(plan.x.label)
            axes.tick_params(labelbottom=True)
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
    axes: Axes,
    rows: pd.DataFrame,
    plan: Roles,
    strokes: Dimension | None,
    name: str,
    unit: str,
    width: float,
) -> None:
    factor, symbol = readable(rows[name], unit)
    spaced = bool(plan.x.values) and scale_of(plan.x.values) != "even"
    places = np.asarray(plan.x.values) if spaced else np.arange(len(plan.x.levels), dtype=float)
    if spaced and scale_of(plan.x.values) == "log":
        axes.set_xscale("log")
    scale_values(axes, rows[name], unit)
    for label, look, part in _lines(rows, plan, strokes):
        drawn = axes.errorbar(
            places[part[plan.x.column].to_numpy()], factor * part[name],
            yerr=factor * part[f"{name}.half_width"], label=label, elinewidth=1, **look,
        )  # fmt: skip
        known = part[part[name].notna()]
        tell(drawn.lines[0], [
            f"{place_text(plan, row)}: {_metric(row, name, unit).text}"
            for _, row in known.iterrows()
        ])  # fmt: skip
    axes.margins(x=0.06, y=0.1)
    widen(axes, factor * float(rows[name].abs().max()))
    axes.set_ylabel(symbol)
    set_ticks(axes, list(places), plan.x.levels, width)


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


def metric_table(
    view: View, task: str, metrics: Metrics, caption: str, *, once: bool = False
) -> Table:
    """A row for each point and age, or `once` for each point: swept values, trials, metrics."""
    columns = [*(axis.label for axis in view.axes), *([] if once else ["age"]), "trials"]
    first = len(columns)
    columns += [words for _, words in metrics.values()]
    found = view.fresh(task).sort_values("point") if once else view.task(task)
    rows = [_row(view, row, metrics, once) for _, row in found.iterrows()]
    return Table(
        caption=caption, columns=columns, rows=rows, numeric=numeric_from(first - 1, columns)
    )


def interval_of(view: View, task: str) -> str:
    """What the interval of a task's metrics is, in words."""
    return interval_text(view.results.confidence, view.task(task)["trials"])


def _row(view: View, row: "pd.Series[Any]", metrics: Metrics, once: bool) -> list[Cell]:
    return [
        *axis_cells(view.axes, row),
        *([] if once else [Cell(age_text(float(row["age"])), float(row["age"]))]),
        Cell(str(int(row["trials"])), float(row["trials"])),
        *(_metric(row, name, unit) for name, (unit, _) in metrics.items()),
    ]


def _metric(row: "pd.Series[Any]", name: str, unit: str) -> Cell:
    mean, half = float(row[name]), float(row[f"{name}.half_width"])
    return Cell(metric_text(mean, half, unit), mean) if math.isfinite(mean) else Cell("")


def metric_text(mean: float, half: float, unit: str) -> str:
    """A mean, and half the width of its interval where there is one."""
    told = _told(mean, unit)
    return f"{told} ± {_told(half, unit)}" if math.isfinite(half) else told


def _told(value: float, unit: str) -> str:
    if unit == "count":
        return f"{value:.4g}"
    return f"{100 * value:.3g} %" if unit == "dimensionless" else quantity_text(value, unit)
