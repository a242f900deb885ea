"""Reports: the tables, figures and page that say what a study found, or how two differ."""

from typing import TYPE_CHECKING

from xbarsim.lazy import looked_up

if TYPE_CHECKING:
    from xbarsim.report.build import build_report as build_report
    from xbarsim.report.compare.build import write_comparison as write_comparison
    from xbarsim.report.compare.studies import Comparison as Comparison
    from xbarsim.report.compare.studies import compare_studies as compare_studies

_HOMES = {
    "Comparison": "compare.studies",
    "build_report": "build",
    "compare_studies": "compare.studies",
    "write_comparison": "compare.build",
}

__all__ = [*_HOMES]  # noqa: PLE0604

__getattr__ = looked_up(__name__, _HOMES)
