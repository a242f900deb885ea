"""What time does: levels of the cells and metrics of every task against age."""

from contextlib import suppress

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xbarsim.backend import Array
from xbarsim.device import StatisticalDevice
from xbarsim.errors import SpecError
from xbarsim.programming.retention import statistical_retention
from xbarsim.report.cell_panels import span_of
from xbarsim.report.cells_in_use import cells_in_use, has_cells
from xbarsim.report.drawing import Drawing
from xbarsim.report.excerpt import evenly
from xbarsim.report.layout import is_scattered, roles
from xbarsim.report.leading import leading_metrics
from xbarsim.report.metric_axis import readable, scale_values, widen
from xbarsim.report.metric_panels import interval_of
from xbarsim.report.metrics import Metrics
from xbarsim.report.style import (
    INK,
    WIDTH,
    legend_below,
    line_look,
    new_figure,
    nothing,
    set_ticks,
    style,
)
from xbarsim.report.table import Cell, Table, numeric_from
from xbarsim.report.text import age_text, prefixed, quantity_text
from xbarsim.report.view import View, latest
from xbarsim.streams import Streams

CELLS = 2000
LEVELS = 4  #: above the lowest of the window
_LINES = 7  # points that are drawn
_TIMES = 17
_MOVES = 1e-3  # relative change over ages from which an energy is drawn


def drift_blocks(view: View) -> list[Drawing | Table | str]:
    """Tasks and cells against age; nothing where the study reads at one age."""
    if view.age is None:
        return []
    tasks = [str(task) for task in view.frame["task"].drop_duplicates()]
    drawn = [ageing_drawing(view, task) for task in tasks]
    blocks: list[Drawing | Table | str] = [drawing for drawing in drawn if drawing is not None]
    if has_cells(view):
        name, ages = str(view.results.scenario["device"]["sheet"]), view.age.values
        with suppress(SpecError):  # the section of the device says why
            cells = cells_in_use(view)
            blocks += [drift_drawing(cells, name, ages), drift_table(cells, ages)]
    return blocks


def ageing_drawing(view: View, task: str) -> Drawing | None:
    """Main metric of a task, and its energy where it changes, against age; a line for each point.

    None where there is one age, or where another figure has age along x already.
    """
    if view.age is None or (roles(view).x is view.age and not is_scattered(view)):
        return None
    rows = view.task(task)
    rows = rows[rows["age"] > 0]
    shown = {n: told for n, told in leading_metrics(view, task).items() if _moves(rows, n)}
    if not shown or rows["age"].nunique() < 2:
        return None
    leading = next(iter(shown))
    points = _some_points(rows, leading)
    with style():
        figure = _ageing_figure(view, rows, shown, points)
    count = int(rows["point"].nunique())
    few = ""
    if count > len(points):
        few = (f" {len(points)} of {count} points are drawn, from the lowest to the highest at the "
               "last age.")  # fmt: skip
    words = " and ".join(words for _, words in shown.values())
    lines = f", a line for each point ({view.label_axes})" if view.axes else ""
    return Drawing(
        name=view.stem("ageing", task),
        figure=figure,
        title=f"{words[0].upper()}{words[1:]} of {task} against age",
        caption=(
            f"{words[0].upper()}{words[1:]} of {task} against the age of the cells, counted from "
            f"programming{lines}. Points are means; error bars: {interval_of(view, task)}.{few}"
        ),
    )


def _moves(rows: pd.DataFrame, name: str) -> bool:
    """Whether a metric is to be drawn: energies only where age changes them."""
    if "energy" not in name:
        return True
    spans = rows.groupby("point")[name].agg(["min", "max"])
    return bool((spans["max"] - spans["min"] > _MOVES * spans["max"].abs()).any())


def _some_points(rows: pd.DataFrame, name: str) -> list[int]:
    """Points that are drawn, by the metric at their last age."""
    ordered = latest(rows).sort_values(name, kind="stable")
    return sorted(evenly(ordered, _LINES)["point"].astype(int))


def _ageing_figure(view: View, rows: pd.DataFrame, shown: Metrics, points: list[int]) -> Figure:
    figure = new_figure(2.9 + 0.18 * (len(points) // 2))
    panels = figure.subplots(1, len(shown), squeeze=False).ravel()
    for axes, (name, (unit, words)) in zip(panels, shown.items(), strict=True):
        factor, symbol = readable(rows[name], unit)
        scale_values(axes, rows[name], unit)
        for index, point in enumerate(points):
            part = rows[rows["point"] == point].sort_values("age")
            axes.errorbar(
                part["age"], factor * part[name], yerr=factor * part[f"{name}.half_width"],
                label=view.labels[point], elinewidth=1, **line_look(index),
            )  # fmt: skip
        axes.margins(y=0.1)
        widen(axes, factor * float(rows[name].abs().max()))
        axes.set_title(words)
        axes.set(xlabel="age", ylabel=symbol)
        _log_ages(axes, sorted(float(a) for a in rows["age"].unique()), WIDTH / len(shown) - 0.7)
    if view.axes:
        legend_below(figure, panels[0], view.label_axes)
    return figure


def _log_ages(axes: Axes, ages: list[float], width: float) -> None:
    """Ages along x by their logarithm, each named where there is room."""
    axes.set_xscale("log")
    wide = (ages[-1] / ages[0]) ** 0.06
    axes.set_xlim(ages[0] / wide, ages[-1] * wide)
    set_ticks(axes, ages, [age_text(age) for age in ages], width)


def level_drift(
    device: StatisticalDevice, ages: list[float], cells: int = CELLS
) -> tuple[Array, Array, Array]:
    """Levels of a device, and mean and standard deviation of its cells at ages, without read noise.

    Returns
    -------
    targets (levels,), mean and spread (ages, levels); S.
    """
    streams = Streams(0) / "drift"
    low, high = device.window
    targets = np.linspace(low, high, LEVELS + 1)[1:]
    z = np.stack([(streams / name).normal((LEVELS, cells)) for name in ("programming", "ageing")])
    course = statistical_retention(
        device, targets, np.array(ages), z, (streams / "device").normal((cells,))
    )
    return targets, course.g.mean(axis=2), course.g.std(axis=2, ddof=1)


def drift_drawing(device: StatisticalDevice, name: str, ages: list[float]) -> Drawing:
    """Mean and spread of levels against time, and how far the mean has moved; `ages` are marked."""
    first, end = span_of(device, ages)
    known = [age for age in ages if first <= age <= end]
    times = sorted({*np.geomspace(first, end, _TIMES)[1:-1], first, end, *known})
    targets, mean, spread = level_drift(device, [float(t) for t in times])
    with style():
        figure = _drift_figure(device, np.array(times), targets, mean, spread, known)
    last = device.ages[1]
    beyond = (f" Beyond {age_text(last)}, the last age that was measured, the law extrapolates."
              if last < times[-1] else "")  # fmt: skip
    return Drawing(
        name="drift",
        figure=figure,
        intervals=False,
        title=f"Drift of {LEVELS} levels of the device {name}",
        caption=(
            f"Cells of {name} programmed to {LEVELS} even levels, against the time since "
            f"programming. Left: mean and, as band, ± standard deviation of {CELLS} cells, without "
            f"read noise. Right: how far the mean has moved from that at {age_text(first)}. "
            f"Vertical lines: the ages at which the study reads.{beyond}"
        ),
    )


def _drift_figure(
    device: StatisticalDevice, times: Array, targets: Array, mean: Array, spread: Array,
    ages: list[float],
) -> Figure:  # fmt: skip
    factor, unit = prefixed(float(targets.max()), "S")
    figure = new_figure(2.9)
    left, right = figure.subplots(1, 2)
    every = max(1, len(times) // 6)
    for k, target in enumerate(targets):
        look = line_look(k) | {"markevery": (k * every // len(targets), every)}
        m, s = factor * mean[:, k], factor * spread[:, k]
        left.fill_between(times, m - s, m + s, color=look["color"], alpha=0.25, linewidth=0)
        left.plot(times, m, label=quantity_text(float(target), "siemens"), **look)
        right.plot(times, 100 * (mean[:, k] / mean[0, k] - 1), **look)
    if not np.ptp(mean, axis=0).any():
        right.clear()
        nothing(right, "the means stay where they are")
    left.set(ylabel=f"conductance / {unit}")
    left.set_ylim(bottom=0)
    right.set(ylabel="change of the mean / %")
    for axes, title in ((left, "Conductance"), (right, "Change of the mean")):
        axes.set_title(title)
        if axes.has_data():
            axes.set_xlabel("time since programming")
            axes.set_xscale("log")
            axes.set_xlim(times[0], times[-1])
            set_ticks(axes, ages, [age_text(age) for age in ages], WIDTH / 2 - 0.7)
            for age in ages:
                axes.axvline(age, color=INK, linewidth=0.7, linestyle=":")
    legend_below(figure, left, "level")
    return figure


def drift_table(device: StatisticalDevice, ages: list[float]) -> Table:
    """Mean ± standard deviation of the cells of each level at each of the ages."""
    known = sorted(age for age in ages if age >= device.ages[0])
    targets, mean, spread = level_drift(device, known)
    columns = ["level", *(f"at {age_text(age)}" for age in known)]
    rows = [
        [Cell(quantity_text(float(g), "siemens"), float(g)),
         *(Cell(f"{quantity_text(float(m), 'siemens')} ± {quantity_text(float(s), 'siemens')}",
                float(m)) for m, s in zip(mean[:, k], spread[:, k], strict=True))]
        for k, g in enumerate(targets)
    ]  # fmt: skip
    return Table(
        caption=f"Conductance of the device's levels, mean ± standard deviation of {CELLS} cells "
        "without read noise.",
        columns=columns,
        rows=rows,
        numeric=numeric_from(0, columns),
    )
