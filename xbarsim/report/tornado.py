"""How far each axis of a sweep moves the metrics: the tornado of a grid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xbarsim.report.drawing import Drawing
from xbarsim.report.leading import leading_metrics
from xbarsim.report.metric_axis import readable, widened
from xbarsim.report.metric_panels import metric_text
from xbarsim.report.style import INK, area_look, new_figure, style
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import broken, counted
from xbarsim.report.view import Dimension, View

_BARS = 10  # axes of a panel
_NAME = 10  # letters of a level beside a bar; the table has all
_WIDE = 2.0  # inches of a panel, about
_FLAT = 1e-9  # relative width of a bar that is rounding


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What one axis does to one metric.

    Parameters
    ----------
    axis : the swept dimension, or age.
    low, high : lowest and highest mean over the points of one level, SI.
    at_low, at_high : those levels.
    """

    axis: Dimension
    low: float
    high: float
    at_low: str
    at_high: str

    @property
    def width(self) -> float:
        """How far the metric moves."""
        return self.high - self.low


def bars_of(view: View, rows: pd.DataFrame, metric: str) -> list[Bar]:
    """A bar for each dimension that varies, the widest first."""
    found = []
    for axis in view.dimensions:
        means = rows.groupby(axis.column)[metric].mean().dropna()
        if len(means) < 2:
            continue
        low, high = (int(means.index[int(k)]) for k in (means.argmin(), means.argmax()))
        found.append(
            Bar(
                axis=axis,
                low=float(means.min()),
                high=float(means.max()),
                at_low=axis.levels[low],
                at_high=axis.levels[high],
            )
        )
    return sorted(found, key=lambda bar: -bar.width)


def tornado_blocks(view: View) -> list[Drawing | Table]:
    """A figure and a table of what each axis does to every task; none for one axis, or no grid."""
    if view.spread or len(view.dimensions) < 2:
        return []
    tasks = [str(task) for task in view.frame["task"].drop_duplicates()]
    panels = {
        (task, name): (told, bars)
        for task in tasks
        for name, told in leading_metrics(view, task).items()
        if len(bars := bars_of(view, view.task(task), name)) > 1
    }
    if not panels:
        return []
    drawings = []
    for task in dict.fromkeys(task for task, _ in panels):
        own = {name: found for (of, name), found in panels.items() if of == task}
        drawings.append(_drawing(view, task, own))
    return [*drawings, _table(panels)]


def _drawing(
    view: View, task: str, panels: dict[str, tuple[tuple[str, str], list[Bar]]]
) -> Drawing:
    with style():
        figure = _figure(view, task, panels)
    words = " and ".join(words for (_, words), _ in panels.values())
    few = max(len(bars) for _, bars in panels.values()) > _BARS
    return Drawing(
        name=view.stem("tornado", task),
        figure=figure,
        intervals=False,
        title=f"How far each axis moves {words} of {task}",
        caption=(
            f"How far each axis moves {words} of {task}: from the level of the lowest mean to that "
            "of the highest, both named, with the mean taken over everything else that was swept; "
            "the widest first. The line is the mean of all. What axes do together, and whether a "
            "metric rises or falls between its levels, does not show here. "
            f"{_trials(view, task)} a point; no intervals.{_gaps(view, task, panels)} "
            "The table has all names in full."
            f"{f' The first {_BARS} axes are drawn.' if few else ''}"
        ),
    )


def _gaps(view: View, task: str, metrics: Iterable[str]) -> str:
    """A warning where levels are not compared over the same others."""
    whole = prod(len(axis.levels) for axis in view.dimensions)
    there = int(view.task(task)[list(metrics)].notna().all(axis=1).sum())
    if there >= whole:
        return ""
    return (
        f" {whole - there} of {whole} combinations are missing, so that levels are not compared "
        "over the same others: a bar may be due to what is missing."
    )


def _trials(view: View, task: str) -> str:
    counts = sorted({int(n) for n in view.task(task)["trials"]})
    few = counted(counts[0], "trial")
    return few if len(counts) == 1 else f"{counts[0]} to {counted(counts[-1], 'trial')}"


def _figure(view: View, task: str, panels: dict[str, tuple[tuple[str, str], list[Bar]]]) -> Figure:
    most = min(_BARS, max(len(bars) for _, bars in panels.values()))
    figure = new_figure(0.8 + 0.42 * most)
    grid = figure.subplots(1, len(panels), squeeze=False).ravel()
    rows = view.task(task)
    for axes, (name, ((unit, words), bars)) in zip(grid, panels.items(), strict=True):
        _panel(axes, rows[name], unit, bars[:_BARS])
        axes.set_title(fill(words, 80 // len(panels)))
    return figure


def _panel(axes: Axes, values: "pd.Series[float]", unit: str, bars: Sequence[Bar]) -> None:
    factor, symbol = readable(values, unit)
    places = np.arange(len(bars), dtype=float)
    middle = factor * float(values.mean())
    low, high = (np.array([factor * getattr(b, end) for b in bars]) for end in ("low", "high"))
    axes.barh(places, high - low, left=low, height=0.42, **area_look(0))
    axes.axvline(middle, color=INK, linewidth=1)
    span = float(high.max() - low.min()) or abs(middle) or 1.0
    for y, bar, left, right in zip(places, bars, low, high, strict=True):
        if right - left < _FLAT * max(abs(left), abs(right)):
            axes.annotate("does not move", (right, y), textcoords="offset points", fontsize=7.5,
                          xytext=(3, 0), va="center")  # fmt: skip
            continue
        for x, text, side in ((left, bar.at_low, "right"), (right, bar.at_high, "left")):
            axes.annotate(_short(text, _NAME), (x, y), textcoords="offset points", fontsize=7.5,
                          va="center", xytext=(-3 if side == "right" else 3, 0), ha=side,
                          in_layout=False)  # fmt: skip
    longest = max(len(_short(name, _NAME)) for bar in bars for name in (bar.at_low, bar.at_high))
    beside = 0.08 + 0.062 * longest  # inches that names take on either side
    margin = span * beside / (_WIDE - 2 * beside)
    axes.set_xlim(float(low.min()) - margin, float(high.max()) + margin)
    axes.set_xlim(widened(axes.get_xlim(), max(abs(float(low.min())), abs(float(high.max())))))
    axes.set_yticks(places, [_axis_name(bar.axis.label) for bar in bars])
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlabel(symbol)
    axes.grid(axis="y", visible=False)


def _axis_name(label: str) -> str:
    """An axis in at most two or three lines: of several that move together the first."""
    first, *more = label.split(" / ")
    return broken(first + (f" + {len(more)} more" if more else ""), 22)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _table(panels: dict[tuple[str, str], tuple[tuple[str, str], list[Bar]]]) -> Table:
    rows = [
        [
            Cell(task), Cell(words), Cell(bar.axis.label),
            Cell(f"{metric_text(bar.low, np.nan, unit)} at {bar.at_low}", bar.low),
            Cell(f"{metric_text(bar.high, np.nan, unit)} at {bar.at_high}", bar.high),
            Cell(metric_text(bar.width, np.nan, unit), bar.width),
        ]
        for (task, _), ((unit, words), bars) in panels.items()
        for bar in bars
    ]  # fmt: skip
    return Table(
        caption="Lowest and highest mean over the points of one level of each axis.",
        columns=["task", "metric", "axis", "lowest", "highest", "moves by"],
        rows=rows,
        numeric=frozenset({3, 4, 5}),
    )
