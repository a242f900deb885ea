"""Calls in worker processes on this machine, which live on from one set of calls to the next."""

import contextlib
import logging
import multiprocessing
import pickle
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any

from xbarsim.errors import StudyError
from xbarsim.study.engines.calls import Chunks, Failure, Outcome, OutcomesOf
from xbarsim.study.engines.memory import default_bound
from xbarsim.study.engines.worker import serve

_log = logging.getLogger("xbarsim")
_DEATHS = 2  # of workers, after which the call that they ran is set aside
_STARTS = 3  # of a worker in a row that is killed before it begins, after which it is given up
_PATIENCE = 5.0  # s, for a process that ends


@contextlib.contextmanager
def processes(workers: int, memory: float | None = None) -> Iterator[OutcomesOf]:
    """An engine of `workers` spawned processes, each with one BLAS thread.

    A worker starts when it is first needed. When one dies, the call that it ran is repeated, and
    becomes a `Failure` when that ends a worker again; no other call is lost or repeated.

    Parameters
    ----------
    workers : processes.
    memory : bytes that a worker may hold; one that holds more after its chunk is replaced. By
        default 80 % of the machine's memory over the number of workers.

    Raises
    ------
    StudyError : (by the outcomes) workers cannot be started.
    """
    bound = default_bound(workers) if memory is None else memory
    slots = [_Slot(bound) for _ in range(workers)]
    try:
        yield lambda function, arguments: _outcomes(slots, function, arguments)
    finally:
        for slot in slots:
            slot.stop()


def _outcomes(
    slots: list["_Slot"], function: Callable[[Any], Any], arguments: Sequence[Any]
) -> Iterator[Outcome]:
    chunks, deaths, left = Chunks(len(arguments)), Counter[int](), len(arguments)
    slots = slots[: len(arguments)]
    found: list[Outcome] = []
    try:
        while left:
            for slot in slots:  # before the caller looks at what was found: workers go on meanwhile
                slot.feed(function, arguments, chunks, len(slots))
            yield from found
            left -= len(found)
            found = (
                [outcome for slot in _heard(slots) for outcome in slot.answers(chunks, deaths)]
                if left
                else []
            )
    finally:
        for slot in slots:
            if slot.chunk:  # nobody waits for it any more
                slot.stop()


def _heard(slots: list["_Slot"]) -> list["_Slot"]:
    """Slots that have something to say, as soon as there are any."""
    awaited = [slot for slot in slots if slot.connection is not None and slot.awaited]
    heard = wait([slot.connection for slot in awaited])
    return [slot for slot in awaited if slot.connection in heard]


class _Slot:
    """A place for one worker process, which is made anew when it has ended.

    Parameters
    ----------
    bound : bytes that the worker may hold after a chunk.
    """

    def __init__(self, bound: float) -> None:
        self.bound = bound
        self.connection: Any = None  # to the worker, if there is one
        self.chunk: deque[int] = deque()  # calls that the worker has not answered, in its order
        self._process: BaseProcess | None = None
        self._ready = False
        self._starts = 0

    @property
    def awaited(self) -> bool:
        """Whether the worker is about to say something."""
        return bool(self.chunk) or not self._ready

    def feed(
        self,
        function: Callable[[Any], Any],
        arguments: Sequence[Any],
        chunks: Chunks,
        workers: int,
    ) -> None:
        """Send a chunk to a worker that waits for one; start it where there is none."""
        if not chunks or self.chunk:
            return
        if self.connection is None:
            self._start()
        elif self._ready:
            calls = chunks.take(workers)
            parcel = pickle.dumps((function, [arguments[k] for k in calls]))
            try:
                self.connection.send((len(calls), parcel))
            except OSError:  # it died while it had nothing to do
                chunks.back(calls)
                self.stop()
                self._start()
            else:
                self.chunk.extend(calls)

    def answers(self, chunks: Chunks, deaths: Counter[int]) -> Iterator[Outcome]:
        """What the worker says, if that is a call's outcome."""
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            yield from self._died(chunks, deaths)
            return
        if message is None:
            self._ready, self._starts = True, 0
            return
        result, seconds, grown = message
        chunks.took(1, seconds)
        yield self.chunk.popleft(), pickle.loads(result)
        if grown:
            _log.info("a worker held more than %.3g bytes and was replaced", self.bound)
            self.stop()

    def _died(self, chunks: Chunks, deaths: Counter[int]) -> Iterator[Outcome]:
        calls, killed = list(self.chunk), False
        if self._process is not None:
            self._process.join(_PATIENCE)  # until its exit code is there
            killed = (self._process.exitcode or 0) < 0
        cause = self.stop()
        if not calls:  # it never was ready
            if self._starts >= _STARTS or not killed:
                raise StudyError(
                    f"worker processes end before they begin: {cause}. A script that runs a study "
                    "must do so under if __name__ == '__main__'; or run it in one process "
                    "(--set run.engine=inline)"
                )
            return
        deaths[calls[0]] += 1
        if deaths[calls[0]] < _DEATHS:
            chunks.back(calls)
            return
        chunks.back(calls[1:])
        yield calls[0], Failure(f"its worker process died {_DEATHS} times: {cause}")

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, self.bound), daemon=True)
        self._ready, self._starts = False, self._starts + 1
        with _without_interrupts():
            self._process.start()
        theirs.close()

    def stop(self) -> str:
        """End the worker at once; why it has ended, if it had by itself."""
        process, connection = self._process, self.connection
        self._process, self.connection, self._ready = None, None, False
        self.chunk.clear()
        if connection is not None:
            connection.close()
        if process is None:
            return ""
        process.kill()
        process.join()
        return _cause(process.exitcode)


def _cause(code: int | None) -> str:
    if code is None or code >= 0:
        return f"it ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    killed = "; killed, out of memory?" if name == "SIGKILL" else ""
    return f"ended by signal {-code} ({name}{killed})"


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Start a process that Ctrl-C does not reach, even before it can ignore it by itself."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it would lift the mask when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
