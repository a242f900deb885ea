"""Fit a device to measurements: least squares from several starts, with confidence intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, isfinite, sqrt
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import StatisticalDevice, SwitchingLaw, load_device
from xbarsim.errors import ConvergenceError, SpecError, XbarsimError
from xbarsim.programming.compare import (
    Comparison,
    ProgrammingComparison,
    PulseComparison,
    SweepComparison,
    SwitchingComparison,
)
from xbarsim.programming.free import Free, free_parameters, with_values
from xbarsim.programming.measured import Measured
from xbarsim.streams import Streams
from xbarsim.units import show

_STEP = 3e-3  # of derivatives, in coordinates of size one
_FLAT = 1e-7  # an influence on the data, over the largest, that counts as none
_ALIKE = 1e-4  # smallest over largest singular value of normed influences that tells them apart
_CORRELATED = 0.98
_TRENDING = 0.5  # correlation of neighbouring residuals
_ROUNDING = 1e-9  # relative, of values that were written in another unit
_LITTLE = 0.5  # share of the variance below which a fit is none


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a fit says of one parameter.

    Parameters
    ----------
    name, unit : of the parameter, SI.
    start : where the fit began.
    value : best fit.
    error : standard error; infinite where the data do not say.
    low, high : ends of the confidence interval.
    """

    name: str
    unit: str
    start: float
    value: float
    error: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A device fitted to measurements.

    Parameters
    ----------
    sheet : that the fit began from.
    overrides : that replaced some of its values before.
    device : the fitted one.
    data : what it was fitted to.
    estimates : of the free parameters.
    correlation : between them, (parameters, parameters).
    confidence : of the intervals.
    scale : on which device and data were compared.
    measured, predicted : on that scale, (rows,) each.
    rms : of the residuals, on that scale; for likelihoods in standard deviations.
    r_squared : share of the variance of `measured` that `predicted` explains.
    evaluations : of the device.
    warnings : what a reader should know before trusting the numbers.
    """

    sheet: str
    overrides: dict[str, Any]
    device: Any
    data: Measured
    estimates: tuple[Estimate, ...]
    correlation: Array
    confidence: float
    scale: str
    measured: Array
    predicted: Array
    rms: float
    r_squared: float
    evaluations: int
    warnings: tuple[str, ...]


def fit_device(
    data: Measured,
    sheet: str,
    free: Sequence[str] | None = None,
    *,
    overrides: dict[str, Any] | None = None,
    confidence: float = 0.95,
    starts: int = 1,
    seed: int = 0,
    v_read: float = 0.1,
    g_switch: float | None = None,
    floor: float | None = None,
) -> Fit:
    """Fit parameters of the device of a sheet.

    Parameters
    ----------
    data : from `read_measured`.
    sheet : where the fit begins.
    free : names of the parameters to fit, ``name[k]`` within lists; None is all.
    overrides : values that replace the sheet's before the fit.
    confidence : of the intervals, from Student's t and the curvature at the best fit.
    starts : searches; the first begins at the sheet's values, the others at random ones around.
    seed : of those.
    v_read : of pulses, at which conductances were read, V.
    g_switch : of switching times, the conductance that counts as switched, S.
    floor : of sweeps, the current below which differences count as they are, A.

    Raises
    ------
    SpecError : unknown names, a device of another kind than the data, data beyond the validity of
        the law, fewer rows than parameters.
    ConvergenceError : no search ended.
    """
    if not 0 < confidence < 1:
        raise SpecError(f"confidence is {confidence:g}; it must be above 0 and below 1")
    if starts < 1:
        raise SpecError(f"starts is {starts}; at least 1")
    device = load_device(sheet, **(overrides or {}))
    parameters = free_parameters(device, free)
    if len(data) <= len(parameters):
        raise SpecError(
            f"{len(data)} rows cannot tell {len(parameters)} parameters; give more rows or fewer "
            "parameters"
        )
    comparison = comparison_of(data, device, sheet, v_read=v_read, g_switch=g_switch, floor=floor)
    problem = _Problem(device, parameters, comparison)
    problem.check_start()
    begun = problem.starts(starts, Streams(seed) / "fit")
    u, warnings = _best([_searched(problem, start) for start in begun])
    return _result(problem, u, data, sheet, overrides or {}, confidence, warnings)


def comparison_of(
    data: Measured,
    device: Any,
    sheet: str,
    *,
    v_read: float,
    g_switch: float | None,
    floor: float | None,
) -> Comparison:
    """How `device` is compared with `data`.

    Raises
    ------
    SpecError : the device is of another kind, or `g_switch` is missing.
    """
    if data.kind == "programming":
        if not isinstance(device, StatisticalDevice):
            raise SpecError(f"'{sheet}' is no statistical device, which columns target, g ask for")
        return ProgrammingComparison(data, device)
    if not isinstance(device, SwitchingLaw):
        raise SpecError(
            f"'{sheet}' is no switching law, which columns {', '.join(data.columns)} ask for"
        )
    if data.kind == "pulses":
        return PulseComparison(data, v_read)
    if data.kind == "sweep":
        return SweepComparison(data, floor)
    if g_switch is None:
        raise SpecError("g_switch: missing; switching times need the conductance that ends them")
    return SwitchingComparison(data, g_switch)


class _Problem:
    """Residuals and derivatives in the coordinates of the free parameters."""

    def __init__(self, device: Any, free: Sequence[Free], comparison: Comparison) -> None:
        self.device, self.free, self.comparison = device, free, comparison
        self.evaluations = 0
        self._rows = 0
        self._place = np.full(len(free), np.nan)
        self._found, self._slopes = np.empty(0), np.empty((0, len(free)))
        self.bounds = np.array([f.bounds for f in free]).T

    def check_start(self) -> None:
        """Let what the data ask of the device beyond its validity be said in its own words."""
        start = np.array([f.coordinate(f.value) for f in self.free])
        with np.errstate(all="ignore"):
            found = self.comparison.residuals([with_values(self.device, self.free, start)])
        self._rows = len(found)
        if not np.isfinite(found).all():
            raise SpecError("the device gives no number for these data where the fit begins")

    def starts(self, count: int, streams: Streams) -> list[Array]:
        """Coordinates of the beginnings; all but the first are drawn around it.

        The first stands off the ends of ranges whose size is known: where a spread is 0 the data do
        not say whether it should grow, as they feel its square.
        """
        first = np.clip([f.coordinate(f.value) for f in self.free], *self.bounds)
        off = [_STEP * (f.unit == "dimensionless" or isfinite(f.high - f.low)) for f in self.free]
        first = np.clip(first, *(self.bounds + np.outer([1.0, -1.0], off)))
        width = [1.0 if f.sign else 0.3 for f in self.free]
        return [
            np.clip(first + (width * (streams / k).normal((len(first),)) if k else 0.0),
                    *self.bounds)
            for k in range(count)
        ]  # fmt: skip

    def residuals(self, u: Array) -> Array:
        """(residuals,); infinite where the device cannot be.

        Derivatives come along: many cells of a law take little longer than one.
        """
        try:
            found, self._slopes = self._differences(u, self.comparison.residuals)
        except XbarsimError:
            return np.full(self._rows, inf)
        self._place, self._found = u.copy(), found
        return found

    def jacobian(self, u: Array) -> Array:
        """Derivatives of the residuals, (residuals, parameters)."""
        if not np.array_equal(u, self._place):
            self.residuals(u)
        return self._slopes

    def residuals_at(self, u: Array) -> Array:
        """Residuals of the place of the last search, kept if they are known, (residuals,)."""
        return self._found if np.array_equal(u, self._place) else self.residuals(u)

    def information(self, u: Array) -> Array:
        """Derivatives whose square is the information on the coordinates."""
        if not self.comparison.known_noise:  # there they are those of the residuals
            return self.jacobian(u)
        return self._differences(u, self.comparison.information)[1]

    def _differences(self, u: Array, of: Callable[[Sequence[Any]], Array]) -> tuple[Array, Array]:
        """Values (n,) and central differences (n, parameters), one-sided where a side is no device.

        Raises
        ------
        SpecError : there is no device at `u`.
        ConvergenceError : the device gives no numbers.
        """
        low, high = self.bounds
        count = len(u)
        places = [u.copy()]
        for k in range(count):
            for end in (max(u[k] - _STEP, low[k]), min(u[k] + _STEP, high[k])):
                places.append(u.copy())
                places[-1][k] = end
        devices = []
        for k, place in enumerate(places):
            try:
                devices.append(with_values(self.device, self.free, place))
            except SpecError:
                if k == 0:
                    raise
                places[k] = u
                devices.append(with_values(self.device, self.free, u))
        with np.errstate(all="ignore"):
            found = of(devices)
        self.evaluations += len(devices)
        if not np.isfinite(found).all():
            raise ConvergenceError("the device gives no number close to the place of the search")
        out = np.empty((len(found), count))
        for k in range(count):
            below, above = 1 + 2 * k, 2 + 2 * k
            step = places[above][k] - places[below][k]
            out[:, k] = (found[:, above] - found[:, below]) / step if step > 0 else 0.0
        return found[:, 0], out


def _searched(problem: _Problem, start: Array) -> Any:
    """What scipy's trust region makes of a start; None where it came to nothing."""
    from scipy.optimize import least_squares

    try:
        found = least_squares(
            problem.residuals, start, jac=problem.jacobian, bounds=tuple(problem.bounds),
            x_scale="jac", xtol=1e-7, ftol=1e-8, gtol=1e-9, max_nfev=200,
        )  # fmt: skip
    except (ValueError, XbarsimError, np.linalg.LinAlgError):  # no finite residuals at the start
        return None
    return found if found.status > 0 else None


def _best(searches: Sequence[Any]) -> tuple[Array, list[str]]:
    ended = [s for s in searches if s is not None]
    if not ended:
        raise ConvergenceError(
            f"none of {len(searches)} searches came to an end; begin nearer to the data (--set), "
            "free fewer parameters, or try more starts"
        )
    best = min(ended, key=lambda s: float(s.cost))
    alike = sum(s.cost <= 1.01 * best.cost + 1e-12 for s in ended)
    if len(searches) > 1 and alike < 2:
        return best.x, [f"only one of {len(searches)} starts reached the best fit; try more"]
    return best.x, []


def _result(
    problem: _Problem,
    u: Array,
    data: Measured,
    sheet: str,
    overrides: dict[str, Any],
    confidence: float,
    warnings: list[str],
) -> Fit:
    from scipy.stats import t as student

    comparison, free = problem.comparison, problem.free
    device = with_values(problem.device, free, u)
    with np.errstate(all="ignore"):
        predicted = comparison.predicted([device])[:, 0]
    freedom = len(data) - len(free)
    told = problem.residuals_at(u)[: len(data)]
    variance = 1.0 if comparison.known_noise else float(told @ told) / freedom
    covariance, notes = _covariance(problem.information(u), free)
    deviation = np.sqrt(variance * np.diag(covariance))
    half = float(student.ppf(0.5 + confidence / 2, freedom)) * deviation
    with np.errstate(invalid="ignore"):
        correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    warnings = [*warnings, *notes, *_correlated(correlation, free), *_ends(free, u)]
    warnings += [*_misfit(told, comparison, predicted), *_outside(data, device)]
    measured = comparison.measured
    spread = float(np.sum((measured - measured.mean()) ** 2))
    explained = 1.0 - float(np.sum((measured - predicted) ** 2)) / spread if spread else 0.0
    if spread and explained < _LITTLE:
        warnings.append(
            f"the law explains {explained:.0%} of the variance of the data; mistrust it"
        )
    return Fit(
        sheet=sheet,
        overrides=overrides,
        device=device,
        data=data,
        estimates=tuple(map(_estimate, free, u, deviation, half)),
        correlation=correlation,
        confidence=confidence,
        scale=comparison.scale,
        measured=measured,
        predicted=predicted,
        rms=sqrt(float(np.mean(told**2))),
        r_squared=explained,
        evaluations=problem.evaluations,
        warnings=tuple(warnings),
    )


def _estimate(free: Free, u: float, deviation: float, half: float) -> Estimate:
    low, high = free.interval(float(u), float(half))
    return Estimate(
        name=free.name,
        unit=free.unit,
        start=free.value,
        value=free.value_at(float(u)),
        error=free.error(float(u), float(deviation)),
        low=low,
        high=high,
    )


def _covariance(information: Array, free: Sequence[Free]) -> tuple[Array, list[str]]:
    """Covariance of the coordinates for unit variance; infinite where the data do not say.

    Influences are normed before their singular values are looked at, so that units do not matter.
    """
    count = len(free)
    norms = np.linalg.norm(information, axis=0)
    without = norms <= _FLAT * norms.max()
    notes = [f"the data do not depend on {free[k].name}: its interval is infinite"
             for k in map(int, np.flatnonzero(without))]  # fmt: skip
    out = np.full((count, count), np.nan)
    np.fill_diagonal(out, inf)
    seen = np.flatnonzero(~without)
    if not len(seen):
        return out, notes
    _, sizes, rows = np.linalg.svd(information[:, seen] / norms[seen], full_matrices=False)
    flat = sizes <= _ALIKE * sizes[0]
    tangled = (np.abs(rows[flat]) > 0.1).any(axis=0) if flat.any() else np.zeros(len(seen), bool)
    if tangled.any():
        names = ", ".join(free[int(k)].name for k in seen[tangled])
        notes.append(f"the data cannot tell {names} apart: intervals are infinite; fix one of them")
    inverse = (rows[~flat].T / sizes[~flat] ** 2) @ rows[~flat] / np.outer(norms[seen], norms[seen])
    inverse[tangled, :] = inverse[:, tangled] = np.nan
    inverse[tangled, tangled] = inf
    out[np.ix_(seen, seen)] = inverse
    return out, notes


def _correlated(correlation: Array, free: Sequence[Free]) -> list[str]:
    found = []
    for k in range(len(free)):
        for j in range(k):
            if abs(correlation[k, j]) > _CORRELATED:
                found.append(f"{free[j].name} and {free[k].name} are correlated by "
                             f"{correlation[k, j]:.3f}: their product or ratio is known better "
                             "than either")  # fmt: skip
    return found


def _ends(free: Sequence[Free], u: Array) -> list[str]:
    """Parameters that stand at an end of their range, where intervals mean little."""
    found = []
    for parameter, place in zip(free, u, strict=True):
        value = parameter.value_at(float(place))
        near = 1e-6 * (parameter.scale if not parameter.sign else abs(value))
        for end in (parameter.low, parameter.high):
            if abs(value - end) <= near:
                found.append(f"{parameter.name} stands at the end of its range, "
                             f"{show(end, parameter.unit)}: its interval means little")  # fmt: skip
    return found


def _outside(data: Measured, device: Any) -> list[str]:
    """Targets that arrays would not ask of the device, as its window is another."""
    if data.kind != "programming":
        return []
    asked = data.columns["target"]
    found, window = (
        f"{show(float(low), 'siemens')} to {show(float(high), 'siemens')}"
        for low, high in ((asked.min(), asked.max()), device.window)
    )
    low, high = device.window
    if low <= asked.min() * (1 + _ROUNDING) and asked.max() <= high * (1 + _ROUNDING):
        return []
    return [f"targets are {found}, the window of the sheet {window}: set g_min and g_max (--set)"]


def _misfit(residuals: Array, comparison: Comparison, predicted: Array) -> list[str]:
    """Signs that the law does not describe the data to within their noise."""
    found = []
    if isinstance(comparison, SwitchingComparison) and (missed := comparison.missed(predicted)):
        found.append(f"{missed} of {len(predicted)} rows do not switch near the measured time")
    centred = residuals - residuals.mean()
    power = float(centred @ centred)
    if len(centred) > 10 and power > 0 and not comparison.known_noise:
        trend = float(centred[1:] @ centred[:-1]) / power
        if trend > _TRENDING:
            found.append(
                f"neighbouring residuals are correlated by {trend:.2f}: the law misses something "
                "in the data, and intervals are too narrow"
            )
    return found
