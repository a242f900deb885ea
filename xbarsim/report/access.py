"""Passive arrays: what a write costs and how a read fares, against what was swept."""

from xbarsim.report.drawing import Drawing
from xbarsim.report.metric_panels import interval_of, metric_figure, metric_table
from xbarsim.report.table import Table
from xbarsim.report.view import View
from xbarsim.tasks.array import METRICS


def access_drawing(view: View, task: str) -> Drawing:
    """The figure of an array task: a panel for each metric."""
    drawn = metric_figure(view, task, METRICS)
    return Drawing(
        name=view.stem("access", task),
        figure=drawn.figure,
        title=f"Writing and reading one cell of {task} against {drawn.against}",
        caption=(
            f"Writing and reading the cell of {task} that is farthest from its drivers"
            f"{drawn.held}. {drawn.marks}"
        ),
    )


def access_table(view: View, task: str) -> Table:
    """A row for each point and age: swept values, trials, every metric."""
    caption = (
        f"Writing and reading one cell of {task}, means ± half width of the interval; "
        f"{interval_of(view, task)}."
    )
    return metric_table(view, task, METRICS, caption)
