"""One trial: fresh chips for every task of a point, read at every age."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xbarsim.cache import sharing
from xbarsim.scenario.reservoirs import ReservoirTaskSpec
from xbarsim.scenario.schema import ArrayTaskSpec, DisturbSpec, Scenario
from xbarsim.scenario.systems import SystemTaskSpec
from xbarsim.streams import Streams


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
    """

    key: str
    scenario: dict[str, Any]
    stream: tuple[str | int, ...]
    tasks: dict[str, str]
    shared: str = ""

    @property
    def paired(self) -> bool:
        """Whether trials of other points have the same chips."""
        return self.stream[0] == "trial"


def run_trial(trial: Trial) -> list[dict[str, Any]]:
    """Rows of metrics, one for each task and age: task, age, ``accuracy*``, ``energy.*``, ..."""
    scenario = Scenario.model_validate(trial.scenario)
    streams = Streams(scenario.seed, trial.stream)
    with sharing(trial.paired, Path(trial.shared) if trial.shared else None):
        return [row for task in scenario.tasks for row in _rows(scenario, task, trial, streams)]


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
