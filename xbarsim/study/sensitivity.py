"""Sobol indices of a finished sensitivity study: which axis explains how much of a metric."""

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from xbarsim.errors import StudyError, suggestion
from xbarsim.scenario.figures import YIELD
from xbarsim.scenario.sensitivities import SensitivitySpec, problem_of
from xbarsim.streams import Streams
from xbarsim.study.results import Results

COLUMNS = ["task", "age", "metric", "index", "axis", "with", "value", "half_width"]
_MEETS = "accuracy.meets"
_RESAMPLES = 1000  # that confidence intervals are made from
_SAME = 1e-12  # relative difference that rounding may make


def indices(results: Results) -> pd.DataFrame:
    """Sobol indices of every metric that the study asks for, of each task and age.

    Returns
    -------
    A row for each index: task, age, metric, ``index`` (``S1``: of the axis alone; ``ST``: with all
    that it does together with others; ``S2``: of the axis together with the axis ``with``; or
    ``constant``, where a metric does not vary and has no indices: ``value`` is then its value),
    axis, with, value, and half the width of the value's confidence interval.

    Raises
    ------
    StudyError : the study has no sensitivity table, is not finished, has failed trials, or lacks
        a metric. Indices of a part of the sample would be wrong.
    """
    table = results.scenario.get("sensitivity")
    if not table:
        raise StudyError(f"{results.directory}: the scenario has no sensitivity table")
    spec = SensitivitySpec.model_validate(table)
    _check_whole(results, spec)
    means = _means(results)
    metrics = spec.metrics or [str(name) for name in means]
    rows = [
        row
        for (task, age), group in means.groupby(["task", "age"], dropna=False, sort=True)
        for metric in metrics
        for row in _of_metric(results, spec, group, {"task": task, "age": age, "metric": metric})
    ]
    found = pd.DataFrame(rows, columns=COLUMNS)
    for metric in spec.metrics or []:
        if not (found["metric"] == metric).any():
            near = suggestion(metric, list(means.columns))
            raise StudyError(f"sensitivity.metrics: no trial has '{metric}'{near}")
    return found


def _check_whole(results: Results, spec: SensitivitySpec) -> None:
    trials = int(results.scenario["sweep"]["trials"])
    done = results.table.groupby("point")["trial"].nunique()
    whole = int((done >= trials).sum())
    if whole < spec.count:
        raise StudyError(
            f"sensitivity: {spec.count - whole} of {spec.count} points lack trials; indices are "
            "of the whole sample, so run the same command again"
        )
    ages = results.table.groupby(["task", "age"], dropna=False)["point"].nunique()
    if (ages < spec.count).any():
        raise StudyError(
            "sensitivity: chips are read at other ages at some points than at others; set ages"
        )


def _means(results: Results) -> pd.DataFrame:
    """Mean of every metric over the trials of each task, age and point."""
    grouped = results.table.groupby(["task", "age", "point"], dropna=False, sort=True)
    return grouped[results.metrics].mean().rename(columns={_MEETS: YIELD})


def _of_metric(
    results: Results, spec: SensitivitySpec, group: pd.DataFrame, of: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Rows of one metric of one task and age; none where the task has no such metric."""
    if of["metric"] not in group or group[of["metric"]].isna().all():
        return
    values = group[of["metric"]].to_numpy(dtype=float)
    if not np.isfinite(values).all():
        if spec.metrics is None:
            return  # of some points alone
        raise StudyError(
            f"sensitivity: {of['metric']} of {of['task']} has no finite value at "
            f"{int((~np.isfinite(values)).sum())} of {len(values)} points"
        )
    if np.ptp(values) <= _SAME * np.abs(values).max():
        constant = {"index": "constant", "axis": "", "with": "", "value": float(values[0])}
        yield of | constant | {"half_width": 0.0}
        return
    yield from (of | row for row in _sobol(results, spec, values, str(of["metric"])))


def _sobol(
    results: Results, spec: SensitivitySpec, values: Any, metric: str
) -> Iterator[dict[str, Any]]:
    """Indices from values in the order of the sample."""
    from SALib.analyze import sobol

    axes, problem = list(spec.axes), problem_of(spec)
    streams = Streams(int(results.scenario["seed"])) / "sensitivity" / "resamples"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = sobol.analyze(
                problem,
                values,
                calc_second_order=spec.second_order,
                num_resamples=_RESAMPLES,
                conf_level=results.confidence,
                seed=streams.integer() or 1,  # SALib takes 0 for none
            )
    except (UserWarning, RuntimeWarning):
        raise StudyError(
            f"sensitivity: {metric} varies at too few of the points; raise sensitivity.num"
        ) from None
    column = {axis: k for k, axis in enumerate(problem["names"])}
    for index in ("S1", "ST"):
        for axis in axes:
            at = column[axis]
            yield _row(index, axis, "", found[index][at], found[f"{index}_conf"][at])
    for axis, beside in itertools.combinations(axes, 2) if spec.second_order else []:
        pair = tuple(sorted((column[axis], column[beside])))  # there is one half of the matrix
        yield _row("S2", axis, beside, found["S2"][pair], found["S2_conf"][pair])


def _row(index: str, axis: str, beside: str, value: float, half_width: float) -> dict[str, Any]:
    made = {"index": index, "axis": axis, "with": beside}
    return made | {"value": float(value), "half_width": float(half_width)}
