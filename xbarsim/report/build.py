"""Write the page of a report, its figures and its tables."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbarsim.errors import StudyError

if TYPE_CHECKING:
    from xbarsim.report.drawing import Drawing
    from xbarsim.study.results import Results


def build_report(results: "Results") -> Path:
    """Write ``report.html`` below ``results.directory``, and beside it what is on it.

    Every figure is written as ``figures/NAME.svg`` and ``.pdf`` with its facts in
    ``figures/NAME.json``, every table as ``tables/NAME.csv``. The page stands alone: it loads
    nothing, from the network or from beside it. The same results give the same bytes.

    Parameters
    ----------
    results : what a study left behind.

    Returns
    -------
    path of the page.

    Raises
    ------
    StudyError : the directory cannot be written; names the path and the reason.
    """
    from xbarsim.report.facts import figure_facts, study_facts
    from xbarsim.report.page import render
    from xbarsim.report.sections import report_sections
    from xbarsim.report.table import table_csv

    folder, sections = results.directory, report_sections(results)
    files = {folder / "report.html": render(results, sections).encode()}
    facts = study_facts(results)
    for section in sections.all:
        tables = {f"tables/{table.name}.csv": table_csv(table) for table in section.tables}
        files.update((folder / name, content) for name, content in tables.items())
        for drawing in section.drawings:
            told = figure_facts(drawing, facts, tables)
            files.update(figure_files(folder / "figures", drawing, told))
    for path, content in files.items():
        write_file(path, content)
    return folder / "report.html"


def figure_files(
    folder: Path, drawing: "Drawing", facts: Mapping[str, Any]
) -> Iterator[tuple[Path, bytes]]:
    """The files of a figure: vector pictures for papers, and the facts of its caption."""
    from xbarsim.report.facts import facts_json

    yield folder / f"{drawing.name}.svg", drawing.svg
    yield folder / f"{drawing.name}.pdf", drawing.pdf
    yield folder / f"{drawing.name}.json", facts_json(facts)


def write_file(path: Path, content: bytes) -> None:
    """Write a file, and its folder.

    Raises
    ------
    StudyError : it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StudyError(f"{path}: cannot be written: {error.strerror or error}") from None
