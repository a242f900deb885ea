"""Device card: what a cell does, and where each of its numbers comes from."""

from collections.abc import Mapping
from typing import Any

from xbarsim.device import Sheet, StatisticalDevice, device_parameters
from xbarsim.errors import SpecError
from xbarsim.report.cell_panels import (
    CELLS,
    LEVELS,
    history,
    level_histograms,
    programming_error,
    read_noise,
    span_of,
)
from xbarsim.report.drawing import Drawing
from xbarsim.report.style import new_figure, style
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import age_text, quantity_text, value_text
from xbarsim.scenario.schema import unit_of
from xbarsim.streams import Streams
from xbarsim.units import quantity


def parameter_table(sheet_name: str, sheet: Sheet, overrides: Mapping[str, Any]) -> Table:
    """A row for each parameter: value in use, source and status; overrides name the sheet's."""
    units = device_parameters(sheet_name)
    names = [*sheet.parameters, *(key for key in overrides if key not in sheet.parameters)]
    return Table(
        caption="Parameters of the cell, with where they come from.",
        columns=["parameter", "value", "source", "status"],
        rows=[_parameter_row(name, sheet, overrides, units[name]) for name in names],
    )


def write_table(write: Mapping[str, Any]) -> Table:
    """How cells are written: a row for each setting."""
    return Table(
        caption="How the cells are written: pulses of growing amplitude, and verify reads.",
        columns=["setting", "value"],
        rows=[
            [Cell(name), Cell(_shown(value, unit_of(f"device.write.{name}") or "dimensionless"))]
            for name, value in write.items()
            if value is not None
        ],
    )


def effects_tables(scenario: Mapping[str, Any]) -> list[Table]:
    """Effects and corners beside the sheet, at the scenario's base values: at most one table."""
    device = scenario["device"]
    told = {f"device.{key}": device.get(key) for key in ("corner", "spread", "library")}
    told |= {"temperature": scenario.get("temperature")}
    told |= _flat("effects", scenario.get("effects"))
    rows = [
        [Cell(name), Cell(_shown(value, unit_of(name) or "dimensionless"))]
        for name, value in told.items()
        if value not in (None, False)
    ]
    if not rows:
        return []
    caption = (
        "What happens to the cells beside what the sheet says; swept keys at their base value."
    )
    return [Table(caption=caption, columns=["setting", "value"], rows=rows)]


def _flat(path: str, value: Any) -> dict[str, Any]:
    """Dotted path → value of everything in `value` that is no mapping."""
    if not isinstance(value, Mapping):
        return {path: value}
    return {k: v for key, item in value.items() for k, v in _flat(f"{path}.{key}", item).items()}


def _parameter_row(name: str, sheet: Sheet, overrides: Mapping[str, Any], unit: str) -> list[Cell]:
    entry = sheet.parameters.get(name)
    published = _shown(entry.value, unit) if entry else "the law's default"
    if name in overrides:
        source = f"set by the scenario; sheet: {published}"
        return [Cell(name), Cell(_shown(overrides[name], unit)), Cell(source),
                Cell("overridden", kind="status-overridden")]  # fmt: skip
    assert entry is not None
    status = Cell(entry.status, kind=f"status-{entry.status}")
    return [Cell(name), Cell(published), Cell(entry.source), status]


def _shown(value: Any, unit: str) -> str:
    """A sheet's value, which may be a number, text with a unit, or a list of either."""
    if isinstance(value, list | tuple):
        return ", ".join(
            f"({_shown(v, unit)})" if isinstance(v, list | tuple) else _shown(v, unit)
            for v in value
        )
    try:
        return quantity_text(quantity(value, unit), unit)
    except SpecError:
        return value_text(value)


def device_drawing(
    device: StatisticalDevice, name: str, ages: list[float], cells: int = CELLS
) -> Drawing:
    """Programming error, levels, conductance over time and read noise of a statistical device."""
    streams = Streams(0) / "device card"
    last = device.ages[1]
    span = span_of(device, ages)
    with style():
        figure = new_figure(5.2)
        panels = figure.subplots(2, 2)
        programming_error(panels[0, 0], device, streams, cells)
        level_histograms(panels[0, 1], device, streams, span[1], cells)
        history(panels[1, 0], device, streams, span, cells)
        read_noise(panels[1, 1], device)
    extrapolated = (
        f" Beyond {age_text(last)}, the last age that was measured, the law extrapolates."
        if span[0] < last < span[1]
        else ""
    )
    return Drawing(
        name="device",
        figure=figure,
        title=f"Programming error, levels, drift and read noise of the device {name}",
        caption=(
            f"The cell {name}. Conductance right after programming less its target; line: mean, "
            f"band: mean ± standard deviation, dashed: standard deviation. Cells programmed to "
            f"{LEVELS} even levels (dotted): areas right after programming, lines at the last "
            f"age; very narrow levels are cut off above. Conductance over time for four targets; "
            f"lines: median, bands: 10 % to 90 % of cells, without read noise. Standard deviation "
            f"of a read. Monte Carlo with {cells} cells.{extrapolated}"
        ),
    )
