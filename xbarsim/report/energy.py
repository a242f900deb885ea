"""Energy per inference, or per step of a reservoir: what it consists of at each point."""

import math
from textwrap import fill

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xbarsim.report.drawing import Drawing
from xbarsim.report.excerpt import chosen
from xbarsim.report.hover import tell_bars
from xbarsim.report.style import INK, area_look, legend_below, new_figure, style
from xbarsim.report.table import Cell, Table, axis_cells, numeric_from
from xbarsim.report.text import (
    component_text,
    energy_text,
    interval_text,
    names_below,
    prefixed,
)
from xbarsim.report.view import View

Floats = npt.NDArray[np.float64]

MAX_BARS = 40
#: columns ``energy.*`` that are no component of the total
_NO_COMPONENT = {"total", "total_low", "total_high", "source", "imbalance", "digital_baseline",
                 "adc_low", "adc_high"}  # fmt: skip


def components(frame: pd.DataFrame) -> list[str]:
    """Names of the components, in the order of the table's columns."""
    return [n for n in names_below(frame.columns, "energy.") if n not in _NO_COMPONENT]


def baseline(rows: pd.DataFrame) -> float:
    """Energy of the same in digital int8 logic, J; NaN if it was not estimated."""
    if "energy.digital_baseline" not in rows:
        return math.nan
    return float(rows["energy.digital_baseline"].iloc[0])


def energy_drawing(view: View, task: str, per: str = "inference") -> Drawing:
    """A stacked bar for each point at the first age, with the uncertainty of the converters.

    `per` says what the energy is of.
    """
    rows = view.fresh(task).sort_values("point")
    shown, which = chosen(view, rows, MAX_BARS, "energy.total")
    with style():
        figure = _figure(view, shown, baseline(rows), per)
    return Drawing(
        name=view.stem("energy", task),
        figure=figure,
        title=f"Energy per {per} of {task} by component",
        caption=_caption(view, rows, task, per) + which,
    )


def _caption(view: View, rows: pd.DataFrame, task: str, per: str) -> str:
    reference = baseline(rows)
    digital = (
        f" The same {per} in digital int8 logic takes {energy_text(reference)}"
        f"{' (dashed)' if _drawn(reference, rows) else ', beyond the picture'}."
        if math.isfinite(reference)
        else ""
    )
    counts = sorted({int(n) for n in rows["trials"]})
    trials = " to ".join(str(n) for n in sorted({counts[0], counts[-1]}))
    return (
        f"Energy per {per} of {task} at age {view.first_age_text} by component, a bar for "
        f"each point ({view.label_axes}); mean over {trials} trial{'s' * (counts[-1] > 1)}. "
        f"Under each bar, a dot at the total and the span of "
        f"the uncertainty of the converters' energy, no confidence interval."
        f"{digital}"
    )


def _drawn(reference: float, rows: pd.DataFrame) -> bool:
    """Whether the digital reference fits into the picture."""
    return 0 < reference <= 1.6 * float(rows["energy.total_high"].max())


def _figure(view: View, rows: pd.DataFrame, reference: float, per: str) -> Figure:
    figure = new_figure(1.5 + 0.28 * len(rows))
    axes = figure.subplots()
    factor, unit = prefixed(float(rows["energy.total"].max()), "J")
    y, left = np.arange(len(rows)), np.zeros(len(rows))
    labels = [view.labels[int(point)] for point in rows["point"]]
    for index, name in enumerate(components(rows)):
        part = factor * rows[f"energy.{name}"].fillna(0).to_numpy(dtype=float)
        if part.any():
            bars = axes.barh(
                y, part, left=left, height=0.54, label=component_text(name), **area_look(index)
            )
            tell_bars(bars, labels, component_text(name), map(energy_text, part / factor))
        left = left + part
    names = ("energy.total", "energy.total_low", "energy.total_high")
    spans(axes, *(factor * rows[name].to_numpy(dtype=float) for name in names))
    if _drawn(reference, rows):
        axes.axvline(factor * reference, linestyle="--", linewidth=1, color=INK,
                     label="digital int8")  # fmt: skip
    axes.set_yticks(y, labels)
    axes.set(ylim=(len(rows) - 0.3, -0.6), xlabel=f"energy per {per} / {unit}")
    axes.set_title(fill(view.label_axes, 95) if view.axes else "", loc="left")
    axes.grid(visible=False, axis="y")
    legend_below(figure, axes)
    return figure


def spans(axes: Axes, total: Floats, low: Floats, high: Floats) -> None:
    """Under each bar a dot at its total, and the span from `low` to `high`."""
    sides, y = np.maximum([total - low, high - total], 0), np.arange(len(total)) + 0.38
    axes.errorbar(total, y, xerr=sides, fmt="o", markersize=2.5, color=INK, elinewidth=0.9)


def energy_table(view: View, task: str, per: str = "inference") -> Table:
    """A row for each point at the first age: components, total with interval, ADC band."""
    rows = view.fresh(task).sort_values("point")
    names = components(rows)
    factor, unit = prefixed(float(rows["energy.total_high"].max()), "J")
    columns = [*(axis.label for axis in view.axes), *(component_text(n) for n in names),
               "total", "ADC band", "int8"]  # fmt: skip
    interval = interval_text(view.results.confidence, rows["trials"])
    return Table(
        caption=f"Energy per {per} of {task} in {unit} at age {view.first_age_text}, mean "
        f"over trials; total ± half width: {interval}; int8: the same {per} in digital logic.",
        columns=columns,
        rows=[_table_row(view, row, names, factor) for _, row in rows.iterrows()],
        numeric=numeric_from(len(view.axes), columns),
    )


def _table_row(view: View, row: "pd.Series[float]", names: list[str], factor: float) -> list[Cell]:
    low, high = (row[f"energy.total_{side}"] for side in ("low", "high"))
    total, half = row["energy.total"], row["energy.total.half_width"]
    return [
        *axis_cells(view.axes, row),
        *(_energy_cell(row[f"energy.{name}"], factor) for name in names),
        Cell(_total_text(factor * total, factor * half), float(total), "strong"),
        Cell(f"{_decimal_text(factor * low)} to {_decimal_text(factor * high)}", float(high)),
        _energy_cell(row.get("energy.digital_baseline", math.nan), factor),
    ]


def _energy_cell(value: float, factor: float) -> Cell:
    return Cell(_decimal_text(factor * value), float(value))


def _total_text(total: float, half_width: float) -> str:
    if not math.isfinite(half_width):
        return _decimal_text(total)
    return f"{_decimal_text(total)} ± {_decimal_text(half_width)}"


def _decimal_text(value: float) -> str:
    """Two decimals, or a power of ten where they would all be zero."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.2f}" if value == 0 or abs(value) >= 5e-3 else f"{value:.1e}"


def balance_sentences(view: View) -> list[str]:
    """How well the books balance, over every row of the table."""
    table = view.results.table
    parts = table[[f"energy.{name}" for name in components(table)]].fillna(0).sum(axis=1)
    gap = ((parts - table["energy.total"]).abs() / table["energy.total"].abs()).max()
    sentences = [f"Components add up to the total {_ratio_text(gap)}."]
    if "energy.imbalance" in table:
        worst = table["energy.imbalance"].abs().max()
        sentences.append(
            "What the sources deliver equals what cells, wires and terminations dissipate "
            f"{_ratio_text(worst)} (relative, largest over all trials)."
        )
    return sentences


def _ratio_text(value: float) -> str:
    return f"within {value:.1e}" if value > 0 else "exactly"
