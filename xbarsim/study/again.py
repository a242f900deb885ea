"""Chips and arrays of a study, made again from what its folder keeps."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from xbarsim.cache import sharing
from xbarsim.errors import StudyError
from xbarsim.scenario.build import ages_of, hardware_of, law_of
from xbarsim.scenario.schema import ArrayTaskSpec, Scenario
from xbarsim.streams import Streams
from xbarsim.study.origins import require_unchanged
from xbarsim.study.prepare import stored
from xbarsim.study.recipes import Trials, remembered
from xbarsim.study.store import STORE, meta_in, planned_in, points_in, snapshot
from xbarsim.study.trial import Trial

if TYPE_CHECKING:
    from xbarsim.crossbar.passive import Access
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
    with _shared(trial):
        return programmed(prepared, hardware_of(scenario), _streams(trial, task))


def write_again(trial: Trial, task: str) -> "Access":
    """The write of an array task in a trial, at its first age.

    Raises
    ------
    StudyError : the device's sheet is not what it was.
    """
    from xbarsim.study.arrays import cells_of
    from xbarsim.tasks.array import write_of

    require_unchanged(trial.reads)
    scenario = Scenario.model_validate(trial.scenario)
    (spec,) = (t for t in scenario.tasks if isinstance(t, ArrayTaskSpec) and t.name == task)
    with _shared(trial):
        hardware = hardware_of(scenario)
        at_age, _ = cells_of(hardware, _streams(trial, task))
        g = at_age(min(ages_of(scenario, hardware.device)))
    law = law_of(spec, scenario.temperature)
    return write_of(g, hardware.wires, scheme=spec.scheme, v_write=spec.v_write, law=law)


def _streams(trial: Trial, task: str) -> Streams:
    return Streams(trial.scenario["seed"], trial.stream) / task


def _shared(trial: Trial) -> AbstractContextManager[None]:
    """What trials have in common, where it is still there."""
    folder = Path(trial.shared)
    return sharing(trial.paired, folder if folder.is_dir() else None)
