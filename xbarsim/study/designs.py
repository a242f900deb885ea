"""What a search or a sensitivity study leaves behind beside its table."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from xbarsim.errors import StudyError
from xbarsim.scenario.figures import FigureSpec
from xbarsim.scenario.searches import SearchSpec
from xbarsim.study.pareto import Values, hypervolume, non_dominated
from xbarsim.study.results import Results, write_whole
from xbarsim.study.sensitivity import indices


def pareto(results: Results) -> pd.DataFrame:
    """The points of a search that keep its limits and that no other beats in every objective.

    Returns
    -------
    A row for each point: point, the axes, every objective and limit (the mean over chips, named as
    in the scenario), sorted by the first objective.

    Raises
    ------
    StudyError : the study has no search.
    """
    worth = _worth(results)
    spec = _spec(results)
    kept = worth[_feasible(spec, worth)]
    front = kept[non_dominated(_smaller_better(spec, kept))]
    return front.sort_values([*spec.goals, "point"], ignore_index=True)


def history(results: Results) -> pd.DataFrame:
    """Every proposal of a search, in order.

    Returns
    -------
    generation, point, state, message, the axes as proposed, objectives and limits (empty where
    there are none), whether the point is on the Pareto front, and ``hypervolume``: what the points
    up to the end of the generation dominate of the box between the worst and the best value of
    every objective in the whole search, as a share of it.
    """
    spec, worth = _spec(results), _worth(results).set_index("point")
    front = set(pareto(results)["point"])
    proposals = results.meta.get("proposals", [])
    told = [{k: v for k, v in p.items() if k != "values"} | p["values"] for p in proposals]
    columns = ["generation", "point", "state", "message", *results.axes]
    found = pd.DataFrame(told, columns=columns).join(worth[list(spec.asked)], on="point")
    found["front"] = found["point"].isin(front)
    shares = _shares(spec, worth, found)
    return found.assign(hypervolume=found["generation"].map(shares))


def _shares(spec: SearchSpec, worth: pd.DataFrame, proposals: pd.DataFrame) -> dict[int, float]:
    """Hypervolume at the end of each generation, as a share of the box of all feasible points."""
    kept = worth[_feasible(spec, worth)]
    generations = proposals["generation"].unique()
    if kept.empty:
        return dict.fromkeys(generations, 0.0)
    values = _smaller_better(spec, kept)
    best, worst = values.min(axis=0), values.max(axis=0)
    wide = worst > best  # objectives in which points differ
    scaled = (values[:, wide] - best[wide]) / (worst - best)[wide]
    first = proposals.dropna(subset="point").groupby("point")["generation"].min()
    since = kept.index.to_series().map(first).to_numpy()
    front, share, out = scaled[:0], 0.0, {}
    for generation in generations:
        new = scaled[since == generation]
        if len(new) and not wide.any():
            share = 1.0  # points differ in no objective
        elif len(new):
            front = np.vstack([front, new])
            front = front[non_dominated(front)]
            share = hypervolume(front, np.ones(front.shape[1]))
        out[generation] = share
    return out


def _spec(results: Results) -> SearchSpec:
    table = results.scenario.get("search")
    if not table:
        raise StudyError(f"{results.directory}: the scenario has no search")
    return SearchSpec.model_validate(table)


def _worth(results: Results) -> pd.DataFrame:
    """point, axes, and every figure of a search, for each point of which all trials are done."""
    spec, table = _spec(results), results.table
    chips = int(results.scenario["sweep"]["trials"])
    done = table.groupby("point")["trial"].nunique()
    table = table[table["point"].isin(done.index[done >= chips])]
    found = table.groupby("point")[results.axes].first()
    for name, figure in spec.asked.items():
        found[name] = _means(table, figure, chips)
    return found.dropna(subset=list(spec.asked)).reset_index()


def _means(table: pd.DataFrame, figure: FigureSpec, chips: int) -> pd.Series:
    """Mean of a figure over the chips of each point; of those that all of its chips have."""
    if figure.column not in table:  # no trial has it (yet)
        return pd.Series(dtype=float)
    rows = table[np.isfinite(table[figure.column])]
    if figure.task is not None:
        rows = rows[rows["task"] == figure.task]
    if figure.age is not None:
        rows = rows[rows["age"] == figure.age]
    grouped = rows.groupby("point")[figure.column]
    mean: pd.Series = grouped.mean().where(grouped.count() == chips)
    return mean


def _smaller_better(spec: SearchSpec, worth: pd.DataFrame) -> Values:
    signs = [1.0 if goal.direction == "minimize" else -1.0 for goal in spec.goals.values()]
    values: Values = worth[list(spec.goals)].to_numpy(dtype=float) * np.array(signs)
    return values


def _feasible(spec: SearchSpec, worth: pd.DataFrame) -> pd.Series:
    kept = pd.Series(True, index=worth.index)
    for name, limit in spec.limits.items():
        kept &= worth[name].map(limit.excess) <= 0
    return kept


def check_indices(results: Results) -> str:
    """Why a sensitivity study has no indices yet; empty where it has, or is none."""
    if not results.scenario.get("sensitivity"):
        return ""
    try:
        indices(results)
    except StudyError as error:
        return str(error)
    return ""


def write_designs(results: Results) -> None:
    """Write ``pareto.csv`` and ``search.csv`` of a search, ``sensitivity.csv`` of such a study.

    Of a study that has no indices (yet) no ``sensitivity.csv`` stays.

    Raises
    ------
    StudyError : a file cannot be written.
    """
    for name, table in _tables(results):
        write_whole(results.directory / name, table.to_csv(index=False))


def _tables(results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
    if results.scenario.get("search"):
        yield "pareto.csv", pareto(results)
        yield "search.csv", history(results)
    if results.scenario.get("sensitivity"):
        if check_indices(results):
            (results.directory / "sensitivity.csv").unlink(missing_ok=True)
        else:
            yield "sensitivity.csv", indices(results)


def pareto_rows(results: Results) -> list[dict[str, Any]]:
    """The Pareto front as plain rows, to be printed or written as JSON."""
    return _plain(pareto(results))


def sensitivity_rows(results: Results) -> list[dict[str, Any]]:
    """Indices as plain rows: one for each task, age, metric and axis, with S1, ST and half widths.

    A metric that does not vary has one row, with its value under ``constant``; indices of pairs
    have rows of their own, with ``with`` and S2.
    """
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in _plain(indices(results)):
        names = ("task", "age", "metric", "axis", "with")
        own = rows.setdefault(tuple(row[n] for n in names), {n: row[n] for n in names})
        own |= {row["index"]: row["value"], f"{row['index']}.half_width": row["half_width"]}
    return list(rows.values())


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return rows
