"""What reservoirs learn: series or classes by name, and what their outputs are judged by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from math import sqrt
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.streams import Streams
from xbarsim.tasks.measures import capacity_of
from xbarsim.tasks.sequences import SEQUENCES, SequenceDataset, load_sequences, sequence_digest
from xbarsim.tasks.sequences.sources import GENERATED
from xbarsim.tasks.series import (
    SeriesTask,
    delayed,
    henon,
    lorenz,
    mackey_glass,
    narma10,
    nmse,
    santa_fe,
    santa_fe_laser,
)

#: sets of sequences that are sounds, of which features are taken
SOUNDS = ("fsdd", "formant_vowels")
_MADE: Mapping[str, Callable[..., SeriesTask]] = {
    "narma10": narma10,
    "mackey_glass": mackey_glass,
    "henon": henon,
    "lorenz": lorenz,
    "memory": delayed,
}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What a reservoir learns and is asked, as estimators take it.

    Parameters
    ----------
    x, y : to learn from.
    x_test : what it is asked; a series begins with the steps of training.
    judge : of what was predicted for `x_test`, metrics by name.
    washout : first steps that a readout should not learn from.
    x_energy : what energy is the mean over.
    """

    x: Any
    y: Any
    x_test: Any
    judge: Callable[[Any], dict[str, float]]
    washout: int
    x_energy: Any


def problem_of(
    source: str, streams: Streams, *, energy_inputs: int = 16, **options: Any
) -> Problem:
    """The problem `source`.

    Parameters
    ----------
    source : ``narma10``, ``mackey_glass``, ``henon``, ``lorenz``, ``santa_fe``; ``memory`` (see
        `xbarsim.tasks.series.delayed`); or one of `xbarsim.tasks.sequences.SEQUENCES`.
    streams : ``series`` draws a series that is made.
    energy_inputs : sequences that `Problem.x_energy` holds; of a series it is the test.
    options : of the functions of `xbarsim.tasks.series`; of sequences ``features``,
        ``standardised``, ``train_limit``, ``test_limit``.

    Raises
    ------
    SpecError, DataError : as the functions that make or read the series say.
    """
    if source in SEQUENCES:
        return _classes(source, energy_inputs, **options)
    if source == "santa_fe":
        return _series(santa_fe(**options), _errors)
    made = _MADE[source]((streams / "series").rng(), **options)
    return _series(made, _memory if source == "memory" else _errors)


def needs_files(source: str) -> bool:
    """Whether a problem is read from the folder that XBARSIM_DATA names."""
    return source not in (*_MADE, *GENERATED)


def problem_digest(source: str) -> str:
    """A hash of the files that a problem is read from; its name where it needs none.

    Raises
    ------
    DataError : files are missing.
    """
    if source in SEQUENCES:
        return sequence_digest(source)
    if source == "santa_fe":
        return blake2b(santa_fe_laser().tobytes(), digest_size=10).hexdigest()
    return source


def _series(task: SeriesTask, judge: Callable[[Array, Array], dict[str, float]]) -> Problem:
    truth, last = task.y_test, task.train + task.test

    def judged(predicted: Array) -> dict[str, float]:
        return judge(truth, np.asarray(predicted, dtype=float)[task.train :].reshape(truth.shape))

    return Problem(
        x=task.u_train,
        y=task.y_train,
        x_test=task.u[:last],
        judge=judged,
        washout=task.washout,
        x_energy=task.u[task.train : last],
    )


def _errors(truth: Array, predicted: Array) -> dict[str, float]:
    found = nmse(truth, predicted)
    return {"nrmse": sqrt(found), "nmse": found}


def _memory(truth: Array, predicted: Array) -> dict[str, float]:
    return {"memory.capacity": capacity_of(truth, predicted).total}


def _classes(
    source: str,
    energy_inputs: int,
    *,
    features: str | None = None,
    standardised: bool = False,
    train_limit: int | None = None,
    test_limit: int | None = None,
) -> Problem:
    data = load_sequences(source, **({} if features is None else {"features": features}))
    data = _spread_over(data, train_limit, test_limit)
    data = data.standardised() if standardised else data

    def judge(predicted: Array) -> dict[str, float]:
        return {"accuracy": float((predicted == data.y_test).mean())}

    return Problem(
        x=data.x_train,
        y=data.y_train,
        x_test=data.x_test,
        judge=judge,
        washout=0,
        x_energy=data.x_test[:energy_inputs],
    )


def _spread_over(data: SequenceDataset, train: int | None, test: int | None) -> SequenceDataset:
    """So many of the series, evenly spread over the classes and within each, in the set's order.

    Series are taken at even distances from the set in order of class, as it may be sorted by class,
    or go through the classes in turn.
    """
    change: dict[str, Any] = {}
    for part, limit in (("train", train), ("test", test)):
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        if limit is None:
            continue
        if limit > len(x):
            raise SpecError(f"{part}_limit is {limit}; the set has {len(x)} such series")
        by_class = np.argsort(y, kind="stable")
        chosen = np.sort(by_class[np.arange(limit) * len(x) // limit])
        change |= {f"x_{part}": [x[k] for k in chosen], f"y_{part}": y[chosen]}
    return replace(data, **change)
