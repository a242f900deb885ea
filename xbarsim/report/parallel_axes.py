"""Parallel coordinates: every point of a sample, a search or a design as a line over its axes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from xbarsim.report.drawing import Drawing
from xbarsim.report.excerpt import evenly
from xbarsim.report.leading import leading_metrics
from xbarsim.report.metric_axis import readable
from xbarsim.report.places import places_of
from xbarsim.report.style import INK, RULE, WIDTH, new_figure, style
from xbarsim.report.text import broken
from xbarsim.report.view import Dimension, View

MAX_LINES = 250
MAX_AXES = 9
_LEAST_AXES = 3
_NAMES = 9  # values of an axis that are named


class Laid(NamedTuple):
    """An axis from 0 to 1: where points stand, and where which values are named."""

    at: npt.NDArray[np.float64]
    ticks: list[float]
    names: list[str]


def parallel_drawing(view: View, task: str) -> Drawing | None:
    """Points as lines over their axes to the task's main metric, which gives their colour too.

    None where points are no spread ones, or have fewer than three axes.
    """
    if not view.spread or len(view.axes) < _LEAST_AXES:
        return None
    rows = view.fresh(task)
    name, (unit, words) = next(iter(leading_metrics(view, task).items()))
    rows = rows[rows[name].notna()].sort_values(name, kind="stable")
    if len(rows) < 2:
        return None
    count = len(rows)
    rows, axes = evenly(rows, MAX_LINES), view.axes[:MAX_AXES]
    laid = [_laid_out(axis, rows[axis.column].to_numpy(dtype=np.intp)) for axis in axes]
    factor, symbol = readable(rows[name], unit)
    values = factor * rows[name].to_numpy(dtype=float)
    with style():
        figure = _figure(laid, values, [a.label for a in axes], f"{words} / {symbol}".rstrip(" /"))
    few = f" {len(rows)} of {count} are drawn, from the lowest to the highest."
    few = few if len(rows) < count else ""
    more = f" The first {MAX_AXES} of {len(view.axes)} axes are drawn."
    more = more if len(view.axes) > MAX_AXES else ""
    several = rows["trials"].max() > 1
    return Drawing(
        name=view.stem("parallel", task),
        figure=figure,
        title=f"Points of {task} over all axes, by {words}",
        caption=(
            f"Every point of {task} as a line over the swept axes to its {words} at age "
            f"{view.first_age_text}, {'a mean over chips' if several else 'of one chip each'}, "
            "without its interval; colours are those of the last axis, and lines of higher values "
            f"lie on top.{few}{more}"
        ),
    )


def _laid_out(axis: Dimension, levels: npt.NDArray[np.intp]) -> Laid:
    """Where points of `levels` stand on an axis from 0 to 1, and some values with their names."""
    places = places_of(axis)
    low, high = float(places.at.min()), float(places.at.max())
    span = (high - low) or 1.0
    step = -(-len(places.ticks) // _NAMES)
    ticks = [(t - low) / span for t in places.ticks[::step]]
    return Laid((places.at[levels] - low) / span, ticks, places.names[::step])


def _figure(
    laid: Sequence[Laid], values: npt.NDArray[np.float64], names: Sequence[str], metric: str
) -> Figure:
    figure = new_figure(3.3)
    axes = figure.subplots()
    norm = Normalize(float(values.min()), float(values.max()))
    shares = np.asarray(norm(values) if np.ptp(values) else np.full(len(values), 0.5))
    x = np.arange(len(laid) + 1, dtype=float)
    places = np.column_stack([*(each.at for each in laid), shares])
    lines = [np.column_stack([x, place]) for place in places]
    colours = colormaps["cividis"](shares)
    axes.add_collection(LineCollection(lines, colors=colours, linewidths=0.9, alpha=0.85))
    for k, each in enumerate(laid):
        _axis(axes, k, each, len(x))
    axes.set_xlim(-0.05, len(x) - 1.0)
    axes.set_ylim(0, 1)  # the bar of colours then goes on with the lines
    axes.set_xticks(x, [broken(n, round(70 / len(x))) for n in names] + [""])
    axes.tick_params(axis="x", length=0)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    bar = figure.colorbar(ScalarMappable(norm, "cividis"), ax=axes, pad=0.0, fraction=0.03,
                          aspect=30)  # fmt: skip
    bar.set_label(metric)
    bar.outline.set_linewidth(0.5)
    return figure


def _axis(axes: Axes, k: int, laid: Laid, count: int) -> None:
    """A vertical line with its ticks; their names on its right."""
    axes.axvline(k, color=INK, linewidth=0.8)
    for y, text in zip(laid.ticks, laid.names, strict=True):
        axes.plot([k, k + 0.02 * WIDTH / count], [y, y], color=INK, linewidth=0.8)
        axes.text(k + 0.03 * WIDTH / count, y, text[: 100 // count], fontsize=7.5, va="center",
                  ha="left", bbox={"facecolor": RULE, "edgecolor": "none", "alpha": 0.85,
                                   "pad": 1.0})  # fmt: skip
