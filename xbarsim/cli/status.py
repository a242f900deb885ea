"""``xbarsim status``: how far a study is."""

from typing import Any

from xbarsim.cli.faults import echo_json
from xbarsim.cli.options import JsonOption, StudyArgument, results_in
from xbarsim.cli.progress import told

_SHOWN = 5  # failures on the screen


def status(directory: StudyArgument, json: JsonOption = False) -> None:
    """Say how far a study is: finished, failed and left trials, whether it runs, and how fast.

    With --json: [bold]directory[/bold], [bold]running[/bold] (null where that cannot be told),
    [bold]trials[/bold], [bold]finished[/bold], [bold]failed[/bold], [bold]left[/bold],
    [bold]rate[/bold] (trials a second of the run that is under way, or null),
    [bold]seconds_left[/bold] and [bold]failures[/bold].

    Example: [bold]xbarsim status reports/digits[/bold]
    """
    from xbarsim.study import rate_of

    meta = results_in(directory).meta
    running = meta.get("running", False)
    rate = rate_of(directory) if running else None
    trials, finished, failed = (meta[f"trials{n}"] for n in ("", "_finished", "_failed"))
    left = trials - finished - failed
    if json:
        echo_json({
            "directory": directory, "running": running, "trials": trials, "finished": finished,
            "failed": failed, "left": left, "rate": rate,
            "seconds_left": left / rate if rate else None, "failures": meta["failures"],
        })  # fmt: skip
        return
    how = told(finished + failed, trials, rate or 0.0, failed, "trials")
    print(f"{directory}: {_state(running, left)}, {finished} of {trials} trials finished, {how}")
    for failure in meta["failures"][:_SHOWN]:
        print(f"  failed: point {failure['point']} trial {failure['trial']}: {failure['message']}")
    print(_advice(running, left, failed), end="")


def _state(running: bool | None, left: int) -> str:
    if running is None:
        return "may be running"
    return "running" if running else "stopped" if left else "ended"


def _advice(running: Any, left: int, failed: int) -> str:
    """What to do next, a line; nothing where there is nothing to do."""
    if running or not (left or failed):
        return ""
    what = "goes on" if left else "tries failed trials again"
    return f"the command that began it {what}; finished trials are kept\n"
