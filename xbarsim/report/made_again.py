"""What is made again from the seed of trials, for maps: where a study's lines are longest."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from xbarsim.errors import XbarsimError
from xbarsim.report.view import View
from xbarsim.scenario.arrays import ArraySpec
from xbarsim.scenario.build import wires_of
from xbarsim.study.again import first_trial, recorded_trials
from xbarsim.study.recipes import Trials
from xbarsim.study.trial import Trial

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Made(Generic[T]):
    """What was made of a task.

    Parameters
    ----------
    found : by point.
    points : all whose lines have most resistance from end to end, of those that have results.
    told : why there is nothing of some.
    """

    found: dict[int, T]
    points: Sequence[int]
    told: Sequence[str]


def made_again(
    view: View,
    tasks: Sequence[str],
    metric: str,
    make: Callable[[Trial, str], T],
    most: int = 1,
) -> dict[str, Made[T]]:
    """For each task, something of the first trial of the points whose lines have most resistance.

    Whatever goes wrong, as it may have done in the trial, is told: a page is made all the same.

    Parameters
    ----------
    metric : which the points have that are asked for.
    make : of a trial and the task.
    most : points, the first of those.
    """
    if not tasks or not _may_have_wires(view):
        return {}
    try:
        trials = recorded_trials(view.results.directory)
    except Exception as error:  # also of a store that another version has written
        return {task: _nothing(view, task, error) for task in tasks}
    return {task: _made(view, task, metric, trials, make, most) for task in tasks}


def _made(
    view: View,
    task: str,
    metric: str,
    trials: Trials,
    make: Callable[[Trial, str], T],
    most: int,
) -> Made[T]:
    rows = view.task(task)
    there = sorted(int(p) for p in rows["point"][rows[metric].notna()].unique())
    try:
        points = _of_longest_lines(there, trials)
    except Exception as error:  # also of scenarios with keys that are gone
        return _nothing(view, task, error)
    found, told = dict[int, T](), list[str]()
    for point in points[:most]:
        try:
            found[point] = make(first_trial(trials, point), task)
        except Exception as error:  # of whatever kind ended the trial, too
            told.append(f"There is no map of {task} at point {point}: {_reason(error, view)}.")
    return Made(found=found, points=points, told=told)


def _nothing(view: View, task: str, error: Exception) -> Made[T]:
    told = [f"There is no map of {task}: {_reason(error, view)}."]
    return Made(found={}, points=[], told=told)


def _may_have_wires(view: View) -> bool:
    """Whether a point may: what a scenario says, without a look at its folder."""
    scenario, axes = view.results.scenario, view.results.axes
    swept = any(axis == "array" or axis.startswith("array.wires") for axis in axes)
    return swept or bool(scenario.get("array", {}).get("wires"))


def _of_longest_lines(points: Sequence[int], trials: Trials) -> list[int]:
    """Those of `points` whose lines have most resistance; none where no line has any."""
    alike: dict[str, list[int]] = {}
    for point in points:
        changes = trials.survey.points[point][1]["changes"]
        key = json.dumps([c for c in changes if c[0][:1] == ["array"]])
        alike.setdefault(key, []).append(point)
    ohms = {key: _ohms(trials.scenario(same[0])["array"]) for key, same in alike.items()}
    most = max(ohms.values(), default=0.0)
    if most == 0:
        return []
    return sorted(point for key, same in alike.items() if ohms[key] == most for point in same)


def _ohms(given: dict[str, Any]) -> float:
    """Resistance of a word line and a bit line from end to end, ohm."""
    array = ArraySpec.model_validate(given)
    wires = wires_of(array)
    if wires is None:
        return 0.0
    ends = wires.r_source + wires.r_sense
    return float(wires.r_word * (array.cols - 1) + wires.r_bit * (array.rows - 1) + ends)


def _reason(error: Exception, view: View) -> str:
    """What an error says, of the study's folder but its name."""
    if not isinstance(error, XbarsimError):
        return f"{type(error).__name__}: {error}".rstrip(". ")
    text, folder = str(error).rstrip("."), str(view.results.directory)
    if text.startswith(f"{folder}: "):
        return text.replace(folder, "the study's folder", 1)
    return text.replace(str(Path(folder).resolve()) + "/", "")
