"""The figure of a comparison: differences with intervals, most telling metrics first."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from xbarsim.report.compare.records import records
from xbarsim.report.compare.sentences import rank
from xbarsim.report.compare.significance import DIFFERS, EXACT, NOT_SHOWN, ONE
from xbarsim.report.compare.studies import Comparison
from xbarsim.report.drawing import Drawing
from xbarsim.report.style import INK, PALETTE, legend_below, new_figure, style
from xbarsim.report.text import age_text

MAX_ROWS = 30
#: look of each kind of difference, told apart by more than colour
_LOOKS = {
    DIFFERS: {"marker": "o", "color": PALETTE[0]},
    EXACT: {"marker": "D", "color": PALETTE[1]},
    NOT_SHOWN: {"marker": "o", "color": PALETTE[6], "markerfacecolor": "none"},
    ONE: {"marker": "x", "color": PALETTE[6]},
}


def comparison_drawing(comparison: Comparison) -> Drawing | None:
    """Differences of means over points, in percent of A's mean; None where there are none."""
    rows = comparison.overall
    rows = rows[rows["verdict"].isin(list(_LOOKS)) & np.isfinite(rows["relative"])]
    if rows.empty:
        return None
    order = rows["metric"].map(rank).argsort(kind="stable")
    drawn = rows.iloc[order].head(MAX_ROWS)
    with style():
        figure = new_figure(1.2 + 0.24 * len(drawn))
        axes = figure.subplots()
        _draw(axes, drawn, _names(drawn))
        legend_below(figure, axes)
    more = f" The first {MAX_ROWS} of {len(rows)} are drawn." if len(rows) > MAX_ROWS else ""
    return Drawing(
        name="compare",
        figure=figure,
        title="Differences of B from A, with intervals",
        caption=(
            f"B less A in percent of A's mean, means over the points that both have; "
            f"{100 * comparison.level:g} % intervals, each for itself; which differences are shown "
            f"is by Holm's method. Metrics that are the same in both are not drawn.{more}"
        ),
    )


def _names(rows: pd.DataFrame) -> list[str]:
    """What each row is, as far as it is needed to tell them apart."""
    tasks, ages = rows["task"].nunique() > 1, rows["age"].nunique() > 1
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
        if at.any():
            axes.errorbar(shift[at], places[at], xerr=half[at], linestyle="none", label=kind,
                          elinewidth=1.0, **look)  # type: ignore[arg-type]  # fmt: skip
    axes.axvline(0.0, color=INK, linewidth=0.7)
    axes.set_yticks(places, names)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("difference, % of A's mean")
    axes.grid(axis="y", visible=False)
