"""Axes over decades, with plain numbers and units at their ticks."""

import math
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from xbarsim.backend import Array
from xbarsim.report.text import quantity_text

_MOST = 6  # ticks with a name
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def spans_decades(values: Array, least: float = 50.0) -> bool:
    """Whether values above 0 reach over more than a factor of `least`."""
    some = np.asarray(values)[np.asarray(values) > 0]
    return bool(len(some)) and float(some.max() / some.min()) > least


def log_axis(axes: Axes, which: Literal["x", "y"], values: Array, unit: str) -> None:
    """Make an axis logarithmic, around `values` (SI, some above 0).

    Ticks carry the unit, so that the axis' name need not.
    """
    some = np.asarray(values)[np.asarray(values) > 0]
    low, high = float(np.log10(some.min())), float(np.log10(some.max()))
    margin = max(0.05 * (high - low), 0.03)
    low, high = low - margin, high + margin
    axis = axes.xaxis if which == "x" else axes.yaxis
    getattr(axes, f"set_{which}scale")("log")
    places = places_between(low, high)
    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter(FixedFormatter([_told(p, unit) for p in places]))
    axis.set_minor_locator(NullLocator())
    getattr(axes, f"set_{which}lim")(10**low, 10**high)


def places_between(low: float, high: float) -> list[float]:
    """Whole decades between two logarithms of base ten, or parts of them where there are few."""
    first, last = math.ceil(low), math.floor(high)
    if high - low > 2.0:
        apart = max(1, -(-(last - first) // (_MOST - 1)))
        return [10.0**k for k in range(first, last + 1, apart)]
    parts = (1, 2, 5) if high - low > 0.8 else (1, 1.5, 2, 3, 4, 5, 7)
    fine = [m * 10.0**k for k in range(first - 1, last + 1) for m in parts]
    within = [p for p in fine if low <= math.log10(p) <= high]
    return within or [10 ** (0.5 * (low + high))]


def _told(value: float, unit: str) -> str:
    """A place with its unit; long times in powers of ten, as decades are no days."""
    if unit == "second" and value >= 100 and f"{value:.0e}".startswith("1"):
        return f"{power_text(value)} s"
    return quantity_text(value, unit)


def power_text(value: float) -> str:
    """The power of ten nearest to a value, ``1e6`` → ``10⁶``."""
    return f"10{str(round(np.log10(value))).translate(_RAISED)}"
