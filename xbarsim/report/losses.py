"""What each effect costs of a task's accuracy, and how many chips meet its specification."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from xbarsim.report.drawing import Drawing
from xbarsim.report.excerpt import chosen
from xbarsim.report.hover import tell_bars
from xbarsim.report.metric_panels import interval_of
from xbarsim.report.style import INK, area_look, legend_below, new_figure, style
from xbarsim.report.table import Cell, Table, axis_cells, numeric_from
from xbarsim.report.text import age_text, percent_text
from xbarsim.report.view import View

MAX_BARS = 24
_PREFIX = "loss."


def losses_of(rows: pd.DataFrame) -> list[str]:
    """Columns of what effects cost, where a task has any."""
    found = [c for c in rows.columns if c.startswith(_PREFIX) and not c.endswith(".half_width")]
    return [c for c in found if rows[c].notna().any()]


def losses_drawing(view: View, task: str) -> Drawing:
    """A bar for each point and age, of what each effect costs."""
    rows, more = view.task(task).sort_values(["point", "age"]), ""
    if view.spread:
        ages = len(view.age.levels) if view.age else 1
        few, more = chosen(view, view.fresh(task), max(MAX_BARS // ages, 1), "accuracy")
        rows = rows[rows["point"].isin(few["point"])]
    elif len(rows) > MAX_BARS:
        more = f" The first {MAX_BARS} are drawn; the table holds all."
    with style():
        figure = _figure(view, rows.head(MAX_BARS), losses_of(rows))
    return Drawing(
        name=view.stem("losses", task),
        figure=figure,
        title=f"What costs the accuracy of {task}",
        caption=(
            f"Points of accuracy that each effect costs {task}, means over chips; the parts of a "
            "bar add up to the loss against the same network in software (the line). Each part "
            "is what comes back when the effect is switched off, averaged over orders of switching "
            f"effects off.{more}"
        ),
    )


def _figure(view: View, rows: pd.DataFrame, names: Sequence[str]) -> Figure:
    figure = new_figure(1.1 + 0.3 * len(rows))
    axes = figure.subplots()
    places = np.arange(len(rows))[::-1]
    labels = [_named(view, row) for _, row in rows.iterrows()]
    for sign in (1, -1):
        start = np.zeros(len(rows))
        for index, name in enumerate(names):
            part = 100 * rows[name].fillna(0.0).to_numpy(dtype=float)
            part = np.where(sign * part > 0, part, 0.0)
            words = name.removeprefix(_PREFIX).replace("_", " ")
            label = words if sign > 0 else None
            bars = axes.barh(places, part, left=start, height=0.62, label=label, **area_look(index))
            tell_bars(bars, labels, words, (f"{value:.2f}" for value in part))
            start += part
    total = 100 * (rows["accuracy.software"] - rows["accuracy"]).to_numpy(dtype=float)
    axes.plot(total, places, linestyle="none", marker="|", markersize=15, color=INK)
    axes.set_yticks(places, labels)
    axes.set_xlabel("loss of accuracy / percentage points")
    axes.grid(axis="y", visible=False)
    legend_below(figure, axes)
    return figure


def _named(view: View, row: "pd.Series[Any]") -> str:
    swept = [axis.levels[int(row[axis.column])] for axis in view.axes]
    aged = [age_text(float(row["age"]))] if view.age else []
    return " · ".join([*swept, *aged]) or "all chips"


def losses_table(view: View, task: str) -> Table:
    """A row for each point and age: the loss, and what each effect costs of it."""
    rows = view.task(task).sort_values(["point", "age"])
    names = losses_of(rows)
    columns = [*(axis.label for axis in view.axes), "age", "loss",
               *(name.removeprefix(_PREFIX).replace("_", " ") for name in names)]  # fmt: skip
    body = []
    for _, row in rows.iterrows():
        loss = float(row["accuracy.software"] - row["accuracy"])
        cells = [_points(loss, float(row["accuracy.half_width"]))]
        cells += [_points(float(row[n]), float(row[f"{n}.half_width"])) for n in names]
        aged = Cell(age_text(float(row["age"])), float(row["age"]))
        body.append([*axis_cells(view.axes, row), aged, *cells])
    return Table(
        caption=f"Percentage points of accuracy that effects cost {task}, means ± half width of "
        f"the interval; {interval_of(view, task)}. A row's parts add up to its loss.",
        columns=columns,
        rows=body,
        numeric=numeric_from(len(view.axes), columns),
    )


def _points(value: float, half: float) -> Cell:
    if not math.isfinite(value):
        return Cell("–", math.nan)
    wide = f" ± {100 * half:.2f}" if math.isfinite(half) else ""
    return Cell(f"{100 * value:.2f}{wide}", value)


def yield_table(view: View, task: str) -> Table | None:
    """A row for each point, a column for each age: share of chips that meet the specification."""
    rows = view.task(task)
    if "yield" not in rows or rows["yield"].isna().all():
        return None
    ages = view.age.levels if view.age else [age_text(view.first_age)]
    columns = [*(axis.label for axis in view.axes), *(f"at {age}" for age in ages)]
    body = []
    for _, part in rows.groupby("point", sort=True):
        by_age = {row["level.age"]: row for _, row in part.iterrows()}
        cells = [_yield_cell(by_age.get(level)) for level in range(len(ages))]
        body.append([*axis_cells(view.axes, part.iloc[0]), *cells])
    asked = percent_text(_specification(view, task))
    return Table(
        caption=f"Yield: share of chips of {task} that reach an accuracy of {asked}, with its "
        f"{100 * view.results.confidence:g} % interval (Clopper and Pearson).",
        columns=columns,
        rows=body,
        numeric=numeric_from(len(view.axes), columns),
    )


def _specification(view: View, task: str) -> float:
    tasks = view.results.scenario["tasks"]
    return float(next(t["specification"] for t in tasks if t["name"] == task))


def _yield_cell(row: "pd.Series[Any] | None") -> Cell:
    if row is None or not math.isfinite(row["yield"]):
        return Cell("–", math.nan)
    low, high = 100 * row["yield.low"], 100 * row["yield.high"]
    return Cell(f"{100 * row['yield']:.0f} % ({low:.0f} to {high:.0f})", float(row["yield"]))
