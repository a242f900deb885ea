"""Wear: what cells were written, what they endure, and how long that lasts."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xbarsim.effects import Endurance
from xbarsim.report.drawing import Drawing
from xbarsim.report.endurance import FEW, endurance_of, failed_share, life_of, swept_as_one
from xbarsim.report.excerpt import chosen, excerpt
from xbarsim.report.log_axis import power_text, spans_decades
from xbarsim.report.metric_panels import interval_of, metric_text
from xbarsim.report.style import INK, PALETTE, legend_below, line_look, new_figure, style
from xbarsim.report.table import Cell, Table, axis_cells, numeric_from
from xbarsim.report.text import age_text, percent_text
from xbarsim.report.view import View, latest

MAX_POINTS = 16  #: of the figure of writes
_DAY = 86400.0
_LEAST = 0.01  # of the figure of failures, %
#: columns of writes: words of the marks
_WRITES = {
    "write.pulses": "programming, mean of all cells",
    "system.writes": "mean of all cells",
    "system.writes.most": "the busiest cell",
}


def wear_blocks(view: View) -> list[Drawing | Table | str]:
    """Writes of every task and what is left of its cells; nothing where neither is known."""
    written = {task: names for task in _tasks(view) if (names := _writes(view, task))}
    worn = [task for task in view.tasks if _endures(view, task)]
    if not written and not worn:
        return []
    blocks: list[Drawing | Table | str] = []
    for task in dict.fromkeys([*written, *worn]):
        if task in written and task not in view.written:  # else the figure of programming has them
            blocks.append(_writes_drawing(view, task, written[task]))
        if task in worn:
            blocks.append(_failures_drawing(view, task))
        blocks.append(excerpt(view, _table, task))
    return [*blocks, _told(view)]


def _tasks(view: View) -> list[str]:
    return [*view.tasks, *view.reservoirs, *view.systems]


def _writes(view: View, task: str) -> list[str]:
    rows = view.task(task)
    return [name for name in _WRITES if name in rows and rows[name].notna().any()]


def _endures(view: View, task: str) -> bool:
    return any(endurance_of(view, row) is not None for _, row in view.fresh(task).iterrows())


def _told(view: View) -> str:
    """Where the endurance is from, or that nobody gives one."""
    sheet = view.results.scenario["device"]["sheet"]
    if any(_endures(view, task) for task in _tasks(view)):
        return (
            f"The endurance is what the scenario states (effects.endurance); the sheet {sheet} "
            "gives none. It counts programmings, whatever number of pulses each takes; where a "
            "table counts a system's writes against it, each pulse counts as one, which is the "
            "worst case. Lifetimes at one use a day are our assumption of a rate, to be scaled."
        )
    if swept_as_one(view):
        return (
            "Effects are swept as one value, so what cells endure at each point is not told here."
        )
    return (
        f"How long this lasts is not known: the sheet {sheet} gives no endurance, and the scenario "
        "states none (effects.endurance)."
    )


def _writes_drawing(view: View, task: str, names: list[str]) -> Drawing:
    last = latest(view.task(task)).sort_values("point")
    rows, more = chosen(view, last, MAX_POINTS, names[0])
    with style():
        figure = new_figure(1.2 + 0.27 * len(rows))
        axes = figure.subplots()
        _dots(axes, view, rows, names)
        for row_end in sorted({_most(view, row) for _, row in rows.iterrows()} - {math.inf}):
            axes.axvline(row_end, linestyle="--", linewidth=1, color=INK,
                         label=f"endures {row_end:.3g}")  # fmt: skip
        legend_below(figure, axes)
    return Drawing(
        name=view.stem("writes", task),
        figure=figure,
        title=f"Writes of a cell of {task}",
        caption=(
            f"Pulses or programmings that a cell of {task} was given, a row for each point "
            f"({view.label_axes}), at its last age. Marks are means over chips; error bars: "
            f"{interval_of(view, task)}.{more}"
        ),
    )


def _most(view: View, row: "pd.Series[Any]") -> float:
    part = None if row["task"] in view.tasks else endurance_of(view, row)
    return math.inf if part is None else life_of(part).most


def _dots(axes: Axes, view: View, rows: pd.DataFrame, names: list[str]) -> None:
    places = np.arange(len(rows))
    for index, name in enumerate(names):
        look = line_look(index) | {"linestyle": "none", "markersize": 6}
        axes.errorbar(rows[name], places, xerr=rows[f"{name}.half_width"], label=_WRITES[name],
                      elinewidth=1, **look)  # fmt: skip
    values = rows[names].to_numpy(dtype=float)
    if spans_decades(values[np.isfinite(values)]):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    else:
        axes.set_xlim(left=0)
    axes.set_yticks(places, [view.labels[int(p)] for p in rows["point"]])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("writes of a cell")


def _failures_drawing(view: View, task: str) -> Drawing:
    """Share of failed cells against programmings: the law that was stated, and what chips had."""
    rows = view.fresh(task)
    with style():
        figure = _failures_figure(view, rows)
    return Drawing(
        name=view.stem("wear", task),
        figure=figure,
        title=f"Cells of {task} that fail as they are written",
        caption=(
            f"Share of the cells of {task} that have failed after a number of programmings. Lines: "
            "the Weibull distribution that the scenario states (effects.endurance). Marks: cells "
            "that failed on the chips of the study, at the programmings that they had; error bars: "
            f"{interval_of(view, task)}; chips without one stand at the lower edge. Dotted: "
            f"{percent_text(FEW)}."
        ),
    )


def _failures_figure(view: View, rows: pd.DataFrame) -> Figure:
    figure = new_figure(3.0)
    axes = figure.subplots()
    laws: dict[tuple[float | None, float], list[pd.Series]] = {}
    for _, row in rows.iterrows():
        part = endurance_of(view, row)
        if part is not None and part.scale is not None:
            laws.setdefault((part.scale, part.shape), []).append(row)
    for index, ((scale, shape), found) in enumerate(list(laws.items())[: len(PALETTE) - 1]):
        _law(axes, view, Endurance(scale=scale, shape=shape), found, index)
    axes.axhline(100 * FEW, linestyle=":", linewidth=1, color=INK)
    axes.set(xlabel="programmings of a cell", ylabel="failed cells / %", xscale="log",
             yscale="log", ylim=(_LEAST, 150))  # fmt: skip
    axes.xaxis.set_major_formatter(lambda value, _: power_text(value))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    legend_below(figure, axes)
    return figure


def _law(axes: Axes, view: View, part: Endurance, rows: "list[pd.Series[Any]]", index: int) -> None:
    scale = float(part.scale or 1.0)
    cycles = [1.0 + float((endurance_of(view, row) or part).cycles) for row in rows]
    low = min(1e-3 * scale, *cycles) if cycles else 1e-3 * scale
    times = np.geomspace(max(low, 1.0), max(3 * scale, *cycles), 200)
    look = line_look(index)
    axes.plot(times, 100 * failed_share(part, times), color=look["color"],
              linestyle="-" if index % 2 == 0 else "--",
              label=f"scale {scale:.3g}, shape {part.shape:g}")  # fmt: skip
    table = pd.DataFrame(rows)
    if "cells.failed" in table:
        axes.errorbar(
            cycles, np.maximum(100 * table["cells.failed"], _LEAST),
            yerr=100 * table["cells.failed.half_width"], clip_on=False,
            elinewidth=1, **look | {"linestyle": "none", "markersize": 6},
        )  # fmt: skip


def _table(view: View, task: str) -> Table:
    """A row for each point: writes, failed cells, and how often it can be done until they fail."""
    rows = latest(view.task(task)).sort_values("point")
    names, endures = _writes(view, task), _endures(view, task)
    failed = "cells.failed" in rows and rows["cells.failed"].notna().any()
    one = "programmings" if task in view.tasks else "uses"
    columns = [
        *(axis.label for axis in view.axes),
        *(f"writes: {_WRITES[name]}" for name in names),
        *(["failed cells"] if failed else []),
        *([f"{one} until 1 % fail", f"{one} until 63 % fail or windows close",
           "at one a day (1 %)"] if endures else []),
    ]  # fmt: skip
    body = []
    for _, row in rows.iterrows():
        cells = [_cell(row, name, "count") for name in names]
        cells += [_cell(row, "cells.failed", "dimensionless")] if failed else []
        body.append([*axis_cells(view.axes, row),
                     *cells, *(_left(view, row, names) if endures else [])])  # fmt: skip
    return Table(
        caption=f"Writes of a cell of {task}, means ± half width of the interval; "
        f"{interval_of(view, task)}.",
        columns=columns,
        rows=body,
        numeric=numeric_from(len(view.axes), columns),
    )


def _cell(row: "pd.Series[Any]", name: str, unit: str) -> Cell:
    mean = float(row[name])
    if not math.isfinite(mean):
        return Cell("–", math.nan)
    return Cell(metric_text(mean, float(row[f"{name}.half_width"]), unit), mean)


def _left(view: View, row: "pd.Series[Any]", names: list[str]) -> list[Cell]:
    """How often a network can be programmed, or a system be run, and for how long at one a day."""
    part = endurance_of(view, row)
    if part is None:
        return [Cell("–", math.nan)] * 3
    life, each = life_of(part), 1.0
    if row["task"] not in view.tasks and names:
        each = float(row[names[-1]])  # of the busiest cell, where that is known
    counts = [end / each if each > 0 else math.inf for end in (life.few, life.most)]
    cells = [Cell(_count(n), n) for n in counts]
    seconds = counts[0] * _DAY
    left = _count(counts[0]) if counts[0] <= 0 or math.isinf(seconds) else age_text(seconds)
    return [*cells, Cell(left, seconds)]


def _count(n: float) -> str:
    """How often something can be done."""
    if n <= 0:
        return "passed"
    return f"{n:.3g}" if math.isfinite(n) else "no end"
