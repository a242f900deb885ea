"""``xbarsim report``: the page of a study, written again."""

from pathlib import Path
from typing import Annotated

import typer

from xbarsim.cli.faults import echo_json
from xbarsim.cli.options import InteractiveOption, JsonOption, StudyArgument, results_in


def report(
    directory: StudyArgument,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where to write page and figures; the study's folder."),
    ] = None,
    interactive: InteractiveOption = None,
    json: JsonOption = False,
) -> None:
    """Write the report of a study again, from all trials that are finished.

    The page says what is running, failed or missing; where nothing is finished, that is all it
    says.

    With --json: [bold]report[/bold], the file.

    Example: [bold]xbarsim report reports/digits[/bold]
    """
    from xbarsim.report import build_report

    page = build_report(results_in(directory), folder=out, interactive=interactive)
    if json:
        echo_json({"report": page})
    else:
        print(f"report: {page}")
