"""Axes of metrics: their unit, and what range they show."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from xbarsim.report.text import prefixed, unit_symbol

#: largest over smallest value from which an axis of quantities is logarithmic
_DECADES = 100.0
#: smallest range of a linear axis, over the largest value
_FLAT = 0.02


def readable(values: "pd.Series[Any]", unit: str) -> tuple[float, str]:
    """Factor and unit that bring values in a SI `unit`, ``count`` or shares into a good range."""
    if unit == "count":
        return 1.0, ""
    if unit == "dimensionless":
        return 100.0, "%"
    if not (symbol := unit_symbol(unit)):
        return 1.0, unit
    return prefixed(float(values.abs().max()), symbol)


def scale_values(axes: Axes, values: "pd.Series[Any]", unit: str) -> None:
    """Make the ordinate logarithmic where quantities reach over decades."""
    if unit != "dimensionless" and values.max() > _DECADES * values.min() > 0:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")


def widen(axes: Axes, largest: float) -> None:
    """Show no difference of less than a hundredth of the `largest` value as large."""
    if largest == 0:
        axes.set_ylim(-0.05, 1.0)
    elif axes.get_yscale() == "linear":
        axes.set_ylim(widened(axes.get_ylim(), largest))


def widened(limits: tuple[float, float], largest: float) -> tuple[float, float]:
    """Limits of a linear axis, apart by a share of the `largest` value at least."""
    low, high = limits
    least = _FLAT * largest
    if high - low >= least:
        return limits
    return 0.5 * (low + high - least), 0.5 * (low + high + least)
