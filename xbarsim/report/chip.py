"""The whole chip: energy and area by component, and what follows, at each point."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from xbarsim.energy.figures_of_merit import UNITS
from xbarsim.energy.machine import Machine
from xbarsim.energy.uncertainty import Uncertainty, tornado
from xbarsim.report.drawing import Drawing
from xbarsim.report.energy import spans
from xbarsim.report.excerpt import chosen
from xbarsim.report.hover import tell_bars
from xbarsim.report.style import area_look, legend_below, new_figure, style
from xbarsim.report.table import Cell, Table, axis_cells, numeric_from
from xbarsim.report.text import (
    component_text,
    names_below,
    percent_text,
    prefixed,
    quantity_text,
)
from xbarsim.report.view import View
from xbarsim.scenario.arrays import ArraySpec

MAX_BARS = 30
#: figures of the table: heading, and a power of ten with its unit where SI prefixes do not serve
_SHOWN: dict[str, tuple[str, float, str]] = {
    "energy": ("energy", 1.0, "joule"),
    "latency": ("latency", 1.0, "second"),
    "throughput": ("inferences a second", 1.0, ""),
    "power": ("power", 1.0, "watt"),
    "area": ("area", 1e6, "mm²"),
    "tops": ("TOPS", 1.0, ""),
    "tops_per_watt": ("TOPS/W", 1.0, ""),
    "tops_per_watt_1b": ("TOPS/W, 1 bit", 1.0, ""),
    "tops_per_mm2": ("TOPS/mm²", 1.0, ""),
    "joule_per_mac": ("energy a MAC", 1.0, "joule"),
    "energy_delay": ("energy × latency", 1e15, "pJ ms"),
    "energy_digital": ("digital int8", 1.0, "joule"),
}


def components_of(rows: pd.DataFrame, what: str) -> list[str]:
    """Names of the components that have energy or area, in the order of the table's columns."""
    head = f"chip.{what}."
    return [n for n in names_below(rows.columns, head) if rows[f"{head}{n}"].sum() > 0]


def chip_drawing(view: View, task: str) -> Drawing:
    """Two stacked bars for each point at the first age: energy an inference, and area."""
    every = view.fresh(task).sort_values("point")
    rows, more = chosen(view, every, MAX_BARS, "chip.energy")
    names = list(dict.fromkeys(components_of(rows, "energy") + components_of(rows, "area")))
    with style():
        figure = new_figure(1.6 + 0.3 * len(rows))
        left, right = figure.subplots(1, 2, sharey=True)
        labels = [view.labels[int(p)] for p in rows["point"]]
        unit = _bars(left, rows, "energy", names, (1.0, "J"), labels)
        _bars(right, rows, "area", names, (1e6, "mm²"), labels)
        _band(left, rows, unit)
        left.set_yticks(np.arange(len(rows)), labels)
        left.set(ylim=(len(rows) - 0.3, -0.6))
        legend_below(figure, left)
    return Drawing(
        name=view.stem("chip", task),
        figure=figure,
        title=f"Energy and area of the chip of {task} by component",
        caption=(
            f"The whole chip of {task}, at age {view.first_age_text}, a bar for each point "
            f"({view.label_axes}): energy of an inference without leakage, and area without "
            "routing, by component. Under each bar of energy, a dot at the total and the span from "
            f"the 10 % to the 90 % quantile of what the models' scatter leaves open.{more}"
        ),
    )


def tornado_drawing(view: View, task: str) -> Drawing:
    """The energy with each component at the ends of its scatter, at the first point."""
    row = view.fresh(task).sort_values("point").iloc[0]
    heads = {end: f"chip.{end}." for end in ("low", "high")}
    names = [
        n for n in names_below(row.index, heads["low"]) if math.isfinite(row[heads["low"] + n])
    ]
    ends = pd.DataFrame(
        {end: [float(row[f"{head}{n}"]) for n in names] for end, head in heads.items()}, index=names
    )
    order = (ends["high"] - ends["low"]).sort_values(ascending=False, kind="stable").index
    stated = float(row["chip.energy_dynamic"])
    slack = 1e-9 * stated
    ends["inside"] = (ends["low"] <= stated + slack) & (ends["high"] >= stated - slack)
    found = Uncertainty(
        stated=stated,
        quantiles=pd.Series({q: float(row[f"chip.energy_{q.lower()}"]) for q in ("P10", "P90")}),
        shares=pd.Series(dtype=float),
        tornado=ends.loc[order].rename(index=component_text),
        totals=np.empty(0),
    )
    with style():
        figure = new_figure(0.8 + 0.24 * len(names))
        tornado(found, figure.subplots())
    at = _at_first_point(view, row)
    return Drawing(
        name=view.stem("chip-tornado", task),
        figure=figure,
        title=f"What leaves the energy of the chip of {task} open",
        caption=(
            f"Energy of an inference of {task}{at} without leakage, with one component at the 10 % "
            "and the 90 % quantile of its designs and all others as stated; the widest first. The "
            "band is from the 10 % to the 90 % quantile where all vary. A star marks components "
            "whose stated energy lies outside their quantiles."
        ),
    )


def layers_table(view: View, task: str) -> Table:
    """Energy and time of each layer at the first point."""
    rows = view.fresh(task).sort_values("point").head(1)
    row, names = rows.iloc[0], components_of(rows, "layer_energy")
    total = float(row["chip.energy_dynamic"])
    at = _at_first_point(view, row)
    return Table(
        caption=f"Layers of {task}{at}: energy of an inference without leakage, its share, and the "
        "time of the layer's stage; the slowest sets the interval between inferences.",
        columns=["layer", "energy", "share", "time"],
        rows=[_layer_row(row, name, total) for name in names],
        numeric=frozenset({1, 2, 3}),
    )


def _layer_row(row: "pd.Series[float]", name: str, total: float) -> list[Cell]:
    energy = float(row[f"chip.layer_energy.{name}"])
    time = float(row.get(f"chip.layer_time.{name}", math.nan))
    shown = quantity_text(time, "second") if math.isfinite(time) else "–"
    return [
        Cell("memory outside" if name == "(chip)" else name),
        Cell(quantity_text(energy, "joule"), energy),
        Cell(percent_text(energy / total), energy / total),
        Cell(shown, time),
    ]


def _at_first_point(view: View, row: "pd.Series[float]") -> str:
    return f" at the first point ({view.labels[int(row['point'])]})" if view.axes else ""


def nearest_table(view: View, task: str) -> Table:
    """Measured macros nearest in node and bits to the scenario's base values."""
    from xbarsim.energy.macros import nearest

    array = ArraySpec.model_validate(view.results.scenario.get("array", {}))
    bits = Machine().word if array.dac is None else array.dac.bits
    table = nearest(array.technology_node, bits, bits)
    rows = [
        [
            Cell(r["macro"]), Cell(quantity_text(r["node"], "meter"), r["node"]),
            Cell(f"{r['input_bits']:g} × {r['weight_bits']:g}"),
            Cell(f"{r['tops_per_watt']:.3g}", r["tops_per_watt"]), Cell(r["citation"]),
        ]
        for r in table.to_dict("records")
    ]  # fmt: skip
    return Table(
        caption=f"Measured macros nearest to {task} in node and bits (inputs × weights), native "
        "TOPS/W of the macro alone: arrays, converters and control, no buffers, links or memory.",
        columns=["macro", "node", "bits", "TOPS/W", "published"],
        rows=rows,
        numeric=frozenset({3}),
    )


def _bars(
    axes: Axes,
    rows: pd.DataFrame,
    what: str,
    names: list[str],
    unit_of: tuple[float, str],
    labels: list[str],
) -> float:
    """Stacked bars; the factor that brings joules into their unit."""
    scale, symbol = unit_of
    parts = {n: scale * _column(rows, f"chip.{what}.{n}") for n in names}
    largest = float(sum(parts.values(), np.zeros(len(rows))).max())
    factor, unit = prefixed(largest, symbol) if symbol == "J" else (1.0, symbol)
    start = np.zeros(len(rows))
    for index, (name, part) in enumerate(parts.items()):
        bars = axes.barh(
            np.arange(len(rows)), factor * part, left=start, height=0.54,
            label=component_text(name), **area_look(index),
        )  # fmt: skip
        values = (f"{value:.4g} {unit}" for value in factor * part)
        tell_bars(bars, labels, component_text(name), values)
        start = start + factor * part
    axes.set_xlabel(f"{what} / {unit}")
    axes.grid(visible=False, axis="y")
    return factor


def _band(axes: Axes, rows: pd.DataFrame, factor: float) -> None:
    names = ("chip.energy_dynamic", "chip.energy_p10", "chip.energy_p90")
    spans(axes, *(factor * _column(rows, name) for name in names))


def _column(rows: pd.DataFrame, name: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    if name not in rows:
        return np.zeros(len(rows))
    return rows[name].fillna(0).to_numpy(dtype=float)


def chip_table(view: View, task: str) -> Table:
    """A row for each point at the first age: what the chip reaches."""
    rows = view.fresh(task).sort_values("point")
    shown = {name: told for name, told in _SHOWN.items() if f"chip.{name}" in rows}
    columns = [*(axis.label for axis in view.axes), *(told[0] for told in shown.values())]
    words = "; ".join(f"{told[0]}: {UNITS[name][1]}" for name, told in shown.items())
    return Table(
        caption=f"The chip of {task} at age {view.first_age_text}, means over trials. {words}.",
        columns=columns,
        rows=[
            [
                *axis_cells(view.axes, row),
                *(_cell(float(row[f"chip.{name}"]), *told[1:]) for name, told in shown.items()),
            ]
            for _, row in rows.iterrows()
        ],
        numeric=numeric_from(len(view.axes), columns),
    )


def _cell(value: float, scale: float, unit: str) -> Cell:
    if not math.isfinite(value):
        return Cell("–")
    if unit in ("joule", "second", "watt"):
        return Cell(quantity_text(value, unit), value)
    return Cell(f"{scale * value:.3g}" + (f" {unit}" if unit else ""), value)


def chip_sentences(view: View, task: str) -> str:
    """What takes most, how far it may be off, and that the books balance."""
    row = view.fresh(task).sort_values("point").iloc[0]
    energies = {
        n: float(row[f"chip.energy.{n}"]) for n in components_of(row.to_frame().T, "energy")
    }
    total = float(row["chip.energy_dynamic"])
    first, second = sorted(energies, key=energies.__getitem__, reverse=True)[:2]
    gap = abs(sum(energies.values()) - total) / total
    at = _at_first_point(view, row)
    return (
        f"Of the energy of an inference{at}, {component_text(first)} takes "
        f"{percent_text(energies[first] / total)} and {component_text(second)} "
        f"{percent_text(energies[second] / total)}; by the scatter of the models it lies between "
        f"{quantity_text(float(row['chip.energy_p10']), 'joule')} and "
        f"{quantity_text(float(row['chip.energy_p90']), 'joule')} (10 % and 90 %). Components add "
        f"up to the total within {gap:.0e}. Leakage adds "
        f"{quantity_text(float(row.get('chip.energy_leakage', 0.0)), 'joule')}."
    )
