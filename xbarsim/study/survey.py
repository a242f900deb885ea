"""What a study holds: every point checked and every trial with its key, once, as plain data."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

from xbarsim.backend import require_memory
from xbarsim.mapping import map_network
from xbarsim.scenario import Plan, Scenario, hardware_of, warnings_of
from xbarsim.scenario.chips import plug_in_code
from xbarsim.scenario.load import asked_for, cells_at, digest, digests, physics
from xbarsim.study.origins import code_digest, origins_of, sources_of, state_of
from xbarsim.study.prepare import (
    MODEL_VERSION,
    Progress,
    Tasks,
    largest_need,
    networks_of,
    prepare_tasks,
    stored_digest,
)
from xbarsim.study.store import Planned, Store
from xbarsim.study.trial import Trial
from xbarsim.tasks.problems import problem_digest

Change = list[Any]  # path, as a list of keys and indices; value


@dataclass(frozen=True, kw_only=True)
class Survey:
    """All that running and collecting need of a plan.

    Parameters
    ----------
    points : for each, values of the axes; and its recipe: ``changes`` against the plan's scenario,
        ``files`` of networks by task, ``stream`` that its trials have of their own.
    planned : every trial.
    meta : what the store remembers of the whole, see `survey_of`.
    """

    points: list[tuple[list[Any], dict[str, Any]]] = field(repr=False)
    planned: list[Planned] = field(repr=False)
    meta: dict[str, Any] = field(repr=False)


def recalled(plan: Plan, store: Store, models: Path) -> Survey | None:
    """The survey that `store` holds, if it is that of `plan`, and all it depends on is unchanged.

    No point is looked at, so that a large study goes on at once.

    Raises
    ------
    DataError, SpecError : what the study depends on is no longer there.
    ResourceError : its largest part would not fit into memory any more.
    """
    basis, known = _basis(plan), store.get_meta("basis")
    if basis is None or known is None or known != basis:
        return None
    origins = store.get_meta("origins")
    if state_of((kind, name) for kind, name, _ in origins) != origins:
        return None
    networks = store.get_meta("networks")
    if any(stored_digest(models / f"{key}.npz") != held for key, held in networks.items()):
        return None
    require_memory(*store.get_meta("need"))
    points = [(json.loads(swept), json.loads(recipe)) for swept, recipe in store.points()]
    return Survey(points=points, planned=store.planned(), meta={})


def survey_of(plan: Plan, models: Path, progress: Progress) -> Survey:
    """Check every point of `plan`, train what it needs, and give every trial its key.

    ``meta`` of the survey: ``basis`` and ``origins``, what it depends on; ``networks``, hashes of
    those that were trained; ``need``, the largest piece of memory and whose it is; ``placements``
    and ``warnings``, as results hold them.

    Raises
    ------
    DataError, ResourceError, SpecError : the study cannot start; the message says why.
    """
    _check(plan, progress)
    need = largest_need(plan)
    require_memory(*need)
    tasks = prepare_tasks(plan, models, progress)
    base, trials = plan.resolved, plan.scenario.sweep.trials
    points, planned = [], list[Planned]()
    origins, warnings = dict[tuple[str, str], None](), dict[str, None]()
    for number, point in enumerate(plan.points):
        data = point.model_dump(mode="json")
        own, keys = _keys(plan, point, data, tasks)
        files = {task.name: tasks.file(point, task).name for task in networks_of(point)}
        recipe = {"changes": _changes(base, data), "files": files, "stream": own}
        points.append((list(cells_at(plan.axes, point, data).values()), recipe))
        planned += [(number * trials + k, number, k, key) for k, key in enumerate(keys)]
        origins |= dict.fromkeys(origins_of(point))
        warnings |= dict.fromkeys(warnings_of(point))
    meta = {
        "basis": _basis(plan),
        "origins": state_of(origins),
        "networks": {key: held.digest for key, held in tasks.prepared.items()},
        "need": need,
        "placements": _placements(plan, tasks),
        "warnings": list(warnings),
    }
    return Survey(points=points, planned=planned, meta=meta)


def joined(surveys: Sequence[Survey]) -> Survey:
    """One survey of the points of several, in order, of one scenario."""
    points, planned = list[tuple[list[Any], dict[str, Any]]](), list[Planned]()
    placements = list[dict[str, Any]]()
    origins, networks, warnings = dict[str, Any](), dict[str, Any](), dict[str, None]()
    for survey in surveys:
        first, held = len(points), len(planned)
        points += survey.points
        planned += [(held + n, first + point, k, key) for n, point, k, key in survey.planned]
        meta = survey.meta
        placements += [
            part | {"of": [[first + point, *of] for point, *of in part["of"]]}
            for part in meta["placements"]
        ]
        origins |= {f"{kind} {name}": [kind, name, state] for kind, name, state in meta["origins"]}
        networks |= meta["networks"]
        warnings |= dict.fromkeys(meta["warnings"])
    meta = {
        "basis": None,  # points that depend on what came of others are found anew
        "origins": list(origins.values()),
        "networks": networks,
        "need": max((s.meta["need"] for s in surveys), key=lambda need: need[0]),
        "placements": placements,
        "warnings": list(warnings),
    }
    return Survey(points=points, planned=planned, meta=meta)


def _basis(plan: Plan) -> str | None:
    """A hash of what points and keys are made from; None where the document has no plain data."""
    try:
        return digest([MODEL_VERSION, code_digest(), asked_for(plan.document)])
    except (TypeError, ValueError):  # a date, or not a number: whoever checks it says so
        return None


def _check(plan: Plan, progress: Progress) -> None:
    """Check every point; where there are many it is told how many are done."""
    many, total = 100, len(plan.points)

    def told(done: int) -> None:
        if total > many and done % many == 0:
            progress("checking points", done, total)

    plan.check(told)


def _keys(
    plan: Plan, point: Scenario, data: dict[str, Any], tasks: Tasks
) -> tuple[list[str], list[str]]:
    """What streams of a point's trials begin with, and the trials' keys."""
    sweep, matter = plan.scenario.sweep, physics(point, data)
    described = [
        MODEL_VERSION,
        matter,
        [tasks[point, task].digest for task in networks_of(point)],
        *[problem_digest(source) for source in sources_of(point)],
        *plug_in_code(point.energy),
    ]
    own = [] if sweep.paired else ["point", digest(matter)]
    return own, digests(described, ([*own, "trial", k] for k in range(sweep.trials)))


def _placements(plan: Plan, tasks: Tasks) -> list[dict[str, Any]]:
    """Where tasks stand: ``columns`` of a table, and ``of`` which point and task each is."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for number, point in enumerate(plan.points):
        for place, task in enumerate(networks_of(point)):
            hardware, prepared = hardware_of(point), tasks[point, task]
            shape = (hardware.rows, hardware.cols, hardware.bias_rows, repr(hardware.code))
            key = (prepared.digest, *shape)
            if key not in found:
                table = map_network(prepared.graph, hardware).table
                found[key] = {"columns": table.to_dict(orient="list"), "of": []}
            found[key]["of"].append([number, place, task.name])
    return list(found.values())


def _changes(base: Any, data: Any, path: Sequence[str | int] = ()) -> list[Change]:
    """What makes `data` of `base`."""
    if isinstance(base, dict) and isinstance(data, dict) and base.keys() == data.keys():
        return [c for key in base for c in _changes(base[key], data[key], [*path, key])]
    if isinstance(base, list) and isinstance(data, list) and len(base) == len(data):
        pairs = enumerate(zip(base, data, strict=True))
        return [c for key, (a, b) in pairs for c in _changes(a, b, [*path, key])]
    return [] if base == data and type(base) is type(data) else [[list(path), data]]


class Trials(Sequence[Trial]):
    """Some trials of a survey, each made when it is asked for.

    Parameters
    ----------
    base : the plan's scenario as plain data.
    models : folder of trained networks.
    numbers : which trials, as they are planned.
    """

    def __init__(
        self, survey: Survey, base: dict[str, Any], models: Path, numbers: Sequence[int]
    ) -> None:
        self.survey = survey
        self._base = json.dumps(base)
        self._models = models
        self._numbers = numbers
        self._last: tuple[int, dict[str, Any]] = (-1, {})

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Trial: ...

    @overload
    def __getitem__(self, index: slice) -> list[Trial]: ...

    def __getitem__(self, index: int | slice) -> Trial | list[Trial]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        _, point, k, key = self.survey.planned[self._numbers[index]]
        recipe = self.survey.points[point][1]
        return Trial(
            key=key,
            scenario=self._scenario(point),
            stream=(*recipe["stream"], "trial", k),
            tasks={task: str(self._models / name) for task, name in recipe["files"].items()},
        )

    def key(self, index: int) -> str:
        """Key of a trial, without making it."""
        return self.survey.planned[self._numbers[index]][-1]

    def _scenario(self, point: int) -> dict[str, Any]:
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
