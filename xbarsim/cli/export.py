"""``xbarsim export``: the table of a study, for other programs."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from xbarsim.cli.options import StudyArgument, results_in


def export(
    directory: StudyArgument,
    csv: Annotated[
        Path,
        typer.Option(metavar="FILE|-", help="Where to write; - is standard output."),
    ] = Path("-"),
) -> None:
    """Write the table of a study as CSV: all trials that are finished, while it runs as after.

    Example: [bold]xbarsim export reports/digits --csv digits.csv[/bold]
    """
    from xbarsim.study import export as write

    results = results_in(directory)
    if str(csv) == "-":
        sys.stdout.write(results.table.to_csv(index=False))
        return
    write(results, csv)
    print(f"wrote {csv}, {len(results.table)} rows")
