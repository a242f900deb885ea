"""An entry of the gallery, and how its words ask the reference for figures."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from xbarsim.report.text import energy_text
from xbarsim.study import read_results
from xbarsim.study.results import Results

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
HOUR, DAY, YEAR = 3600.0, 86400.0, 31557600.0


class Study:
    """The results of a scenario that we vouch for."""

    def __init__(self, name: str) -> None:
        self.name, self.folder = name, REFERENCE / name

    @cached_property
    def results(self) -> Results:
        """All of them."""
        return read_results(self.folder)

    def rows(self, **where: Any) -> pd.DataFrame:
        """Rows of the table where columns have values; of an axis its last word is enough.

        Raises
        ------
        LookupError : no column, several, or no row is meant.
        """
        table = self.results.table
        for word, value in where.items():
            axes = [axis for axis in self.results.axes if axis.endswith(f".{word}")]
            named = [word] if word in table else axes
            if len(named) != 1:
                raise LookupError(f"{self.name}: '{word}' is {named or 'no column'}")
            table = table[table[named[0]] == value]
        if table.empty:
            raise LookupError(f"{self.name}: no row where {where}")
        return table

    def mean(self, metric: str, **where: Any) -> float:
        """Mean of a metric over the rows where columns have values."""
        return float(self.rows(**where)[metric].mean())

    def half(self, metric: str, **where: Any) -> float:
        """Half the width of the 95 % interval of that mean over chips (Student's t).

        Raises
        ------
        LookupError : the rows are not of one task, point and age.
        """
        rows = self.rows(**where)
        if len(rows[["task", "point", "age"]].drop_duplicates()) != 1:
            raise LookupError(f"{self.name}: several points, tasks or ages where {where}")
        values = rows[metric].dropna()
        return float(stats.t.ppf(0.975, len(values) - 1) * values.std() / np.sqrt(len(values)))

    def percent(self, metric: str, **where: Any) -> str:
        """A share as ``95.3 %``."""
        return percent(self.mean(metric, **where))

    def percents(self, metric: str, **where: Any) -> str:
        """The same with its interval, ``95.3 ± 0.4 %``."""
        half = up(100 * self.half(metric, **where))
        return f"{100 * self.mean(metric, **where):.1f} ± {half} %"

    def number(self, metric: str, digits: int = 1, **where: Any) -> str:
        """A mean with its interval, ``29.8 ± 1.7``."""
        half = up(self.half(metric, **where), digits)
        return f"{self.mean(metric, **where):.{digits}f} ± {half}"

    def joule(self, metric: str, **where: Any) -> str:
        """An energy to three digits, ``3.52 nJ``."""
        return joules(self.mean(metric, **where))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the gallery says of a scenario beside what stands in its file.

    Parameters
    ----------
    name : of the scenario.
    picture : file of the reference.
    shows : what is to be seen there.
    found : from the reference to the result in a sentence, and what else is to be said.
    paper : Markdown, where others have published the system.
    """

    name: str
    picture: str
    shows: str
    found: Callable[[Study], tuple[str, str]]
    paper: str = ""


def percent(share: float, digits: int = 1) -> str:
    """``0.953`` as ``95.3 %``."""
    return f"{100 * share:.{digits}f} %"


def joules(value: float, digits: int = 3) -> str:
    """An energy (J) to a few digits, ``3.52 nJ``."""
    return energy_text(float(f"{value:.{digits}g}"))


def points(shift: float, digits: int = 1) -> str:
    """A difference of shares in points of a hundred, ``0.013`` as ``1.3``."""
    return f"{100 * shift:.{digits}f}"


def up(value: float, digits: int = 1) -> str:
    """`value`, rounded up: a bound or half of an interval is never told too small."""
    return f"{ceil(value * 10**digits - 1e-9) / 10**digits:.{digits}f}"
