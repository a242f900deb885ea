"""Writing one cell of a switching law: what it does to the others, against what was swept."""

from xbarsim.report.drawing import Drawing
from xbarsim.report.metric_panels import interval_of, metric_figure, metric_table
from xbarsim.report.table import Table
from xbarsim.report.view import View
from xbarsim.tasks.disturb import METRICS

_SHOWN = ("g_written", "v_written", "half_median", "half_lost", "others_lost", "energy")


def disturb_drawing(view: View, task: str) -> Drawing:
    """The figure of a disturb task: a panel for each of six metrics."""
    shown = {f"disturb.{name}": METRICS[f"disturb.{name}"] for name in _SHOWN}
    drawn = metric_figure(view, task, shown, once=True)
    return Drawing(
        name=view.stem("disturb", task),
        figure=drawn.figure,
        title=f"Writing one cell of {task} against {drawn.against}",
        caption=(
            f"One cell of {task} is written{drawn.held}. Changes are those of the conductance, of "
            "either sign, over the conductance before; cells that share a line with the written "
            f"one are half selected. {drawn.marks}"
        ),
    )


def disturb_table(view: View, task: str) -> Table:
    """A row for each point: swept values, trials, every metric."""
    told = f"Writing one cell of {task}, means ± half width of the interval"
    caption = f"{told}; {interval_of(view, task)}."
    return metric_table(view, task, METRICS, caption, once=True)
