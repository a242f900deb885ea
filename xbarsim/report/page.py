"""The page: sections, style sheet and script in one file that loads nothing."""

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from xbarsim.report.drawing import Drawing
from xbarsim.report.sections import Sections
from xbarsim.report.table import Table, sort_text
from xbarsim.study.results import Results


def render(results: Results, sections: Sections) -> str:
    """The report on `results` as HTML."""
    return filled(
        "report.html.j2",
        name=results.scenario.get("name", "study"),
        description=results.scenario.get("description") or "",
        sections=sections.all,
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
