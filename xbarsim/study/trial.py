"""One trial: fresh chips for every task of a point, read at every age."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xbarsim.cache import sharing
from xbarsim.scenario.reservoirs import ReservoirTaskSpec
from xbarsim.scenario.schema import ArrayTaskSpec, DisturbSpec, Scenario
from xbarsim.scenario.systems import SystemTaskSpec
from xbarsim.streams import Streams
from xbarsim.study.origins import State, require_unchanged


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a worker needs to run a trial anywhere.

    Parameters
    ----------
    key : hash of all that decides the result.
    scenario : the point, as plain data.
    stream : names that lead from the seed to this trial's streams.
    tasks : for each task the file of its prepared network and data.
    shared : folder of what trials have in common; empty for none.
    reads : sheets, data and modules that it reads itself, as they were when it got its key.
    """

    key: str
    scenario: dict[str, Any]
    stream: tuple[str | int, ...]
    tasks: dict[str, str]
    shared: str = ""
    reads: Sequence[State] = ()

    @property
    def paired(self) -> bool:
        """Whether trials of other points have the same chips."""
        return self.stream[0] == "trial"


def run_trial(trial: Trial) -> list[dict[str, Any]]:
    """Rows of metrics, one for each task and age: task, age, ``accuracy*``, ``energy.*``, ...

    Raises
    ------
    StudyError : what the trial reads is not what its key was made of.
    TypeError : a metric is no plain number or text.
    """
    require_unchanged(trial.reads)
    scenario = Scenario.model_validate(trial.scenario)
    streams = Streams(scenario.seed, trial.stream)
    with sharing(trial.paired, Path(trial.shared) if trial.shared else None):
        rows = [row for task in scenario.tasks for row in _rows(scenario, task, trial, streams)]
    return [{name: _plain(name, value) for name, value in row.items()} for row in rows]


def _plain(name: str, value: Any) -> Any:
    """A metric as plain data, which can be stored; of NumPy's scalars Python's."""
    found = value.item() if isinstance(value, np.generic) else value
    if not isinstance(found, str | bool | int | float | list | None):
        raise TypeError(f"{name} is a {type(value).__name__}; metrics are numbers or text")
    return found


def _rows(scenario: Scenario, task: Any, trial: Trial, streams: Streams) -> list[dict[str, Any]]:
    """Rows of one task; what its kind needs is imported when the first one is met."""
    own = streams / task.name
    if isinstance(task, ArrayTaskSpec):
        from xbarsim.study.arrays import run_array

        return run_array(scenario, task, own)
    if isinstance(task, DisturbSpec):
        from xbarsim.study.arrays import run_disturb

        return run_disturb(scenario, task, own)
    if isinstance(task, ReservoirTaskSpec):
        from xbarsim.study.reservoir import run_reservoir

        return run_reservoir(scenario, task, streams)
    if isinstance(task, SystemTaskSpec):
        from xbarsim.study.system import run_system

        return run_system(scenario, task, streams)
    from xbarsim.study.classifier import run_classifier

    return run_classifier(scenario, task, trial.tasks[task.name], own)
