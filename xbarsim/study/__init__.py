"""Run the trials of a scenario and keep their results."""

from typing import TYPE_CHECKING

from xbarsim.lazy import looked_up

if TYPE_CHECKING:
    from xbarsim.study.read import read_results as read_results
    from xbarsim.study.results import Results as Results
    from xbarsim.study.results import export as export
    from xbarsim.study.run import run_study as run_study
    from xbarsim.study.standing import Standing as Standing
    from xbarsim.study.standing import standing_of as standing_of

_HOMES = {
    "Results": "results",
    "Standing": "standing",
    "export": "results",
    "read_results": "read",
    "run_study": "run",
    "standing_of": "standing",
}

__all__ = [*_HOMES]  # noqa: PLE0604

__getattr__ = looked_up(__name__, _HOMES)
