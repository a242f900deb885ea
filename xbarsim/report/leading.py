"""The metrics of a task that matter most: what it is judged by, and its energy."""

from xbarsim.report.metrics import Metrics
from xbarsim.report.system import metrics_of
from xbarsim.report.view import View
from xbarsim.tasks import array, disturb, reservoir

_ENERGIES = ("energy.total", "access.energy", "disturb.energy", "system.energy.read",
             "system.energy")  # fmt: skip
_MAIN = ("access.margin", "disturb.half_p95")


def leading_metrics(view: View, task: str) -> Metrics:
    """Unit and words of a task's main metric and of its energy, where it has them, in that order.

    The unit is SI, ``count``, or ``dimensionless`` for shares.
    """
    rows = view.task(task)
    known = {name: told for name, told in _known(view, task).items()
             if name in rows and rows[name].notna().any()}  # fmt: skip
    energy = next((name for name in _ENERGIES if name in known), None)
    others = [name for name in known if name != energy]
    main = next((name for name in _MAIN if name in known), None)
    chosen = [main or next(iter(others), None), energy]
    return {name: known[name] for name in chosen if name is not None}


def _known(view: View, task: str) -> Metrics:
    """What a task of its kind may have, the main metric first."""
    if task in view.systems:
        return metrics_of(view, task)
    if task in view.arrays:
        return array.METRICS
    if task in view.disturbs:
        return disturb.METRICS
    accuracy = {"accuracy": ("dimensionless", "accuracy")}
    of = "step" if task in view.reservoirs else "inference"
    energy = {"energy.total": ("joule", f"energy of one {of}")}
    return accuracy | (dict(reservoir.METRICS) if task in view.reservoirs else {}) | energy
