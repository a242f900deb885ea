"""A time series to learn: what goes in, what should come out, and which steps count for what."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_count
from xbarsim.errors import SpecError
from xbarsim.tasks.series.checks import finite_series
from xbarsim.tasks.series.scores import nmse

Array = npt.NDArray[Any]


class Estimator(Protocol):
    """What learns a task, by scikit-learn's conventions."""

    def fit(self, X: Array, y: Array) -> Any:
        """Learn from a series (time, channels) and what should come out, (time, outputs)."""

    def predict(self, X: Array) -> Array:
        """What comes out of a series that starts anew, (time, outputs)."""


@dataclass(frozen=True, kw_only=True)
class SeriesTask:
    """A series with its targets, the first steps for training, the next for the test.

    Parameters
    ----------
    name : what it is called.
    u : inputs, (time, channels).
    y : what should come out at the same step, (time, outputs).
    washout : first steps of training that a readout should not learn from; the estimator's to heed.
    train, test : steps that are learned from, washout among them, and steps behind them that count.
    dt : time between steps in the units of the equation; 1 where time is counted in steps.

    Raises
    ------
    SpecError : arrays that are not (time, channels) of finite numbers, of different lengths, or of
        fewer than ``train + test`` steps; a washout that leaves nothing to learn from.
    """

    name: str
    u: Array
    y: Array
    washout: int
    train: int
    test: int
    dt: float = 1.0

    def __post_init__(self) -> None:
        finite_series(f"{self.name}: u", self.u)
        finite_series(f"{self.name}: y", self.y)
        check_count("train", self.train, 1)
        check_count("test", self.test, 2)
        check_count("washout", self.washout, 0)
        if len(self.u) != len(self.y):
            raise SpecError(f"{self.name}: u has {len(self.u)} steps, y has {len(self.y)}")
        if len(self.u) < self.train + self.test:
            raise SpecError(
                f"{self.name}: u has {len(self.u)} steps; train {self.train} and test {self.test} "
                f"need {self.train + self.test}"
            )
        if self.washout >= self.train:
            raise SpecError(
                f"washout is {self.washout} steps; it must be less than train, {self.train}"
            )

    @property
    def u_train(self) -> Array:
        """Inputs to learn from, washout included, (train, channels)."""
        return self.u[: self.train]

    @property
    def y_train(self) -> Array:
        """What should come out of them, (train, outputs)."""
        return self.y[: self.train]

    @property
    def y_test(self) -> Array:
        """What should come out in the test, (test, outputs)."""
        return self.y[self.train : self.train + self.test]

    def fit(self, estimator: Estimator) -> Any:
        """Train `estimator` on the first steps; to leave out `washout` is its own setting."""
        return estimator.fit(self.u_train, self.y_train)

    def predict(self, estimator: Estimator) -> Array:
        """What `estimator` gives in the test, (test, outputs).

        It runs through the training steps first, so that the test begins with a driven state.
        """
        found = np.asarray(estimator.predict(self.u[: self.train + self.test]))
        return found[self.train :].reshape(self.test, -1)

    def nmse(self, estimator: Estimator) -> float:
        """Error of a trained `estimator` in the test, see `xbarsim.tasks.series.nmse`."""
        return nmse(self.y_test, self.predict(estimator))


def one_step(
    name: str, x: Array, *, washout: int, train: int, test: int, dt: float = 1.0
) -> SeriesTask:
    """The task to say a step of the series `x` (time, channels) from the steps up to the last."""
    return SeriesTask(name=name, u=x[:-1], y=x[1:], washout=washout, train=train, test=test, dt=dt)
