"""The cells that a study's arrays are made of, at the scenario's base values."""

from xbarsim.cache import sharing
from xbarsim.device import StatisticalDevice
from xbarsim.report.view import View
from xbarsim.scenario.arrays import ArraySpec
from xbarsim.scenario.cells import cells_of
from xbarsim.scenario.schema import DeviceSpec
from xbarsim.streams import Streams
from xbarsim.study.prepare import SHARED
from xbarsim.units import quantity


def has_cells(view: View) -> bool:
    """Whether any task stands on arrays of statistical cells."""
    return bool(view.tasks or view.arrays or view.reservoirs_on_arrays)


def ages_in(view: View) -> list[float]:
    """Ages that the scenario lists, s; none where the device says."""
    return [float(age) for age in view.results.scenario.get("ages") or []]


def cells_in_use(view: View) -> StatisticalDevice:
    """The cells of the scenario; of laws that are written from what the study knows of them.

    Raises
    ------
    SpecError : the sheet is not there, or is no such device any more.
    """
    scenario = view.results.scenario
    v_read = scenario.get("array", {}).get("v_read") or ArraySpec().v_read
    with sharing(False, view.results.directory / SHARED):
        return cells_of(
            DeviceSpec.model_validate(scenario["device"]),
            quantity(v_read, "volt"),
            scenario.get("temperature"),
            Streams(scenario.get("seed", 0)),
        )
