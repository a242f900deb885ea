"""Work spread over the cores, each task with a single-threaded BLAS."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")

_lock = Lock()
_inside: list[list[int]] = []  # threads to go back to, once for each in `single_threaded_blas`


@cache
def _controller() -> "ThreadpoolController":
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="xbarsim")


# a forked child has none of its parent's threads
os.register_at_fork(after_in_child=_pool.cache_clear)


def blas_threads() -> int:
    """Threads that the BLAS may use: what `threadpoolctl` or the environment allow, else cores."""
    return max((lib.num_threads for lib in _controller().lib_controllers), default=1)


@contextmanager
def single_threaded_blas() -> "Iterator[None]":
    """Hold the BLAS at one thread; callers may overlap in different threads."""
    libraries = _controller().lib_controllers
    with _lock:
        _inside.append(_inside[-1] if _inside else [lib.num_threads for lib in libraries])
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

    Called from within a task it runs there and then.
    """
    items = list(items)
    threads = min(blas_threads(), len(items))
    if threads <= 1:
        return [function(item) for item in items]
    with single_threaded_blas():
        return list(_pool(threads).map(function, items))
