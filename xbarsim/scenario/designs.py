"""Points that are neither listed nor combined: of a search, and of a sensitivity study."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from xbarsim.errors import SpecError
from xbarsim.scenario.conditions import Places
from xbarsim.scenario.figures import figure_faults, metric_faults
from xbarsim.scenario.schema import Scenario
from xbarsim.scenario.searches import SearchSpec
from xbarsim.scenario.sensitivities import sample
from xbarsim.scenario.sweep import Point
from xbarsim.scenario.sweep_faults import overlapping
from xbarsim.scenario.varied import point_at
from xbarsim.streams import Streams

#: columns of tables of a search beside axes and figures
_COLUMNS = ("point", "generation", "state", "message", "front", "hypervolume")
_TRIED = 16  # points of a search that are tried before all are said to be wrong


def check_designs(scenario: Scenario, data: Mapping[str, Any]) -> None:
    """Refuse a search or a sensitivity study that cannot be one.

    Parameters
    ----------
    data : the scenario as plain data.

    Raises
    ------
    SpecError : every fault, named by its path.
    """
    search, sensitivity = scenario.search, scenario.sensitivity
    faults = []
    if search and sensitivity:
        faults.append("search: a scenario has a search or a sensitivity study, not both")
    for name in [n for n in ("search", "sensitivity") if getattr(scenario, n)]:
        axes = [(path, f"{name}.axes.{path}") for path in getattr(scenario, name).axes]
        faults += overlapping(axes, Places(data))
        faults += [
            f"sweep.{key}: a scenario with a {name} has no sweep beside it; move it to {name}.axes"
            for key in ("axes", "zip", "sample", "when", "exclude")
            if getattr(scenario.sweep, key)
        ]
    if search:
        tasks = [task.name for task in scenario.tasks]
        faults += figure_faults(search.figures, tasks, scenario.ages or [])
        faults += _name_faults(search)
        faults += _size_faults("search.points", search.points, scenario)
    if sensitivity:
        for metric in sensitivity.metrics or []:
            faults += metric_faults("sensitivity.metrics", metric)
        faults += _size_faults("sensitivity.num", sensitivity.count, scenario)
    if faults:
        raise SpecError(faults)


def _name_faults(search: SearchSpec) -> list[str]:
    """Figures whose names stand for something else in a table."""
    taken = [*search.axes, *_COLUMNS]
    faults = [f"{place}: is the name of another column" for place in search.figures
              if place.split(".", 2)[2] in taken]  # fmt: skip
    for name, limit in search.limits.items():
        goal = search.goals.get(name)
        if goal and (goal.metric, goal.task, goal.age) != (limit.metric, limit.task, limit.age):
            faults.append(
                f"search.constraints.{name}: is not the objective of that name; rename it"
            )
    return faults


def _size_faults(place: str, count: int, scenario: Scenario) -> list[str]:
    most = scenario.sweep.max_points
    if count <= most:
        return []
    return [f"{place}: {count} points exceed sweep.max_points ({most}); raise it or take fewer"]


def axes_of(scenario: Scenario) -> list[str]:
    """Paths that a search or a sensitivity study varies; none where there is neither."""
    design = scenario.search or scenario.sensitivity
    return list(design.axes) if design else []


def design_points(scenario: Scenario) -> list[Point]:
    """The sample of a sensitivity study; of a search, points to see whether any can be run."""
    if scenario.sensitivity:
        return sample(scenario.sensitivity, scenario.seed)
    assert scenario.search is not None
    axes = scenario.search.axes
    rng = (Streams(scenario.seed) / "search" / "tried").rng()
    rows = [np.full(len(axes), 0.5), *rng.random((_TRIED - 1, len(axes)))]
    return [point_at(axes, row.tolist()) for row in rows]
