"""What a local worker process does: calls of a chunk, each answered as soon as it is done.

The parent then knows which call was under way when a worker dies, and loses no other.
"""

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

from xbarsim.study.engines.calls import Failure, attempt, packed
from xbarsim.study.engines.memory import resident

#: what libraries that are loaded later look at
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


def serve(connection: Connection, bound: float) -> None:
    """Answer chunks until the parent closes the connection or ends.

    First an empty message says that the worker is ready. A chunk is the number of its calls and
    the pickled function and arguments; each call is answered by its pickled result, how long it
    took, s, and after the last one whether this process holds more than `bound` bytes.
    """
    _settle()
    connection.send(None)
    with contextlib.suppress(EOFError, OSError):
        while True:
            number, parcel = connection.recv()
            function, arguments = _opened(number, parcel)
            for k, argument in enumerate(arguments, 1):
                begun = time.perf_counter()
                result = packed(attempt(function, argument))
                seconds = time.perf_counter() - begun
                connection.send((result, seconds, k == number and resident() > bound))


def _opened(number: int, parcel: bytes) -> Any:
    """Function and arguments; where they cannot be read here, a function that says so."""
    try:
        return pickle.loads(parcel)
    except Exception as error:
        failure = Failure(f"a worker cannot read it: {type(error).__name__}: {error}")
        return (lambda _: failure), [None] * number


def _settle() -> None:
    """One BLAS thread, no life after the parent's; Ctrl-C and standard output are the parent's."""
    from threadpoolctl import threadpool_limits

    with contextlib.suppress(OSError):  # there is no standard error
        os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    threadpool_limits(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        with contextlib.suppress(OSError):
            parent.join()
        os._exit(1)
