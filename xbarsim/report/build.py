"""Write the page and the figures of a report."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from xbarsim.errors import StudyError
from xbarsim.study.store import STORE

if TYPE_CHECKING:
    from xbarsim.report.drawing import Drawing
    from xbarsim.study.results import Results


def build_report(results: "Results", folder: Path | None = None) -> Path:
    """Write ``report.html`` and ``figures/*.svg``, ``figures/*.pdf`` below a folder.

    The page stands alone: it loads nothing, from the network or from beside it. The same results
    give the same bytes.

    Parameters
    ----------
    results : what a study left behind.
    folder : where to; by default ``results.directory``.

    Returns
    -------
    path of the page.

    Raises
    ------
    StudyError : the folder cannot be written, or holds another study; names the path and the
        reason.
    """
    if folder is None or folder.resolve() == results.directory.resolve():
        folder = results.directory
    else:
        refuse_study(folder)
    for name, made in report_files(results).items():
        write_file(folder / name, made())
    return folder / "report.html"


def report_files(results: "Results") -> dict[str, Callable[[], bytes]]:
    """The page and the figures, by their path below the folder; each is made when asked for."""
    from xbarsim.report.page import render
    from xbarsim.report.sections import report_sections

    sections = report_sections(results)
    files: dict[str, Callable[[], bytes]] = {
        "report.html": lambda: render(results, sections).encode()
    }
    for drawing in sections.drawings:
        files.update(figure_files(drawing))
    return files


def figure_files(drawing: "Drawing") -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The files of a figure, by their path below the folder: vector pictures for papers."""
    yield f"figures/{drawing.name}.svg", lambda: drawing.svg
    yield f"figures/{drawing.name}.pdf", lambda: drawing.pdf


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
