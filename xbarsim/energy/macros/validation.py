"""The table of model against silicon, and what it comes to."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xbarsim.energy.macros import description
from xbarsim.energy.macros.array import beyond, quantiles, spread
from xbarsim.energy.macros.description import Macro, Point, load
from xbarsim.energy.macros.prediction import check_constants, compared
from xbarsim.energy.macros.statistics import (
    Spread,
    errors_of,
    law_left_out,
    law_ratios,
    spread_of,
)
from xbarsim.errors import SpecError

if TYPE_CHECKING:
    import pandas as pd

#: sets of macros without constants of their own
FREE = ("development", "blind", "later")


def validate(names: Sequence[str | Path] | None = None) -> "pd.DataFrame":
    """Model against silicon, a row for each published value.

    Parameters
    ----------
    names : macros that are shipped, or paths of files in their form; None: all that are shipped.

    Returns
    -------
    ``set``, ``macro``, ``point``, ``quantity`` (with its unit), ``published``, ``model``, ``ratio``
    model / published, ``counts`` (whether in the statistics), ``constants`` (of the macro, how
    many); where it has none, for ``tops_per_watt``: ``low``, ``high``, the model's 10 % and 90 %
    quantile, and of a conversion ``column_fj`` (published, fJ), ``rows_on`` and ``cycle_ns``.
    ``attrs["warnings"]``: of macros whose supply is beyond what is known of logic.

    Raises
    ------
    SpecError : no macros, one that is not there or incomplete, quantities that its model lacks, or
        constants of its own that are more than five or than a third of its points.
    """
    import pandas as pd

    rows: list[dict[str, object]] = []
    told: list[str] = []
    sources = description.names() if names is None else list(dict.fromkeys(names))
    if not sources:
        raise SpecError("names is empty; None are all macros that are shipped")
    for source in sources:
        macro = load(source)
        if macro.set == "calibrated":
            check_constants(macro)
        told += beyond(macro)
        for point in macro.points:
            rows += _rows(macro, point)
    table = pd.DataFrame(rows).sort_values("set", kind="stable", ignore_index=True)
    table.attrs["warnings"] = told
    return table


def _rows(macro: Macro, point: Point) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, (model, value) in compared(macro, point).items():
        row: dict[str, object] = {
            "set": macro.set,
            "macro": macro.name,
            "point": point.label,
            "quantity": name,
            "published": value,
            "model": model,
            "ratio": model / value,
            "counts": point.left_out is None,
            "constants": len(macro.constants),
        }
        if macro.set in FREE and name == "tops_per_watt":
            row |= _of_conversion(macro, point, value)
            row["low"], row["high"] = quantiles(model, spread(macro, point))
        rows.append(row)
    return rows


def _of_conversion(macro: Macro, point: Point, tops_per_watt: float) -> dict[str, object]:
    """Published energy of a conversion, fJ, and what the law with one constant needs."""
    per_product = 2e3 / tops_per_watt
    products = macro.rows_on / (point.conversions_per_weight * point.cycles)
    return {
        "column_fj": per_product * products,
        "rows_on": macro.rows_on,
        "cycle_ns": (point.cycle_time or 0.0) * 1e9,
    }


def calibrated(table: "pd.DataFrame") -> "pd.DataFrame":
    """Of each macro with constants of its own: their number, that of points, mean and max error."""
    import pandas as pd

    rows = []
    chosen = table[(table["set"] == "calibrated") & table["counts"]]
    for name, part in chosen.groupby("macro"):
        mean, largest = errors_of(part["ratio"])
        row = {"macro": name, "constants": part["constants"].iloc[0], "points": len(part)}
        rows.append(row | {"mean": mean, "max": largest})
    return pd.DataFrame(rows)


def free(table: "pd.DataFrame", which: str) -> dict[str, object]:
    """Of a set without constants: the model's spread, the law's on the same points, quantiles.

    Returns
    -------
    ``model``, ``law``, ``law_left_out`` : `Spread` of energies, which go as 1 / (TOPS/W).
    ``within_quantiles`` : share of points between the model's 10 % and 90 % quantile.
    """
    part = table[(table["set"] == which) & table["counts"] & (table["quantity"] == "tops_per_watt")]
    law = (part["column_fj"], part["rows_on"], part["cycle_ns"])
    inside = (part["low"] <= part["published"]) & (part["published"] <= part["high"])
    spreads: dict[str, Spread] = {
        "model": spread_of(1 / part["ratio"]),
        "law": spread_of(law_ratios(*law)),
        "law_left_out": spread_of(law_left_out(*law)),
    }
    return {**spreads, "within_quantiles": float(inside.mean())}
