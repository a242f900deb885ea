"""The figure of a comparison: differences with intervals, most telling metrics first."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xbarsim.report.compare.records import records
from xbarsim.report.compare.sentences import rank
from xbarsim.report.compare.significance import DIFFERS, EXACT, NOT_SHOWN, ONE
from xbarsim.report.compare.studies import Comparison
from xbarsim.report.drawing import Drawing
from xbarsim.report.style import INK, PALETTE, legend_below, new_figure, style
from xbarsim.report.text import age_text

MAX_ROWS = 30
_BOUNDS = ("_low", "_high")  # of what is known of a metric, which the table has
#: look of each kind of difference, told apart by more than colour
_LOOKS: dict[str, dict[str, Any]] = {
    DIFFERS: {"marker": "o", "color": PALETTE[0]},
    EXACT: {"marker": "D", "color": PALETTE[1]},
    NOT_SHOWN: {"marker": "o", "color": PALETTE[6], "markerfacecolor": "none"},
    ONE: {"marker": "x", "color": PALETTE[6]},
}


def comparison_drawing(comparison: Comparison) -> Drawing | None:
    """Differences of means over points, in percent of A's mean; None where there are none."""
    rows = comparison.overall
    rows = rows[rows["verdict"].isin(list(_LOOKS)) & np.isfinite(rows["relative"])]
    rows = rows[~rows["metric"].str.endswith(_BOUNDS)]
    if rows.empty:
        return None
    drawn = rows.iloc[rows["metric"].map(rank).argsort(kind="stable")].head(MAX_ROWS)
    costs = drawn["metric"].str.contains("energy")
    panels = [part for part in (drawn[~costs], drawn[costs]) if len(part)]
    with style():
        figure = new_figure(0.7 + 0.55 * len(panels) + 0.24 * len(drawn))
        grid = figure.subplots(
            len(panels), squeeze=False, height_ratios=[len(part) + 1 for part in panels]
        ).ravel()
        for axes, part in zip(grid, panels, strict=True):
            _draw(axes, part, _names(part, drawn))
        grid[-1].set_xlabel("difference, % of A's mean")
        _legend(figure, grid[0], set(drawn["verdict"]))
    more = f" The first {MAX_ROWS} of {len(rows)} are drawn." if len(rows) > MAX_ROWS else ""
    return Drawing(
        name="compare",
        figure=figure,
        title="Differences of B from A, with intervals",
        caption=(
            f"B less A in percent of A's mean, means over the points that both have; "
            f"{100 * comparison.level:g} % intervals, each for itself; which differences are shown "
            f"is by Holm's method. Metrics that are the same in "
            f"both, and bounds of estimates, are not drawn.{more}"
        ),
    )


def _names(rows: pd.DataFrame, among: pd.DataFrame) -> list[str]:
    """What each row is, as far as it is needed to tell it from all others."""
    tasks, ages = among["task"].nunique() > 1, among["age"].nunique() > 1
    return [
        ", ".join([row["metric"], *([row["task"]] if tasks else []),
                   *([age_text(row["age"])] if ages else [])])
        for row in records(rows)
    ]  # fmt: skip


def _draw(axes: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    places = np.arange(len(rows), dtype=float)
    shift = 100 * rows["relative"].to_numpy()
    half = 100 * (rows["half_width"] / rows["mean_a"].abs()).fillna(0.0).to_numpy()
    verdict = rows["verdict"].to_numpy()
    for kind, look in _LOOKS.items():
        at = verdict == kind
        axes.errorbar(
            shift[at], places[at], xerr=half[at], linestyle="none", elinewidth=1.0, **look
        )
    axes.axvline(0.0, color=INK, linewidth=0.7)
    axes.set_yticks(places, names)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)


def _legend(figure: Figure, axes: Axes, verdicts: set[str]) -> None:
    """What the marks of all panels say."""
    for kind in (kind for kind in _LOOKS if kind in verdicts):
        axes.plot([], [], linestyle="none", label=kind, **_LOOKS[kind])
    legend_below(figure, axes)
