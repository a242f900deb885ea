"""Where the values of a swept axis stand in a panel of scattered points."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from xbarsim.report.log_axis import places_between
from xbarsim.report.style import MUTED, set_ticks
from xbarsim.report.text import value_text
from xbarsim.report.view import Dimension

Floats = npt.NDArray[np.float64]

_FEW = 12  # levels that stand side by side, each with its name
_PARTS = 16  # equal parts of an axis of more levels, where points are put together
_WIDE = 20.0  # largest over smallest value from which an axis may be logarithmic
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, kw_only=True)
class Places:
    """An axis laid out from 0 to 1, or one unit for each of few levels; none stands at the left.

    Parameters
    ----------
    at : where each level stands.
    part : which part of the axis it is in.
    ticks : where a value is named.
    names : of the ticks.
    even : whether each level has a unit of its own.
    edge : left of which none stands; None where nothing is none.
    """

    at: Floats
    part: npt.NDArray[np.intp]
    ticks: list[float]
    names: list[str]
    even: bool
    edge: float | None = None

    def of(self, levels: npt.NDArray[np.intp]) -> Floats:
        """Where points of these levels stand: those of one level side by side."""
        found = self.at[levels].astype(float)
        wide = 0.6 if self.even else 0.12
        beside = np.ones(len(levels), bool) if self.even else found < (self.edge or -math.inf)
        turn = np.mod(np.arange(len(levels)) * _GOLDEN, 1.0) - 0.5
        crowded = np.bincount(levels, minlength=len(self.at))[levels] > 1
        shift: Floats = wide * turn * (beside & crowded)
        return found + shift

    def set_up(self, axes: Axes, width: float) -> None:
        """Limits and ticks of `axes`, which are `width` inches wide."""
        low, high = float(self.at.min()), float(self.at.max())
        margin = 0.5 if self.even else 0.05
        axes.set_xlim(low - margin - (0.04 if self.edge is not None else 0), high + margin)
        if self.edge is not None:
            axes.axvline(self.edge, color=MUTED, linewidth=0.6)
        set_ticks(axes, self.ticks, self.names, width)


def places_of(axis: Dimension) -> Places:
    """The layout of an axis: few levels and categories evenly, many numbers to scale."""
    count = len(axis.levels)
    if count <= _FEW or not axis.numbers:
        at = np.arange(count, dtype=float)
        part = (
            at.astype(np.intp) * min(count, 4 * _PARTS) // count
        )  # names without end: put together
        return Places(at=at, part=part, ticks=list(at), names=axis.levels, even=True)
    numbers = np.array(axis.numbers)
    known = numbers[~np.isnan(numbers)]
    low, high = float(known.min()), float(known.max())
    log = _is_log(known)
    scaled = _scaled(numbers, low, high, log)
    ticks = _decades(low, high) if log else _linear(low, high)
    spots, names = list(_scaled(np.array(ticks), low, high, log)), [
        value_text(float(tick), axis.unit) for tick in ticks
    ]  # fmt: skip
    part = np.minimum((np.nan_to_num(scaled) * _PARTS).astype(np.intp), _PARTS - 1)
    if np.isnan(numbers).any():
        part[np.isnan(numbers)] = _PARTS
        spots, names = [-0.16, *spots], ["none", *names]
    edge = -0.08 if np.isnan(numbers).any() else None
    at = np.where(np.isnan(scaled), -0.16, scaled)
    return Places(at=at, part=part, ticks=spots, names=names, even=False, edge=edge)


def _linear(low: float, high: float) -> list[float]:
    ticks = MaxNLocator(nbins=4).tick_values(low, high)
    return [float(tick) for tick in ticks if low <= tick <= high]


def _decades(low: float, high: float) -> list[float]:
    """Whole decades, or finer places where fewer than two are within."""
    below, above = math.log10(0.9 * low), math.log10(1.1 * high)
    whole = [10.0**k for k in range(math.ceil(below), math.floor(above) + 1)]
    return whole if len(whole) > 1 else places_between(math.log10(low), math.log10(high))


def _is_log(values: Floats) -> bool:
    """Whether values lie more evenly by their logarithms."""
    low, high = float(values.min()), float(values.max())
    if low <= 0 or high < _WIDE * low:
        return False
    middles = [float(np.median(_scaled(values, low, high, log))) for log in (True, False)]
    return abs(middles[0] - 0.5) < abs(middles[1] - 0.5)


def _scaled(values: Floats, low: float, high: float, log: bool) -> Floats:
    """Values from 0 at `low` to 1 at `high`."""
    if log:
        values, low, high = np.log(values), math.log(low), math.log(high)
    return (values - low) / (high - low)
