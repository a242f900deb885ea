"""Points one by one against each swept axis: of samples, searches and conditions."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xbarsim.report.metric_axis import readable, scale_values, widen
from xbarsim.report.metrics import Metrics
from xbarsim.report.places import Places, places_of
from xbarsim.report.style import WIDTH, legend_below, line_look, new_figure, style
from xbarsim.report.text import broken, interval_text
from xbarsim.report.view import Dimension, View

MAX_MARKS = 12_000  #: of a figure; where points are more, they are put together
MAX_BARS = 100  #: points up to which each has its interval
_ACROSS = 5  # panels beside each other
_WIDE = 0.25  # half an interval over the range of means, at most, so that bars are drawn
_HUES = 5  # ages or categories that have a colour of their own


@dataclass(frozen=True, kw_only=True)
class Scatter:
    """A panel for each metric and axis, and words for its caption.

    Parameters
    ----------
    figure : what is drawn.
    leading : the panels of the first metric.
    marks : what points and bars are, in sentences.
    """

    figure: Figure
    leading: Sequence[Axes]
    marks: str


def scatter(view: View, rows: pd.DataFrame, metrics: Metrics) -> Scatter:
    """Every row of the frame as a point in each panel; of many points medians and ranges."""
    hue, rows, note = _hue(view, rows)
    together = len(rows) * len(metrics) * len(view.axes) > MAX_MARKS
    bars = [] if together else [name for name in metrics if _legible(rows, name)]
    with style():
        figure, leading = _figure(view, rows, metrics, hue, together=together, bars=bars)
    return Scatter(
        figure=figure,
        leading=leading,
        marks=_marks(view, rows, hue, together, _bars(bars, metrics)) + note,
    )


def _hue(view: View, rows: pd.DataFrame) -> tuple[Dimension | None, pd.DataFrame, str]:
    """What colours tell apart, the rows that are drawn, and what is not."""
    if view.age is not None:
        last = len(view.age.levels) - 1
        if last < _HUES:
            return view.age, rows, ""
        kept = rows[rows[view.age.column].isin((0, last))]
        return view.age, kept, f" Of {last + 1} ages the first and the last are drawn."
    names = [a for a in view.axes if not a.numbers and len(a.levels) <= _HUES]
    return (names[0] if names else None), rows, ""


def _marks(view: View, rows: pd.DataFrame, hue: Dimension | None, together: bool, bars: str) -> str:
    colours = f", a colour for each {hue.label}" if hue else ""
    own = "All points stand in every panel, whatever else they differ in"
    if together:
        return (
            f"{own}{colours}. They are too many to be drawn one by one ({len(rows)}): a mark is "
            "the median of those in one part of the axis, and its bar, no confidence interval, "
            "holds the middle 80 % of them."
        )
    several = rows["trials"].max() > 1
    means = f"{own}{colours}. Marks are {'means' if several else 'of one trial each'}"
    if not several:
        return f"{means}."
    interval = interval_text(view.results.confidence, rows["trials"])
    return f"{means}; {bars.format(interval)}."


def _bars(shown: Sequence[str], metrics: Metrics) -> str:
    """What becomes of intervals, with braces where it is said what they are."""
    if len(shown) == len(metrics):
        return "error bars: {}"
    where = "error bars where they leave room" if shown else "without their intervals"
    return f"{where} ({{}}); the table has all"


def _legible(rows: pd.DataFrame, name: str) -> bool:
    """Whether the intervals of a metric leave room for its means to be seen."""
    half = rows[f"{name}.half_width"].median()
    narrow = half != half or half <= _WIDE * (rows[name].max() - rows[name].min())
    return len(rows) <= MAX_BARS and bool(narrow)


def _figure(
    view: View,
    rows: pd.DataFrame,
    metrics: Metrics,
    hue: Dimension | None,
    *,
    together: bool,
    bars: Sequence[str],
) -> tuple[Figure, list[Axes]]:
    """Blocks of axes one below the other, in each a row of panels for each metric."""
    most = 3 if len(metrics) == 1 else _ACROSS
    blocks = -(-len(view.axes) // most)
    across = -(-len(view.axes) // blocks)
    height = 1.75 if across > 3 else 2.1
    figure = new_figure(0.9 + height * blocks * len(metrics))
    grid = figure.subplots(blocks * len(metrics), across, squeeze=False, sharey=False)
    leading: list[Axes] = []
    for number, (name, (unit, words)) in enumerate(metrics.items()):
        factor, symbol = readable(rows[name], unit)
        panels = []
        for place, axis in enumerate(view.axes):
            places, (block, column) = places_of(axis), divmod(place, across)
            axes = grid[block * len(metrics) + number, column]
            _panel(
                axes, rows, (name, factor), axis, places, hue, together=together, bars=name in bars
            )
            places.set_up(axes, WIDTH / across - 0.55)
            _name(axes, column, f"{words}{f' / {symbol}' if symbol else ''}", height)
            if number == len(metrics) - 1:
                axes.set_xlabel(broken(axis.label, round(76 / across)))
            else:
                axes.tick_params(labelbottom=False)
            panels.append(axes)
        _limit(panels, unit)
        leading = leading or panels
    for axes in grid.ravel():
        if not axes.has_data():
            axes.remove()
    if hue:
        legend_below(figure, leading[0], hue.label)
    return figure, leading


def _name(axes: Axes, column: int, words: str, height: float) -> None:
    if column == 0:
        axes.set_ylabel(fill(words, round(14 * height)))
    else:
        axes.tick_params(labelleft=False)


def _panel(
    axes: Axes,
    rows: pd.DataFrame,
    metric: tuple[str, float],
    axis: Dimension,
    places: Places,
    hue: Dimension | None,
    *,
    together: bool,
    bars: bool,
) -> None:
    name, factor = metric
    for index, label in enumerate(hue.levels if hue else [""]):
        part = rows if hue is None else rows[rows[hue.column] == index]
        part = part[part[name].notna()]
        if part.empty:
            continue
        levels = part[axis.column].to_numpy(dtype=np.intp)
        values = factor * part[name].to_numpy(dtype=float)
        look = line_look(index) | {"linestyle": "none", "label": label, "markersize": 3.2}
        if together:
            shift = 0.2 * (index / len(hue.levels) - 0.5) if hue else 0.0
            _ranges(axes, places, levels, values, shift, look)
            continue
        half = factor * part[f"{name}.half_width"].to_numpy(dtype=float) if bars else None
        crowd: dict[str, Any] = {
            "alpha": 1.0 if len(part) <= MAX_BARS else 0.5,
            "markeredgewidth": 0,
        }
        axes.errorbar(
            places.of(levels), values, yerr=half, elinewidth=0.6, capsize=0, **look, **crowd
        )


def _ranges(
    axes: Axes, places: Places, levels: Any, values: Any, shift: float, look: dict[str, Any]
) -> None:
    """A median with the range that holds 80 % of the points, for each part of the axis."""
    parts = pd.Series(values).groupby(places.part[levels])
    low, middle, high = (parts.quantile(q).to_numpy() for q in (0.1, 0.5, 0.9))
    at = pd.Series(places.at[levels]).groupby(places.part[levels]).mean().to_numpy()
    wide = 1.0 if places.even else 1 / 16
    sides = np.maximum([middle - low, high - middle], 0.0)
    axes.errorbar(at + shift * wide, middle, yerr=sides, elinewidth=1, capsize=0, **look)


def _limit(panels: Sequence[Axes], unit: str) -> None:
    """The same range in every panel of a metric: that of what is drawn."""
    boxes = [axes.dataLim for axes in panels]
    low, high = float(min(b.y0 for b in boxes)), float(max(b.y1 for b in boxes))
    for axes in panels:
        scale_values(axes, pd.Series([low, high]), unit)
        if axes.get_yscale() == "log":
            margin = (high / low) ** 0.08
            axes.set_ylim(low / margin, high * margin)
            continue
        margin = 0.08 * (high - low) or 1e-12 + 0.01 * abs(high)
        axes.set_ylim(low - margin, high + margin)
        widen(axes, max(abs(low), abs(high)))
