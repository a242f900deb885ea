"""Device card: what a cell does, and where each of its numbers comes from."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from xbarsim.device import Sheet, StatisticalDevice, device_parameters
from xbarsim.errors import SpecError
from xbarsim.report.drawing import Drawing
from xbarsim.report.style import INK, PALETTE, line_look, new_figure, set_ticks, style
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import age_text, prefixed, quantity_text, value_text
from xbarsim.scenario.schema import unit_of
from xbarsim.streams import Streams
from xbarsim.units import quantity

CELLS = 2000
_SECONDS = [1e-9, 1e-6, 1e-3, 1.0, 60.0, 3600.0, 86400.0, 31557600.0, 315576000.0,
            3155760000.0]  # fmt: skip


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


def device_drawing(device: StatisticalDevice, name: str, ages: list[float]) -> Drawing:
    """Programming error over the window, and conductance over time for four targets."""
    streams = Streams(0) / "device card"
    last = device.ages[1]
    span = _span(device, ages)
    with style():
        figure = new_figure(3.1)
        error, history = figure.subplots(1, 2, gridspec_kw={"wspace": 0.08})
        _programming_error(error, device, streams)
        _history(history, device, streams, span)
    extrapolated = (
        f" Beyond {age_text(last)}, the last age that was measured, the law extrapolates."
        if span[0] < last < span[1]
        else ""
    )
    return Drawing(
        name="device",
        figure=figure,
        title=f"Programming error and conductance over time of the device {name}",
        caption=(
            f"The cell {name}. Left: conductance right after programming less its target; line: "
            f"mean, band: mean ± standard deviation, dashed: standard deviation. Right: "
            f"conductance over time for four targets; lines: median, bands: 10 % to 90 % of cells, "
            f"without read noise. Monte Carlo with {CELLS} cells.{extrapolated}"
        ),
    )


def _programming_error(axes: Axes, device: StatisticalDevice, streams: Streams) -> None:
    low, high = device.window
    factor, unit = prefixed(high, "S")
    target = np.linspace(low, high, 61)
    z = (streams / "programming").normal((CELLS, 1))
    error = factor * (device.program(np.broadcast_to(target, (CELLS, 61)), z) - target)
    mean, spread = error.mean(axis=0), error.std(axis=0, ddof=1)
    x = factor * target
    axes.fill_between(x, mean - spread, mean + spread, color=PALETTE[0], alpha=0.25, linewidth=0)
    axes.plot(x, mean, color=PALETTE[0])
    axes.plot(x, spread, "--", color=INK, linewidth=1)
    axes.set(xlabel=f"target / {unit}", ylabel=f"programming error / {unit}")


def _span(device: StatisticalDevice, ages: list[float]) -> tuple[float, float]:
    """First and last age that are drawn, s; at least a factor of ten apart."""
    known = [age for age in [device.ages[0], *ages] if age > 0] or [1.0]
    first = device.ages[0] if device.ages[0] > 0 else min(known)
    return first, max(*known, 10 * first)


def _history(
    axes: Axes, device: StatisticalDevice, streams: Streams, span: tuple[float, float]
) -> None:
    low, high = device.window
    factor, unit = prefixed(high, "S")
    times = np.geomspace(*span, 49)
    times[[0, -1]] = span
    targets = np.linspace(low, high, 5)[1:]
    cells = np.broadcast_to(targets[:, None], (4, CELLS))
    programmed = device.program(cells, (streams / "programming").normal((4, CELLS)))
    z = (streams / "ageing").normal((4, CELLS))
    aged = factor * np.stack([device.age(programmed, float(t), z) for t in times])
    lower, median, upper = np.quantile(aged, [0.1, 0.5, 0.9], axis=2)
    for index in range(4):
        colour = line_look(index)["color"]
        axes.fill_between(times, lower[:, index], upper[:, index], color=colour, alpha=0.25,
                          linewidth=0)  # fmt: skip
        axes.plot(times, median[:, index], color=colour)
    axes.set_xscale("log")
    axes.set_xlim(*span)
    axes.set(xlabel="age", ylabel=f"conductance / {unit}")
    axes.set_ylim(bottom=0)
    ticks = [t for t in _SECONDS if span[0] <= t <= span[1]]
    ticks = ticks if len(ticks) > 1 else list(span)
    set_ticks(axes, ticks, [age_text(t) for t in ticks], 2.8)
    _mark_last_measured(axes, device.ages[1], span)


def _mark_last_measured(axes: Axes, last: float, span: tuple[float, float]) -> None:
    if not span[0] < last < span[1]:
        return
    axes.axvline(last, linestyle=":", linewidth=1, color=INK)
    axes.annotate(
        "extrapolated →", (last, 1.0), xycoords=("data", "axes fraction"), fontsize=8, color=INK,
        textcoords="offset points", xytext=(0, 2), ha="center", va="bottom",
    )  # fmt: skip
