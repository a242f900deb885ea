"""``xbarsim report``: the page of a study, written again."""

from xbarsim.cli.faults import echo_json
from xbarsim.cli.options import InteractiveOption, JsonOption, StudyArgument, results_in


def report(
    directory: StudyArgument, interactive: InteractiveOption = None, json: JsonOption = False
) -> None:
    """Write the report of a study again, from all trials that are finished.

    With --json: [bold]report[/bold], the file.

    Example: [bold]xbarsim report reports/digits[/bold]
    """
    from xbarsim.errors import StudyError
    from xbarsim.report import build_report

    results = results_in(directory)
    if results.table.empty:
        raise StudyError(f"{directory}: no trial is finished yet; see xbarsim status {directory}")
    page = build_report(results, interactive=interactive)
    if json:
        echo_json({"report": page})
    else:
        print(f"report: {page}")
