"""Heavy results that trials share, by the content of what they follow from.

While `sharing` is on, what goes through `shared` is computed once for the same numbers: the chip of
a paired sweep is solved at its first point only. Kept are copies, and copies are given: nobody can
change what another gets, and a result is to the bit what computing it anew would give. Processes
that share a folder find in it what takes long, see `shared_file`.
"""

import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


class Kept:
    """Results by key; those that were not used for longest are dropped.

    Parameters
    ----------
    limit : bytes that all take together at most.
    size_of : bytes of a result.
    """

    def __init__(self, limit: int, size_of: Callable[[Any], int] = len) -> None:
        self.limit = limit
        self.size = 0
        self._size_of = size_of
        self._held: OrderedDict[str, Any] = OrderedDict()
        self._lock = Lock()

    def of(self, key: str, make: Callable[[], T]) -> T:
        """What is kept under `key`; where that is nothing, what `make` gives."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                found: T = self._held[key]
                return found
        made = make()  # threads that ask at the same time may make the same twice
        self._put(key, made)
        return made

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._held.clear()
            self.size = 0

    def _put(self, key: str, made: Any) -> None:
        if self._size_of(made) > self.limit:
            return
        with self._lock:
            if key in self._held:
                return
            self._held[key] = made
            self.size += self._size_of(made)
            while self.size > self.limit:
                self.size -= self._size_of(self._held.popitem(last=False)[1])


_parts = Kept(128 * 2**20)
_on = False
_folder: Path | None = None


@contextmanager
def sharing(on: bool = True, folder: Path | None = None) -> Iterator[None]:
    """Within this, `shared` keeps what it computes for whoever asks for the same later.

    Parameters
    ----------
    on : whether it does.
    folder : that processes have in common, for `shared_file`; None for none.
    """
    global _on, _folder
    before = _on, _folder
    _on, _folder = on, folder
    try:
        yield
    finally:
        _on, _folder = before


def shared(make: Callable[[], T], *parts: Any) -> T:
    """What `make` gives; within `sharing` from what was computed of equal `parts`.

    Parameters
    ----------
    parts : all that the result follows from, the name of the computation first; see `content`.
    """
    key = content(*parts) if _on else None
    if key is None:
        return make()
    found: T = pickle.loads(_parts.of(key, lambda: pickle.dumps(make(), protocol=5)))
    return found


def shared_file(name: str) -> Path | None:
    """Where a file of this name stands that processes share; None where they share no folder.

    Whoever writes it writes another first and puts it in place: others read it at any time.
    """
    return _folder / name if _folder is not None and _folder.is_dir() else None


def forget() -> None:
    """Drop what is shared, and free its memory."""
    _parts.clear()


def content(*parts: Any) -> str | None:
    """A hash of numbers, text and NumPy arrays, and of collections and dataclasses of them.

    None where there is anything else, which may change without being seen to.
    """
    found = hashlib.blake2b(digest_size=16)
    try:
        _add(found, parts)
    except TypeError:
        return None
    return found.hexdigest()


def _add(found: Any, part: Any) -> None:
    if type(part) is np.ndarray and part.dtype.kind in "biufc":
        found.update(f"{part.dtype.str}{part.shape}".encode())
        found.update(np.ascontiguousarray(part).data)
    elif is_dataclass(part) and not isinstance(part, type):
        found.update(f"<{type(part).__module__}:{type(part).__qualname__}".encode())
        for field in fields(part):
            _add(found, (field.name, getattr(part, field.name)))
    elif isinstance(part, tuple | list):
        found.update(f"({len(part)}".encode())
        for each in part:
            _add(found, each)
    elif isinstance(part, Mapping):
        _add(found, sorted(part.items()))
    elif isinstance(part, str | bool | int | float | complex | None):
        found.update(f"{type(part).__name__}={part!r};".encode())
    elif isinstance(part, np.generic):
        _add(found, np.asarray(part))
    else:
        raise TypeError(f"{type(part).__name__} has no content that is known")
