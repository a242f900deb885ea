"""Axes over decades, with plain numbers and units at their ticks."""

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from xbarsim.backend import Array
from xbarsim.report.text import quantity_text

_MOST = 6  # ticks with a name
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def spans_decades(values: Array, least: float = 50.0) -> bool:
    """Whether values above 0 reach over more than a factor of `least`."""
    some = np.asarray(values)[np.asarray(values) > 0]
    return bool(len(some)) and float(some.max() / some.min()) > least


def log_axis(axes: Axes, which: Literal["x", "y"], values: Array, unit: str) -> None:
    """Make an axis logarithmic from the decade below `values` (SI, some above 0) to that above.

    Ticks stand at whole decades and carry the unit, so that the axis' name need not.
    """
    some = np.asarray(values)[np.asarray(values) > 0]
    low, high = np.log10(some.min()), np.log10(some.max())
    first, last = int(np.floor(low + 0.2)), int(np.ceil(high - 0.2))
    last = max(last, first + 1)
    axis = axes.xaxis if which == "x" else axes.yaxis
    getattr(axes, f"set_{which}scale")("log")
    decades = np.arange(first, last + 1)
    apart = -(-(len(decades) - 1) // (_MOST - 1))
    places = 10.0 ** decades[::apart].astype(float)
    axis.set_major_locator(FixedLocator(places.tolist()))
    axis.set_major_formatter(FixedFormatter([_told(p, unit) for p in places]))
    axis.set_minor_locator(NullLocator())
    margin = 0.04 * (last - first)
    limits = 10 ** min(low - margin, first), 10 ** max(high + margin, last)
    getattr(axes, f"set_{which}lim")(*limits)


def _told(value: float, unit: str) -> str:
    """A power of ten with its unit; long times in seconds, as decades are no days."""
    if unit == "second" and value >= 100:
        return f"10{str(round(np.log10(value))).translate(_RAISED)} s"
    return quantity_text(value, unit)
