"""What all engines share: calls, why they gave nothing, and chunks of about the same work."""

import contextlib
import math
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

#: place in the arguments, and what the call gave or a `Failure`
Outcome = tuple[int, Any]
#: takes a function and its arguments; gives every call's outcome once, in any order
OutcomesOf = Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[Outcome]]
#: enters an engine, once, when workers are first needed
Start = Callable[[], OutcomesOf]
#: workers that live while it is entered
Engine = AbstractContextManager[OutcomesOf]

#: work of a chunk, s: long beside what sending it takes, short beside what a user waits for
CHUNK = 0.2
_MOST = 1000  # calls of a chunk


@dataclass(frozen=True)
class Failure:
    """Why a call gave no result."""

    message: str


def attempt(function: Callable[[Any], Any], argument: Any) -> Any:
    """What the call gives, or a `Failure` where it raises, or would end the process."""
    try:
        return function(argument)
    except (Exception, SystemExit) as error:
        return Failure(f"{type(error).__name__}: {error}")


def packed(result: Any) -> bytes:
    """`result` pickled, or a `Failure` that says why it cannot be."""
    try:
        return pickle.dumps(result)
    except Exception as error:
        return pickle.dumps(Failure(f"its result cannot be sent: {error}"))


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold the BLAS at one thread: sums are then rounded alike however many workers there are."""
    import scipy.linalg.cython_blas  # noqa: F401  loaded now, to be held as well
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


class Chunks:
    """Calls that wait, given out in chunks of about `seconds` of work.

    Parameters
    ----------
    number : calls; they are known by their places 0 to `number` - 1.
    seconds : work of a chunk, s. A chunk is one call while nothing is known of how long they take.
    """

    def __init__(self, number: int, seconds: float = CHUNK) -> None:
        self.seconds = seconds
        self._waiting = deque(range(number))
        self._each: float | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, workers: int) -> list[int]:
        """The next chunk; near the end they are small, so that all workers end together."""
        fair = math.ceil(len(self._waiting) / (2 * workers))
        long = 1 if self._each is None else int(self.seconds / max(self._each, 1e-9))
        number = max(1, min(long, fair, _MOST))
        return [self._waiting.popleft() for _ in range(min(number, len(self._waiting)))]

    def took(self, calls: int, seconds: float) -> None:
        """Learn that so many calls took so long together, s."""
        new, share = seconds / calls, min(1.0, 0.1 * calls)
        self._each = new if self._each is None else self._each + share * (new - self._each)

    def back(self, calls: Iterable[int]) -> None:
        """Calls that were taken and have to run again; they come next."""
        self._waiting.extendleft(reversed(list(calls)))
