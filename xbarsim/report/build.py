"""Write the page of a report, its figures and its tables."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbarsim.errors import StudyError
from xbarsim.study.store import STORE

if TYPE_CHECKING:
    from xbarsim.report.drawing import Drawing
    from xbarsim.study.results import Results

#: makes the content of a file when asked for it
Made = Callable[[], bytes]


def build_report(
    results: "Results", folder: Path | None = None, *, interactive: bool | None = None
) -> Path:
    """Write ``report.html`` below a folder, and beside it what is on it.

    Every figure is written as ``figures/NAME.svg`` and ``.pdf`` with its facts in
    ``figures/NAME.json``, every table as ``tables/NAME.csv``. The page stands alone: it loads
    nothing, from the network or from beside it. The same results give the same bytes.

    Parameters
    ----------
    results : what a study left behind.
    folder : where to; by default ``results.directory``.
    interactive : whether the page holds plots to explore, which make it 5 MB larger; by default
        where the study is so large that tables show an excerpt of it, and plotly is installed.

    Returns
    -------
    path of the page.

    Raises
    ------
    StudyError : the folder cannot be written, or holds another study; names the path and the
        reason. Or plots are asked for, and plotly is not installed.
    """
    folder = folder or results.directory
    apart = folder.resolve() != results.directory.resolve()
    if apart:
        refuse_study(folder)
    for name, made in report_files(results, interactive, apart).items():
        write_file(folder / name, made())
    return folder / "report.html"


def report_files(
    results: "Results", interactive: bool | None = None, apart: bool = False
) -> dict[str, Made]:
    """The page, its figures and its tables, by their path below the folder.

    `apart` is whether that folder is another than the study's, which the page then names.
    """
    from xbarsim.report.facts import figure_facts, study_facts
    from xbarsim.report.page import render
    from xbarsim.report.sections import report_sections
    from xbarsim.report.table import table_csv

    sections, facts = report_sections(results), study_facts(results)
    files: dict[str, Made] = {
        "report.html": lambda: render(results, sections, interactive, apart).encode()
    }
    for section in sections.all:
        tables = {f"tables/{t.name}.csv": partial(table_csv, t) for t in section.tables}
        files.update(tables)
        for drawing in section.drawings:
            files.update(figure_files(drawing, figure_facts(drawing, facts, tables)))
    return files


def figure_files(drawing: "Drawing", facts: Mapping[str, Any]) -> Iterator[tuple[str, Made]]:
    """The files of a figure: vector pictures for papers, and the facts of its caption."""
    from xbarsim.report.facts import facts_json

    yield f"figures/{drawing.name}.svg", lambda: drawing.svg
    yield f"figures/{drawing.name}.pdf", lambda: drawing.pdf
    yield f"figures/{drawing.name}.json", partial(facts_json, facts)


def refuse_study(folder: Path) -> None:
    """Refuse to write beside a study what is not its own.

    Raises
    ------
    StudyError : `folder` holds a study.
    """
    if (folder / STORE).exists() or (folder / "results.json").exists():
        raise StudyError(f"{folder}: holds a study; choose another folder with --out")


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
        why = error.strerror or error
        raise StudyError(
            f"{path}: cannot be written: {why}; choose another folder with --out"
        ) from None
