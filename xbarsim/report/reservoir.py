"""Reservoirs: error, memory or accuracy and the energy of a step, against what was swept."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from xbarsim.report.drawing import Drawing
from xbarsim.report.metric_panels import interval_of, metric_figure, metric_table
from xbarsim.report.style import INK
from xbarsim.report.table import Table
from xbarsim.report.view import View
from xbarsim.tasks.reservoir import LEADING, METRICS


def leading_of(rows: pd.DataFrame) -> str:
    """The metric that says how well a task is done, from its rows."""
    return next(name for name in LEADING if name in rows and rows[name].notna().any())


def reservoir_drawing(view: View, task: str) -> Drawing:
    """The figure of a reservoir: its leading metric, and the energy of a step."""
    name = leading_of(view.task(task))
    shown = {key: METRICS[key] for key in (name, "energy.total")}
    drawn = metric_figure(view, task, shown)
    bound = _software(view, task, name)
    if bound is not None:
        for axes in drawn.leading:
            _draw_bound(axes, name, bound)
    words = METRICS[name][1]
    black = " Black: the same reservoirs in software, their mean." if bound is not None else ""
    return Drawing(
        name=view.stem("reservoir", task),
        figure=drawn.figure,
        title=f"{words[0].upper()}{words[1:]} of {task} against {drawn.against}",
        caption=(
            f"{words[0].upper()}{words[1:]} of {task}, and the energy of a step{drawn.held}. Each "
            "trial draws a reservoir and devices of its own, alike at every point."
            f"{black} {drawn.marks}"
        ),
    )


def _software(view: View, task: str, name: str) -> float | None:
    """What reservoirs reach in software, where that is the same at every point."""
    if f"{name}.software" not in view.frame:
        return None
    found = view.task(task)[f"{name}.software"].to_numpy(dtype=float)
    if np.isnan(found).any():
        return None
    return float(found[0]) if np.ptp(found) <= 1e-9 * abs(found[0]) else None


def _draw_bound(axes: Axes, name: str, bound: float) -> None:
    factor = 100.0 if METRICS[name][0] == "dimensionless" else 1.0
    axes.axhline(factor * bound, linestyle=(0, (6, 2)), linewidth=1, color=INK)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.97 * factor * bound), max(high, 1.03 * factor * bound))


def reservoir_table(view: View, task: str) -> Table:
    """A row for each point and age: swept values, trials, every metric there is."""
    rows, metrics = view.task(task), {}
    for name, (unit, words) in METRICS.items():
        for key, told in ((name, words), (f"{name}.software", f"{words}, software")):
            if key in rows and rows[key].notna().any():
                metrics[key] = (unit, told)
    caption = (
        f"How well {task} does, means ± half width of the interval; {interval_of(view, task)}."
    )
    return metric_table(view, task, metrics, caption)
