"""Two studies side by side: what differs, by how much, and whether chips show it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from xbarsim.report.compare.match import Matched, match
from xbarsim.report.compare.records import records
from xbarsim.report.compare.settings import settings_that_differ
from xbarsim.report.compare.significance import (
    DIFFERS,
    EQUAL,
    EXACT,
    SAME,
    Values,
    difference,
    judged,
)
from xbarsim.report.metrics import unit_of
from xbarsim.scenario.figures import YIELD
from xbarsim.study.results import Results

_MEETS = "accuracy.meets"
_SHARED = ("count", "dimensionless")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What differs between two studies, A and B.

    Parameters
    ----------
    a, b : the studies.
    settings : a row for each setting, seed or version that differs: ``kind``, ``path``, ``a``,
        ``b``, ``unit``; see `settings_that_differ`.
    axes : dotted paths that either sweeps.
    points : a row for each point of either: the axes, and ``in``: ``both``, ``A`` or ``B``.
    overall : a row for each task, age and metric, of means over the points that both have: number
        of ``points``, chips ``n_a``, ``n_b``, ``mean_a``, ``mean_b``, ``difference`` (B less A),
        ``half_width`` of its confidence interval, ``relative`` (to A's mean), ``unit``, ``test``,
        ``p``, ``p_holm`` (corrected for all rows), ``verdict``.
    table : the same for each point; ``point`` is a row of `points`, and Holm's correction is for
        all rows of this table.
    paired : whether trial k of both is the same chip.
    why : how that is known.
    only : tasks, ages and metrics that one study has alone, in words.
    level : confidence of intervals; tests are at one less it.
    """

    a: Results
    b: Results
    settings: pd.DataFrame
    axes: list[str]
    points: pd.DataFrame
    overall: pd.DataFrame
    table: pd.DataFrame
    paired: bool
    why: str
    only: list[str]
    level: float

    @property
    def equal(self) -> bool:
        """Whether all that both have is the same to the bit, or but for rounding."""
        return bool(self.table["verdict"].isin(EQUAL).all())

    @property
    def differing(self) -> pd.DataFrame:
        """Rows of `table` that differ."""
        return self.table[self.table["verdict"].isin((DIFFERS, EXACT))]


def compare_studies(a: Results, b: Results) -> Comparison:
    """Compare two studies, finished or not.

    Points match that have the same values of all axes. Where both have the same seed and draw the
    same chips, differences are taken chip by chip (paired t test), else between samples of chips
    (Welch's t test); what a chip has or has not (its yield) is tested exactly. Probabilities are
    corrected by Holm's method. The level is the ``output.confidence`` of `a`.

    Raises
    ------
    StudyError : a study has no finished trial, or they have nothing in common.

    Examples
    --------
    >>> import xbarsim as xs
    >>> few = {"sweep.trials": 2, "tasks.cell.scheme": "V/2", "run.engine": "inline"}
    >>> few |= {"array.rows": 16, "array.cols": 16}
    >>> v2 = xs.run("half_select", "v2", settings=few, report=False)
    >>> v3 = xs.run("half_select", "v3", settings=few | {"tasks.cell.scheme": "V/3"}, report=False)
    >>> found = compare_studies(v2, v3)
    >>> found.equal, found.paired
    (False, True)
    >>> found.overall.set_index("metric").loc["access.energy", "verdict"]
    'differs'
    """
    matched, (paired, why) = match(a, b), _pairing(a, b)
    units = {name: _unit(a, b, name) for name in matched.metrics}
    tables = [
        judged(pd.DataFrame(list(rows)), a.confidence)
        for rows in (_overall(matched, units, paired), _each(matched, units, paired))
    ]
    overall, table = [t.assign(relative=t["difference"] / t["mean_a"].abs()) for t in tables]
    return Comparison(
        a=a, b=b, settings=settings_that_differ(a, b, matched.axes), axes=matched.axes,
        points=matched.points, overall=overall, table=table, paired=paired, why=why,
        only=matched.only, level=a.confidence,
    )  # fmt: skip


def _pairing(a: Results, b: Results) -> tuple[bool, str]:
    """Whether trial k of both studies is the same chip, and how that is known."""
    seeds = [study.scenario.get("seed") for study in (a, b)]
    if seeds[0] != seeds[1]:
        return False, f"their seeds differ ({seeds[0]} and {seeds[1]}), so their chips do"
    models = [study.meta.get("model_version") for study in (a, b)]
    if models[0] != models[1]:
        return False, f"versions of the models differ ({models[0]} and {models[1]})"
    prints = [study.meta.get("fingerprint") for study in (a, b)]
    if prints[0] is not None and prints[0] == prints[1]:
        return True, f"both are the same scenario with seed {seeds[0]}"
    if all((study.scenario.get("sweep") or {}).get("paired") for study in (a, b)):
        return True, f"both have seed {seeds[0]} and draw trial k from the same streams"
    return False, "sweep.paired is not on in both, so each point has chips of its own"


def _unit(a: Results, b: Results, metric: str) -> str:
    """Unit as `unit_of` has it; systems of either study may know it."""
    found = unit_of(a, metric)
    return found if found != "count" else unit_of(b, metric)


def _drawn(metric: str, unit: str) -> bool:
    """Whether chips may have the same value by chance: shares and counts, which few values have."""
    return unit in _SHARED and not metric.endswith(".software") and not metric.startswith("chip.")


def _each(matched: Matched, units: dict[str, str], paired: bool) -> Iterator[dict[str, Any]]:
    """A row for each group and metric that a chip of either study has."""
    for g, group in enumerate(records(matched.groups)):
        for m, metric in enumerate(matched.metrics):
            x, y = matched.a[g, :, m], matched.b[g, :, m]
            if np.isfinite(x).any() or np.isfinite(y).any():
                found = difference(x, y, paired=paired, drawn=_drawn(metric, units[metric]))
                yield {**group, "metric": _called(metric), "unit": units[metric], **found}


def _overall(matched: Matched, units: dict[str, str], paired: bool) -> Iterator[dict[str, Any]]:
    """The same of each chip's mean over the points."""
    groups = matched.groups.groupby(["task", "age"], sort=False, as_index=False)
    for part in (matched.groups.loc[rows] for rows in groups.indices.values()):
        rows, task, age = part.index.to_numpy(), part["task"].iloc[0], part["age"].iloc[0]
        for m, metric in enumerate(matched.metrics):
            own, other = matched.a[rows, :, m], matched.b[rows, :, m]
            x, y, points = _means(own, other)
            if points:
                found = difference(x, y, paired=paired, drawn=_drawn(metric, units[metric]))
                both = np.isfinite(own) & np.isfinite(other)
                if found["verdict"] == SAME and (own[both] != other[both]).any():
                    found |= {"verdict": "", "p": 1.0}  # points differ, though their mean does not
                of = {"task": task, "age": age, "metric": _called(metric), "points": points}
                yield {**of, "unit": units[metric], **found}


def _means(a: Values, b: Values) -> tuple[Values, Values, int]:
    """(trials,) means over points that both have, of chips that were read at all of them."""
    there = np.isfinite(a).any(axis=1) & np.isfinite(b).any(axis=1)
    if not there.any():
        return a[:0].sum(axis=0), b[:0].sum(axis=0), 0
    return a[there].mean(axis=0), b[there].mean(axis=0), int(there.sum())


def _called(metric: str) -> str:
    return YIELD if metric == _MEETS else metric
