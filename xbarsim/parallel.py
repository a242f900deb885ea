"""Work spread over the cores, each task with a single-threaded BLAS."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from threading import Lock, local
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")

_lock = Lock()
_inside: list[list[int]] = []  # threads to go back to, once for each in `single_threaded_blas`
_task = local()  # `running` in threads that are busy with a task


@cache
def _controller() -> "ThreadpoolController":
    import scipy.linalg.cython_blas  # noqa: F401  what compiled code calls, loaded to be seen here
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="xbarsim")


# a forked child has none of its parent's threads
os.register_at_fork(after_in_child=_pool.cache_clear)


def blas_threads() -> int:
    """Threads that work may use: what `threadpoolctl` or the environment allow the BLAS.

    Within a task it is one.
    """
    if getattr(_task, "running", False):
        return 1
    with _lock:
        allowed = _inside[0] if _inside else _numbers()
    return max(allowed, default=1)


def _numbers() -> list[int]:
    return [lib.num_threads for lib in _controller().lib_controllers]


@contextmanager
def single_threaded_blas() -> "Iterator[None]":
    """Hold the BLAS at one thread, `spread` goes on; callers may overlap in different threads.

    Small matrices gain nothing from more, and after every product the BLAS keeps its threads
    spinning, which takes cores away from tasks.
    """
    libraries = _controller().lib_controllers
    with _lock:
        _inside.append(_inside[-1] if _inside else _numbers())
        if len(_inside) == 1:
            for lib in libraries:
                lib.set_num_threads(1)
    try:
        yield
    finally:
        with _lock:
            before = _inside.pop()
            if not _inside:
                for lib, threads in zip(libraries, before, strict=True):
                    lib.set_num_threads(threads)


def spread(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """`function` of each item, in order, over as many threads as the BLAS may use.

    The calling thread is one of them. Called from within a task it runs there and then.
    """
    items = list(items)
    threads = min(blas_threads(), len(items))
    if threads <= 1:
        return [function(item) for item in items]
    results: dict[int, R] = {}
    todo = iter(enumerate(items))  # shared: its steps are atomic

    def work() -> None:
        _task.running = True
        try:
            for k, item in todo:
                results[k] = function(item)
        finally:
            _task.running = False

    with single_threaded_blas():
        helpers = [_pool(threads - 1).submit(work) for _ in range(threads - 1)]
        try:
            work()
        finally:
            wait(helpers)
    for helper in helpers:
        helper.result()
    return [results[k] for k in range(len(items))]
