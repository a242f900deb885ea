"""Tables of a comparison as the page shows them."""

import math
from typing import Any

from xbarsim.report.compare.effects import amount
from xbarsim.report.compare.records import records
from xbarsim.report.compare.sentences import rank
from xbarsim.report.compare.significance import EQUAL
from xbarsim.report.compare.studies import Comparison
from xbarsim.report.excerpt import MAX_POINTS
from xbarsim.report.metric_panels import metric_text
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import age_text, counted, value_text

HEADS = ["task", "age", "metric", "A", "B", "difference", "p", "verdict"]


def settings_table(comparison: Comparison) -> Table:
    """Every setting, seed and version that differs."""
    rows = [
        [
            Cell(row["kind"]),
            Cell(row["path"]),
            *(Cell(value_text(row[k], row["unit"])) for k in "ab"),
        ]
        for row in records(comparison.settings)
    ]
    caption = "Settings, seeds and versions that differ, what is swept aside."
    if not rows:
        caption = "No setting, seed or version differs, what is swept aside."
    return Table(caption=caption, columns=["kind", "setting", "A", "B"], rows=rows)


def metrics_table(comparison: Comparison) -> Table:
    """Means over the points that both have."""
    rows = ranked(records(comparison.overall))
    return Table(
        caption=(
            f"Means over chips and {counted(_common(comparison), 'point')}; difference: B less A ± "
            f"half width of its {100 * comparison.level:g} % interval."
        ),
        columns=HEADS,
        rows=[_cells(row) for row in rows],
        numeric=frozenset(range(3, 7)),
    )


def points_table(comparison: Comparison) -> Table:
    """The same for each point; what differs first."""
    rows = ranked(records(comparison.table))
    rows.sort(key=lambda row: row["verdict"] in EQUAL)
    more = f" The first {MAX_POINTS} of {len(rows)} rows; compare.csv holds all."
    levels = [[p[axis] for axis in comparison.axes] for p in records(comparison.points)]
    units = comparison.a.units | comparison.b.units
    shown = [
        [*(Cell(value_text(v, units.get(axis, "dimensionless"))) for axis, v in
           zip(comparison.axes, levels[row["point"]], strict=True)), *_cells(row)]
        for row in rows[:MAX_POINTS]
    ]  # fmt: skip
    first = len(comparison.axes)
    return Table(
        caption=f"Every point that both have.{more if len(rows) > MAX_POINTS else ''}",
        columns=[*comparison.axes, *HEADS],
        rows=shown,
        numeric=frozenset(range(first + 3, first + 7)),
    )


def ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The most telling metrics first, within each task and age."""
    order = {key: k for k, key in enumerate(dict.fromkeys((r["task"], r["age"]) for r in rows))}
    return sorted(rows, key=lambda row: (order[row["task"], row["age"]], rank(row["metric"])))


def told(row: dict[str, Any]) -> list[str]:
    """Cells of a row under `HEADS`, as text."""
    means = (metric_text(row[f"mean_{k}"], math.nan, row["unit"]) for k in "ab")
    found = amount(row["difference"], row["half_width"], row["unit"])
    p = f"{row['p_holm']:.2g}" if math.isfinite(row["p_holm"]) else "–"
    shift = found if math.isfinite(row["difference"]) else "–"
    return [row["task"], age_text(row["age"]), row["metric"], *means, shift, p, row["verdict"]]


def _common(comparison: Comparison) -> int:
    return int(comparison.table["point"].nunique())


def _cells(row: dict[str, Any]) -> list[Cell]:
    keys = {1: "age", 3: "mean_a", 4: "mean_b", 5: "difference", 6: "p_holm"}
    return [
        Cell(text, float(row[keys[k]]) if k in keys else None) for k, text in enumerate(told(row))
    ]
