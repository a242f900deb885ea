"""What varies in a study: axes that move together counted once, their levels in order."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from xbarsim.report.text import age_text, is_missing, is_number, value_text
from xbarsim.study.results import Results


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One thing that varies: a swept axis, several that move together, or age.

    Parameters
    ----------
    label : what it is called, ``array.rows / array.cols``.
    levels : text of each level, in order.
    values : a number for each level, SI; empty for categories.
    column : column of `View.frame` that holds the index of the level.
    numbers : like `values`, but NaN for a level that is none, where the others are numbers.
    unit : SI, of the numbers.
    """

    label: str
    levels: list[str]
    values: list[float]
    column: str
    numbers: list[float] = field(default_factory=list)
    unit: str = "dimensionless"


#: stands for the abscissa of a study in which nothing varies
NOTHING = Dimension(label="", levels=["the scenario"], values=[], column="level.nothing")


@dataclass(frozen=True, kw_only=True)
class View:
    """Results arranged for tables and figures.

    Parameters
    ----------
    results : what is shown.
    frame : `Results.summary` with a column of level indices for each dimension.
    axes : the swept dimensions that have more than one level.
    age : the ages, if there is more than one.
    labels : text of each point: the values that distinguish it.
    spread : whether points are spread over the axes (a search, a sensitivity study, a sample,
        conditions), and no grid.
    """

    results: Results
    frame: pd.DataFrame
    axes: list[Dimension]
    age: Dimension | None
    labels: dict[int, str] = field(default_factory=dict)
    spread: bool = False

    @property
    def dimensions(self) -> list[Dimension]:
        """All that varies: the axes, and age where there is more than one."""
        return [*self.axes, *([self.age] if self.age else [])]

    @property
    def tasks(self) -> list[str]:
        """Names of the tasks about networks, in the order of the table."""
        return [task for task in self._with("accuracy") if task not in self.reservoirs]

    @property
    def reservoirs(self) -> list[str]:
        """Names of the tasks about reservoirs, in the order of the table."""
        given = self.results.scenario.get("tasks", [])
        named = [task["name"] for task in given if task["kind"] == "reservoir"]
        return [task for task in self._with("energy.total") if task in named]

    @property
    def systems(self) -> list[str]:
        """Names of the tasks about published systems, in the order of the scenario."""
        given, table = self.results.scenario.get("tasks", []), self.results.table
        named = [task["name"] for task in given if task["kind"] == "system"]
        return [name for name in named if name in set(table["task"])]

    @property
    def arrays(self) -> list[str]:
        """Names of the tasks that are about an array itself, in the order of the table."""
        return self._with("access.energy")

    @property
    def disturbs(self) -> list[str]:
        """Names of the tasks that write a cell among others, in the order of the table."""
        return self._with("disturb.energy")

    @property
    def reservoirs_on_arrays(self) -> list[str]:
        """Those of `reservoirs` that stand on arrays, and not alone."""
        return [task for task in self._with("energy.cells") if task in self.reservoirs]

    @property
    def written(self) -> list[str]:
        """Names of the networks whose cells say what writing them took, in the table's order."""
        return [task for task in self._with("write.energy") if task in self.tasks]

    def _with(self, metric: str) -> list[str]:
        table = self.results.table
        if metric not in table:
            return []
        return [str(task) for task in table["task"][table[metric].notna()].drop_duplicates()]

    @property
    def first_age(self) -> float:
        """The earliest age, s; devices that are swept may each have their own."""
        return float(self.frame["age"].min())

    @property
    def first_age_text(self) -> str:
        """The age of the rows that `fresh` gives, in words."""
        ages = self.frame.groupby("point")["age"].min().unique()
        return age_text(float(ages[0])) if len(ages) == 1 else "of each point's first read"

    @property
    def label_axes(self) -> str:
        """What the values in `labels` are, in their order."""
        return " · ".join(axis.label for axis in self.axes) or "scenario"

    def at(self, point: int) -> str:
        """What a point is, in brackets behind its number; nothing where only one is there."""
        return f" ({self.label_axes} = {self.labels[point]})" if self.axes else ""

    def task(self, name: str) -> pd.DataFrame:
        """Rows of `frame` that belong to a task."""
        return self.frame[self.frame["task"] == name]

    def fresh(self, name: str) -> pd.DataFrame:
        """Rows of a task at each point's earliest age."""
        rows = self.task(name)
        return rows[rows["age"] == rows.groupby("point")["age"].transform("min")]

    def stem(self, figure: str, task: str) -> str:
        """File name, without suffix, of a figure about a task."""
        kinds = (self.tasks, self.arrays, self.disturbs, self.reservoirs, self.systems)
        alike = next(kind for kind in kinds if task in kind)
        if len(alike) == 1:
            return figure
        slug = re.sub(r"[^A-Za-z0-9]+", "-", task).strip("-").lower()
        return "-".join(part for part in (figure, str(alike.index(task) + 1), slug) if part)


def latest(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of `rows` at each point's last age."""
    return rows[rows["age"] == rows.groupby("point")["age"].transform("max")]


def view_of(results: Results) -> View:
    """`results` with what varies in them."""
    frame = results.summary().assign(**{NOTHING.column: 0})
    points = frame.drop_duplicates("point").sort_values("point").reset_index(drop=True)
    spread = _is_spread(results.scenario)
    axes = []
    for group in _axis_groups(points, results.axes, spread):
        dimension, levels = _axis_dimension(points, group, results.units, spread)
        level_of = dict(zip(points["point"], levels, strict=True))
        frame[dimension.column] = frame["point"].map(level_of)
        axes.append(dimension)
    age = _age_dimension(frame)
    frame[age.column] = frame["age"].map({a: i for i, a in enumerate(age.values)})
    return View(
        results=results,
        frame=frame,
        axes=axes,
        age=age if len(age.levels) > 1 else None,
        labels=_labels(frame.drop_duplicates("point"), axes),
        spread=spread,
    )


def _is_spread(scenario: Mapping[str, Any]) -> bool:
    """Whether the points of a scenario are anything but the combinations of a few values."""
    sweep = scenario.get("sweep") or {}
    designs = scenario.get("search"), scenario.get("sensitivity")
    return any((*designs, sweep.get("sample"), sweep.get("when")))


def _name(group: Sequence[str]) -> str:
    """What a group of axes is called; the same key of several tasks is that key."""
    keys = {path.split(".", 2)[-1] for path in group}
    alike = len(keys) == 1 and len(group) > 1 and all(path.startswith("tasks.") for path in group)
    return keys.pop() if alike else " / ".join(group)


def _labels(points: pd.DataFrame, axes: Sequence[Dimension]) -> dict[int, str]:
    return {
        int(row["point"]): " · ".join(axis.levels[row[axis.column]] for axis in axes)
        or NOTHING.levels[0]
        for row in points.to_dict("records")
    }


def _age_dimension(frame: pd.DataFrame) -> Dimension:
    ages = sorted(float(age) for age in frame["age"].unique())
    return Dimension(
        label="age", levels=[age_text(age) for age in ages], values=ages, column="level.age"
    )


def _axis_groups(points: pd.DataFrame, axes: Sequence[str], spread: bool) -> list[list[str]]:
    """Axes with more than one value; those in one-to-one relation in one group.

    Where points are `spread`, values that never come twice are related to all others by chance.
    """
    identities = {axis: _identities(points[axis]) for axis in axes}
    groups: list[list[str]] = []
    for axis, own in identities.items():
        if (levels := len(set(own))) < 2:
            continue
        by_chance = spread and 2 * levels > len(own)
        for group in groups:
            if not by_chance and _one_to_one(identities[group[0]], own):
                group.append(axis)
                break
        else:
            groups.append([axis])
    return groups


def _one_to_one(a: Sequence[str], b: Sequence[str]) -> bool:
    return len(set(zip(a, b, strict=True))) == len(set(a)) == len(set(b))


def _identities(values: "pd.Series[Any]") -> list[str]:
    """Something hashable for each value, equal where the values are."""
    return [_identity(value) for value in values.tolist()]


def _identity(value: Any) -> str:
    if is_missing(value):
        return "null"
    if is_number(value):
        return repr(float(value))
    return json.dumps(value, sort_keys=True, default=str)


def _axis_dimension(
    points: pd.DataFrame, group: Sequence[str], units: dict[str, str], spread: bool
) -> tuple[Dimension, list[int]]:
    """The dimension that `group` makes, and the index of its level at each point."""
    lists = {axis: points[axis].tolist() for axis in group}
    lead = next((axis for axis in group if all(map(is_number, lists[axis]))), group[0])
    values, identities = lists[lead], _identities(points[lead])
    first = {identity: row for row, identity in reversed(list(enumerate(identities)))}
    rows = sorted(first.values())
    numbers = _numbers([values[row] for row in rows])
    numeric = bool(numbers) and not any(map(math.isnan, numbers))
    if numeric or (numbers and spread):  # none comes first
        order = sorted(range(len(rows)), key=lambda k: (not math.isnan(numbers[k]), numbers[k]))
        rows, numbers = [rows[k] for k in order], [numbers[k] for k in order]
    texts = [[value_text(lists[a][row], units.get(a, "dimensionless")) for a in group]
             for row in rows]  # fmt: skip
    dimension = Dimension(
        label=_name(group),
        levels=_level_texts(texts),
        values=numbers if numeric else [],
        column=f"level.{group[0]}",
        numbers=numbers,
        unit=units.get(lead, "dimensionless"),
    )
    level_of = {identities[row]: level for level, row in enumerate(rows)}
    return dimension, [level_of[identity] for identity in identities]


def _numbers(values: Sequence[Any]) -> list[float]:
    """`values` as numbers, NaN for none; empty where any is something else."""
    lacking = [is_missing(value) or value == "none" for value in values]  # as tables have it
    known = [value for value, lacks in zip(values, lacking, strict=True) if not lacks]
    if not known or not all(map(is_number, known)):
        return []
    return [
        math.nan if lacks else float(value) for value, lacks in zip(values, lacking, strict=True)
    ]


def _level_texts(texts: Sequence[Sequence[str]]) -> list[str]:
    if all(len(set(level)) == 1 for level in texts):
        return [level[0] for level in texts]
    return [" / ".join(level) for level in texts]
