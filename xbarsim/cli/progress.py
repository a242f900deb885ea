"""How a study gets on: a bar on a terminal, else a line now and then. On standard error."""

import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeAlias

from xbarsim.study.pace import told

Progress: TypeAlias = Callable[[str, int, int], None]

TRIALS, FAILED = "running trials", "failed trials"  # as `xbarsim.study.run_study` calls them
_WINDOW = 60.0  # s over which the rate is taken
_OFTEN, _SELDOM = 10.0, 60.0  # s between lines, at first and later


class Pace:
    """How fast a stage gets on, without what was there before it began.

    Time counts from the first thing that is done: workers start before, and the first trial
    compiles and reads what the others find ready.

    Parameters
    ----------
    done : things that were there at the beginning.
    now : clock, s.
    """

    def __init__(self, done: int, now: float) -> None:
        self._seen = deque([(now, done)])
        self._began = False

    def rate(self, done: int, now: float) -> float:
        """Things a second, of late; 0 before a second one is done."""
        if not self._began and done > self._seen[0][1]:
            self._began = True
            self._seen.clear()
        self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] < now - _WINDOW:
            self._seen.popleft()
        since, before = self._seen[0]
        return (done - before) / (now - since) if now > since else 0.0


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """What `run_study` calls as things are done."""
    if quiet:
        yield lambda what, done, total: None
    elif sys.stderr.isatty():
        with _bars() as called:
            yield called
    else:
        yield Lines()


class Lines:
    """A line when a stage begins, when it ends, and every so often between.

    Parameters
    ----------
    clock : time, s.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._began: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._paces: dict[str, Pace] = {}
        self._failed = 0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say how `what` gets on, if it is time to."""
        if what == FAILED:
            self._failed = done
            return
        now = self._clock()
        first = what not in self._paces
        if first:
            self._paces[what], self._began[what] = Pace(done, now), now
        rate = self._paces[what].rate(done, now)
        if not first and now < self._due[what] and done < total:
            return
        begun = now - self._began[what]
        self._due[what] = now + (_OFTEN if begun < 6 * _OFTEN else _SELDOM)
        how = told(done, total, rate, *_of_trials(what, self._failed))
        print(f"{what}: {done} of {total}, {how}", file=sys.stderr, flush=True)


def _of_trials(what: str, failed: int) -> tuple[int, str]:
    """Failures so far and the unit of the rate, of a stage."""
    return (failed, "trials") if what == TRIALS else (0, "")


@contextmanager
def _bars() -> Iterator[Progress]:
    """A bar for each stage."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[told]}"),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        stages: dict[str, tuple[Any, Pace]] = {}
        failed = 0

        def called(what: str, done: int, total: int) -> None:
            nonlocal failed
            if what == FAILED:
                failed = done
                return
            now = monotonic()
            if what not in stages:
                stages[what] = bars.add_task(what, total=total, told=""), Pace(done, now)
            task, pace = stages[what]
            rate = pace.rate(done, now)
            how = told(done, total, rate, *_of_trials(what, failed))
            bars.update(task, completed=done, total=total, told=how)

        yield called
