"""Whether a page holds plots to explore, and the library that draws them."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from xbarsim.errors import StudyError

if TYPE_CHECKING:
    from xbarsim.study.results import Results


def is_interactive(results: "Results", asked: bool | None) -> bool:
    """Whether the page of a study holds plots to explore.

    Parameters
    ----------
    asked : what the user says; None: where the page shows an excerpt of a large study, and plotly
        is installed.

    Raises
    ------
    StudyError : they are asked for, and plotly is not installed.
    """
    require_plotly(asked)
    if asked is not None:
        return asked and not results.table.empty
    from xbarsim.report.excerpt import MAX_POINTS

    large = not results.table.empty and results.table["point"].nunique() > MAX_POINTS
    return large and _is_there()


def require_plotly(asked: bool | None) -> None:
    """Refuse to promise plots without what draws them.

    Raises
    ------
    StudyError : names what to install.
    """
    if asked and not _is_there():
        raise StudyError(
            "the interactive page needs plotly, which is not installed: "
            "pip install 'xbarsim[report]'"
        )


def plotly_source() -> str:
    """The library as JavaScript, 4.8 MB."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def _is_there() -> bool:
    return find_spec("plotly") is not None
