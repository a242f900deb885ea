"""``xbarsim status``: how far a study is."""

from xbarsim.cli.faults import echo_json
from xbarsim.cli.options import JsonOption, StudyArgument
from xbarsim.study.pace import told

_SHOWN = 5  # failures on the screen


def status(directory: StudyArgument, json: JsonOption = False) -> None:
    """Say how far a study is: finished, failed and left trials, whether it runs, and how fast.

    With --json: [bold]directory[/bold], [bold]running[/bold] (null where that cannot be told),
    [bold]trials[/bold], [bold]finished[/bold], [bold]failed[/bold], [bold]left[/bold],
    [bold]rate[/bold] (trials a second of the run that is under way, or null),
    [bold]seconds_left[/bold] and [bold]failures[/bold], the last first.

    Example: [bold]xbarsim status reports/digits[/bold]
    """
    from xbarsim.study import standing_of

    found = standing_of(directory)
    if json:
        echo_json({
            "directory": directory, "running": found.running, "trials": found.trials,
            "finished": found.finished, "failed": found.failed, "left": found.left,
            "rate": found.rate, "seconds_left": found.seconds_left, "failures": found.failures,
        })  # fmt: skip
        return
    done = found.finished + found.failed
    how = told(done, found.trials, found.rate or 0.0, found.failed, "trials")
    print(f"{directory}: {found.state}, {found.finished} of {found.trials} trials finished, {how}")
    for failure in found.failures[:_SHOWN]:
        print(f"  failed: point {failure['point']} trial {failure['trial']}: {failure['message']}")
    if len(found.failures) > _SHOWN:
        print(f"  ... {len(found.failures) - _SHOWN} more failed; --json gives all")
    if found.advice:
        print(found.advice)
