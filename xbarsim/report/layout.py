"""Where each thing that varies goes in a figure: along x, as lines, as panels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from xbarsim.report.view import NOTHING, Dimension, View

MAX_LINES = 21  #: of one panel
MAX_LEVELS = 200  #: along a line


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Which dimension is drawn along x, which as lines, which as panels."""

    x: Dimension
    series: Dimension | None
    panels: list[Dimension]


def roles(view: View) -> Roles:
    """How the dimensions of a study are laid out in a figure.

    Age is x if it has more levels than any axis; else the first numeric dimension is, else the
    first. The next gives the lines and the rest small multiples.
    """
    dimensions = view.dimensions
    if not dimensions:
        return Roles(x=NOTHING, series=None, panels=[])
    richest = max((len(axis.levels) for axis in view.axes), default=0)
    if view.age and len(view.age.levels) > richest:
        x = view.age
    else:
        x = next((d for d in dimensions if d.values), dimensions[0])
    rest = [d for d in dimensions if d is not x]
    return Roles(x=x, series=rest[0] if rest else None, panels=rest[1:])


def place_text(plan: Roles, row: "pd.Series[Any]") -> str:
    """Which row of the view's frame it is: ``array.rows = 64, age = 1 h``."""
    dimensions = [plan.x, *([plan.series] if plan.series else []), *plan.panels]
    named = [(d.label, d.levels[int(row[d.column])]) for d in dimensions]
    return ", ".join(f"{label} = {level}" if label else level for label, level in named)


def is_scattered(view: View) -> bool:
    """Whether points are drawn one by one against each axis, and not as lines.

    So they are where they are spread over the axes, and where lines or their points are too many
    to be told apart.
    """
    plan = roles(view)
    lines = len(plan.series.levels) if plan.series else 1
    return bool(view.axes) and (view.spread or lines > MAX_LINES or len(plan.x.levels) > MAX_LEVELS)


def scale_of(values: Sequence[float]) -> str:
    """How numbers are best laid out along an axis: ``linear``, ``log`` or ``even``."""
    ordered = sorted(values)
    if len(ordered) < 2:
        return "linear"
    steps = _steps(ordered)
    wide_enough = min(steps) >= 0.05 * sum(steps)
    if ordered[0] <= 0:
        return "linear" if wide_enough else "even"
    ratios = _steps([math.log(value) for value in ordered])
    if wide_enough and max(steps) / min(steps) <= max(ratios) / min(ratios) and sum(ratios) < 3.4:
        return "linear"
    return "log" if min(ratios) >= 0.03 * sum(ratios) else "even"


def _steps(ordered: Sequence[float]) -> list[float]:
    return [b - a for a, b in zip(ordered, ordered[1:], strict=False)]
