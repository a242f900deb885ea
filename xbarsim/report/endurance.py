"""What cells endure at a point, and what is left of it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from xbarsim.effects import Endurance
from xbarsim.report.text import is_number
from xbarsim.report.view import View

FEW = 0.01  #: share of failed cells until which a network lives
_PATH = "effects.endurance"
_KEYS = ("cycles", "scale", "shape", "start", "exponent")


@dataclass(frozen=True, kw_only=True)
class Life:
    """What is left of cells that wear out.

    Parameters
    ----------
    before : programmings endured before the first of the study.
    few : further programmings until 1 % of the cells have failed; infinite where none fails.
    most : until 63 % have, or the window begins to close, whichever comes first.
    """

    before: float
    few: float
    most: float


def life_of(part: Endurance) -> Life:
    """Programmings left, by the Weibull distribution of failures and the start of closing."""
    few = most = math.inf
    if part.scale is not None:
        few = part.scale * (-math.log1p(-FEW)) ** (1 / part.shape)
        most = part.scale
    if part.start is not None and part.exponent > 0:
        most = min(most, part.start)
    left = [max(end - part.cycles, 0.0) for end in (few, most)]
    return Life(before=part.cycles, few=left[0], most=left[1])


def failed_share(part: Endurance, times: Any) -> Any:
    """Share of cells that have failed after `times` programmings, the same shape."""
    if part.scale is None:
        return np.zeros_like(np.asarray(times, dtype=float))
    return -np.expm1(-((np.asarray(times, dtype=float) / part.scale) ** part.shape))


def endurance_of(view: View, row: "pd.Series[Any]") -> Endurance | None:
    """What the scenario says of wear at a row's point; None where it says nothing.

    Keys that are swept one by one are the row's; where all are swept as one value, which stands in
    the table in words, nothing is known.
    """
    given = dict((view.results.scenario.get("effects") or {}).get("endurance") or {})
    for key in _KEYS:
        value = row.get(f"{_PATH}.{key}")
        if value is not None:
            given[key] = float(value) if is_number(value) else None
    if not given or swept_as_one(view):
        return None
    part = Endurance(**given)
    return part if part.on else None


def swept_as_one(view: View) -> bool:
    """Whether effects or their endurance are an axis as a whole."""
    return bool({"effects", _PATH} & set(view.results.axes))
