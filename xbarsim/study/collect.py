"""A store to results: the table so far, where arrays stand, and how the study was run."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbarsim.errors import NoStudyError, StudyError
from xbarsim.study.layout import version_of
from xbarsim.study.results import KEYS, Results
from xbarsim.study.store import STORE, Row, meta_in

if TYPE_CHECKING:
    import pandas as pd


def results_of(db: sqlite3.Connection, directory: Path, running: bool | None = False) -> Results:
    """What a store holds of its study, finished or not; `running` is for ``meta``.

    Raises
    ------
    NoStudyError : none has begun.
    StudyError : an older version wrote it.
    sqlite3.Error, ValueError : it is damaged.
    """
    study = study_in(db, directory)
    return Results(
        directory=directory,
        scenario=study["scenario"],
        axes=study["axes"],
        units=study["units"],
        table=_table(db, study),
        placements=_placements(meta_in(db, "placements")),
        meta=_meta(db, study) | {"running": running},
    )


def study_in(db: sqlite3.Connection, directory: Path) -> dict[str, Any]:
    """What a store says of its study as a whole.

    Raises
    ------
    NoStudyError : none has begun.
    StudyError : an older version wrote it.
    """
    study: dict[str, Any] | None = meta_in(db, "study")
    if study is not None:
        return study
    if not version_of(db, directory / STORE):
        raise StudyError(
            f"{directory}: an older xbarsim wrote this study, and it has no results.json; run the "
            "scenario again, which keeps finished trials"
        )
    raise NoStudyError(
        f"{directory}: no study has begun here; run a scenario first, with --out {directory}"
    )


def _table(db: sqlite3.Connection, study: dict[str, Any]) -> "pd.DataFrame":
    """A row for each task, point, trial and age, in that order."""
    import pandas as pd

    axes = study["axes"]
    points = [
        json.loads(text) for (text,) in db.execute("SELECT swept FROM points ORDER BY number")
    ]
    swept = [dict(zip(axes, values, strict=True)) for values in points]
    found = db.execute(
        "SELECT point, trial, planned.key, rows FROM planned JOIN trials USING (key) "
        "ORDER BY planned.number"
    )
    rows = []
    for point, trial, key, text in found:
        which = {"point": point, "trial": trial, "seed": study["scenario"]["seed"], "key": key}
        rows += [
            {"task": row["task"], **which, "age": row["age"], **swept[point], **_figures(row)}
            for row in json.loads(text)
        ]
    if not rows:
        return pd.DataFrame(columns=["task", "point", "trial", "seed", "key", "age", *axes])
    return pd.DataFrame(rows).sort_values(KEYS, kind="stable", ignore_index=True)


def _figures(row: Row) -> Row:
    """All of a row but what it warns of."""
    return {name: value for name, value in row.items() if name != "warnings"}


def _placements(found: list[dict[str, Any]]) -> "pd.DataFrame":
    """A row for each array of every task of every point."""
    import pandas as pd

    columns: dict[str, list[Any]] = {"point": [], "task": []}
    places = ((*of, part["columns"]) for part in found for of in part["of"])
    for point, _, task, rows in sorted(places, key=lambda place: place[:2]):
        count = len(next(iter(rows.values())))
        columns["point"] += [point] * count
        columns["task"] += [task] * count
        for name, values in rows.items():
            columns.setdefault(name, []).extend(values)
    return pd.DataFrame(columns) if found else pd.DataFrame()


def _meta(db: sqlite3.Connection, study: dict[str, Any]) -> dict[str, Any]:
    """How the study was run: versions, machine, counts, failures, warnings."""
    failures = failures_in(db)
    trials, finished = counts_in(db)
    times = meta_in(db, "times")
    proposals = meta_in(db, "proposals") if study["scenario"].get("search") else None
    return {
        "source": study["source"],
        "seed": study["scenario"]["seed"],
        "fingerprint": study["fingerprint"],
        "model_version": study["model_version"],
        "trials": trials,
        "trials_finished": finished,
        "trials_failed": len(failures),
        "trials_left": trials - finished - len(failures),
        "failures": failures,
        "warnings": list(dict.fromkeys([*meta_in(db, "warnings"), *_warned(db)])),
        "started": times["started"],
        "finished": times["finished"],
        "python": study["python"],
        "machine": study["machine"],
        "versions": study["versions"],
    } | ({} if proposals is None else {"proposals": proposals})


def counts_in(db: sqlite3.Connection) -> tuple[int, int]:
    """How many trials a study has, and how many of them are finished."""
    (trials,) = db.execute("SELECT count(*) FROM planned").fetchone()
    (finished,) = db.execute("SELECT count(*) FROM planned JOIN trials USING (key)").fetchone()
    return trials, finished


def failures_in(db: sqlite3.Connection, order: str = "planned.number") -> list[dict[str, Any]]:
    """Trials that failed and have not been finished since, in the order of the study."""
    found = db.execute(
        "SELECT point, trial, message, times FROM planned JOIN failures USING (key) "
        f"WHERE key NOT IN (SELECT key FROM trials) ORDER BY {order}"
    )
    names = ("point", "trial", "message", "times")
    return [dict(zip(names, row, strict=True)) for row in found]


def _warned(db: sqlite3.Connection) -> Iterator[str]:
    """What the chips of finished trials warn of."""
    found: Iterable[tuple[str]] = db.execute(
        "SELECT rows FROM planned JOIN trials USING (key) WHERE rows LIKE '%\"warnings\"%' "
        "ORDER BY planned.number"
    )
    for (text,) in found:
        for row in json.loads(text):
            yield from row.get("warnings", [])
