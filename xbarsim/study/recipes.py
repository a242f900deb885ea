"""The trials of a study as plain data, and each made when it is run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xbarsim.lazy import Items
from xbarsim.study.prepare import SHARED
from xbarsim.study.store import Planned
from xbarsim.study.trial import Trial

Change = list[Any]  # path, as a list of keys and indices; value


@dataclass(frozen=True, kw_only=True)
class Survey:
    """All that running and collecting need of a plan.

    Parameters
    ----------
    points : for each, values of the axes; and its recipe: ``changes`` against the plan's scenario,
        ``files`` of networks by task, ``stream`` that its trials have of their own, ``reads``,
        what they read beside: see `Trial`.
    planned : every trial.
    meta : what the store remembers of the whole, see `survey_of`.
    """

    points: list[tuple[list[Any], dict[str, Any]]] = field(repr=False)
    planned: list[Planned] = field(repr=False)
    meta: dict[str, Any] = field(repr=False)


def base_of(scenario: dict[str, Any]) -> dict[str, Any]:
    """What a scenario and its points have in common: the sweep, which may be long, is no part."""
    return {name: part for name, part in scenario.items() if name != "sweep"}


def changes(base: Any, data: Any, path: Sequence[str | int] = ()) -> list[Change]:
    """What makes `data` of `base`."""
    if isinstance(base, dict) and isinstance(data, dict) and base.keys() == data.keys():
        return [c for key in base for c in changes(base[key], data[key], [*path, key])]
    if isinstance(base, list) and isinstance(data, list) and len(base) == len(data):
        pairs = enumerate(zip(base, data, strict=True))
        return [c for key, (a, b) in pairs for c in changes(a, b, [*path, key])]
    return [] if base == data and type(base) is type(data) else [[list(path), data]]


def remembered(points: Sequence[tuple[str, str]], planned: list[Planned]) -> Survey:
    """A survey as a store keeps it: of points the values of the axes and the recipe, as JSON."""
    read = [(json.loads(swept), json.loads(recipe)) for swept, recipe in points]
    return Survey(points=read, planned=planned, meta={})


class Trials(Items[Trial]):
    """Some trials of a survey, each made when it is asked for.

    Parameters
    ----------
    scenario : the plan's, as plain data.
    models : folder of trained networks.
    numbers : which trials, as they are planned.
    """

    def __init__(
        self, survey: Survey, scenario: dict[str, Any], models: Path, numbers: Sequence[int]
    ) -> None:
        self.survey = survey
        self._base = json.dumps(base_of(scenario))
        self._models = models
        self._numbers = numbers
        self._last: tuple[int, dict[str, Any]] = (-1, {})

    def __len__(self) -> int:
        return len(self._numbers)

    def item(self, number: int) -> Trial:
        """The trial in place `number` of those that were chosen."""
        _, point, k, key = self.survey.planned[self._numbers[number]]
        recipe = self.survey.points[point][1]
        return Trial(
            key=key,
            scenario=self.scenario(point),
            stream=(*recipe["stream"], "trial", k),
            tasks={task: str(self._models / name) for task, name in recipe["files"].items()},
            shared=str(self._models.with_name(SHARED)),
            reads=recipe["reads"],
        )

    def key(self, index: int) -> str:
        """Key of a trial, without making it."""
        return self.survey.planned[self._numbers[index]][-1]

    def scenario(self, point: int) -> dict[str, Any]:
        """The scenario of a point, as plain data; it holds until another is asked for."""
        if self._last[0] != point:
            data = json.loads(self._base)
            for path, value in self.survey.points[point][1]["changes"]:
                data = _changed(data, path, value)
            self._last = (point, data)
        return self._last[1]


def _changed(data: Any, path: Sequence[str | int], value: Any) -> Any:
    """`data` with `value` at `path`; changed in place."""
    if not path:
        return value
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return data
