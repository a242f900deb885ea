"""A plan to results: prepare, run what is missing, collect."""

import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from xbarsim.backend import require_memory
from xbarsim.errors import StudyError, TrialsFailed
from xbarsim.hardware import Hardware
from xbarsim.mapping import Placement, map_network
from xbarsim.partition import Partition
from xbarsim.scenario import Plan, Scenario, hardware_of, warnings_of
from xbarsim.scenario.load import digest, physics
from xbarsim.scenario.schema import ClassifierSpec
from xbarsim.streams import Streams
from xbarsim.study.engines import ENGINES, Failure
from xbarsim.study.results import Results, write_results
from xbarsim.study.store import Row, Store
from xbarsim.study.trial import Trial, run_trial
from xbarsim.tasks import Prepared, prepare_classifier
from xbarsim.tasks.datasets import SIZES

#: part of every trial's key; raised when the same scenario would give other numbers
MODEL_VERSION = 1

Progress = Callable[[str, int, int], None]  # what is being done, how much is done, of how many


def run_study(
    plan: Plan,
    out: Path | None = None,
    *,
    workers: int | None = None,
    extend: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> Results:
    """Run every trial of `plan` that `out` does not hold yet, and collect the table.

    Parameters
    ----------
    plan : from `xbarsim.scenario.load_scenario`.
    out : folder of the study; by default the scenario's ``output.directory``.
    workers : processes; by default the scenario's ``run.workers``.
    extend : go on in a folder whose scenario has changed since; trials that are part of both are
        kept, and the table holds only those of the new scenario.
    progress : called as things are done.

    Raises
    ------
    StudyError : `out` cannot be written, or belongs to another scenario.
    TrialsFailed : every trial failed; the message gives the first cause.
    DataError, ResourceError, SpecError : the study cannot start; the message says why.

    Notes
    -----
    A trial that fails is listed in ``meta["failures"]``; the others are kept. Interrupted runs
    (KeyboardInterrupt, a killed process) go on where they stopped when run again.
    """
    started = datetime.now(UTC)
    directory = _folder(plan, out)
    store = Store(directory / "results.sqlite")
    try:
        _claim(store, plan, directory, extend)
        _check_memory(plan)
        prepared = _prepare(plan, directory, progress)
        placements = _placements(plan, prepared)
        trials = _trials(plan, prepared)
        failures = _run_missing(plan, store, trials, workers, progress)
        finished = store.finished(t.key for t in trials)
    finally:
        store.close()
    if not finished:
        raise TrialsFailed(
            f"all {len(trials)} trials failed; the first: {failures[0]['message']}\n"
            "Mend the cause and run the same command again"
        )
    meta = _meta(plan, started, len(trials), failures)
    results = Results(
        directory=directory,
        scenario=plan.resolved,
        axes=plan.axes,
        units=plan.units,
        table=_table(plan, trials, finished),
        placements=_placement_table(placements),
        meta=meta,
    )
    write_results(results)
    return results


def _folder(plan: Plan, out: Path | None) -> Path:
    directory = out or Path(plan.scenario.output.directory.format(name=plan.scenario.name))
    try:
        (directory / "models").mkdir(parents=True, exist_ok=True)
        probe = directory / "models" / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StudyError(
            f"{directory}: results cannot be written here: {error.strerror}; "
            "choose another folder with --out"
        ) from None
    return directory


def _claim(store: Store, plan: Plan, directory: Path, extend: bool) -> None:
    """Make the store this plan's, unless it is another's."""
    mine = {"model_version": MODEL_VERSION, **plan.identity}
    theirs = store.get_meta("scenario")
    if theirs is not None and theirs != mine and not extend:
        raise StudyError(
            f"{directory} holds results of a scenario that differs from {plan.source}:\n"
            + "\n".join(f"  {line}" for line in _differences(theirs, mine))
            + "\nRun it in another folder (--out), or keep the trials that both have in common "
            "and add the missing ones (--extend)"
        )
    store.set_meta("scenario", mine)


def _differences(old: Any, new: Any, path: str = "") -> list[str]:
    """``path: old → new`` for every value that differs."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = dict.fromkeys([*old, *new])
        return [
            line
            for key in keys
            for line in _differences(old.get(key), new.get(key), f"{path}.{key}".lstrip("."))
        ]
    return [] if old == new else [f"{path}: {old!r} → {new!r}"]


def _prepare(plan: Plan, directory: Path, progress: Progress) -> dict[str, Path]:
    """Train every network that the plan needs, once each; file by the task's digest."""
    wanted = {
        _task_key(point, task): (point, task) for point in plan.points for task in point.tasks
    }
    files = {key: directory / "models" / f"{key}.npz" for key in wanted}
    missing = [key for key, file in files.items() if not file.exists()]
    for done, key in enumerate(missing):
        progress("training networks", done, len(missing))
        point, task = wanted[key]
        prepare_task(task, point.seed).save(files[key])
    if missing:
        progress("training networks", len(missing), len(missing))
    return files


def prepare_task(task: ClassifierSpec, seed: int) -> Prepared:
    """The trained network and data of a task."""
    return prepare_classifier(
        task.dataset.source,
        task.network.hidden,
        Streams(seed) / "task" / task.name,
        activation=task.network.activation,
        epochs=task.network.epochs,
        alpha=task.network.alpha,
        test_limit=task.dataset.test_limit,
    )


def _task_key(point: Scenario, task: ClassifierSpec) -> str:
    return digest([MODEL_VERSION, point.seed, task.model_dump(mode="json")])


def _placements(plan: Plan, prepared: dict[str, Path]) -> list[tuple[int, str, Placement]]:
    """Where every task of every point stands; refuses what would not fit into memory."""
    models = {key: Prepared.load(file).layers for key, file in prepared.items()}
    out = []
    for index, point in enumerate(plan.points):
        hardware = hardware_of(point)
        for task in point.tasks:
            placement = map_network(models[_task_key(point, task)], hardware)
            out.append((index, task.name, placement))
    return out


def _check_memory(plan: Plan) -> None:
    """Refuse networks and arrays that would not fit, before anything is trained or run."""
    for point in plan.points:
        hardware = hardware_of(point)
        for task in point.tasks:
            first, last = SIZES[task.dataset.source]
            sizes = [first, *task.network.hidden, last]
            for k, (inputs, outputs) in enumerate(pairwise(sizes)):
                name = f"tasks.{task.name}: layer {k} of {inputs} x {outputs} weights"
                require_memory(_needed(inputs, outputs, hardware), name)


def _needed(inputs: int, outputs: int, hardware: Hardware) -> float:
    """Bytes that training a layer, and solving one of its arrays with all nodes, takes at least."""
    down, across, rows, cols = Partition(
        inputs=inputs,
        outputs=outputs,
        rows=hardware.rows,
        cols=hardware.cols,
        encoding=hardware.encoding,
    ).shape
    wired = hardware.wires is not None and not hardware.wires.ideal
    solved = 4 * rows * rows * cols if wired else 0
    return 8.0 * (solved + 6 * down * across * rows * cols + 6 * inputs * outputs)


def _trials(plan: Plan, prepared: dict[str, Path]) -> list[Trial]:
    """Every trial of the plan: points in order, and fresh chips within each."""
    out = []
    for point in plan.points:
        tasks = {task.name: str(prepared[_task_key(point, task)]) for task in point.tasks}
        described = physics(point)
        for k in range(plan.scenario.sweep.trials):
            own = () if plan.scenario.sweep.paired else ("point", digest(described))
            stream = (*own, "trial", k)
            key = digest([MODEL_VERSION, described, stream])
            scenario = point.model_dump(mode="json")
            out.append(Trial(key=key, scenario=scenario, stream=stream, tasks=tasks))
    return out


def _run_missing(
    plan: Plan, store: Store, trials: list[Trial], workers: int | None, progress: Progress
) -> list[dict[str, Any]]:
    """Run what the store lacks; each finished trial is stored at once. Returns the failures."""
    done = set(store.finished(t.key for t in trials))
    missing = [t for t in trials if t.key not in done]
    progress("running trials", len(trials) - len(missing), len(trials))
    run = plan.scenario.run
    count = workers or (_cores() if run.workers == "auto" else run.workers)
    failures = []
    outcomes = ENGINES[run.engine](run_trial, missing, count)
    for finished, (index, result) in enumerate(outcomes, len(trials) - len(missing) + 1):
        trial = missing[index]
        if isinstance(result, Failure):
            point, k = divmod(trials.index(trial), plan.scenario.sweep.trials)
            failures.append({"point": point, "trial": k, "message": result.message})
        else:
            store.put(trial.key, result)
        progress("running trials", finished, len(trials))
    return failures


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _table(plan: Plan, trials: list[Trial], finished: dict[str, list[Row]]) -> pd.DataFrame:
    """A row for each task, point, trial and age, in that order."""
    rows = []
    for number, trial in enumerate(trials):
        point, k = divmod(number, plan.scenario.sweep.trials)
        which = {"point": point, "trial": k, "seed": plan.scenario.seed, "key": trial.key}
        values = plan.axis_values(point)
        rows += [
            {"task": row["task"], **which, "age": row["age"], **values, **row}
            for row in finished.get(trial.key, [])
        ]
    table = pd.DataFrame(rows)
    return table.sort_values(["task", "point", "trial", "age"], kind="stable", ignore_index=True)


def _placement_table(placements: list[tuple[int, str, Placement]]) -> pd.DataFrame:
    parts = []
    for point, task, placement in placements:
        part = placement.table
        part.insert(0, "task", task)
        part.insert(0, "point", point)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _meta(
    plan: Plan, started: datetime, trials: int, failures: list[dict[str, Any]]
) -> dict[str, Any]:
    packages = ("xbarsim", "numpy", "scipy", "scikit-learn", "pandas")
    return {
        "source": plan.source,
        "seed": plan.scenario.seed,
        "fingerprint": plan.fingerprint,
        "model_version": MODEL_VERSION,
        "trials": trials,
        "trials_finished": trials - len(failures),
        "trials_failed": len(failures),
        "failures": failures,
        "warnings": list(dict.fromkeys(w for p in plan.points for w in warnings_of(p))),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": {name: version(name) for name in packages},
    }
