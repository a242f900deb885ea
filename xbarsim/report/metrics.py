"""Metrics that have a unit each, a panel for each: how they are drawn and told."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from xbarsim.report.layout import Roles, scale_of
from xbarsim.report.style import MUTED, WIDTH, legend_below, line_look, new_figure, set_ticks
from xbarsim.report.table import Cell
from xbarsim.report.text import prefixed, quantity_text
from xbarsim.report.view import Dimension

#: unit (SI, or ``count``) and words of each metric
Metrics = Mapping[str, tuple[str, str]]

_SYMBOLS = {"volt": "V", "joule": "J", "ampere": "A"}
#: how lines of one colour are told apart
_STROKES: list[Literal["-", "--", ":", "-."]] = ["-", "--", ":", "-."]
#: largest over smallest value from which a panel of quantities is logarithmic
_DECADES = 100.0


def strokes_of(plan: Roles) -> tuple[Dimension | None, list[Dimension]]:
    """What lines of one colour are told apart by, and what is held at its first level."""
    if plan.x.values and plan.panels and len(plan.panels[0].levels) <= len(_STROKES):
        return plan.panels[0], plan.panels[1:]
    return None, plan.panels


def metrics_figure(
    rows: pd.DataFrame,
    plan: Roles,
    strokes: Dimension | None,
    metrics: Metrics,
    down: int,
    across: int,
) -> Figure:
    """A panel for each of `metrics`, `down` times `across` of them."""
    figure = new_figure(0.8 + 1.8 * down + (0.8 if strokes else 0.0))
    grid = figure.subplots(down, across, sharex=True, squeeze=False).ravel()
    for axes, (name, (unit, words)) in zip(grid, metrics.items(), strict=True):
        _panel(axes, rows, plan, strokes, name, unit, WIDTH / across - 0.6)
        axes.set_title(words)
    for axes in grid[-across:]:
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


def _readable(values: "pd.Series[Any]", unit: str) -> tuple[float, str]:
    if unit == "count":
        return 1.0, ""
    if unit == "dimensionless":
        return 100.0, "%"
    return prefixed(float(values.abs().max()), _SYMBOLS[unit])


def metric_cell(row: "pd.Series[Any]", name: str, unit: str) -> Cell:
    """A metric with the half width of its interval."""
    mean, half = float(row[name]), float(row[f"{name}.half_width"])
    told = _told(mean, unit)
    return Cell(f"{told} ± {_told(half, unit)}" if math.isfinite(half) else told, mean)


def _told(value: float, unit: str) -> str:
    if unit == "count":
        return f"{value:.4g}"
    return f"{100 * value:.3g} %" if unit == "dimensionless" else quantity_text(value, unit)
