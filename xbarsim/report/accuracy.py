"""Accuracy against what was swept: a figure and a table for each task."""

import math
from collections.abc import Iterator, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xbarsim.report.drawing import Drawing
from xbarsim.report.hover import tell
from xbarsim.report.layout import Roles, is_scattered, place_text, roles, scale_of
from xbarsim.report.scatter import scatter
from xbarsim.report.style import INK, WIDTH, legend_below, line_look, new_figure, set_ticks, style
from xbarsim.report.table import Cell, Table, axis_cells, numeric_from
from xbarsim.report.text import accuracy_text, age_text, interval_text, join_words, percent_text
from xbarsim.report.view import NOTHING, Dimension, View

MAX_PANELS = 12


def accuracy_drawing(view: View, task: str) -> Drawing:
    """The figure of a task: mean accuracy with intervals, and that of the software network."""
    rows, plan = view.task(task), roles(view)
    if is_scattered(view):
        return _scattered(view, rows, task)
    with style():
        figure = _figure(rows, plan)
    return Drawing(
        name=view.stem("accuracy", task),
        figure=figure,
        title=f"Accuracy of {task} against {plan.x.label or 'nothing swept'}",
        caption=_caption(view, rows, plan, task),
    )


def _scattered(view: View, rows: pd.DataFrame, task: str) -> Drawing:
    drawn = scatter(view, rows, {"accuracy": ("dimensionless", "accuracy")})
    common, dashed = _common_software(rows), ""
    if common is not None:
        dashed = " Dashed: the same network in software."
        for axes in drawn.leading:
            axes.axhline(100 * common, linestyle="--", linewidth=1, color=INK)
            low, high = axes.get_ylim()
            axes.set_ylim(min(low, 100 * common - 0.5), max(high, 100 * common + 0.5))
    return Drawing(
        name=view.stem("accuracy", task),
        figure=drawn.figure,
        title=f"Accuracy of {task} against each axis",
        caption=f"Test accuracy of {task} against each axis. {drawn.marks}{dashed}",
    )


def _caption(view: View, rows: pd.DataFrame, plan: Roles, task: str) -> str:
    against = f" against {plan.x.label}" if plan.x.label else ""
    lines = f", a colour for each {plan.series.label}" if plan.series else ""
    panels = f", a panel for each {join_words(d.label for d in plan.panels)}" if plan.panels else ""
    unseen = len(_panels(rows, plan)) - MAX_PANELS
    more = f" The first {MAX_PANELS} panels are drawn; the table holds all." if unseen > 0 else ""
    return (
        f"Test accuracy of {task}{against}{lines}{panels}. Points are means; "
        f"error bars: {interval_text(view.results.confidence, rows['trials'])}. "
        f"Dashed: the same network in software.{more}"
    )


def _figure(rows: pd.DataFrame, plan: Roles) -> Figure:
    panels = _panels(rows, plan)[:MAX_PANELS]
    across = min(3, len(panels))
    down = math.ceil(len(panels) / across)
    figure = new_figure(0.8 + down * (2.9 if across == 1 else 2.1))
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True).ravel()
    for axes, panel in zip(grid, panels, strict=False):
        chosen = rows
        for dimension, level in zip(plan.panels, panel, strict=True):
            chosen = chosen[chosen[dimension.column] == level]
        names = (_named(d, level) for d, level in zip(plan.panels, panel, strict=True))
        axes.set_title("\n".join(fill(name, round(96 / across)) for name in names))
        _panel(axes, chosen, plan, WIDTH / across - 0.6)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    for axes in grid[max(len(panels) - across, 0) : len(panels)]:
        axes.set_xlabel(plan.x.label)
        axes.tick_params(labelbottom=True)
    for axes in grid[: len(panels) : across]:
        axes.set_ylabel("accuracy / %")
    legend_below(figure, grid[0], plan.series.label if plan.series else "")
    return figure


def _panels(rows: pd.DataFrame, plan: Roles) -> list[tuple[int, ...]]:
    """Levels of each panel that has rows: a sweep need not hold every combination."""
    found = rows[[d.column for d in plan.panels]].itertuples(index=False, name=None)
    return sorted(set(found)) if plan.panels else [()]


def _named(dimension: Dimension, level: int) -> str:
    return f"{dimension.label} = {dimension.levels[level]}"


def _panel(axes: Axes, rows: pd.DataFrame, plan: Roles, width: float) -> None:
    positions = _positions(plan.x, axes)
    lines = list(_lines(rows, plan))
    common = _common_software(rows)
    for index, (label, line) in enumerate(lines):
        level = line[plan.x.column].to_numpy()
        x = positions[level] + (0 if plan.x.values else _dodge(index, len(lines)))
        told = [place_text(plan, row) for _, row in line.iterrows()]
        _line(axes, x, line, (label, told), index, joined=bool(plan.x.values))
        if common is None:
            look = line_look(index) | {"linestyle": "--", "markerfacecolor": "none"}
            axes.plot(x, 100 * line["accuracy.software"], **look, linewidth=1, markersize=3)
    if common is not None:
        axes.axhline(100 * common, linestyle="--", linewidth=1, color=INK, label="software")
    axes.margins(x=0.06, y=0.1)
    set_ticks(axes, list(positions), plan.x.levels if plan.x is not NOTHING else [""], width)


def _positions(x: Dimension, axes: Axes) -> np.ndarray:
    """Where the levels of `x` stand; sets the scale of `axes`."""
    scale = scale_of(x.values)
    if not x.values or scale == "even":
        axes.set_xlim(-0.5, len(x.levels) - 0.5)
        return np.arange(len(x.levels), dtype=float)
    if scale == "log":
        axes.set_xscale("log")
    return np.asarray(x.values)


def _lines(rows: pd.DataFrame, plan: Roles) -> Iterator[tuple[str, pd.DataFrame]]:
    ordered = rows.sort_values(plan.x.column)
    if plan.series is None:
        yield "on the crossbars", ordered
        return
    for index, level in enumerate(plan.series.levels):
        yield level, ordered[ordered[plan.series.column] == index]


def _line(
    axes: Axes,
    x: np.ndarray,
    rows: pd.DataFrame,
    words: tuple[str, list[str]],
    index: int,
    *,
    joined: bool,
) -> None:
    """A line of the name and of the places in `words`."""
    label, where = words
    look = line_look(index) | ({} if joined else {"linestyle": "none"})
    half = rows["accuracy.half_width"].to_numpy(dtype=float)
    mean = 100 * rows["accuracy"].to_numpy(dtype=float)
    drawn = axes.errorbar(x, mean, yerr=100 * half, label=label, elinewidth=1, **look)
    values = map(accuracy_text, rows["accuracy"], rows["accuracy.half_width"])
    tell(drawn.lines[0], [f"{place}: {v}" for place, v in zip(where, values, strict=True)])


def _dodge(index: int, count: int) -> float:
    """Shift that keeps the marks of one category apart."""
    return 0.5 * (index - (count - 1) / 2) / max(count, 1)


def _common_software(rows: pd.DataFrame) -> float | None:
    """The software accuracy if all rows share it."""
    software = rows["accuracy.software"]
    return float(software.iloc[0]) if np.ptp(software.to_numpy(dtype=float)) < 5e-4 else None


def accuracy_table(view: View, task: str) -> Table:
    """A row for each point: swept values, trials, software accuracy, and accuracy at each age."""
    rows = view.task(task)
    ages = view.age.levels if view.age else [age_text(view.first_age)]
    swept = [axis.label for axis in view.axes]
    faulty = _faulty(rows)
    shares = [f"{name.removeprefix('cells.')} cells" for name in faulty]
    columns = [*swept, "trials", *shares, "software", *(f"at {age}" for age in ages)]
    body = [_table_row(view, part, faulty) for _, part in rows.groupby("point", sort=True)]
    counts = interval_text(view.results.confidence, rows["trials"])
    return Table(
        caption=f"Accuracy of {task}, mean ± half width of the interval; {counts}.",
        columns=columns,
        rows=body,
        numeric=numeric_from(len(view.axes), columns),
    )


def _faulty(rows: pd.DataFrame) -> list[str]:
    """Columns with shares of faulty cells, where there are any."""
    names = ("cells.stuck", "cells.failed")
    return [name for name in names if name in rows and rows[name].notna().any()]


def _share_cell(share: float) -> Cell:
    return Cell(percent_text(share) if math.isfinite(share) else "–", share)


def _table_row(view: View, part: pd.DataFrame, faulty: Sequence[str]) -> list[Cell]:
    first = part.iloc[0]
    by_age = {row["level.age"]: row for _, row in part.iterrows()}
    levels = range(len(view.age.levels) if view.age else 1)
    return [
        *axis_cells(view.axes, first),
        Cell(_count_text(part["trials"].tolist()), float(part["trials"].min())),
        *(_share_cell(float(first[name])) for name in faulty),
        Cell(percent_text(first["accuracy.software"]), float(first["accuracy.software"])),
        *(_accuracy_cell(by_age.get(level)) for level in levels),
    ]


def _count_text(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"


def _accuracy_cell(row: "pd.Series[Any] | None") -> Cell:
    if row is None:
        return Cell("–", math.nan)
    mean, half = float(row["accuracy"]), float(row["accuracy.half_width"])
    return Cell(accuracy_text(mean, half), mean)
