"""The section of the page that holds all trials, with plots to explore or without."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from xbarsim.report.explorer.data import trials_json
from xbarsim.report.explorer.wanted import is_interactive, plotly_source
from xbarsim.study.results import Results

_TABLE = ("trials.js", "trials_table.js", "details.js")
_PLOTS = ("explorer.js", "scatter.js", "parallel.js", "tornado.js", "drift.js", "plots.js")


@dataclass(frozen=True, kw_only=True)
class Explorer:
    """What the template of the section needs.

    Parameters
    ----------
    rows : of the table.
    before : id of the section that it stands before; empty: it is not on the page.
    data : see `xbarsim.report.explorer.data.trials_json`; None: the page would be too large.
    assets : names of the scripts, in order.
    plots : the library that draws plots; empty for none.
    """

    rows: int
    before: str
    data: Markup | None = None
    assets: Sequence[str] = ()
    plots: Markup = Markup("")

    @property
    def id(self) -> str:
        """Anchor in the page."""
        return "explore" if self.plots else "trials"

    @property
    def title(self) -> str:
        """The heading."""
        return "Explore" if self.plots else "Trials"


def explorer_of(results: Results, asked: bool | None, sections: Sequence[str]) -> Explorer:
    """The section for a page with `sections`, by their ids; `asked` as `is_interactive` has it."""
    rows = len(results.table)
    if results.table.empty:
        return Explorer(rows=0, before="")
    if not is_interactive(results, asked):
        return Explorer(rows=rows, before="scenario", data=trials_json(results), assets=_TABLE)
    after = sections.index("summary") + 1
    return Explorer(
        rows=rows,
        before=sections[after],
        data=trials_json(results),
        assets=("library.js", *_TABLE, *_PLOTS),
        plots=Markup(plotly_source()),
    )
