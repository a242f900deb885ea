"""Results of a study from its folder, while it runs as after."""

import json
import time
from pathlib import Path
from typing import Any

from xbarsim.errors import StudyError
from xbarsim.study.collect import results_of
from xbarsim.study.lock import is_running
from xbarsim.study.results import Results
from xbarsim.study.store import STORE, meta_in, snapshot


def read_results(directory: str | Path) -> Results:
    """Results of the study in `directory`: all that is finished, whether or not the study is.

    They come from the store, which may be written at the same time; where there is none, or an
    older version wrote it, from ``results.json``. ``meta`` says how many trials are finished,
    failed and left, and whether the study is ``running`` (None where that cannot be told).

    Raises
    ------
    StudyError : there is no study; or its file is damaged, or of a newer version.

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
            if meta_in(db, "study") is not None or not file.is_file():
                return results_of(db, directory, running)
    if not file.is_file():
        raise StudyError(f"{directory}: holds no results; run a scenario first")
    try:
        return _from_json(directory, json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(
            f"{file}: not the results of a study ({error}); run the scenario again, which keeps "
            "finished trials"
        ) from None


def rate_of(directory: Path) -> float | None:
    """Trials a second that the run under way has finished since its workers began, or None."""
    with snapshot(directory / STORE) as db:
        began = meta_in(db, "began")
        (finished,) = db.execute("SELECT count(*) FROM trials").fetchone()
    if began is None:
        return None
    since = time.time() - began["at"]
    done = finished - began["finished"]
    return done / since if done > 0 and since > 0 else None


def _from_json(directory: Path, document: dict[str, Any]) -> Results:
    import pandas as pd

    return Results(
        directory=directory,
        scenario=document["scenario"],
        axes=document["axes"],
        units=document["units"],
        table=pd.DataFrame(document["table"]),
        placements=pd.DataFrame(document["placements"]),
        meta=document["meta"],
    )
