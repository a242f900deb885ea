"""``xbarsim run``: run a scenario and write its report."""

import sys
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer

from xbarsim.cli.designs import echo_designs, found_by
from xbarsim.cli.faults import echo_json, end
from xbarsim.cli.options import (
    ClusterOption,
    InteractiveOption,
    JsonOption,
    ScenarioArgument,
    SetOption,
    SweepOption,
    plan_to_run,
    point_of,
)
from xbarsim.cli.progress import progress
from xbarsim.cli.summary import echo_summary

_WARNINGS = 5  # that the screen shows


def run(
    scenario: ScenarioArgument,
    set_: SetOption = None,
    sweep: SweepOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder for results and report.")] = None,
    point: Annotated[
        int | None,
        typer.Option(min=0, help="Run this point of a study again; its folder stands first."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes.")] = None,
    cluster: ClusterOption = None,
    extend: Annotated[
        bool, typer.Option("--extend", help="Add to the results of a scenario that has changed.")
    ] = False,
    interactive: InteractiveOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
    json: JsonOption = False,
) -> None:
    """Run a scenario and write its report; what is already there is not run again.

    With --json: [bold]directory[/bold], [bold]report[/bold], [bold]points[/bold],
    [bold]trials[/bold], [bold]finished[/bold], [bold]failed[/bold], [bold]failures[/bold],
    [bold]warnings[/bold] and [bold]seconds[/bold], with [bold]pareto[/bold] after a search and
    [bold]sensitivity[/bold] after such a study; progress stands on standard error.

    With --point its trials are those of the study, with the same numbers; they stand in the folder
    of the study with [bold]-point-N[/bold] behind its name, unless --out says otherwise.

    Example: [bold]xbarsim run digits --set array.rows=64 --sweep device.read_noise=0:0.04:5[/bold]
    """
    from xbarsim.report import build_report
    from xbarsim.report.explorer.wanted import require_plotly
    from xbarsim.study import run_study

    began = monotonic()
    require_plotly(interactive)
    described: Any = scenario
    if point is not None:
        study = Path(scenario)
        if study.name in ("", ".."):
            study = study.resolve()
        described = point_of(study, point)
        out = out or study.with_name(f"{study.name}-point-{point}")
    plan = plan_to_run(described, set_, sweep, out)
    if not (quiet or cluster):
        _warn_of_workers(workers, plan.scenario.run)
    try:
        with progress(quiet) as called:
            results = run_study(
                plan, out, workers=workers, cluster=cluster, extend=extend, progress=called
            )
        if not (quiet or json):
            echo_summary(results)
            echo_designs(results)
            _echo_warnings(results.meta["warnings"])
        page = build_report(results, interactive=interactive)
    except KeyboardInterrupt:  # here: typer would end without a word
        end("stopped; every finished trial is stored. Run the same command to go on", 130)
    if json:
        seconds = round(monotonic() - began, 3)
        points = results.meta["trials"] // plan.scenario.sweep.trials
        echo_json({**_told(results), "report": page, "points": points, "seconds": seconds})
    elif not quiet:
        print(f"report: {page}")
    _end_if_failed(results.meta, json)


def _warn_of_workers(workers: int | None, run: Any) -> None:
    """Warn where workers of this machine are more than its cores."""
    from xbarsim.cli.health.machine import allowed_cores

    here = run.engine == "processes" and run.cluster is None
    given = workers or (run.workers if here and run.workers != "auto" else 0)
    if given > (cores := allowed_cores()):
        print(
            f"warning: {given} workers share {cores} cores, which takes memory and makes nothing "
            f"quicker; use --workers {cores}, or leave run.workers at auto",
            file=sys.stderr,
        )


def _echo_warnings(warnings: list[str]) -> None:
    for warning in warnings[:_WARNINGS]:
        print(f"warning: {warning}")
    if len(warnings) > _WARNINGS:
        print(f"... {len(warnings) - _WARNINGS} more warnings in the report")


def _told(results: Any) -> dict[str, Any]:
    """Where a study stands, and how many of its trials came to what."""
    meta = results.meta
    return {
        "directory": results.directory,
        "trials": meta["trials"],
        "finished": meta["trials_finished"],
        "failed": meta["trials_failed"],
        "failures": meta["failures"],
        "warnings": meta["warnings"],
        **found_by(results),
    }


def _end_if_failed(meta: dict[str, Any], json: bool) -> None:
    """Name the first failure where there is one, and exit with 1."""
    if meta["failures"] and json:
        raise typer.Exit(1)
    if meta["failures"]:
        first = meta["failures"][0]
        end(
            f"{len(meta['failures'])} of {meta['trials']} trials failed; the first, point "
            f"{first['point']} trial {first['trial']}: {first['message']}\n"
            "Mend the cause and run the same command again: it runs only what is not finished",
            1,
        )
