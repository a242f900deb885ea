"""``xbarsim compare``: two studies side by side, and what differs."""

from pathlib import Path
from typing import Annotated, Any

import typer

from xbarsim.cli.faults import echo_json
from xbarsim.cli.options import JsonOption, results_in
from xbarsim.cli.tables import grid

_SHOWN = 30  # rows of a table on the screen

_Folder = Annotated[
    Path, typer.Argument(help="Folder of a study.", file_okay=False, show_default=False)
]


def compare(
    a: _Folder,
    b: _Folder,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write compare.html, compare.csv and the figure here."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Say what differs between two studies: settings, metrics, and whether chips show it.

    With --json: [bold]a[/bold], [bold]b[/bold], [bold]equal[/bold], [bold]sentences[/bold],
    [bold]notes[/bold], [bold]paired[/bold], [bold]settings[/bold], [bold]points[/bold],
    [bold]overall[/bold] (means over points), [bold]table[/bold] (every point) and
    [bold]page[/bold] (null without --out).

    Example: [bold]xbarsim compare reports/adc6 reports/adc8 --out reports/adc[/bold]
    """
    from xbarsim.report import compare_studies, write_comparison
    from xbarsim.report.compare.sentences import notes, sentences

    found = compare_studies(results_in(a), results_in(b))
    page = None if out is None else write_comparison(found, out)
    if json:
        tables = {name: getattr(found, name).to_dict("records")
                  for name in ("settings", "points", "overall", "table")}  # fmt: skip
        echo_json({
            "a": a, "b": b, "equal": found.equal, "sentences": sentences(found),
            "notes": notes(found), "paired": found.paired, **tables, "page": page,
        })  # fmt: skip
        return
    _echo(found, sentences(found), notes(found))
    if page:
        print(f"comparison: {page}")


def _echo(found: Any, told: list[str], beside: list[str]) -> None:
    from xbarsim.report.compare.records import records
    from xbarsim.report.compare.significance import EQUAL
    from xbarsim.report.compare.tables import settings_table

    settings = settings_table(found)
    if settings.rows:
        cells = [[cell.text for cell in row] for row in settings.rows]
        grid(settings.caption, settings.columns, cells[:_SHOWN], left=range(4))
        _more(len(cells), "settings")
    rows = records(found.overall)
    different = [row for row in rows if row["verdict"] not in EQUAL]
    if different:
        _echo_metrics(different, found)
    if 0 < len(different) < len(rows):
        print(f"{len(rows) - len(different)} more metrics are the same")
    print("\n".join([*told, *(f"  {note}" for note in beside)]))


def _echo_metrics(rows: list[dict[str, Any]], found: Any) -> None:
    """Metrics that are not alike, with task and age where there are several."""
    from xbarsim.report.compare.tables import HEADS, metrics_table, ranked, told

    single = [k for k, name in enumerate(("task", "age")) if found.overall[name].nunique() == 1]
    kept = [k for k in range(len(HEADS)) if k not in single]
    cells = [[told(row)[k] for k in kept] for row in ranked(rows)]
    heads = [HEADS[k] for k in kept]
    words, wraps = (
        [k for k, head in enumerate(heads) if head in some]
        for some in (("task", "metric", "verdict"), ("task", "difference", "verdict"))
    )
    grid(metrics_table(found).caption, heads, cells[:_SHOWN], left=words, wrap=wraps)
    _more(len(cells), "metrics")


def _more(rows: int, what: str) -> None:
    if rows > _SHOWN:
        print(f"... {rows - _SHOWN} more {what}; --json and --out give all")
