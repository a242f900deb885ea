"""The page: sections, style sheet and script in one file that loads nothing."""

from dataclasses import replace
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from xbarsim.report.drawing import Drawing
from xbarsim.report.explorer.section import Explorer, explorer_of
from xbarsim.report.sections import Sections
from xbarsim.report.table import Table, sort_text
from xbarsim.study.results import Results

#: bytes of a page without plots; where its table of trials would make it larger it has none
SMALL = 300_000


def render(
    results: Results, sections: Sections, interactive: bool | None = None, apart: bool = False
) -> str:
    """The report on `results` as HTML; `interactive` and `apart` as `build_report` has them."""
    explorer = explorer_of(results, interactive, [section.id for section in sections.all])
    study = str(results.directory.resolve()) if apart else ""
    page = _rendered(results, sections, explorer, study)
    if explorer.plots or explorer.data is None or len(page.encode()) <= SMALL:
        return page
    return _rendered(results, sections, replace(explorer, data=None), study)


def _rendered(results: Results, sections: Sections, explorer: Explorer, study: str) -> str:
    shown = explorer.before and explorer.data is not None
    return filled(
        "report.html.j2",
        name=results.scenario.get("name", "study"),
        description=results.scenario.get("description") or "",
        study=study,
        sections=sections.all,
        explorer=explorer,
        explorer_css=_asset("explorer.css") if shown else "",
        explorer_scripts=[_asset(name) for name in explorer.assets] if shown else [],
    )


def filled(template: str, **values: object) -> str:
    """A page of the templates folder with `values`, which are escaped, and our style and script."""
    environment = Environment(
        loader=PackageLoader("xbarsim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["drawing"] = lambda block: isinstance(block, Drawing)
    environment.tests["table"] = lambda block: isinstance(block, Table)
    environment.filters["number"] = sort_text
    return environment.get_template(template).render(
        **values, css=_asset("report.css"), js=_asset("report.js")
    )


def _asset(name: str) -> Markup:
    """A file of the templates folder, put into the page as it is."""
    return Markup((files("xbarsim.report") / "templates" / name).read_text("utf-8"))
