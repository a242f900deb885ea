"""A scenario to results and a report in one call."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xbarsim.report import build_report
from xbarsim.scenario import load_scenario
from xbarsim.study import Results, run_study


def run(
    scenario: str | Path,
    out: str | Path | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    sweeps: Mapping[str, Any] | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    extend: bool = False,
    report: bool = True,
) -> Results:
    """Run a scenario, or what is missing of it, and write its report.

    Parameters
    ----------
    scenario : a file, or a name from the gallery.
    out : folder for results; by default the scenario's ``output.directory``.
    settings : dotted path → value, in place of what the file says.
    sweeps : dotted path → axis, as it would stand in ``sweep.axes``: a list, or ``{"linspace":
        {"from": 0, "to": 0.04, "num": 5}}``; beside those of the file, or in place of one.
    workers : worker processes; by default the scenario's ``run.workers``.
    cluster : address of a Dask scheduler, ``tcp://host:port``; by default the scenario's
        ``run.cluster``.
    extend : add to the results of a scenario that has changed; trials of both are kept.
    report : whether to write ``report.html`` and the figures.

    Returns
    -------
    The results; ``results.table`` is a pandas DataFrame with a row for each task, point, trial
    and age.

    Raises
    ------
    XbarsimError : bad input; the message says what, where and what to do.

    Notes
    -----
    Trials run in worker processes; a script that calls this needs the usual
    ``if __name__ == "__main__":`` guard.

    Examples
    --------
    >>> small = {"array.cols": 8, "tasks.cell.scheme": "V/2", "sweep.trials": 1}
    >>> results = run("half_select", "small", settings=small | {"run.engine": "inline"},
    ...               sweeps={"array.rows": [4, 8]}, report=False)
    >>> len(results.table)  # two sizes, without and with a selector
    4
    """
    plan = load_scenario(scenario, settings, sweeps, check=False)  # run_study checks what is new
    folder = None if out is None else Path(out)
    results = run_study(plan, folder, workers=workers, cluster=cluster, extend=extend)
    if report:
        build_report(results)
    return results
