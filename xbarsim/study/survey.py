"""What a study holds: every point checked and every trial with its key, once, as plain data."""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from xbarsim.backend import require_memory
from xbarsim.cache import sharing
from xbarsim.scenario import Plan, Scenario, hardware_of, warnings_of
from xbarsim.scenario.chips import plug_in_code
from xbarsim.scenario.load import asked_for, cells_at, digest, digests, physics
from xbarsim.study.engines import Start
from xbarsim.study.origins import (
    READ_BY_TRIALS,
    Origin,
    State,
    code_digest,
    origins_of,
    sources_of,
    state_of,
)
from xbarsim.study.prepare import (
    MODEL_VERSION,
    SHARED,
    Progress,
    Tasks,
    largest_need,
    networks_of,
    prepare_tasks,
    share_laws,
    stored_digest,
)
from xbarsim.study.recipes import Survey, base_of, changes, remembered
from xbarsim.study.store import Planned, Store


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
    return remembered(store.points(), store.planned())


def survey_of(plan: Plan, models: Path, progress: Progress, start: Start | None = None) -> Survey:
    """Check every point of `plan`, train what it needs, and give every trial its key.

    ``meta`` of the survey: ``basis`` and ``origins``, what it depends on; ``networks``, hashes of
    those that were trained; ``need``, the largest piece of memory and whose it is; ``placements``
    and ``warnings``, as results hold them. `start` is as `prepare_tasks` takes it.

    Raises
    ------
    DataError, ResourceError, SpecError : the study cannot start; the message says why.
    """
    shared = models.with_name(SHARED)
    with sharing(folder=shared):
        _check(plan, progress)
    share_laws(plan, shared)
    need = largest_need(plan)
    require_memory(*need)
    tasks = prepare_tasks(plan, models, progress, start)
    base, trials = base_of(plan.resolved), plan.scenario.sweep.trials
    points, planned = [], list[Planned]()
    states, warnings = dict[Origin, State](), dict[str, None]()
    for number, point in enumerate(plan.points):
        data = point.model_dump(mode="json", exclude={"sweep"})
        origins = origins_of(point)  # before the keys: a change between them is then seen
        states |= {(s[0], s[1]): s for s in state_of(o for o in origins if o not in states)}
        own, keys = _keys(plan, point, data, tasks)
        files = {task.name: tasks.file(point, task).name for task in networks_of(point)}
        recipe = {
            "changes": changes(base, data),
            "files": files,
            "stream": own,
            "reads": [states[origin] for origin in origins if origin[0] in READ_BY_TRIALS],
        }
        points.append((list(cells_at(plan.axes, point, data).values()), recipe))
        planned += [(number * trials + k, number, k, key) for k, key in enumerate(keys)]
        warnings |= dict.fromkeys(warnings_of(point))
    meta = {
        "basis": _basis(plan),
        "origins": list(states.values()),
        "networks": {key: held.digest for key, held in tasks.prepared.items()},
        "need": need,
        "placements": _placements(plan, tasks),
        "warnings": list(warnings),
    }
    return Survey(points=points, planned=planned, meta=meta)


def study_meta(plan: Plan) -> dict[str, Any]:
    """What results say of a plan and of where it runs."""
    packages = ("xbarsim", "numpy", "scipy", "scikit-learn", "pandas")
    return {
        "scenario": plan.resolved,
        "axes": plan.axes,
        "units": plan.units,
        "source": plan.source,
        "fingerprint": plan.fingerprint,
        "model_version": MODEL_VERSION,
        "python": sys.version.split()[0],
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": {name: version(name) for name in packages},
    }


def _basis(plan: Plan) -> str | None:
    """A hash of what points and keys are made from; None where the document has no plain data.

    The order of axes is part of it, as points are numbered and their values stored in that order.
    """
    try:
        asked = json.dumps(asked_for(plan.document), allow_nan=False)
        return digest([MODEL_VERSION, code_digest(), asked])
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
    from xbarsim.tasks.problems import problem_digest

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
    from xbarsim.mapping import map_network

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
