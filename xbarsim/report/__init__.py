"""Reports: the tables, figures and page that say what a study found."""

from xbarsim.report.build import build_report

__all__ = ["build_report"]
