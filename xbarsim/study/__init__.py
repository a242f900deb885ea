"""Run the trials of a scenario and keep their results."""

from xbarsim.study.read import rate_of as rate_of
from xbarsim.study.read import read_results as read_results
from xbarsim.study.results import Results as Results
from xbarsim.study.results import export as export
from xbarsim.study.run import run_study as run_study
