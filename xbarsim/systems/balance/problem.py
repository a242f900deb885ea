"""What a reservoir is driven with, and how well its rates do."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.reservoirs.readout import readout_of, trained
from xbarsim.streams import Streams
from xbarsim.systems.balance.settings import Settings
from xbarsim.tasks.measures import memory_capacity
from xbarsim.tasks.series import SeriesTask, mackey_glass, narma10, nrmse

#: what each task is judged by, and whether more of it is better
JUDGED = {
    "memory": ("memory.capacity", True),
    "narma10": ("nrmse", False),
    "mackey_glass": ("nrmse", False),
}
_MAKERS: dict[str, Callable[..., SeriesTask]] = {"narma10": narma10, "mackey_glass": mackey_glass}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Inputs, and a score of the rates that they lead to.

    Parameters
    ----------
    adapt : inputs under which a reservoir adapts, (steps,).
    u : inputs of training and test, (steps,).
    score : of rates (steps, N) under `u`, with a readout trained on the first of them.
    metric : name of the score.
    more : whether more of it is better.
    """

    adapt: Array
    u: Array
    score: Callable[[Array], float]
    metric: str
    more: bool


def problem_of(settings: Settings, streams: Streams) -> Problem:
    """The task of `settings`; `streams` ``series`` draws it.

    Inputs of the memory task are even from -1 to 1. Those of others are shifted and scaled so that
    in training their mean is 0 and their largest size 1; a reservoir adapts to the inputs of
    training, from the first on and around again.
    """
    s, rng = settings, (streams / "series").rng()
    metric, more = JUDGED[s.task]
    if s.task == "memory":
        u = rng.uniform(-1.0, 1.0, s.adapting + s.train + s.test)
        adapt, u = u[: s.adapting], u[s.adapting :]

        def capacity(rates: Array) -> float:
            first = max(s.washout, s.max_delay)
            share = (s.train - first) / (len(u) - first)
            how = {"max_delay": s.max_delay, "washout": s.washout}
            return memory_capacity(rates, u, train=share, **how).total

        return Problem(adapt=adapt, u=u, score=capacity, metric=metric, more=more)
    task = _MAKERS[s.task](rng, train=s.train, test=s.test, washout=s.washout)
    whole = task.u[: s.train + s.test, 0]
    centred = whole - whole[: s.train].mean()
    u = centred / np.abs(centred[: s.train]).max()

    def error(rates: Array) -> float:
        x, y = rates[s.washout : s.train], task.y_train[s.washout :]
        weights, bias = trained(readout_of("ridge", False), x, y, None)
        return nrmse(task.y_test, rates[s.train :] @ weights.T + bias)

    adapt = np.resize(u[: s.train], s.adapting)
    return Problem(adapt=adapt, u=u, score=error, metric=metric, more=more)
