"""What the page knows of a study's trials: columns, scenario, what is better, what is drawn."""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from xbarsim.errors import SpecError
from xbarsim.report.explorer.columns import leaves, packed
from xbarsim.report.metrics import asked_metrics, unit_of
from xbarsim.report.text import age_text, unit_symbol
from xbarsim.report.view import view_of
from xbarsim.scenario.searches import SearchSpec
from xbarsim.study.points import alone, axis_value, plain, swept_at
from xbarsim.study.results import KEYS, Results

#: metrics of which less is better, and more, by how they begin; the longest that fits decides
_BETTER = {
    "accuracy": 1, "accuracy.software": 0, "yield": 1, "memory.capacity": 1, "nrmse": -1,
    "nmse": -1, "loss.": -1, "energy.": -1, "energy.digital_baseline": 0, "energy.imbalance": 0,
    "access.energy": -1, "access.i_sneak": -1, "access.margin": 1, "access.v_half_selected": -1,
    "disturb.energy": -1, "write.": -1, "chip.energy": -1, "chip.latency": -1, "chip.area": -1,
    "chip.power": -1, "chip.throughput": 1, "chip.tops": 1, "chip.joule_per_mac": -1,
    "chip.energy_delay": -1,
}  # fmt: skip
_LEADING = ("accuracy", "nrmse", "memory.capacity", "access.margin")
_COSTS = ("energy.total", "chip.energy", "access.energy", "disturb.energy")


def trials_json(results: Results) -> Markup:
    """All that the page's scripts need, as JSON that may stand in a script element."""
    text = json.dumps(trials_data(results), separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))


def trials_data(results: Results) -> dict[str, Any]:
    """The table of all trials by columns, and what goes with it.

    Returns
    -------
    ``rows``, how many; ``columns``, see `xbarsim.report.explorer.columns.packed`, each with
    ``name``, ``role`` (key, axis, metric, error), ``unit`` and, of axes, ``settings``, what each
    level is in the scenario; ``base``, the scenario without its sweep, and ``axes``, paths in the
    order in which they are put into it, both with scalars as texts; ``groups``, axes that vary, of
    those that move together one; ``shown``, metrics that vary; ``better``, 1 where more is, -1
    where less is, by metric; ``x``, ``y`` and ``colour``, what the first plot shows.
    """
    view = view_of(results)
    swept = _swept(results)
    table = with_failures(results, swept)
    varying = [name for name in results.metrics if _varies(table[name])]
    groups = {axis.column.removeprefix("level."): axis.label for axis in view.axes}
    x, y = _first_plot(results, varying, list(groups))
    colour = next((name for name in groups if name not in (x, y)), "age" if view.age else "")
    return {
        "name": str(results.scenario.get("name", "study")),
        "folder": _folder(results.scenario),
        "rows": len(table),
        "columns": [
            _column(results, table, name, swept) for name in _order(results, table, varying)
        ],
        "base": leaves(alone(results.scenario)),
        "axes": results.axes,
        "groups": groups,
        "shown": varying,
        "better": _better(results, varying),
        "x": x,
        "y": y,
        "colour": colour,
    }  # fmt: skip


def _swept(results: Results) -> dict[int, dict[str, Any]]:
    """Values of the axes as the scenario has them; none where that is not understood any more."""
    try:
        return swept_at(results)
    except SpecError:  # SALib is missing, or another version wrote the scenario
        return {}


def with_failures(results: Results, swept: Mapping[int, Mapping[str, Any]]) -> pd.DataFrame:
    """The table, and a row under ``error`` for each trial that failed."""
    failed = results.meta.get("failures") or []
    if not failed:
        return results.table
    cells = results.table.groupby("point")[results.axes].first()
    rows = [
        {"point": f["point"], "trial": f["trial"], "error": str(f["message"])}
        | _cells(results, cells, swept, f["point"])
        for f in failed
    ]
    names = [*results.table, "error"]
    parts = results.table, pd.DataFrame(rows)
    whole = [part.reindex(columns=names).astype(object) for part in parts]
    return pd.concat(whole, ignore_index=True)


def _cells(
    results: Results, cells: pd.DataFrame, swept: Mapping[int, Mapping[str, Any]], point: int
) -> dict[str, Any]:
    """The axes of a point: as other trials of it have them, or as the sweep says."""
    if point in cells.index:
        return {str(axis): value for axis, value in cells.loc[point].items()}
    found = {axis: axis_value(results, axis, swept.get(point, {})) for axis in results.axes}
    return {axis: "none" if value is None else value for axis, value in found.items()}


def _order(results: Results, table: pd.DataFrame, varying: list[str]) -> list[str]:
    """What tells trials apart first, what is the same for all last."""
    first = [*KEYS, *(["error"] if "error" in table else []), *results.axes, *varying]
    return list(dict.fromkeys([*(name for name in first if name in table), *map(str, table)]))


def _column(
    results: Results, table: pd.DataFrame, name: str, swept: Mapping[int, Mapping[str, Any]]
) -> dict[str, Any]:
    told = packed(table[name])
    told |= {"name": name, "role": "key", "unit": "", "symbol": ""}
    if name in results.axes:
        unit = results.units.get(name, "")
        told |= {"role": "axis", "settings": _settings(results, table, told, name, swept)}
    elif name == "age":
        unit = "second"
        texts = [age_text(a) if a is not None else "" for a in told.get("levels", [])]
        told |= {"labels": texts} if texts else {}
    elif name in results.metrics:
        unit, told["role"] = unit_of(results, name), "metric"
    else:
        return told | ({"role": "error"} if name == "error" else {})
    share = unit == "dimensionless" and told["role"] == "metric"
    if share:
        return told | {"unit": "%"}
    symbol = unit_symbol(unit)
    return told | {"unit": symbol or unit.replace("count", "").replace("dimensionless", ""),
                   "symbol": symbol}  # fmt: skip


def _settings(
    results: Results,
    table: pd.DataFrame,
    told: Mapping[str, Any],
    name: str,
    swept: Mapping[int, Mapping[str, Any]],
) -> list[Any] | None:
    """For each level of an axis what the scenario says there; None where rows have numbers."""
    if "levels" not in told:
        return None
    codes = np.frombuffer(base64.b64decode(told["of"]), f"<u{told['width']}")
    first = np.unique(codes, return_index=True)[1]
    rows = table.iloc[first][["point", name]].to_dict("records")
    return [
        leaves(axis_value(results, name, swept.get(int(row["point"]), {}), _cell(row[name])))
        for row in rows
    ]


def _cell(value: Any) -> Any:
    found = plain(value)
    return None if isinstance(found, float) and math.isnan(found) else found


def _varies(values: "pd.Series[Any]") -> bool:
    """Whether a metric is a number that is not the same in all rows."""
    numbers = pd.to_numeric(values, errors="coerce")
    return int(numbers.nunique()) > 1


def _first_plot(results: Results, varying: list[str], axes: list[str]) -> tuple[str, str]:
    """Accuracy against energy, objectives of a search, or a metric against what is swept."""
    if search := results.scenario.get("search"):
        spec = SearchSpec.model_validate(search)
        goals = [g.column for g in spec.goals.values() if g.column in varying]
        if len(goals) > 1:
            return goals[1], goals[0]
    asked = [name for name in varying if name in asked_metrics(results)]
    y = next((name for name in (*_LEADING, *asked, *varying) if name in varying), "")
    others = [name for name in (*_COSTS, *axes, *varying, "trial") if name != y]
    return next(name for name in others if name in (*varying, *axes, "trial")), y or "trial"


def _better(results: Results, varying: list[str]) -> dict[str, int]:
    """By metric 1 where more is better, -1 where less is; a search's objectives say so first."""
    found = {}
    for metric in varying:
        fitting = [head for head in _BETTER if metric.startswith(head)]
        if fitting and (sign := _BETTER[max(fitting, key=len)]):
            found[metric] = sign
    if search := results.scenario.get("search"):
        for goal in SearchSpec.model_validate(search).goals.values():
            found[goal.column] = 1 if goal.direction == "maximize" else -1
    return found


def _folder(scenario: Mapping[str, Any]) -> str:
    """Where the study stands unless its user says otherwise."""
    name = str(scenario.get("name", "study"))
    template = (scenario.get("output") or {}).get("directory", "reports/{name}")
    return str(template).replace("{name}", name)
