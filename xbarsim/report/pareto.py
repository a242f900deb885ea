"""Accuracy against energy: which points are not beaten in both."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from xbarsim.report.drawing import Drawing
from xbarsim.report.hover import tell
from xbarsim.report.metric_panels import metric_text
from xbarsim.report.style import INK, MUTED, PALETTE, legend_below, new_figure, style
from xbarsim.report.text import accuracy_text, interval_text, prefixed
from xbarsim.report.view import View
from xbarsim.study.pareto import non_dominated

#: with more points than this only the optimal ones are labelled
MAX_LABELLED = 12
#: up to as many points each has its error bars
MAX_BARS = 100
MAX_DOTS = 2000  #: points drawn that are beaten


def is_optimal(accuracy: np.ndarray, energy: np.ndarray) -> np.ndarray:
    """(points,) whether no other point is at least as accurate and frugal, and better in one."""
    return non_dominated(np.stack([-accuracy, energy], axis=1))


def thinned(optimal: np.ndarray) -> np.ndarray:
    """(points,) which points are drawn: all optimal ones, of many others one in so many."""
    beaten = np.flatnonzero(~optimal)
    kept = optimal.copy()
    kept[beaten[:: -(-len(beaten) // MAX_DOTS) or 1]] = True
    return kept


def pareto_drawing(view: View, task: str) -> Drawing:
    """Every point at the first age; the optimal ones marked, connected and labelled."""
    rows = view.fresh(task).sort_values(["energy.total", "point"])
    with style():
        figure = _figure(view, rows)
    return Drawing(
        name=view.stem("pareto", task),
        figure=figure,
        title=f"Accuracy of {task} against energy per inference",
        caption=(
            f"Accuracy of {task} against energy per inference at age {view.first_age_text}. "
            f"Filled: points that no other point beats in both (of their means). Labels give "
            f"{view.label_axes}; not every point has room for one. {_bars_text(view, rows)}"
        ),
    )


def _bars_text(view: View, rows: pd.DataFrame) -> str:
    if len(rows) <= MAX_BARS:
        interval = interval_text(view.results.confidence, rows["trials"])
        return f"Error bars in both directions: {interval}."
    drawn = int(thinned(is_optimal(*_worth(rows))).sum())
    some = f" Of {len(rows)} points {drawn} are drawn." if drawn < len(rows) else ""
    return f"Without error bars, which would hide each other; tables have them.{some}"


def _worth(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy and energy of each point."""
    return rows["accuracy"].to_numpy(dtype=float), rows["energy.total"].to_numpy(dtype=float)


def _figure(view: View, rows: pd.DataFrame) -> Figure:
    figure = new_figure(3.9)
    axes = figure.subplots()
    factor, unit = prefixed(float(rows["energy.total"].max()), "J")
    energy = factor * rows["energy.total"].to_numpy(dtype=float)
    accuracy = 100 * rows["accuracy"].to_numpy(dtype=float)
    error = {
        "xerr": factor * rows["energy.total.half_width"].to_numpy(dtype=float),
        "yerr": 100 * rows["accuracy.half_width"].to_numpy(dtype=float),
    }
    optimal = is_optimal(accuracy, energy)
    drawn = thinned(optimal)
    if energy.min() > 0 and energy.max() > 8 * energy.min():
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    texts = [view.labels[int(point)] for point in rows["point"]]
    words = [_told(row, text) for (_, row), text in zip(rows.iterrows(), texts, strict=True)]
    _points(axes, energy, accuracy, error, drawn & ~optimal, words, markerfacecolor="none",
            color=MUTED, marker="o", linestyle="none", label="beaten by another point")  # fmt: skip
    _points(axes, energy, accuracy, error, optimal, words, color=PALETTE[0], marker="o",
            label="Pareto-optimal")  # fmt: skip
    axes.margins(x=0.12, y=0.14)
    axes.set(xlabel=f"energy per inference / {unit}", ylabel="accuracy / %")
    legend_below(figure, axes)
    place_labels(figure, axes, energy, accuracy, texts, optimal)
    return figure


def _points(
    axes: Axes,
    x: np.ndarray,
    y: np.ndarray,
    error: dict[str, np.ndarray],
    chosen: np.ndarray,
    words: list[str],
    **look: Any,
) -> None:
    if chosen.any():
        bars = len(x) <= MAX_BARS
        sides = {name: values[chosen] for name, values in error.items()} if bars else {}
        marks = axes.errorbar(x[chosen], y[chosen], **sides, elinewidth=0.9, **look)
        tell(marks.lines[0], [words[k] for k in np.flatnonzero(chosen)])


def _told(row: "pd.Series[Any]", label: str) -> str:
    """What a mark says: which point it is, its accuracy and its energy."""
    accuracy = accuracy_text(float(row["accuracy"]), float(row["accuracy.half_width"]))
    energy = metric_text(float(row["energy.total"]), float(row["energy.total.half_width"]), "joule")
    return f"{label}: {accuracy}, {energy}"


def place_labels(
    figure: Figure,
    axes: Axes,
    x: np.ndarray,
    y: np.ndarray,
    texts: list[str],
    optimal: np.ndarray | None = None,
) -> None:
    """Label the points, optimal ones first; a label that would cover another one is dropped."""
    optimal = np.full(len(x), True) if optimal is None else optimal
    figure.draw_without_rendering()
    taken = [Bbox.from_bounds(a - 3, b - 3, 6, 6) for a, b in axes.transData.transform(np.c_[x, y])]
    order = np.argsort(~optimal, kind="stable")
    for index in order if len(x) <= MAX_LABELLED else order[: optimal.sum()]:
        label = _annotated(axes, (x[index], y[index]), texts[index], above=bool(optimal[index]))
        box = label.get_window_extent()
        if box.count_overlaps(taken) or not _inside(box, axes.bbox):
            label.remove()
        else:
            taken.append(box)


def _annotated(axes: Axes, at: tuple[float, float], text: str, *, above: bool) -> Annotation:
    side: dict[str, Any] = {"xytext": (5, -5), "ha": "left", "va": "top", "color": MUTED}
    if above:
        side = {"xytext": (-5, 5), "ha": "right", "va": "bottom", "color": INK}
    return axes.annotate(text, at, textcoords="offset points", fontsize=8, **side)


def _inside(box: Bbox, frame: Bbox) -> bool:
    return bool(box.x0 >= frame.x0 and box.x1 <= frame.x1 and box.y0 >= frame.y0)
