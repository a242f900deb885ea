"""Work spread over the cores, each task with a single-threaded BLAS."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from threading import Lock, local
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")

_lock = Lock()
_inside: list[list[int]] = []  # threads to go back to, once for each in `single_threaded_blas`
_task = local()  # `running` in threads that are busy with a task


class once(Generic[R]):  # noqa: N801  used as property is
    """A property that is computed once for an object and kept.

    ``functools.cached_property`` holds a lock of the whole class meanwhile on Python 3.11: threads
    would wait for each other, and a child forked in between for ever.
    """

    def __init__(self, compute: Callable[[Any], R]) -> None:
        self.compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> R:
        if instance is None:
            return self  # type: ignore[return-value]
        value = instance.__dict__[self.name] = self.compute(instance)
        return value


@cache
def _controller() -> "ThreadpoolController":
    import scipy.linalg.cython_blas  # noqa: F401  what compiled code calls, loaded to be seen here
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@cache
def _pool() -> ThreadPoolExecutor:
    """Threads that are started as they are needed."""
    return ThreadPoolExecutor(1024, thread_name_prefix="xbarsim")


def _forget() -> None:
    """A forked child has none of its parent's threads, nor what they were in the middle of."""
    global _lock, _task
    _pool.cache_clear()
    _lock, _task = Lock(), local()
    _inside.clear()


os.register_at_fork(after_in_child=_forget)


def blas_threads() -> int:
    """Threads that work may use: what `threadpoolctl` or the environment allow the BLAS.

    Within a task it is one. While another thread is in `single_threaded_blas` it is what was
    allowed when that began.
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


@contextmanager
def single_threaded_torch() -> "Iterator[None]":
    """Hold PyTorch at one thread: sums are then rounded alike however many cores there are."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def spread(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """`function` of each item, in order, over as many threads as the BLAS may use.

    The calling thread is one of them. Called from within a task it runs there and then.
    """
    items = list(items)
    threads = min(blas_threads(), len(items)) if len(items) > 1 else 1
    if threads <= 1:
        return [function(item) for item in items]
    results: dict[int, R] = {}
    todo = iter(enumerate(items))  # shared: its steps are atomic

    def work() -> None:
        _task.running = True
        try:
            for k, item in todo:
                results[k] = function(item)
        except BaseException:
            for _ in todo:  # nobody begins another
                pass
            raise
        finally:
            _task.running = False

    with single_threaded_blas():
        helpers = [_pool().submit(work) for _ in range(threads - 1)]
        try:
            work()
        finally:
            begun = [helper for helper in helpers if not helper.cancel()]
            wait(begun)
    for helper in begun:
        helper.result()
    return [results[k] for k in range(len(items))]


def side_by_side(function: Callable[[int], R], number: int) -> list[R]:
    """`function` of 0 to `number` - 1, each on a thread of its own, all at the same time.

    They may wait for each other, unlike the tasks of `spread`.
    """

    def task(k: int) -> R:
        before = getattr(_task, "running", False)
        _task.running = True
        try:
            return function(k)
        finally:
            _task.running = before

    with single_threaded_blas():
        others = [_pool().submit(task, k) for k in range(1, number)]
        try:
            first = task(0)
        finally:
            wait(others)
    return [first, *(other.result() for other in others)]


def pieces(number: int, least: int = 1) -> list[slice]:
    """`number` things in pieces of about one size, a few for each thread, `least` at the least."""
    if number < 2 * least:
        return [slice(0, number)] if number else []
    count = max(1, min(number // least, 4 * blas_threads()))
    edges = [round(k * number / count) for k in range(count + 1)]
    return [slice(a, b) for a, b in zip(edges, edges[1:], strict=False) if b > a]
