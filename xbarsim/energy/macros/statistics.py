"""How far a model is from what was measured, and the law with one constant that it must beat."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Of ratios model / published.

    Parameters
    ----------
    points : how many.
    bias : their geometric mean.
    deviation : exp of the standard deviation of their logarithms about the mean.
    rms : exp of the root mean square of their logarithms, bias within it.
    within_two : share between a half and two.
    """

    points: int
    bias: float
    deviation: float
    rms: float
    within_two: float


def spread_of(ratios: Any) -> Spread:
    """Statistics of ratios.

    Raises
    ------
    SpecError : fewer than two, or one that is not above 0 and finite.
    """
    values = np.asarray(ratios, float)
    if values.size < 2:
        raise SpecError(f"ratios are {values.size}; a spread needs at least 2")
    if not ((values > 0) & np.isfinite(values)).all():
        raise SpecError(
            f"ratios reach from {values.min():g} to {values.max():g}; all must be above 0"
        )
    logs = np.log(values)
    return Spread(
        points=len(logs),
        bias=float(np.exp(logs.mean())),
        deviation=float(np.exp(logs.std(ddof=1))),
        rms=float(np.exp(np.sqrt((logs**2).mean()))),
        within_two=float((np.abs(logs) <= np.log(2)).mean()),
    )


def law_constant(energy: Any, rows: Any, time: Any) -> float:
    """Constant of E = c rows t in the units of E and t: the geometric mean of E / (rows t)."""
    return float(np.exp(np.mean(np.log(np.asarray(energy) / (np.asarray(rows) * time)))))


def law_ratios(energy: Any, rows: Any, time: Any) -> Any:
    """Law / published, fitted to the same points."""
    energy, driven = np.asarray(energy, float), np.asarray(rows, float) * np.asarray(time, float)
    return law_constant(energy, driven, 1.0) * driven / energy


def law_left_out(energy: Any, rows: Any, time: Any) -> Any:
    """Law / published, each point by the law that was fitted to the others."""
    energy, driven = np.asarray(energy, float), np.asarray(rows, float) * np.asarray(time, float)
    keep = ~np.eye(len(energy), dtype=bool)
    constants = [law_constant(energy[k], driven[k], 1.0) for k in keep]
    return np.array(constants) * driven / energy


def errors_of(ratios: Any) -> tuple[float, float]:
    """Mean and largest |model / published - 1|."""
    errors = np.abs(np.asarray(ratios, float) - 1)
    return float(errors.mean()), float(errors.max())
