"""The points of a study whose lines lose most."""

import json
from typing import Any

from xbarsim.report.view import View
from xbarsim.scenario.arrays import ArraySpec
from xbarsim.scenario.build import wires_of
from xbarsim.study.recipes import Trials


def may_have_wires(view: View) -> bool:
    """Whether a point may: what a scenario says, without a look at its folder."""
    scenario, axes = view.results.scenario, view.results.axes
    swept = any(axis == "array" or axis.startswith("array.wires") for axis in axes)
    return swept or bool(scenario.get("array", {}).get("wires"))


def points_of_longest_lines(view: View, trials: Trials) -> list[int]:
    """Those whose lines have most resistance from end to end; empty where none has any."""
    alike: dict[str, list[int]] = {}
    for point in sorted(int(p) for p in view.frame["point"].unique()):
        changes = trials.survey.points[point][1]["changes"]
        key = json.dumps([c for c in changes if c[0][:1] == ["array"]])
        alike.setdefault(key, []).append(point)
    ohms = {key: _ohms(trials.scenario(points[0])["array"]) for key, points in alike.items()}
    most = max(ohms.values())
    if most == 0:
        return []
    return sorted(point for key, points in alike.items() if ohms[key] == most for point in points)


def _ohms(given: dict[str, Any]) -> float:
    """Resistance of a word line and a bit line, ohm."""
    array = ArraySpec.model_validate(given)
    wires = wires_of(array)
    if wires is None:
        return 0.0
    ends = wires.r_source + wires.r_sense
    return float(wires.r_word * array.cols + wires.r_bit * array.rows + ends)
