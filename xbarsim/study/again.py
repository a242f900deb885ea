"""Chips of a study, made again from what its folder keeps."""

from pathlib import Path
from typing import TYPE_CHECKING

from xbarsim.cache import sharing
from xbarsim.errors import StudyError
from xbarsim.scenario.build import hardware_of
from xbarsim.scenario.schema import Scenario
from xbarsim.streams import Streams
from xbarsim.study.origins import require_unchanged
from xbarsim.study.prepare import stored
from xbarsim.study.recipes import Trials, remembered
from xbarsim.study.store import STORE, meta_in, planned_in, points_in, snapshot
from xbarsim.study.trial import Trial

if TYPE_CHECKING:
    from xbarsim.network import Network


def recorded_trials(directory: Path) -> Trials:
    """Every trial of the study in `directory`, in the order in which they were planned.

    Raises
    ------
    StudyError : there is no store, an older version wrote it, or it is damaged.
    """
    if not (directory / STORE).exists():
        raise StudyError(f"{directory}: holds no {STORE}")
    with snapshot(directory / STORE) as db:
        study = meta_in(db, "study")
        if study is None:
            raise StudyError(f"{directory}: an older xbarsim wrote {STORE}; run the scenario again")
        survey = remembered(points_in(db), planned_in(db))
    return Trials(survey, study["scenario"], directory / "models", range(len(survey.planned)))


def first_trial(trials: Trials, point: int) -> Trial:
    """The first trial of a point."""
    planned = trials.survey.planned
    return trials[next(k for k, (_, p, n, _) in enumerate(planned) if (p, n) == (point, 0))]


def chip_again(trial: Trial, task: str) -> "Network":
    """The network of a classifier task on the chips of a trial, as they were after programming.

    Raises
    ------
    StudyError : the trained network is no longer there, or the device's sheet is not what it was.
    """
    from xbarsim.study.classifier import programmed

    require_unchanged(trial.reads)
    file = Path(trial.tasks[task])
    prepared = stored(file)
    if prepared is None:
        raise StudyError(f"{file}: the trained network is not there, or not whole")
    scenario = Scenario.model_validate(trial.scenario)
    folder = Path(trial.shared)
    with sharing(trial.paired, folder if folder.is_dir() else None):
        streams = Streams(scenario.seed, trial.stream) / task
        return programmed(prepared, hardware_of(scenario), streams)
