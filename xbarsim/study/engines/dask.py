"""Calls on a Dask cluster: many machines, of which any may fail."""

import contextlib
import hashlib
import pickle
import queue
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

from xbarsim.errors import StudyError
from xbarsim.study.engines.calls import CHUNK, Chunks, Failure, Outcome, OutcomesOf
from xbarsim.study.engines.cluster import ConnectionLost, Link, quiet
from xbarsim.study.engines.remote import Answer, content, files_of, run_chunk

#: s; how long scheduler and first worker are waited for
WAIT = 60.0
_AHEAD = 2  # chunks that each worker has, so that none waits for the next
_PACE = 500  # chunks that a scheduler handles in a second without being what all wait for
_PATIENCE = 1.0  # s, between looks at whether the cluster is still there


@contextlib.contextmanager
def dask(address: str, wait: float = WAIT) -> Iterator[OutcomesOf]:
    """An engine whose workers are those of the Dask scheduler at `address`.

    A worker runs one call at a time with one BLAS thread. What a lost worker ran is run elsewhere;
    a call that ends every worker it is given to, alone as well, becomes a `Failure`. When the
    scheduler is lost it is waited for, and what had not come back is run again.

    Parameters
    ----------
    address : ``tcp://host:port``.
    wait : s; how long a scheduler that is gone, and the first worker, are waited for.

    Raises
    ------
    StudyError : the cluster cannot be reached, has no worker, or workers whose packages differ.
    """
    with quiet():
        link = Link(address, wait)
        try:
            yield lambda function, arguments: _Calls(link, function, arguments).outcomes()
        finally:
            link.close()


class _Calls:
    """Calls of one function, under way on a cluster.

    Parameters
    ----------
    link : to the scheduler.
    """

    def __init__(
        self, link: Link, function: Callable[[Any], Any], arguments: Sequence[Any]
    ) -> None:
        self.link = link
        self.function = function
        self.arguments = arguments
        self.chunks = Chunks(len(arguments))
        self.suspects: deque[int] = deque()  # of chunks that ended workers: to be run alone
        self.alone: set[int] = set()  # suspects that nothing runs beside
        self.flying: dict[str, tuple[Any, list[int]]] = {}  # futures and their calls, by key
        self.landed: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.uses = Counter(file for argument in arguments for file in files_of(argument))
        self.sends_files = False
        self.files: dict[str, Any] = {}

    def outcomes(self) -> Iterator[Outcome]:
        """Each call's, as they come."""
        left = len(self.arguments)
        try:
            while left:
                found: list[Outcome] = []
                try:
                    self._submit()
                    found = self._next()
                    self._submit()  # workers go on while the caller looks at what was found
                except ConnectionLost:
                    self._lost()
                for index, result in found:
                    self._forget_files(index)
                    yield index, result
                left -= len(found)
        finally:
            for future, _ in self.flying.values():
                future.release()
            self.files.clear()

    def _submit(self) -> None:
        """Keep every worker busy; suspects come last, one alone on the whole cluster."""
        if not (self.chunks or self.suspects):
            return
        workers = max(1, self.link.workers())
        self.chunks.seconds = max(CHUNK, workers / _PACE)
        while self.chunks and len(self.flying) < _AHEAD * workers:
            self._fly(self.chunks.take(workers))
        if self.suspects and not self.flying:
            self.alone = {self.suspects.popleft()}
            self._fly(list(self.alone))

    def _fly(self, calls: list[int]) -> None:
        arguments = [self.arguments[k] for k in calls]
        parcel, key = pickle.dumps((self.function, arguments)), f"xbarsim-{uuid.uuid4().hex}"
        contents = self._contents(arguments) if self.sends_files else {}
        try:
            future = self.link.client.submit(
                run_chunk, self.link.expected, parcel, contents, key=key, pure=False
            )
        except (OSError, RuntimeError, TimeoutError) as error:  # closed, or closing
            self.chunks.back(calls)
            raise ConnectionLost(str(error)) from None
        self.flying[key] = (future, calls)
        future.add_done_callback(lambda future: self.landed.put(future.key))

    def _contents(self, arguments: Sequence[Any]) -> dict[str, Any]:
        """Files that the calls read, by path, each sent to the cluster once."""
        paths = {file for argument in arguments for file in files_of(argument)}
        for path in paths - self.files.keys():
            data = Path(path).read_bytes()
            digest = hashlib.sha256(data).hexdigest()[:32]
            self.files[path] = self.link.client.submit(
                content, digest, data, key=f"xbarsim-file-{digest}"
            )
        return {path: self.files[path] for path in paths}

    def _forget_files(self, index: int) -> None:
        """Free those that no call that is left reads."""
        files = files_of(self.arguments[index])
        self.uses.subtract(files)
        for file in files:
            if not self.uses[file]:
                self.files.pop(file, None)

    def _next(self) -> list[Outcome]:
        """Outcomes of the next chunk to land; none where that takes long, or it must run again."""
        try:
            key = self.landed.get(timeout=_PATIENCE)
        except queue.Empty:
            self.link.workers()
            return []
        if key not in self.flying:  # of a connection that was lost
            return []
        future, calls = self.flying[key]
        if future.status == "cancelled":
            raise ConnectionLost("the scheduler dropped what was under way")
        if future.status == "error":
            del self.flying[key]
            return self._failed(future.exception(), calls)
        answer = self._answer(future)
        del self.flying[key]
        if answer is None:
            self.sends_files = True
            self.chunks.back(calls)
            return []
        self.chunks.took(len(calls), answer[1])
        return [(k, pickle.loads(part)) for k, part in zip(calls, answer[0], strict=True)]

    def _answer(self, future: Any) -> Answer:
        try:
            answer: Answer = future.result(timeout=self.link.wait)
        except (OSError, TimeoutError, CancelledError) as error:
            raise ConnectionLost(str(error)) from None
        return answer

    def _failed(self, error: BaseException, calls: list[int]) -> list[Outcome]:
        """What becomes of calls whose chunk gave no answer."""
        from distributed.scheduler import KilledWorker

        if isinstance(error, StudyError):
            raise StudyError(f"{self.link.address}: a worker cannot run these trials: {error}")
        if not isinstance(error, KilledWorker):
            raise StudyError(
                f"{self.link.address}: a worker could not run trials: "
                f"{type(error).__name__}: {error}"
            )
        if self.alone != set(calls):
            self.suspects.extend(calls)
            return []
        deaths, last = error.allowed_failures + 1, error.last_worker
        where = getattr(last, "address", last)
        return [(calls[0], Failure(
            f"its worker process died {deaths} times, the last one at {where}; killed, out of "
            "memory?"
        ))]  # fmt: skip

    def _lost(self) -> None:
        """Take back all that has not come back, and wait for the cluster."""
        self.chunks.back(sorted(k for _, calls in self.flying.values() for k in calls))
        self.flying.clear()
        self.files.clear()
        self.alone.clear()
        self.link.reconnect()
