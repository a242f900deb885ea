"""Targets as users give them: of every step, or of every series; numbers or classes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.multiclass import type_of_target

from xbarsim.errors import SpecError
from xbarsim.reservoirs.series import of_objects

Array = npt.NDArray[Any]
TASKS = ("auto", "regression", "classification")


@dataclass(frozen=True, kw_only=True)
class Targets:
    """What a readout is to learn.

    Parameters
    ----------
    parts : of each series, (time, outputs) or (time,) of classes, where there is one for every
        step; else None.
    whole : of all series, (n, outputs) or (n,) of classes, where there is one for each; else None.
    classes : whether these are classes.
    flat : whether numbers were given without an axis of outputs.
    """

    parts: list[Array] | None
    whole: Array | None
    classes: bool
    flat: bool


def targets_of(y: Any, series: list[Array], single: bool, task: str) -> Targets:
    """Read targets.

    Parameters
    ----------
    y : of one series, (time,) or (time, outputs); of several, (n,) or (n, outputs) with one for
        each, or for every step a list of such, or (n, time, outputs).
    series : that they belong to.
    single : whether that is one series.
    task : ``classification``, ``regression``, or ``auto``: classes where there is one target for
        each of several series, and these are no floating-point numbers.

    Raises
    ------
    SpecError : targets that are not as many as steps or series, or not finite.
    """
    if task not in TASKS:
        raise SpecError(f"task is {task!r}; expected one of {', '.join(TASKS)}")
    if single:
        part = _array("y", y)
        _same_length("y", part, series[0])
        classes = task == "classification"
        return _steps([part], classes)
    if _of_steps(y, series):
        parts = [_array(f"y[{k}]", part) for k, part in enumerate(y)]
        for k, (part, one) in enumerate(zip(parts, series, strict=True)):
            _same_length(f"y[{k}]", part, one)
        return _steps(parts, task == "classification")
    whole = _array("y", y)
    if len(whole) != len(series):
        raise SpecError(f"y holds {len(whole)} targets; X holds {len(series)} series")
    labels = whole.ndim == 1 and whole.dtype.kind != "f"
    if whole.ndim > 2:
        raise SpecError(
            f"y has shape {whole.shape}, which fits neither one target for each of {len(series)} "
            f"series, (n,) or (n, outputs), nor one for every step: X[0] has {len(series[0])} steps"
        )
    classes = task == "classification" or (
        task == "auto" and labels and type_of_target(whole) in ("binary", "multiclass")
    )
    if classes:
        return Targets(parts=None, whole=whole, classes=True, flat=True)
    flat = whole.ndim == 1
    return Targets(parts=None, whole=_numbers("y", whole), classes=False, flat=flat)


def _of_steps(y: Any, series: list[Array]) -> bool:
    """Whether `y` holds targets for every step of several series."""
    if isinstance(y, list | tuple) or of_objects(y):
        return len(y) > 0 and np.ndim(y[0]) >= 1 and len(y[0]) == len(series[0])
    shape = np.shape(y)
    return len(shape) >= 2 and shape[0] == len(series) and shape[1] == len(series[0])


def _steps(parts: list[Array], classes: bool) -> Targets:
    flat = parts[0].ndim == 1
    for k, part in enumerate(parts):
        if part.ndim > 2 or part.shape[1:] != parts[0].shape[1:]:
            raise SpecError(
                f"targets of series {k} have shape {part.shape}; expected (steps,) or (steps, "
                f"outputs), alike for all series: those of series 0 have {parts[0].shape}"
            )
    if not classes:
        parts = [_numbers(f"y[{k}]", part) for k, part in enumerate(parts)]
    return Targets(parts=parts, whole=None, classes=classes, flat=flat)


def _array(name: str, y: Any) -> Array:
    try:
        array = np.asarray(y)
    except ValueError as error:
        raise SpecError(f"{name} is no array of targets of one shape: {error}") from None
    if of_objects(array):  # text may be such; anything else is refused in scikit-learn's own words
        type_of_target(array, input_name=name, raise_unknown=True)
    if array.ndim == 0:
        raise SpecError(f"{name} is {y!r}; expected an array of targets")
    return array


def _same_length(name: str, part: Array, one: Array) -> None:
    if len(part) != len(one):
        raise SpecError(f"{name} has {len(part)} steps; its series has {len(one)}")


def _numbers(name: str, part: Array) -> Array:
    """Targets as (n, outputs) of finite numbers."""
    if part.dtype.kind not in "biuf":
        raise SpecError(f"{name} holds values of type {part.dtype}; expected real numbers")
    part = part.astype(float).reshape(len(part), -1)
    if not np.isfinite(part).all():
        first = tuple(int(k) for k in np.argwhere(~np.isfinite(part))[0])
        raise SpecError(f"{name} is {part[first]} at step {first[0]}; every target must be finite")
    return part
