"""A plan to results: prepare, run what is missing, collect."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xbarsim.cache import forget
from xbarsim.errors import StudyError, TrialsFailed
from xbarsim.scenario import Plan
from xbarsim.study.collect import meta_of, placements_of, table_of
from xbarsim.study.engines import ENGINES, Failure
from xbarsim.study.prepare import (
    MODEL_VERSION,
    Progress,
    check_memory,
    prepare_tasks,
    share_laws,
    trials_of,
)
from xbarsim.study.results import Results, write_results
from xbarsim.study.store import Store
from xbarsim.study.trial import Trial, run_trial


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
        if not extend:
            _refuse_another(store, plan, directory)
        check_memory(plan)
        tasks = prepare_tasks(plan, directory / "models", progress)
        store.set_meta("scenario", _claim(plan))
        share_laws(plan, directory / "shared")
        trials = trials_of(plan, tasks, directory / "shared")
        failures = _run_missing(plan, store, trials, workers, progress)
        finished = store.finished(t.key for t in trials)
    finally:
        store.close()
        forget()
    if not finished:
        raise TrialsFailed(
            f"all {len(trials)} trials failed; the first: {failures[0]['message']}\n"
            "Mend the cause and run the same command again"
        )
    meta = meta_of(plan, started, trials, finished, failures)
    results = Results(
        directory=directory,
        scenario=plan.resolved,
        axes=plan.axes,
        units=plan.units,
        table=table_of(plan, trials, finished),
        placements=placements_of(plan, tasks),
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


def _claim(plan: Plan) -> dict[str, Any]:
    """What a folder remembers of the scenario whose results it holds."""
    return {"model_version": MODEL_VERSION, **plan.identity}


def _refuse_another(store: Store, plan: Plan, directory: Path) -> None:
    """Refuse a folder that holds the results of a scenario that differs."""
    theirs, mine = store.get_meta("scenario"), _claim(plan)
    if theirs is None or theirs == mine:
        return
    lines = _differences(theirs, mine)
    shown = lines[:12] + ([f"... and {len(lines) - 12} more"] if len(lines) > 12 else [])
    raise StudyError(
        f"{directory} holds results of a scenario that differs from {plan.source}:\n"
        + "\n".join(f"  {line}" for line in shown)
        + "\nRun it in another folder (--out), or keep the trials that both have in common "
        "and add the missing ones (--extend)"
    )


def _differences(old: Any, new: Any, path: str = "") -> list[str]:
    """``path: old → new`` for every value that differs."""
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        old, new = dict(enumerate(old)), dict(enumerate(new))
    if isinstance(old, dict) and isinstance(new, dict):
        keys = dict.fromkeys([*old, *new])
        return [
            line
            for key in keys
            for line in _differences(old.get(key), new.get(key), f"{path}.{key}".lstrip("."))
        ]
    return [] if old == new else [f"{path}: {_brief(old)} → {_brief(new)}"]


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _run_missing(
    plan: Plan, store: Store, trials: list[Trial], workers: int | None, progress: Progress
) -> list[dict[str, Any]]:
    """Run what the store lacks; each finished trial is stored at once. Returns the failures."""
    done = set(store.finished(t.key for t in trials))
    missing = [t for t in trials if t.key not in done]
    missing.sort(key=lambda trial: trial.stream[-1])  # one chip at all points: its parts are shared
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
    return sorted(failures, key=lambda failed: (failed["point"], failed["trial"]))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
