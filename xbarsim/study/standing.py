"""How far a study is, without its table: quick enough to ask every second."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xbarsim.study.collect import counts_in, failures_in, study_in
from xbarsim.study.lock import is_running
from xbarsim.study.read import holds_study, read_results
from xbarsim.study.store import STORE, meta_in, snapshot


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a study is.

    Parameters
    ----------
    name : of the scenario.
    running : whether a coordinator is at work; None where that cannot be told.
    over : whether the last run came to its end.
    trials, finished, failed : numbers of trials; of a search, of the points so far proposed.
    failures : ``point``, ``trial`` and ``message`` of each that failed, the last first.
    rate : trials a second of the run that is under way, or None.
    holder : ``pid``, ``host`` and ``since`` of the last coordinator, where the store says so.
    """

    name: str
    running: bool | None
    over: bool
    trials: int
    finished: int
    failed: int
    failures: list[dict[str, Any]] = field(default_factory=list)
    rate: float | None = None
    holder: dict[str, Any] | None = None

    @property
    def left(self) -> int:
        """Trials that are neither finished nor failed."""
        return self.trials - self.finished - self.failed

    @property
    def seconds_left(self) -> float | None:
        """Time until nothing is left, s, or None where nothing tells."""
        return self.left / self.rate if self.rate else None

    @property
    def state(self) -> str:
        """``running``, ``may be running``, ``stopped`` or ``ended``."""
        if self.running:
            return "running"
        if self.over and not self.left:
            return "ended"
        return "stopped" if self.running is False else "may be running"

    @property
    def advice(self) -> str:
        """What to do next; empty where there is nothing to do."""
        if self.running is not False or (self.state == "ended" and not self.failed):
            return ""
        what = "goes on" if self.state == "stopped" else "tries failed trials again"
        return f"the command that began it {what}; finished trials are kept"


def standing_of(directory: Path) -> Standing:
    """How far the study in `directory` is; whoever writes to it goes on.

    Raises
    ------
    NoStudyError : there is no study, or none yet.
    StudyError : its file is damaged, or of a newer version.
    """
    if (directory / STORE).exists():
        running = is_running(directory)
        with snapshot(directory / STORE) as db:
            if holds_study(db, directory):
                return _stored(db, directory, running)
    results = read_results(directory)
    meta = results.meta
    return Standing(
        name=str(results.scenario["name"]),
        running=meta.get("running", False),
        over=meta.get("finished") is not None,
        trials=meta["trials"],
        finished=meta["trials_finished"],
        failed=meta["trials_failed"],
        failures=meta["failures"],
    )


def _stored(db: Any, directory: Path, running: bool | None) -> Standing:
    study = study_in(db, directory)
    trials, finished = counts_in(db)
    failures = failures_in(db, "failures.rowid DESC")
    return Standing(
        name=str(study["scenario"]["name"]),
        running=running,
        over=meta_in(db, "times")["finished"] is not None,
        trials=trials,
        finished=finished,
        failed=len(failures),
        failures=failures,
        rate=_rate(db) if running else None,
        holder=meta_in(db, "holder"),
    )


def _rate(db: Any) -> float | None:
    """Trials a second that the run under way has finished since its workers began, or None."""
    began = meta_in(db, "began")
    if began is None:
        return None
    (finished,) = db.execute("SELECT count(*) FROM trials").fetchone()
    since, done = time.time() - began["at"], finished - began["finished"]
    return done / since if done > 0 and since > 0 else None
