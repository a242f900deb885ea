"""The Pareto front of a search: objectives against each other, and a table of its points."""

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xbarsim.report.drawing import Drawing
from xbarsim.report.excerpt import MAX_POINTS, first_of
from xbarsim.report.hover import tell
from xbarsim.report.metric_axis import readable
from xbarsim.report.metric_panels import metric_text
from xbarsim.report.metrics import unit_of
from xbarsim.report.pareto import place_labels, thinned
from xbarsim.report.style import INK, MUTED, PALETTE, legend_below, new_figure, style
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import interval_text, join_words, value_text
from xbarsim.report.view import View
from xbarsim.scenario.figures import FigureSpec
from xbarsim.scenario.searches import SearchSpec

MAX_LABELS = 12  #: points of a front up to which each carries its number
_DECADE = 8.0  # largest over smallest value from which an axis is logarithmic
_PAIRS = 6  # panels of a figure, at most


def front_drawing(
    view: View, spec: SearchSpec, front: pd.DataFrame, proposals: pd.DataFrame
) -> Drawing:
    """A panel for each pair of objectives: all points that were run, those on the front marked.

    Of a single objective: its value against the number of the proposal.
    """
    points = proposals[proposals["state"] == "complete"].dropna(subset=list(spec.asked))
    pairs = list(itertools.combinations(spec.goals, 2)) or [("point", next(iter(spec.goals)))]
    few = points[thinned(points["front"].to_numpy(dtype=bool))]
    with style():
        figure = _figure(view, spec, few, front, pairs[:_PAIRS])
    kept = f" Of {len(points)} points {len(few)} are drawn." if len(few) < len(points) else ""
    more = f" {_PAIRS} of {len(pairs)} pairs of objectives are drawn." * (len(pairs) > _PAIRS)
    return Drawing(
        name="front",
        figure=figure,
        title=f"Objectives of the search: {join_words(spec.goals)}",
        caption=_caption(view, spec, front, few) + kept + more,
    )


def _caption(view: View, spec: SearchSpec, front: pd.DataFrame, points: pd.DataFrame) -> str:
    goals = join_words(f"{name} ({goal.direction})" for name, goal in spec.goals.items())
    chips = int(view.results.scenario["sweep"]["trials"])
    limits = join_words(_limit_text(view, name, spec.limits[name]) for name in spec.limits)
    broken = f" Crosses: points that break a constraint ({limits})." if limits else ""
    joined = " The line is the edge of what they dominate." if len(spec.goals) == 2 else ""
    numbers = " Numbers are those of points." if 0 < len(front) <= MAX_LABELS else ""
    means = "one chip each" if chips == 1 else f"means over {chips} chips"
    bars = " Intervals stand in the table." if chips > 1 else ""
    return (
        f"Every point of the search, {means}: {goals}. Filled: points that keep every constraint "
        f"and that no other beats in every objective.{joined}{numbers}{broken}{bars}"
    )


def _limit_text(view: View, name: str, limit: Any) -> str:
    unit = unit_of(view.results, str(limit.metric))
    ends = (("at least", limit.at_least), ("at most", limit.at_most))
    told = [f"{word} {metric_text(x, math.nan, unit)}" for word, x in ends if x is not None]
    return f"{name} {join_words(told)}"


def _figure(
    view: View,
    spec: SearchSpec,
    points: pd.DataFrame,
    front: pd.DataFrame,
    pairs: list[tuple[str, str]],
) -> Figure:
    across = min(2, len(pairs))
    down = -(-len(pairs) // across)
    figure = new_figure(0.6 + (3.3 if across == 1 else 2.7) * down)
    grid = figure.subplots(down, across, squeeze=False).ravel()
    for axes in grid[len(pairs) :]:
        axes.remove()
    for axes, pair in zip(grid, pairs, strict=False):
        _panel(view, spec, axes, points, front, pair)
    legend_below(figure, grid[0])
    for axes, (x, y) in zip(grid, pairs, strict=False):
        if len(front) <= MAX_LABELS:
            at = [_scale(view, spec, points, name)[0] * front[name] for name in (x, y)]
            texts = [str(int(point)) for point in front["point"]]
            place_labels(figure, axes, at[0].to_numpy(), at[1].to_numpy(), texts)
    return figure


def _panel(
    view: View,
    spec: SearchSpec,
    axes: Axes,
    points: pd.DataFrame,
    front: pd.DataFrame,
    pair: tuple[str, str],
) -> None:
    x, y = pair
    scales = {name: _scale(view, spec, points, name) for name in pair}
    kept = pd.Series(True, index=points.index)
    for name, limit in spec.limits.items():
        kept &= points[name].map(limit.excess) <= 0
    looks: list[tuple[pd.Series, dict[str, Any]]] = [
        (~kept, {"marker": "x", "label": "breaks a constraint"}),
        (kept & ~points["front"], {"marker": "o", "label": "beaten", "markerfacecolor": "none"}),
    ]
    for chosen, look in looks:
        if chosen.any():
            some = points[chosen]
            axes.plot(scales[x][0] * some[x], scales[y][0] * some[y], linestyle="none",
                      color=MUTED, markersize=4, **look)  # fmt: skip
    for name, axis, scale in ((x, axes.xaxis, axes.set_xscale), (y, axes.yaxis, axes.set_yscale)):
        if name != "point" and points[name].max() > _DECADE * points[name].min() > 0:
            scale("log")
            axis.set_major_formatter("{x:g}")
    axes.margins(x=0.08, y=0.1)
    if len(front):
        _front(spec, axes, front, pair, scales)
    _limits(spec, axes, pair, scales)
    for name, put in ((x, axes.set_xlabel), (y, axes.set_ylabel)):
        put(f"{name} / {scales[name][1]}" if scales[name][1] else name)


def _front(
    spec: SearchSpec,
    axes: Axes,
    front: pd.DataFrame,
    pair: tuple[str, str],
    scales: dict[str, tuple[float, str]],
) -> None:
    """Points of the front, and the edge of what they dominate."""
    (x, y), blue = pair, PALETTE[0]
    at = {name: scales[name][0] * front[name].to_numpy(dtype=float) for name in pair}
    (marks,) = axes.plot(
        at[x], at[y], linestyle="none", marker="o", color=blue, label="Pareto front"
    )
    tell(marks, [
        f"point {p}: {x} = {a:.4g} {scales[x][1]}, {y} = {b:.4g} {scales[y][1]}"
        for p, a, b in zip(front["point"], at[x], at[y], strict=True)
    ])  # fmt: skip
    if len(spec.goals) == 2 and len(front) > 1:
        step = "steps-post" if _corner_first(spec) else "steps-pre"
        axes.plot(at[x], at[y], drawstyle=step, color=blue, linewidth=1.2)


def _corner_first(spec: SearchSpec) -> bool:
    """Whether what a point dominates begins at it, going to larger first objectives."""
    return next(iter(spec.goals.values())).direction == "minimize"


def _limits(
    spec: SearchSpec, axes: Axes, pair: tuple[str, str], scales: dict[str, tuple[float, str]]
) -> None:
    """Lines where objectives are limited, too."""
    for name, draw in zip(pair, (axes.axvline, axes.axhline), strict=True):
        limit = spec.limits.get(name)
        for end in (limit.at_least, limit.at_most) if limit else ():
            if end is not None:
                draw(scales[name][0] * end, color=INK, linestyle=":", linewidth=1)


def _scale(view: View, spec: SearchSpec, points: pd.DataFrame, name: str) -> tuple[float, str]:
    if name not in spec.asked:
        return 1.0, ""
    return readable(points[name], unit_of(view.results, str(spec.asked[name].metric)))


def _half_widths(view: View, figure: FigureSpec, front: pd.DataFrame) -> np.ndarray:
    """Half the interval of a figure at each point of the front; NaN where there is none."""
    column = f"{figure.column}.half_width"
    rows = view.frame
    if column not in rows:
        return np.full(len(front), np.nan)
    if figure.task is not None:
        rows = rows[rows["task"] == figure.task]
    if figure.age is not None:
        rows = rows[rows["age"] == figure.age]
    known = rows[rows[figure.column].notna()].drop_duplicates("point").set_index("point")[column]
    return front["point"].map(known).to_numpy(dtype=float)


def front_table(view: View, spec: SearchSpec, front: pd.DataFrame) -> Table:
    """A row for each point of the front: its axes, objectives and limits."""
    units, axes = view.results.units, view.results.axes
    halves = {name: _half_widths(view, figure, front) for name, figure in spec.asked.items()}
    columns = ["point", *axes, *spec.asked]
    shown = front.head(MAX_POINTS)
    rows = []
    for k, row in enumerate(shown.to_dict("records")):
        values = [Cell(value_text(row[a], units.get(a, "dimensionless")), _number(row[a]))
                  for a in axes]  # fmt: skip
        figures = [
            Cell(
                metric_text(row[name], halves[name][k], unit_of(view.results, str(figure.metric))),
                float(row[name]),
            )
            for name, figure in spec.asked.items()
        ]
        rows.append([Cell(str(int(row["point"])), float(row["point"])), *values, *figures])
    chips = int(view.results.scenario["sweep"]["trials"])
    more = f" {first_of(len(front), 'points', 'pareto.csv holds all')}" * (len(front) > MAX_POINTS)
    return Table(
        caption="The Pareto front, sorted by the first objective, means ± half width of the "
        f"interval; {interval_text(view.results.confidence, [chips])}.{more}",
        columns=columns,
        rows=rows,
        numeric=frozenset({0, *range(1 + len(axes), len(columns))}),
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and value == value else None
