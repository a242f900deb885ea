"""Metrics of arrays against what was swept: a panel for each, and a table of all."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from textwrap import fill
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from xbarsim.report.layout import Roles, roles, scale_of
from xbarsim.report.style import MUTED, WIDTH, legend_below, line_look, new_figure, set_ticks, style
from xbarsim.report.table import Cell, Table, axis_cells, numeric_from
from xbarsim.report.text import age_text, interval_text, prefixed, quantity_text
from xbarsim.report.view import Dimension, View

#: unit (SI, or ``count``) and words of each metric, by its column
Metrics = Mapping[str, tuple[str, str]]

_SYMBOLS = {"volt": "V", "joule": "J", "ampere": "A", "siemens": "S", "kelvin": "K",
            "hertz": "Hz"}  # fmt: skip
#: how lines of one colour are told apart
_STROKES: list[Literal["-", "--", ":", "-."]] = ["-", "--", ":", "-."]
#: largest over smallest value from which a panel of quantities is logarithmic
_DECADES = 100.0
#: smallest range of a linear panel, over the largest value
_FLAT = 0.02


def metric_figure(
    view: View, task: str, metrics: Metrics, *, across: int = 2, once: bool = False
) -> tuple[Figure, str, str]:
    """A panel for each metric; what lies along x, and what is held at its first level, in words.

    Metrics that know no age stand `once` for each point. Those that no point shown has are left
    out, unless none has any.
    """
    plan = roles(replace(view, age=None) if once else view)
    rows = view.fresh(task) if once else view.task(task)
    strokes, held = _strokes(plan)
    for dimension in held:
        rows = rows[rows[dimension.column] == 0]
    metrics = {name: told for name, told in metrics.items() if rows[name].notna().any()} or metrics
    with style():
        figure = _figure(rows, plan, strokes, metrics, across)
    first = ", ".join(f"{d.label} = {d.levels[0]}" for d in held)
    return figure, plan.x.label or "nothing swept", f", at {first}" if first else ""


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
    _widen(axes, factor * float(rows[name].abs().max()))
    axes.set_ylabel(symbol)
    set_ticks(axes, list(places), plan.x.levels, width)


def _widen(axes: Axes, largest: float) -> None:
    """Show no difference of less than a hundredth of the `largest` value as large."""
    low, high = axes.get_ylim()
    least = _FLAT * largest
    if largest == 0:
        axes.set_ylim(-0.05, 1.0)
    elif axes.get_yscale() == "linear" and high - low < least:
        axes.set_ylim(0.5 * (low + high - least), 0.5 * (low + high + least))


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
    if unit == "count":
        return 1.0, ""
    if unit == "dimensionless":
        return 100.0, "%"
    return prefixed(float(values.abs().max()), _SYMBOLS[unit])


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
