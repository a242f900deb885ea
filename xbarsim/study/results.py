"""What a study leaves behind: one table, the scenario it came from, and how it was run."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.errors import StudyError
from xbarsim.scenario.figures import METRICS

if TYPE_CHECKING:
    import pandas as pd

_MEETS = "accuracy.meets"
#: columns that say which row it is; what is not here, an axis or a metric is
KEYS = ["task", "point", "trial", "age"]


@dataclass(frozen=True, kw_only=True)
class Results:
    """The results of a scenario.

    Parameters
    ----------
    directory : where results and report stand.
    scenario : the resolved scenario as plain data, SI units.
    axes : dotted paths that were swept; each is a column of `table`.
    units : SI unit of each axis that is a quantity.
    table : a row for each task, point, trial and age: keys, axes, ``accuracy``,
        ``accuracy.software`` (fractions), ``accuracy.meets`` (1 where it reaches the task's
        specification), ``loss.*`` (what each effect costs of the accuracy), ``n_test``,
        ``energy.*`` (J per inference; of a reservoir, per step), ``seed``; of reservoirs
        ``nrmse``, ``nmse`` or ``memory.capacity`` in place of accuracy; of published systems
        ``system.*``; where a chip is described ``chip.*``, see
        `xbarsim.energy.figures_of_merit.UNITS`.
    placements : a row for each array of each point: layer, blocks, used rows and columns.
    meta : versions, machine, seed, counts of trials, failures, warnings.
    """

    directory: Path
    scenario: dict[str, Any]
    axes: list[str]
    table: "pd.DataFrame"
    placements: "pd.DataFrame"
    units: dict[str, str] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def confidence(self) -> float:
        """Confidence level of the intervals that the scenario asks for."""
        return float(self.scenario.get("output", {}).get("confidence", 0.95))

    @property
    def metrics(self) -> list[str]:
        """Columns of `table` that trials found; an axis may be called like one (energy.inputs)."""
        return [c for c in self.table.columns if c.startswith(METRICS) and c not in self.axes]

    def summary(self) -> "pd.DataFrame":
        """A row for each task, point and age: mean of every metric over trials and intervals.

        Columns: task, point, age, the axes, ``trials``, every metric's mean, and for each metric m
        ``m.half_width``: half the width of the Student-t interval of its mean over trials. Where
        a task has a specification: ``yield``, the share of chips that meet it, between
        ``yield.low`` and ``yield.high`` with the same confidence.
        """
        groups = [k for k in KEYS if k != "trial"] + self.axes
        metrics = [c for c in self.metrics if c != _MEETS]
        grouped = self.table.groupby(groups, dropna=False, sort=True)
        mean = grouped[metrics].mean()
        count = grouped.size()
        half = grouped[metrics].std(ddof=1).mul(_t_over_root_n(count, self.confidence), axis=0)
        out = mean.join(half.add_suffix(".half_width"))
        out.insert(0, "trials", count)
        if _MEETS in self.table:
            out = out.join(_yield(grouped[_MEETS], self.confidence))
        return out.reset_index()

    def pareto(self) -> "pd.DataFrame":
        """The Pareto front of a search, see `xbarsim.study.designs.pareto`."""
        from xbarsim.study.designs import pareto

        return pareto(self)

    def sensitivity(self) -> "pd.DataFrame":
        """Indices of a sensitivity study, see `xbarsim.study.sensitivity.indices`."""
        from xbarsim.study.sensitivity import indices

        return indices(self)


def _yield(meets: Any, confidence: float) -> "pd.DataFrame":
    """Share of chips that meet their specification, and its interval (Clopper, Pearson 1934)."""
    import pandas as pd
    from scipy.stats import beta

    good, count = meets.sum(), meets.count()
    bad, tail = count - good, 0.5 * (1 - confidence)
    low = np.where(good > 0, beta.ppf(tail, good, bad + 1), 0.0)
    high = np.where(bad > 0, beta.ppf(1 - tail, good + 1, bad), 1.0)
    found = pd.DataFrame({"yield": good / count, "yield.low": low, "yield.high": high})
    return found.where(count > 0)


def _t_over_root_n(count: "pd.Series", confidence: float) -> "pd.Series":
    import pandas as pd
    from scipy.stats import t

    n = count.to_numpy()
    quantile = t.ppf(0.5 + confidence / 2, np.maximum(n - 1, 1))
    return pd.Series(np.where(n > 1, quantile / np.sqrt(n), np.nan), index=count.index)


def write_results(results: Results, *, table_apart: bool = False) -> None:
    """Write ``results.csv`` (the table), ``summary.csv`` and ``results.json`` (everything).

    With `table_apart` the table stands in ``results.csv`` alone, and ``results.json`` names it.
    """
    document = {
        "format": 1,
        "scenario": results.scenario,
        "axes": results.axes,
        "units": results.units,
        "meta": results.meta,
        "placements": results.placements.to_dict(orient="list" if table_apart else "records"),
        "table": "results.csv" if table_apart else _rows(results.table),
    }
    texts = {
        "results.csv": results.table.to_csv(index=False),
        "summary.csv": results.summary().to_csv(index=False),
        "results.json": json.dumps(document, indent=None if table_apart else 1, allow_nan=False)
        + "\n",
    }
    for name, text in texts.items():
        write_whole(results.directory / name, text)


def export(results: Results, path: Path) -> None:
    """Write the table to `path`, a file that ends in .csv.

    Raises
    ------
    StudyError : it ends otherwise, its folder is not there, or it cannot be written.
    """
    if path.suffix != ".csv":
        raise StudyError(f"{path}: tables are written as .csv; choose such a name")
    if not path.parent.is_dir():
        raise StudyError(f"{path}: there is no folder {path.parent}; make it, or choose another")
    write_whole(path, results.table.to_csv(index=False))


def _rows(table: "pd.DataFrame") -> list[dict[Any, Any]]:
    """Rows with null for nan, where a metric is none of its task's, and inf: JSON has neither."""
    return [
        {k: None if isinstance(v, float) and not isfinite(v) else v for k, v in row.items()}
        for row in table.to_dict(orient="records")
    ]


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; what stood there stays until then."""
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(text, "utf-8")
        partial.replace(path)
    except OSError as error:
        raise StudyError(
            f"{path}: cannot be written: {error.strerror}; finished trials are kept in "
            "results.sqlite, so make room and run the same command again"
        ) from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
