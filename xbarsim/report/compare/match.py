"""Which rows of two studies are about the same thing: task, values of the axes, and age."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from xbarsim.errors import StudyError
from xbarsim.report.text import is_missing, is_number
from xbarsim.scenario.paths import get_path
from xbarsim.study.results import Results

Values = npt.NDArray[np.float64]
_GROUP = ["task", "at", "age"]
_ABSENT = "not given"


@dataclass(frozen=True, kw_only=True)
class Matched:
    """Rows that two studies have in common.

    Parameters
    ----------
    axes : all that either study sweeps.
    points : a row for each point of either: the axes, and ``in``: ``both``, ``A`` or ``B``.
    groups : a row for each task, point and age of both: task, ``point`` (a row of `points`), age.
    metrics : numeric columns that both have.
    a, b : metrics of every chip, (groups, trials, metrics); nan where there is none.
    only : tasks, ages and metrics that one study has alone, in words.
    """

    axes: list[str]
    points: pd.DataFrame
    groups: pd.DataFrame
    metrics: list[str]
    a: Values
    b: Values
    only: list[str]


def match(a: Results, b: Results) -> Matched:
    """What two studies have in common.

    An axis that one study alone sweeps has in the other the value that its scenario gives.
    Numbers match that agree to 12 digits.

    Raises
    ------
    StudyError : a study has no finished trial, or they have nothing in common; says what.
    """
    for study in (a, b):
        if study.table.empty:
            raise StudyError(
                f"{study.directory}: no trial is finished; there is nothing to compare"
            )
    axes = list(dict.fromkeys([*a.axes, *b.axes]))
    tables = [_labelled(study, axes) for study in (a, b)]
    points = _points(tables, axes)
    number = {at: k for k, at in enumerate(points.index)}
    metrics = _metrics(tables[0], a, axes), _metrics(tables[1], b, axes)
    common = [name for name in metrics[0] if name in metrics[1]]
    keys = [t[_GROUP].drop_duplicates() for t in tables]
    groups = keys[0].merge(keys[1], on=_GROUP)
    if groups.empty or not common:
        raise StudyError(_nothing(a, b, tables, axes, points))
    groups["point"] = groups["at"].map(number)
    trials = sorted(set(tables[0]["trial"]) | set(tables[1]["trial"]))
    arrays = [_array(t, groups, trials, common) for t in tables]
    return Matched(
        axes=axes, points=points.reset_index(drop=True), groups=groups[["task", "point", "age"]],
        metrics=common, a=arrays[0], b=arrays[1], only=_only(tables, metrics),
    )  # fmt: skip


def _labelled(study: Results, axes: list[str]) -> pd.DataFrame:
    """The table with every axis and ``at``, its point's place; of equal points the first."""
    table = study.table.copy()
    for axis in axes:
        if axis not in study.axes:
            table[axis] = [_held(study.scenario, axis)] * len(table)
    points = table.drop_duplicates("point").set_index("point")[axes]
    at = {p: "\n".join(map(_level, row)) for p, *row in points.itertuples(name=None)}
    first = {place: point for point, place in reversed(at.items())}
    table["at"] = table["point"].map(at)
    table["age"] = [float(f"{age:.12g}") for age in table["age"].astype(float)]
    return table[table["point"].isin(first.values())]


def _held(scenario: dict[str, Any], path: str) -> Any:
    """What a scenario gives for `path`, as a table would have it."""
    parent, _, key = path.rpartition(".")
    held = get_path(scenario, parent)
    if isinstance(held, dict) and key not in held or held is None:
        return _ABSENT
    value = get_path(scenario, path)
    if value is None:
        return "none"
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _level(value: Any) -> str:
    if is_missing(value):
        return "none"
    return f"{float(value):.12g}" if is_number(value) else _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _points(tables: list[pd.DataFrame], axes: list[str]) -> pd.DataFrame:
    """A row for each place of either study, those of the first first."""
    here, there = (t.drop_duplicates("at").set_index("at")[axes] for t in tables)
    new = there[~there.index.isin(here.index)]
    found = pd.concat([here.astype(object), new.astype(object)])
    inside = zip(found.index.isin(here.index), found.index.isin(there.index), strict=True)
    return found.assign(**{"in": ["both" if all(i) else "A" if i[0] else "B" for i in inside]})


def _metrics(table: pd.DataFrame, study: Results, axes: list[str]) -> list[str]:
    """Metrics that hold a number somewhere."""
    names = [name for name in study.metrics if name not in axes]
    return [name for name in names if pd.to_numeric(table[name], errors="coerce").notna().any()]


def _array(
    table: pd.DataFrame, groups: pd.DataFrame, trials: list[int], metrics: list[str]
) -> Values:
    """(groups, trials, metrics); what is not finite is nan."""
    index = pd.MultiIndex.from_frame(groups[_GROUP])
    rows = index.get_indexer(pd.MultiIndex.from_frame(table[_GROUP]))
    cols = np.searchsorted(trials, table["trial"])
    values = table[metrics].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    found = np.full((len(groups), len(trials), len(metrics)), np.nan)
    found[rows[rows >= 0], cols[rows >= 0]] = np.where(np.isfinite(values), values, np.nan)[
        rows >= 0
    ]
    return found


def _only(tables: list[pd.DataFrame], metrics: tuple[list[str], list[str]]) -> list[str]:
    kinds = {
        "task": [list(dict.fromkeys(t["task"])) for t in tables],
        "age": [[f"{age:g} s" for age in sorted(set(t["age"]))] for t in tables],
        "metric": list(metrics),
    }
    told = []
    for kind, of in kinds.items():
        for name, own, other in (("A", of[0], of[1]), ("B", of[1], of[0])):
            alone = [str(value) for value in own if value not in other]
            if alone:
                told.append(f"{kind}{'s' * (len(alone) > 1)} of {name} alone: {', '.join(alone)}")
    return told


def _nothing(
    a: Results, b: Results, tables: list[pd.DataFrame], axes: list[str], points: pd.DataFrame
) -> str:
    """Why there is nothing to compare."""
    told = f"{a.directory} and {b.directory} have nothing in common: "
    if not set(tables[0]["task"]) & set(tables[1]["task"]):
        names = [", ".join(dict.fromkeys(t["task"])) for t in tables]
        return f"{told}tasks are {names[0]} in the one and {names[1]} in the other"
    if not (points["in"] == "both").any():
        unlike = [a for a in axes if len({frozenset(map(_level, t[a])) for t in tables}) > 1]
        values = [f"{axis} is {' and '.join(_listed(t[axis]) for t in tables)}"
                  for axis in unlike or axes]  # fmt: skip
        return f"{told}no point has the same values of all axes; of each {'; '.join(values)}"
    return f"{told}no task is read at the same age with the same metrics in both"


def _listed(values: "pd.Series[Any]") -> str:
    levels = list(dict.fromkeys(map(_level, values)))
    return ", ".join(levels[:6]) + (", ..." if len(levels) > 6 else "")
