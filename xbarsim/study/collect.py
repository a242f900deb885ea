"""Finished trials to a table, with where the arrays stand and how the study was run."""

import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from xbarsim.scenario import Plan, hardware_of, warnings_of
from xbarsim.study.prepare import MODEL_VERSION, Tasks, networks_of
from xbarsim.study.store import Row
from xbarsim.study.trial import Trial

if TYPE_CHECKING:
    import pandas as pd


def table_of(plan: Plan, trials: list[Trial], finished: dict[str, list[Row]]) -> "pd.DataFrame":
    """A row for each task, point, trial and age, in that order."""
    import pandas as pd

    rows = []
    swept = [plan.axis_values(point) for point in range(len(plan.points))]
    for number, trial in enumerate(trials):
        point, k = divmod(number, plan.scenario.sweep.trials)
        which = {"point": point, "trial": k, "seed": plan.scenario.seed, "key": trial.key}
        rows += [
            {"task": row["task"], **which, "age": row["age"], **swept[point], **_figures(row)}
            for row in finished.get(trial.key, [])
        ]
    table = pd.DataFrame(rows)
    return table.sort_values(["task", "point", "trial", "age"], kind="stable", ignore_index=True)


def _figures(row: Row) -> Row:
    """All of a row but what it warns of."""
    return {name: value for name, value in row.items() if name != "warnings"}


def placements_of(plan: Plan, tasks: Tasks) -> "pd.DataFrame":
    """Where every task of every point stands: a row for each array."""
    import pandas as pd

    from xbarsim.mapping import map_network

    parts = []
    for index, point in enumerate(plan.points):
        for task in networks_of(point):
            part = map_network(tasks[point, task].graph, hardware_of(point)).table
            part.insert(0, "task", task.name)
            part.insert(0, "point", index)
            parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _warnings(plan: Plan, finished: dict[str, list[Row]]) -> list[str]:
    """What points and the chips of finished trials warn of, each once."""
    of_points = [text for point in plan.points for text in warnings_of(point)]
    rows = (row for rows in finished.values() for row in rows)
    return list(dict.fromkeys([*of_points, *(w for row in rows for w in row.get("warnings", []))]))


def meta_of(
    plan: Plan,
    started: datetime,
    trials: list[Trial],
    finished: dict[str, list[Row]],
    failures: list[dict[str, Any]],
) -> dict[str, Any]:
    """How the study was run: versions, machine, counts, failures, warnings."""
    packages = ("xbarsim", "numpy", "scipy", "scikit-learn", "pandas")
    return {
        "source": plan.source,
        "seed": plan.scenario.seed,
        "fingerprint": plan.fingerprint,
        "model_version": MODEL_VERSION,
        "trials": len(trials),
        "trials_finished": sum(trial.key in finished for trial in trials),
        "trials_failed": len(failures),
        "failures": failures,
        "warnings": _warnings(plan, finished),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": {name: version(name) for name in packages},
    }
