"""A plan to results: prepare, run what is missing, collect."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from xbarsim.cache import forget
from xbarsim.errors import StudyError, TrialsFailed
from xbarsim.scenario import Plan
from xbarsim.scenario.differences import differences
from xbarsim.study.collect import results_of
from xbarsim.study.engines import Engine, Failure, Start, engine, on_cluster
from xbarsim.study.lock import holder, locked
from xbarsim.study.prepare import MODEL_VERSION, Progress
from xbarsim.study.recipes import Survey, Trials
from xbarsim.study.results import Results, write_results
from xbarsim.study.search import Outcome, Search, joined, outcomes_of, run_search
from xbarsim.study.store import STORE, Store, snapshot
from xbarsim.study.survey import recalled, study_meta, survey_of
from xbarsim.study.trial import run_trial


def run_study(
    plan: Plan,
    out: Path | None = None,
    *,
    workers: int | None = None,
    cluster: str | None = None,
    extend: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> Results:
    """Run every trial of `plan` that `out` does not hold yet, and collect the table.

    Parameters
    ----------
    plan : from `xbarsim.scenario.load_scenario`; points that were not checked there are checked
        here, unless `out` holds them from an earlier run and nothing they depend on has changed.
    out : folder of the study; by default the scenario's ``output.directory``.
    workers : processes; by default the scenario's ``run.workers``.
    cluster : address of a Dask scheduler, ``tcp://host:port``; by default the scenario's
        ``run.cluster``.
    extend : go on in a folder whose scenario has changed since; trials that are part of both are
        kept, and the table holds only those of the new scenario.
    progress : called as things are done.

    Raises
    ------
    StudyError : `out` cannot be written, belongs to another scenario, or another process runs a
        study there.
    TrialsFailed : every trial failed; the message gives the first cause.
    DataError, ResourceError, SpecError : the study cannot start; the message says why.

    Notes
    -----
    A trial that fails is listed in ``meta["failures"]`` and tried again by the next run; the others
    are kept. Interrupted runs (KeyboardInterrupt, a killed process) go on where they stopped when
    run again.
    """
    chosen = engine(plan.scenario.run, workers, cluster)
    directory = _folder(plan, out)
    path, models = directory / STORE, directory / "models"
    with locked(directory, path), closing(Store(path)) as store:
        store.set_meta(holder=holder())
        times = {"started": _now(), "finished": None}
        if not extend:
            _refuse_another(store, plan, directory)
        told = {"scenario": _claim(plan), "study": study_meta(plan), "times": times}
        with _when_needed(chosen) as start:
            here = None if on_cluster(plan.scenario.run, workers, cluster) else start
            if plan.scenario.search:
                _search(plan, store, models, told, start, here, progress)
            else:
                survey = _surveyed(plan, store, models, told, here, progress)
                missing = _missing(survey, store.keys())
                _run(Trials(survey, plan.resolved, models, missing), store, start, progress)
        store.set_meta(times=times | {"finished": _now()})
        with snapshot(path) as db:
            results = results_of(db, directory)
        _refuse_nothing(results)
        _write(results)
    return results


def _write(results: Results) -> None:
    """Everything that is read from the folder of a study that is over."""
    from xbarsim.study.designs import check_indices, write_designs

    if why := check_indices(results):
        results.meta["warnings"].append(why)
    write_results(results)
    write_designs(results)


def _surveyed(
    plan: Plan,
    store: Store,
    models: Path,
    told: dict[str, Any],
    here: Start | None,
    progress: Progress,
) -> Survey:
    """What the study holds, as the store knows it or anew; `here` gives workers that train."""
    survey = recalled(plan, store, models)
    if survey is None:
        survey = survey_of(plan, models, progress, here)
        store.begin(survey.meta | told, survey.points, survey.planned)
    else:
        store.set_meta(**told)
    return survey


def _search(
    plan: Plan,
    store: Store,
    models: Path,
    told: dict[str, Any],
    start: Start,
    here: Start | None,
    progress: Progress,
) -> None:
    """Run a search: the store grows with its generations. `here` gives workers that train."""
    assert plan.scenario.search is not None
    chips, whole = plan.scenario.sweep.trials, list[Survey]()
    most = plan.scenario.search.points * chips

    def evaluate(part: Plan, search: Search) -> list[Outcome]:
        survey = survey_of(part, models, progress, here)
        before = sum(len(survey.planned) for survey in whole)
        whole.append(survey)
        grown = joined(whole)
        store.begin(grown.meta | told | {"proposals": search.told}, grown.points, grown.planned)

        def counted(what: str, done: int, total: int) -> None:
            running = what == "running trials"
            progress(what, *((before + done, most) if running else (done, total)))

        missing = _missing(survey, store.keys())
        _run(Trials(survey, part.resolved, models, missing), store, start, counted)
        return outcomes_of(survey, store)

    found = run_search(plan, evaluate)
    if not whole:
        raise TrialsFailed(
            f"none of the {len(found.proposed)} proposed points can be run; the first: "
            f"{found.proposed[0].message}\nMend search.axes and run the same command again"
        )
    store.set_meta(proposals=found.told)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _refuse_nothing(results: Results) -> None:
    """Refuse to go on where every trial failed."""
    meta = results.meta
    if not meta["trials_finished"]:
        causes = [told["message"] for told in [*meta["failures"], *meta.get("proposals", [])]]
        raise TrialsFailed(
            f"all {meta['trials']} trials failed; the first: {causes[0]}\n"
            "Mend the cause and run the same command again"
        )


def _folder(plan: Plan, out: Path | None) -> Path:
    directory = out or Path(plan.scenario.output.directory.format(name=plan.scenario.name))
    try:
        (directory / "models").mkdir(parents=True, exist_ok=True)
        probe = directory / "models" / ".probe"
        probe.touch()
        probe.unlink(missing_ok=True)  # of two that begin at once one does it
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
    lines = [f"{d.path}: {_brief(d.old)} → {_brief(d.new)}" for d in differences(theirs, mine)]
    shown = lines[:12] + ([f"... and {len(lines) - 12} more"] if len(lines) > 12 else [])
    raise StudyError(
        f"{directory} holds results of a scenario that differs from {plan.source}:\n"
        + "\n".join(f"  {line}" for line in shown)
        + "\nRun it in another folder (--out), or keep the trials that both have in common "
        "and add the missing ones (--extend)"
    )


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _missing(survey: Survey, finished: set[str]) -> list[int]:
    """Numbers of the trials that are to run; of those that share a key the first."""
    seen, missing = set(finished), []
    for number, *_, key in survey.planned:
        if key not in seen:
            seen.add(key)
            missing.append(number)
    # one chip at all points, then the next: what points share of it is at hand
    return sorted(missing, key=lambda number: survey.planned[number][2])


def _run(trials: Trials, store: Store, start: Start, progress: Progress) -> None:
    """Run `trials`; what comes of each is stored at once."""
    total = len(trials.survey.planned)
    finished, failed = total - len(trials), 0
    progress("running trials", finished, total)
    if not trials:
        return
    store.set_meta(began={"at": time.time(), "finished": len(store.keys())})
    for index, result in start()(run_trial, trials):
        if isinstance(result, Failure):
            store.put_failure(trials.key(index), result.message)
            failed += 1
            progress("failed trials", failed, total)
        else:
            store.put(trials.key(index), result)
        finished += 1
        progress("running trials", finished, total)


@contextmanager
def _when_needed(runner: Engine) -> Iterator[Start]:
    """What enters an engine when it is first called; its workers live until the end."""
    with ExitStack() as stack:
        stack.callback(forget)  # what trials shared, where they ran in this process
        yield cache(lambda: stack.enter_context(runner))
