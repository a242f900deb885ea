"""Write the page and the figures of a report."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from xbarsim.errors import StudyError

if TYPE_CHECKING:
    from xbarsim.report.drawing import Drawing
    from xbarsim.study.results import Results


def build_report(results: "Results", interactive: bool | None = None) -> Path:
    """Write ``report.html`` and ``figures/*.svg``, ``figures/*.pdf`` below ``results.directory``.

    The page stands alone: it loads nothing, from the network or from beside it. The same results
    give the same bytes.

    Parameters
    ----------
    results : what a study left behind.
    interactive : whether the page holds plots to explore, which make it 5 MB larger; by default
        where the study is so large that tables show an excerpt of it, and plotly is installed.

    Returns
    -------
    path of the page.

    Raises
    ------
    StudyError : the directory cannot be written; names the path and the reason. Or plots are
        asked for, and plotly is not installed.
    """
    from xbarsim.report.page import render
    from xbarsim.report.sections import report_sections

    sections = report_sections(results)
    files = {results.directory / "report.html": render(results, sections, interactive).encode()}
    for drawing in sections.drawings:
        files.update(figure_files(results.directory / "figures", drawing))
    for path, content in files.items():
        write_file(path, content)
    return results.directory / "report.html"


def figure_files(folder: Path, drawing: "Drawing") -> Iterator[tuple[Path, bytes]]:
    """The files of a figure: vector pictures for papers."""
    yield folder / f"{drawing.name}.svg", drawing.svg
    yield folder / f"{drawing.name}.pdf", drawing.pdf


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
