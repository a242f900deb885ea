"""Results of a study from its folder, while it runs as after."""

import json
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbarsim.errors import NoStudyError, StudyError
from xbarsim.study.collect import results_of
from xbarsim.study.lock import is_running
from xbarsim.study.results import Results
from xbarsim.study.store import STORE, meta_in, snapshot

if TYPE_CHECKING:
    import pandas as pd


def read_results(directory: str | Path) -> Results:
    """Results of the study in `directory`: all that is finished, whether or not the study is.

    They come from the store, which may be written at the same time; where there is none, or an
    older version wrote it, from ``results.json`` and the table that it holds or names. ``meta``
    says how many trials are finished, failed and left, and whether the study is ``running`` (None
    where that cannot be told).

    Raises
    ------
    NoStudyError : there is no study; the message says what is there instead.
    StudyError : its file is damaged, or of a newer version.

    Examples
    --------
    >>> import xbarsim as xs
    >>> few = {"sweep.trials": 2, "array.rows": 4, "array.cols": 4, "run.engine": "inline"}
    >>> done = xs.run("half_select", "study", settings=few, report=False)
    >>> results = read_results("study")
    >>> results.meta["trials_finished"] == len(results.table)
    True
    """
    directory = Path(directory)
    file = directory / "results.json"
    if (directory / STORE).exists():
        running = is_running(directory)
        with snapshot(directory / STORE) as db:
            if holds_study(db, directory):
                return results_of(db, directory, running)
    if not file.is_file():
        raise NoStudyError(f"{directory}: holds no study; {_instead(directory)}")
    try:
        return _from_json(directory, json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(
            f"{file}: not the results of a study ({error}); run the scenario again, which keeps "
            "finished trials"
        ) from None


def holds_study(db: sqlite3.Connection, directory: Path) -> bool:
    """Whether the store of a folder is to be read, and not what an older version left beside it."""
    return meta_in(db, "study") is not None or not (directory / "results.json").is_file()


def _from_json(directory: Path, document: dict[str, Any]) -> Results:
    import pandas as pd

    table = document["table"]
    return Results(
        directory=directory,
        scenario=document["scenario"],
        axes=document["axes"],
        units=document["units"],
        table=table_in(directory / table, document["axes"])
        if isinstance(table, str)
        else pd.DataFrame(table),
        placements=pd.DataFrame(document["placements"]),
        meta=document["meta"],
    )


def _instead(directory: Path) -> str:
    """What a folder without a study holds, and what to do."""
    if (directory / "results.csv").is_file():
        return (
            "only tables that one left behind (results.csv); to read the study give the folder "
            "that has results.sqlite or results.json, or run its scenario again"
        )
    below = [path.parent for path in sorted(directory.glob(f"*/{STORE}"))[:3]]
    if below:
        return f"studies are below it, as {', '.join(map(str, below))}"
    return f"run a scenario first, with --out {directory}"


def table_in(file: Path, axes: list[str]) -> "pd.DataFrame":
    """The table of a study in a CSV file, value for value as it was written.

    Columns of `axes` may hold numbers beside text (``none``), and keys may look like numbers.

    Raises
    ------
    OSError, ValueError : there is no such file, or it is no such table.
    """
    import pandas as pd

    texts = pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""]).astype(object)
    kept = {name: texts[name].astype(str) for name in ("task", "key")}
    kept |= {name: _cells(texts[name]) for name in axes}
    return pd.DataFrame({n: kept[n] if n in kept else _numbers(texts[n]) for n in texts})


def _numbers(column: "pd.Series[Any]") -> "pd.Series[Any]":
    try:
        return column.astype("int64")
    except (ValueError, TypeError):  # "0.5", and nothing
        return column.astype("float64")


def _cells(column: "pd.Series[Any]") -> "pd.Series[Any]":
    return column.map(_cell, na_action="ignore").infer_objects()


def _cell(text: str) -> Any:
    """What a cell says: true or false, a number, or text."""
    if text in ("True", "False"):
        return text == "True"
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text
