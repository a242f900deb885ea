"""Work spread over the cores, each task with a single-threaded BLAS."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")

_lock = Lock()
_limits: list[Any] = []  # the limit in force, once for each caller inside `single_threaded_blas`


@cache
def _controller() -> "ThreadpoolController":
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def blas_threads() -> int:
    """Threads that the BLAS may use: what `threadpoolctl` or the environment allow, else cores."""
    return max((lib.num_threads for lib in _controller().lib_controllers), default=1)


@contextmanager
def single_threaded_blas() -> "Iterator[None]":
    """Hold the BLAS at one thread; callers may overlap in different threads."""
    with _lock:
        _limits.append(_limits[-1] if _limits else _controller().limit(limits=1))
    try:
        yield
    finally:
        with _lock:
            limit = _limits.pop()
            if not _limits:
                limit.restore_original_limits()


def spread(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """`function` of each item, in order, over as many threads as the BLAS may use.

    Called from within a task it runs there and then.
    """
    items = list(items)
    threads = min(blas_threads(), len(items))
    if threads <= 1:
        return [function(item) for item in items]
    with single_threaded_blas(), ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, items))
