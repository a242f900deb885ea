"""One point of a study alone: its scenario, without the sweep that led to it."""

import copy
from collections.abc import Mapping
from typing import Any

from xbarsim.errors import StudyError
from xbarsim.scenario.load import VARIED
from xbarsim.scenario.paths import get_path, set_path
from xbarsim.scenario.sensitivities import SensitivitySpec, sample
from xbarsim.scenario.sweep import points
from xbarsim.study.results import Results
from xbarsim.units import quantity

#: of a sweep: what decides how many chips a point has and which, and not where the point is
_KEPT = ("trials", "paired")


def swept_at(results: Results) -> dict[int, dict[str, Any]]:
    """Dotted path → value for each point, by its number, as the scenario or the search has it.

    Raises
    ------
    SpecError : the sample of a sensitivity study needs SALib, which is not installed.
    """
    scenario = results.scenario
    if scenario.get("search"):
        proposed = results.meta.get("proposals", [])
        return {p["point"]: p["values"] for p in proposed if p["point"] is not None}
    if sensitivity := scenario.get("sensitivity"):
        found = sample(SensitivitySpec.model_validate(sensitivity), int(scenario["seed"]))
    else:
        found = points(scenario.get("sweep") or {}, scenario)
    return dict(enumerate(found))


def axis_value(results: Results, path: str, swept: Mapping[str, Any], cell: Any = None) -> Any:
    """What an axis is at a point, SI, as a scenario may hold it.

    Parameters
    ----------
    swept : values of the point, see `swept_at`.
    cell : what the table says there, for a point whose values are not known.
    """
    value, unit = swept.get(path, cell), results.units.get(path)
    if value == "none" and (unit or path not in swept):  # as tables have null
        return None
    return quantity(value, unit) if unit and isinstance(value, str) else value


def alone(scenario: Mapping[str, Any]) -> dict[str, Any]:
    """`scenario` with nothing swept, searched or sampled; trials of a point stay as they are."""
    kept = {name: part for name, part in scenario.items() if name not in VARIED}
    sweep = scenario.get("sweep") or {}
    return copy.deepcopy(kept | {"sweep": {k: sweep[k] for k in _KEPT if k in sweep}})


def put(scenario: dict[str, Any], path: str, value: Any) -> None:
    """Set a value in place; null inside what is null says nothing and is left out."""
    if value is None and get_path(scenario, path.rpartition(".")[0]) is None:
        return
    set_path(scenario, path, value)


def point_scenario(results: Results, number: int) -> dict[str, Any]:
    """The scenario of one point as plain data; its trials are those of the study.

    Raises
    ------
    StudyError : the study has no such point.
    """
    swept, rows = swept_at(results), results.table[results.table["point"] == number]
    if number not in swept:
        raise StudyError(
            f"{results.directory}: has no point {number}; its points are 0 to {max(swept)}"
        )
    cells = rows[results.axes].iloc[0].to_dict() if len(rows) else {}
    scenario = alone(results.scenario)
    for path in results.axes:
        if path in cells or path in swept[number]:
            value = axis_value(results, path, swept[number], plain(cells.get(path)))
            put(scenario, path, value)
    return scenario


def plain(value: Any) -> Any:
    """A cell of a table as Python's own number, truth value or text."""
    return value.item() if hasattr(value, "item") else value
