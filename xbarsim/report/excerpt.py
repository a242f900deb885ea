"""What the page shows of a large study: the first points in tables, a choice of them as bars."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pandas as pd

from xbarsim.report.table import Table
from xbarsim.report.text import counted
from xbarsim.report.view import View
from xbarsim.study.designs import pareto

MAX_POINTS = 200  #: of a table
_SAMPLED = 16  # points of a sample that are drawn as bars


Made = TypeVar("Made", Table, Table | None)


def excerpt(view: View, make: Callable[..., Made], *args: str) -> Made:
    """What `make` makes of a view and `args`, of the first `MAX_POINTS` points where more are."""
    points = np.sort(view.frame["point"].unique())
    if len(points) <= MAX_POINTS:
        return make(view, *args)
    kept = view.frame[view.frame["point"] <= points[MAX_POINTS - 1]]
    table = make(replace(view, frame=kept), *args)
    if table is None:
        return table
    more = f" {first_of(len(points), 'points', all_of(view))}"
    return replace(table, caption=table.caption + more)


def all_of(view: View, file: str = "summary.csv") -> str:
    """Where all rows of a table are: beside the page, once the study is finished."""
    left = view.results.meta.get("trials_left")
    return "xbarsim export writes all" if left else f"{file} holds all"


def first_of(count: int, noun: str, where: str) -> str:
    """What a table of the first `MAX_POINTS` says of itself."""
    return f"The first {MAX_POINTS} of {count} {noun}; {where}."


def chosen(view: View, rows: pd.DataFrame, most: int, by: str) -> tuple[pd.DataFrame, str]:
    """At most `most` of the `rows`, one a point, and which they are, where they are not all.

    Of a search the Pareto front; of other scattered points some from the lowest to the highest in
    `by`; of a grid the first.
    """
    if not view.spread:
        more = f" The first {most} of {counted(len(rows), 'point')} are drawn."
        return rows.head(most), more if len(rows) > most else ""
    if view.results.scenario.get("search"):
        front = rows[rows["point"].isin(pareto(view.results)["point"])]
        if len(front):
            few = evenly(front.sort_values(by, kind="stable"), most)
            which = "The" if len(few) == len(front) else f"{len(few)} of the"
            points = counted(len(front), "point")
            return few, f" {which} {points} of the Pareto front, of {len(rows)}, are drawn."
    few = evenly(rows.sort_values(by, kind="stable"), min(most, _SAMPLED))
    if len(few) == len(rows):
        return few, ""
    return few, f" {len(few)} of {len(rows)} points are drawn, from the lowest to the highest."


def evenly(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most `most` rows, the first and the last among them."""
    count = min(most, len(rows))
    return rows.iloc[np.unique(np.linspace(0, len(rows) - 1, count).round().astype(int))]
