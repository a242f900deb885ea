"""Published systems: their metrics against what was swept, and what was published beside ours."""

import numpy as np
import pandas as pd

from xbarsim.report.drawing import Drawing
from xbarsim.report.metric_panels import interval_of, metric_figure, metric_table, metric_text
from xbarsim.report.table import Cell, Table
from xbarsim.report.view import View
from xbarsim.systems import System, system_of

_PANELS = 6  # of a figure, at the most
_FLAT = 1e-9  # relative range below which a metric is the same everywhere


def system_named(view: View, task: str) -> System:
    """The system that a task is about."""
    given = view.results.scenario["tasks"]
    return system_of(next(each["system"] for each in given if each["name"] == task))


def metrics_of(view: View, task: str) -> dict[str, tuple[str, str]]:
    """Unit and words of the metrics that a task has, by their column, the leading one first."""
    rows, metrics = view.task(task), system_named(view, task).METRICS
    columns = {f"system.{name}": told for name, told in metrics.items()}
    return {name: told for name, told in columns.items()
            if name in rows and rows[name].notna().any()}  # fmt: skip


def system_drawing(view: View, task: str) -> Drawing:
    """The figure of a system: the metrics that differ between points, the leading one first."""
    rows, metrics = view.task(task), metrics_of(view, task)
    leading = next(iter(metrics))
    shown = {k: v for k, v in metrics.items() if k == leading or _moves(rows[k])}
    shown = dict(list(shown.items())[:_PANELS])
    drawn = metric_figure(view, task, shown, means="means over chips")
    title = system_named(view, task).TITLE
    return Drawing(
        name=view.stem("system", task),
        figure=drawn.figure,
        title=f"{title}: {metrics[leading][1]} against {drawn.against}",
        caption=f"{title}{drawn.held}. {drawn.marks}",
    )


def _moves(values: "pd.Series[float]") -> bool:
    found = values.dropna().to_numpy(dtype=float)
    return bool(len(found)) and float(np.ptp(found)) > _FLAT * float(np.abs(found).max())


def system_table(view: View, task: str) -> Table:
    """A row for each point and age: swept values, trials, every metric."""
    caption = f"{system_named(view, task).TITLE}: means ± half width of the interval; "
    return metric_table(view, task, metrics_of(view, task), caption + interval_of(view, task) + ".")


def published_table(view: View, task: str) -> Table | None:
    """What was published beside what the first point gives; None where nothing was."""
    metrics = metrics_of(view, task)
    given = [p for p in system_named(view, task).PUBLISHED if f"system.{p.metric}" in metrics]
    if not given:
        return None
    first = view.fresh(task).sort_values("point").iloc[0]
    rows = []
    for each in given:
        column = f"system.{each.metric}"
        unit, words = metrics[column]
        theirs = metric_text(each.value, float("nan") if each.spread is None else each.spread, unit)
        ours = metric_text(float(first[column]), float(first[f"{column}.half_width"]), unit)
        rows.append([
            Cell(words), Cell(each.words), Cell(theirs, each.value),
            Cell(ours, float(first[column])), Cell(each.source),
        ])  # fmt: skip
    where = f" ({view.labels[int(first['point'])]})" if view.axes else ""
    return Table(
        caption=f"Published (± standard deviation, where given) beside the first point{where}, "
        "± half width of its interval.",
        columns=["metric", "of", "published", "here", "source"],
        rows=rows,
        numeric=frozenset({2, 3}),
    )
