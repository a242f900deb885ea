"""Programming a network: pulses, energy and unverified cells, against what was swept."""

from xbarsim.report.drawing import Drawing
from xbarsim.report.metric_panels import interval_of, metric_figure, metric_table
from xbarsim.report.table import Table
from xbarsim.report.view import View

#: as `xbarsim.study` calls them: unit and words
METRICS = {
    "write.energy": ("joule", "energy of programming all cells"),
    "write.pulses": ("count", "pulses for a cell"),
    "write.unverified": ("dimensionless", "cells not verified"),
}


def programming_drawing(view: View, task: str) -> Drawing:
    """The figure of a task: a panel for each metric; cells are written once, whatever the ages."""
    drawn = metric_figure(view, task, METRICS, across=3, once=True)
    return Drawing(
        name=view.stem("programming", task),
        figure=drawn.figure,
        title=f"Programming of {task} against {drawn.against}",
        caption=(
            f"What writing the cells of {task} took{drawn.held}: pulses and verify reads until a "
            f"read was within the window. {drawn.marks}"
        ),
    )


def programming_table(view: View, task: str) -> Table:
    """A row for each point: swept values, trials, every metric."""
    caption = (
        f"Programming of {task}, means ± half width of the interval; {interval_of(view, task)}."
    )
    return metric_table(view, task, METRICS, caption, once=True)
