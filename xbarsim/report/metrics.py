"""What metrics are called and measured in, and which of them a study asks for."""

from collections.abc import Mapping

from xbarsim.energy.figures_of_merit import UNITS
from xbarsim.scenario.searches import SearchSpec
from xbarsim.study.results import Results
from xbarsim.systems import system_of
from xbarsim.tasks import array, disturb, reservoir

#: unit (SI, ``count``, or ``dimensionless`` for shares) and words of each metric, by its column
Metrics = Mapping[str, tuple[str, str]]

_KNOWN: dict[str, str] = {
    name: unit
    for metrics in (reservoir.METRICS, array.METRICS, disturb.METRICS)
    for name, (unit, _) in metrics.items()
} | {"write.energy": "joule", "write.unverified": "dimensionless"}
_SHARES = ("accuracy", "yield", "loss.", "cells.")


def unit_of(results: Results, metric: str) -> str:
    """Unit of a metric: SI, ``count``, or ``dimensionless`` for what is shown in percent."""
    head, _, tail = metric.partition(".")
    if metric in _KNOWN:
        return _KNOWN[metric]
    if head == "chip" and (tail in UNITS or tail.partition(".")[0] in UNITS):
        return UNITS[tail if tail in UNITS else tail.partition(".")[0]][0]
    if head == "system":
        return _of_systems(results).get(tail, "count")
    if head == "energy":
        return "count" if tail == "imbalance" else "joule"
    return "dimensionless" if metric.startswith(_SHARES) else "count"


def _of_systems(results: Results) -> dict[str, str]:
    given = [task["system"] for task in results.scenario.get("tasks", []) if "system" in task]
    metrics = [system_of(system).METRICS for system in given]
    return {name: unit for known in metrics for name, (unit, _) in known.items()}


def asked_metrics(results: Results) -> set[str]:
    """Columns that a search or a sensitivity study asks for; none where it names none."""
    search = results.scenario.get("search")
    if search:
        return {spec.column for spec in SearchSpec.model_validate(search).asked.values()}
    return set((results.scenario.get("sensitivity") or {}).get("metrics") or [])
