"""Reservoirs on arrays: how well they do at every age, beside software, and what a step costs."""

from collections.abc import Sequence
from typing import Any

from xbarsim.reservoirs.estimator import Reservoir
from xbarsim.tasks.problems import Problem

#: unit and words of every metric; each of the first four has ``.software`` beside it
METRICS = {
    "nrmse": ("count", "normalised root mean square error"),
    "nmse": ("count", "normalised mean squared error"),
    "memory.capacity": ("count", "memory capacity"),
    "accuracy": ("dimensionless", "accuracy"),
    "reservoir.noise_error": ("dimensionless", "error of the variance of read noise"),
    "energy.total": ("joule", "energy of a step"),
}
#: those that say how well a task is done, the leading one of a task first
LEADING = ("nrmse", "memory.capacity", "accuracy")
_PULSED_STEPS = 32  # of a series, whose pulses are integrated


def reservoir_rows(
    chip: Reservoir,
    software: Reservoir | None,
    problem: Problem,
    ages: Sequence[float],
    *,
    retrain: bool = False,
) -> list[dict[str, float]]:
    """A row for each age: ``age``, metrics, ``energy.*`` of a step (J).

    Parameters
    ----------
    chip, software : the same reservoir on arrays and without any; None where it takes none.
    problem : what both learn and are asked.
    ages : s.
    retrain : whether a readout is trained at each age, on a chip that comes out as before; else it
        is trained once, at the earliest age.

    Raises
    ------
    SpecError, ConvergenceError : as the estimators say.
    """
    bound: dict[str, float] = {}
    if software is not None:
        software.fit(problem.x, problem.y)
        found = problem.judge(software.predict(problem.x_test))
        bound = {f"{name}.software": value for name, value in found.items()}
    chip.set_params(age=min(ages)).fit(problem.x, problem.y)
    rows = []
    for age in ages:
        chip.set_params(age=age)
        if retrain:
            chip.fit(problem.x, problem.y)
        row = {"age": age} | problem.judge(chip.predict(problem.x_test)) | bound
        error = getattr(chip.core_, "noise_error", None)
        if error is not None:
            row["reservoir.noise_error"] = error
        rows.append(row | {f"energy.{k}": v for k, v in _energy(chip, problem.x_energy).items()})
    return rows


def _energy(chip: Any, x: Any) -> dict[str, float]:
    """Energy of a step by component, J; of devices that stand alone, that of their pulses."""
    if hasattr(chip, "pulse_energy"):
        pulses = chip.pulse_energy(x if isinstance(x, list) else x[:_PULSED_STEPS])
        return {"pulses": pulses} | dict.fromkeys(("total", "total_low", "total_high"), pulses)
    totals: dict[str, float] = chip.energy(x).totals()
    return totals
