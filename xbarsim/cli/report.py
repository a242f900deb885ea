"""``xbarsim report``: the page of a study that has been run, written again."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    directory: Annotated[Path, typer.Argument(help="Folder of a study that has been run.")],
) -> None:
    """Write the report of a finished study again.

    Example: [bold]xbarsim report reports/digits[/bold]
    """
    from xbarsim.errors import StudyError
    from xbarsim.report import build_report
    from xbarsim.study import read_results

    if not (directory / "results.json").is_file():
        raise StudyError(f"{directory}: holds no results.json; run a scenario first")
    try:
        results = read_results(directory)
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(
            f"{directory / 'results.json'}: not the results of a study ({error}); "
            "run the scenario again, which keeps finished trials"
        ) from None
    print(f"report: {build_report(results)}")
