"""One coordinator in a folder: a lock that the operating system takes back when its holder ends."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xbarsim.errors import StudyError

_PATIENCE = 1.0  # s, for those who only look whether a study runs
_GLANCE = 0.05  # s, in which others who only look are done
_NAME = "results.lock"


def holder() -> dict[str, Any]:
    """Who this process is, for others that want the folder."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": since}


@contextmanager
def locked(directory: Path, told: Path) -> Iterator[None]:
    """Keep every other coordinator out of `directory`.

    Parameters
    ----------
    told : the store, which says who holds the folder.

    Raises
    ------
    StudyError : another process runs a study here; the message says which.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(directory / _NAME)
    try:
        lock.acquire(timeout=_PATIENCE)
    except Timeout:
        raise StudyError(
            f"{directory}: a study already runs here{_who(told)}; wait for it to end, or choose "
            "another folder with --out"
        ) from None
    except OSError as error:
        raise StudyError(
            f"{directory / _NAME}: cannot be locked: {error.strerror or error}; choose another "
            "folder with --out"
        ) from None
    try:
        yield
    finally:
        lock.release()


def is_running(directory: Path) -> bool | None:
    """Whether a coordinator holds `directory`; None where whoever asks may not know."""
    from filelock import FileLock, Timeout

    if not (directory / _NAME).exists():
        return False
    try:
        with FileLock(directory / _NAME).acquire(timeout=_GLANCE, poll_interval=0.01):
            return False
    except Timeout:
        return True
    except OSError:
        return None


def _who(store: Path) -> str:
    """``: process 12 on HOST, since TIME``, where the store says so."""
    from xbarsim.study.store import meta_in, snapshot

    try:
        with snapshot(store) as db:
            found = meta_in(db, "holder")
    except StudyError:
        return ""
    return f": process {found['pid']} on {found['host']}, since {found['since']}" if found else ""
