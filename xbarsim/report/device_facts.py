"""Figures of merit of the cells in use, each with what it follows from."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from xbarsim.device import Sheet, StatisticalDevice, device_parameters
from xbarsim.report.cell_panels import READ
from xbarsim.report.drift import CELLS, level_drift
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import age_text, quantity_text, value_text

_NONE = 1e-9  # relative change or spread that is rounding


def facts_table(
    device: StatisticalDevice, sheet: Sheet, ages: list[float], scenario: Mapping[str, Any]
) -> Table:
    """Window, error, noise, drift, wear and nonlinearity: a row each, value and origin."""
    units = device_parameters(str(scenario["device"]["sheet"]))
    low, high = device.window
    siemens = [n for n in ("g_min", "g_max") if units.get(n) == "siemens"]
    window = _source(sheet, *siemens)
    law = f"{sheet.model.rpartition(':')[2] or sheet.model}, {CELLS} cells drawn"
    rows = [
        ("window", f"{_siemens(low)} to {_siemens(high)}", window),
        ("on/off ratio", f"{high / low:.3g}" if low > 0 else "no end", window),
        ("levels", _levels(scenario), "effects.levels of the scenario"),
        *_over_time(device, ages, law),
        ("read noise at the highest level", _noise(device), f"the law {law.partition(',')[0]}"),
        ("ages that were measured", _ages(device), _source(sheet, "times", "t0", "ages")),
        *_lifetime(scenario),
        ("current against voltage", *_nonlinearity(scenario)),
    ]
    return Table(
        caption="The cells in use at a glance, at the scenario's base values.",
        columns=["property", "value", "follows from"],
        rows=[[Cell(name), Cell(value), Cell(origin)] for name, value, origin in rows],
    )


def _siemens(g: float) -> str:
    return quantity_text(g, "siemens")


def _share(value: float) -> str:
    return f"{100 * value:.2g} %"


def _source(sheet: Sheet, *names: str) -> str:
    """Sources of those parameters that the sheet has; the law where it has none of them."""
    found = dict.fromkeys(sheet.parameters[n].source for n in names if n in sheet.parameters)
    return "; ".join(found) or "the law, as it is programmed"


def _levels(scenario: Mapping[str, Any]) -> str:
    levels = (scenario.get("effects") or {}).get("levels")
    return "any conductance of the window" if levels is None else str(levels)


def _over_time(
    device: StatisticalDevice, ages: list[float], law: str
) -> list[tuple[str, str, str]]:
    """Programming error at the first age, and what is lost by the last."""
    first = device.ages[0]
    times = sorted({first, *(age for age in ages if age >= first)})
    targets, mean, spread = level_drift(device, times)
    middle, top = len(targets) // 2 - 1, -1
    rows = []
    for k, where in ((middle, _siemens(float(targets[middle]))), (top, "the highest level")):
        share = float(spread[0, k] / targets[k])
        error = f"{_siemens(float(spread[0, k]))} ({_share(share)})" if share > _NONE else "none"
        rows.append((f"programming error at {where}, standard deviation", error, law))
    if len(times) > 1:
        moved = float(mean[-1, top] / mean[0, top] - 1)
        change = _share(moved) if abs(moved) > _NONE else "none"
        rows.append((f"drift of the highest level by {age_text(times[-1])}", change, law))
    return rows


def _noise(device: StatisticalDevice) -> str:
    high = np.array([device.window[1]])
    sigma = float(abs(device.read_noise(high, READ, np.ones(1)))[0])
    if sigma == 0:
        return "none"
    share = sigma / float(high[0])
    return f"{_siemens(sigma)} ({_share(share)}) in a read of {age_text(READ)}"


def _ages(device: StatisticalDevice) -> str:
    first, last = device.ages
    if not np.isfinite(last):
        return f"from {age_text(first)}, without end"
    return age_text(first) if first == last else f"{age_text(first)} to {age_text(last)}"


def _lifetime(scenario: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Retention and endurance: effects that the scenario states; sheets give none."""
    effects = scenario.get("effects") or {}
    rows = []
    for name, lacking in (
        ("retention", "none beyond the drift of the law"),
        ("endurance", "the sheet gives none: cells do not wear out"),
    ):
        part = effects.get(name)
        given = {k: v for k, v in part.items() if v is not None} if part else None
        origin = f"effects.{name} of the scenario"
        rows.append((name, value_text(given) if given else lacking, origin))
    return rows


def _nonlinearity(scenario: Mapping[str, Any]) -> tuple[str, str]:
    laws = [t.get("law") for t in scenario.get("tasks", []) if t.get("kind") == "array"]
    kinds = [str(law["kind"]) for law in laws if law]
    if not kinds:
        return "ohmic: the current of a read is proportional to the voltage", "reads of tiles"
    return f"{', '.join(dict.fromkeys(kinds))}, in tasks of passive arrays", "tasks.*.law"
