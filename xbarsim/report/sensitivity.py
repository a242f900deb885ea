"""Sobol indices: which axis explains how much of each metric."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xbarsim.report.drawing import Drawing
from xbarsim.report.excerpt import MAX_POINTS
from xbarsim.report.hover import tell_bars
from xbarsim.report.metric_panels import metric_text
from xbarsim.report.metrics import unit_of
from xbarsim.report.style import INK, area_look, legend_below, new_figure, style
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import age_text, broken, counted
from xbarsim.report.view import View
from xbarsim.scenario.sensitivities import SensitivitySpec
from xbarsim.study.designs import check_indices
from xbarsim.study.sensitivity import indices

MAX_PANELS = 12
_BARS = 10  # axes of a panel
_LEADING = ("accuracy", "yield", "nrmse", "memory.capacity", "energy.total", "chip.energy",
            "access.margin", "access.energy")  # fmt: skip
_KEY = ["task", "age", "metric"]

#: task, age and metric
Of = tuple[str, float, str]


def sensitivity_blocks(view: View) -> list[Drawing | Table | str]:
    """Sentences, the figure and the table of a sensitivity study, or why there are none yet."""
    why = check_indices(view.results)
    if why:
        return [f"There are no indices: {why.removeprefix('sensitivity: ')}."]
    found = indices(view.results)
    spec = SensitivitySpec.model_validate(view.results.scenario["sensitivity"])
    single = found[found["index"].isin(("S1", "ST"))]
    groups: dict[Any, pd.DataFrame] = {
        of: _by_axis(part) for of, part in single.groupby(_KEY, sort=False, dropna=False)
    }
    groups = {of: groups[of] for of in sorted(groups, key=lambda of: _rank(of[2]))}
    told = (
        f"{counted(spec.count, 'point')} of Saltelli's sample (num = {spec.num}) over "
        f"{len(spec.axes)} {'axis' if len(spec.axes) == 1 else 'axes'}. S1 is the share of a "
        "metric's variance between points that an axis explains alone, ST that with all that it "
        "does together with others."
    )
    blocks: list[Drawing | Table | str] = [told, *_constants(view, found)]
    if not groups:
        return blocks
    blocks.append(" ".join(_sentence(view, *of) for of in list(groups.items())[:MAX_PANELS]))
    blocks += [_drawing(view, groups), _table(view, groups)]
    pairs = found[found["index"] == "S2"]
    return [*blocks, *([_pair_table(view, pairs)] if len(pairs) else [])]


def _by_axis(part: pd.DataFrame) -> pd.DataFrame:
    """A row for each axis, the largest total index first: S1, ST, and half widths."""
    by_index = {
        f"{index}.{what}": part[part["index"] == index].set_index("axis")[what]
        for index in ("S1", "ST")
        for what in ("value", "half_width")
    }
    wide = pd.DataFrame(by_index)
    return wide.sort_values("ST.value", ascending=False, kind="stable")


def _rank(metric: str) -> int:
    return _LEADING.index(metric) if metric in _LEADING else len(_LEADING)


def _named(view: View, of: Of) -> str:
    task, age, metric = of
    several = view.frame["task"].nunique() > 1
    parts = [metric, *([str(task)] if several else []), *([age_text(age)] if view.age else [])]
    return ", ".join(parts)


def _constants(view: View, found: pd.DataFrame) -> list[str]:
    """What does not vary, in one sentence."""
    rows = found[found["index"] == "constant"]
    told = [
        f"{_named(view, (row['task'], row['age'], row['metric']))} "
        f"({metric_text(row['value'], math.nan, unit_of(view.results, row['metric']))})"
        for row in rows.to_dict("records")
    ]
    return [f"Alike at every point, so without indices: {'; '.join(told)}."] if told else []


def _sentence(view: View, of: Of, table: pd.DataFrame) -> str:
    """Which axis explains most."""
    first = table.iloc[0]
    told = f"{_named(view, of)}: most by {table.index[0]}, ST {_index(first, 'ST')}"
    if len(table) > 1:
        told += f", then {table.index[1]}, {_index(table.iloc[1], 'ST')}"
    return f"{told}."


def _index(row: "pd.Series[Any]", name: str) -> str:
    return f"{row[f'{name}.value']:.2f} ± {row[f'{name}.half_width']:.2f}"


def _drawing(view: View, groups: dict[Of, pd.DataFrame]) -> Drawing:
    """Bars of both indices for each axis, a panel for each metric, task and age."""
    drawn = dict(list(groups.items())[:MAX_PANELS])
    with style():
        figure = _figure(view, drawn)
    axes = max(len(table) for table in groups.values())
    more = f" The first {MAX_PANELS} of {len(groups)} panels are drawn." * (
        len(groups) > len(drawn)
    )
    few = f" The {_BARS} axes of the largest ST are drawn." if axes > _BARS else ""
    return Drawing(
        name="sensitivity",
        figure=figure,
        title="Sobol indices of every axis",
        caption=(
            "Sobol indices of each metric, the axis of the largest total index first. Error bars: "
            f"{100 * view.results.confidence:g} % intervals from resampled points. An index whose "
            f"interval holds 0 is not told from none.{few}{more}"
        ),
    )


def _figure(view: View, groups: dict[Of, pd.DataFrame]) -> Figure:
    across = min(2, len(groups))
    down = -(-len(groups) // across)
    bars = min(_BARS, max(len(table) for table in groups.values()))
    figure = new_figure(0.7 + down * (0.6 + 0.3 * bars))
    grid = figure.subplots(down, across, squeeze=False).ravel()
    for axes in grid[len(groups) :]:
        axes.remove()
    for axes, (of, table) in zip(grid, groups.items(), strict=False):
        _panel(axes, table.head(_BARS))
        axes.set_title(_named(view, of))
    for axes in grid[max(len(groups) - across, 0) : len(groups)]:
        axes.set_xlabel("share of the variance")
    legend_below(figure, grid[0])
    return figure


def _panel(axes: Axes, table: pd.DataFrame) -> None:
    """Total index above the first-order one; intervals end at the frame, at most -1 to 2."""
    places = np.arange(len(table), dtype=float)
    for shift, index, name, look in (
        (-0.2, "ST", "with others (ST)", area_look(0)),
        (0.2, "S1", "alone (S1)", area_look(5)),
    ):
        values, half = (table[f"{index}.{what}"].to_numpy() for what in ("value", "half_width"))
        bars = axes.barh(places + shift, values, height=0.36, label=name, **look)
        words = (f"{v:.2f} ± {h:.2f}" for v, h in zip(values, half, strict=True))
        tell_bars(bars, map(str, table.index), name, words)
        axes.errorbar(values, places + shift, xerr=half, linestyle="none", color=INK,
                      elinewidth=0.8, capsize=1.5)  # fmt: skip
    axes.axvline(0.0, color=INK, linewidth=0.7)
    axes.set_yticks(places, [broken(str(path), 24) for path in table.index])
    axes.set_ylim(len(table) - 0.4, -0.6)
    ends = [
        table[f"{index}.value"] + sign * table[f"{index}.half_width"]
        for index in ("S1", "ST") for sign in (-1, 1)
    ]  # fmt: skip
    low, high = min(float(e.min()) for e in ends), max(float(e.max()) for e in ends)
    axes.set_xlim(max(min(-0.1, low - 0.05), -1.0), min(max(1.05, high + 0.05), 2.0))
    axes.grid(axis="y", visible=False)


def _table(view: View, groups: dict[Of, pd.DataFrame]) -> Table:
    rows = []
    for of, table in groups.items():
        for axis, row in table.iterrows():
            known = [Cell(_index(row, n), float(row[f"{n}.value"])) for n in ("S1", "ST")]
            rows.append([*_which(view, of), Cell(str(axis)), *known])
    return _listed(view, rows, ["axis", "alone (S1)", "with others (ST)"], "of every axis")


def _pair_table(view: View, pairs: pd.DataFrame) -> Table:
    rows = []
    ordered = pairs.sort_values([*_KEY, "value"], ascending=[True] * 3 + [False], kind="stable")
    for row in ordered.to_dict("records"):
        told = Cell(f"{row['value']:.2f} ± {row['half_width']:.2f}", float(row["value"]))
        which = _which(view, (row["task"], row["age"], row["metric"]))
        rows.append([*which, Cell(row["axis"]), Cell(row["with"]), told])
    return _listed(view, rows, ["axis", "with", "together (S2)"], "of every pair of axes")


def _which(view: View, of: Of) -> list[Cell]:
    task, age, metric = of
    aged = [Cell(age_text(age), age)] if view.age else []
    return [Cell(metric), Cell(str(task)), *aged]


def _listed(view: View, rows: list[list[Cell]], columns: list[str], what: str) -> Table:
    more = f" The first {MAX_POINTS} of {len(rows)} rows; sensitivity.csv holds all."
    names = ["metric", "task", *(["age"] if view.age else []), *columns]
    figures = {k for k, name in enumerate(names) if "(S" in name}
    return Table(
        caption=f"Sobol indices {what}, ± half width of the {100 * view.results.confidence:g} % "
        f"interval.{more if len(rows) > MAX_POINTS else ''}",
        columns=names,
        rows=rows[:MAX_POINTS],
        numeric=frozenset(figures),
    )
