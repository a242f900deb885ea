"""Ways to run many trials: in this process, or in worker processes of their own.

An engine takes a function and its arguments and gives ``(index, result)`` pairs as they come in;
where a call fails the result is a `Failure`. Each worker uses one BLAS thread, so that results do
not depend on how many workers there are.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, TypeVar

Argument = TypeVar("Argument")
Outcome = tuple[int, Any]


_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


@dataclass(frozen=True)
class Failure:
    """Why a call gave no result."""

    message: str


def inline(
    function: Callable[[Argument], Any], arguments: Sequence[Argument], workers: int
) -> Iterator[Outcome]:
    """Run everything here, one after another; `workers` is not used."""
    import scipy.linalg.cython_blas  # noqa: F401  loaded now, to be held as well
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        for index, argument in enumerate(arguments):
            yield index, _attempt(function, argument)


def processes(
    function: Callable[[Argument], Any], arguments: Sequence[Argument], workers: int
) -> Iterator[Outcome]:
    """Run in `workers` processes.

    When a worker dies the pool is made anew; the calls that were under way are repeated one by one,
    and a call that kills its worker again becomes a `Failure`.
    """
    waiting = list(range(len(arguments)))
    while waiting:
        suspects: list[int] = []
        yield from _pool(function, arguments, waiting, workers, suspects)
        for index in suspects:
            again = [index]
            broken: list[int] = []
            yield from _pool(function, arguments, again, 1, broken)
            if broken or again:
                yield index, Failure("the worker process died twice (killed, or out of memory?)")


def _pool(
    function: Callable[[Argument], Any],
    arguments: Sequence[Argument],
    waiting: list[int],
    workers: int,
    suspects: list[int],
) -> Iterator[Outcome]:
    """Outcomes until `waiting` is empty or a worker dies; what was under way then is suspect."""
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(min(workers, len(waiting)), context, _start_worker)
    running: dict[Future[Any], int] = {}
    try:
        while waiting or running:
            while waiting and len(running) < 2 * workers:
                future = executor.submit(_attempt, function, arguments[waiting[0]])
                running[future] = waiting.pop(0)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                result = future.result()
                yield running.pop(future), result
    except BrokenProcessPool:
        suspects += sorted(running.values())
    finally:
        if running:
            for worker in set(multiprocessing.active_children()) - others:
                worker.terminate()
        executor.shutdown(cancel_futures=True)


def _attempt(function: Callable[[Argument], Any], argument: Argument) -> Any:
    try:
        return function(argument)
    except Exception as error:
        return Failure(f"{type(error).__name__}: {error}")


def _start_worker() -> None:
    """In a new worker: one BLAS thread, Ctrl-C is the parent's, and no life after the parent's."""
    from threadpoolctl import threadpool_limits

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # of libraries that are loaded later
    threadpool_limits(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        with contextlib.suppress(OSError):
            parent.join()
        os._exit(1)


ENGINES: dict[str, Callable[[Callable[[Any], Any], Sequence[Any], int], Iterator[Outcome]]] = {
    "processes": processes,
    "inline": inline,
}
