"""A study that is watched: how far it is, and its page as far as the study is."""

import threading
import time
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from xbarsim.errors import NoStudyError, StudyError, XbarsimError
from xbarsim.report.build import report_files
from xbarsim.report.text import counted
from xbarsim.study.lock import is_running
from xbarsim.study.pace import told
from xbarsim.study.read import read_results
from xbarsim.study.results import Results
from xbarsim.study.standing import Standing, standing_of
from xbarsim.study.store import STORE

_FAILURES = 5  # that are told
_REST = 5.0  # times as long as a piece of work took, until the next: a sixth of a core at most
_LOOK = 0.5  # s between looks at the store, at least
_AWAITED = {
    True: "the study is being prepared: points are checked and networks trained",
    False: "no study has begun here yet; it is shown as soon as one does",
}


class Growing:
    """What a browser is shown of a study. Nothing is written, and nothing done unless it is asked.

    A look at the store is quick; the page is made anew in a thread of its own, when trials have
    come. Both rest five times as long as they took of the processor.

    Parameters
    ----------
    directory : of the study; it may come later, and go.
    every : time between two pages, at least, s.
    """

    def __init__(self, directory: Path, every: float = 3.0) -> None:
        self.directory = directory
        self._every = every
        self._looking, self._drawing = threading.Lock(), threading.Lock()
        self._told: dict[str, Any] = {}
        self._next_look = self._next_page = 0.0
        self._maker: threading.Thread | None = None
        self._seen: Any = None  # what the page was made of last
        self._page: dict[str, Any] = {"version": None, "told": "", "fault": ""}
        self._files: dict[str, Callable[[], bytes]] = {}

    def told(self) -> dict[str, Any]:
        """How far the study is, in words and numbers, and which version of the page there is.

        ``state`` is that of `Standing`, or ``waiting``, ``removed`` or ``unreadable``; ``advice``
        then says why. ``page`` has the ``version`` that `file` gives, None before the first, what
        it holds in words, and why a newer one could not be made.
        """
        with self._looking:
            if time.monotonic() >= self._next_look:
                began = time.thread_time()
                self._told = self._look()
                cost = time.thread_time() - began
                self._next_look = time.monotonic() + max(_LOOK, _REST * cost)
            return self._told | {"page": self._page}

    def file(self, name: str) -> bytes | None:
        """The page or a file beside it, by its path below the study; None where there is none."""
        made = self._files.get(name)
        return made() if made else None

    def _drawn(self, made: Callable[[], bytes]) -> bytes:
        """A figure's file; figures are drawn one after the other."""
        with self._drawing:
            return made()

    def _look(self) -> dict[str, Any]:
        """What `told` tells but the page, which is begun where it is due."""
        where = {"directory": str(self.directory.resolve())}
        try:
            standing = standing_of(self.directory)
        except (XbarsimError, OSError) as error:
            return self._told | where | self._without(error)
        self._make(standing)
        return where | _words(standing)

    def _without(self, error: Exception) -> dict[str, Any]:
        """What is told where no study can be read."""
        if not isinstance(error, NoStudyError):
            return {"state": "unreadable", "advice": str(error)}
        if self._seen and not (self.directory / STORE).exists():
            advice = "the study was removed; what it was is shown until this command ends"
            return {"state": "removed", "advice": advice}
        return {"state": "waiting", "advice": _AWAITED[bool(is_running(self.directory))]}

    def _make(self, standing: Standing) -> None:
        """Begin to make the page anew, if it would be another and it is time to."""
        shown = (standing.name, standing.state, standing.trials, standing.finished, standing.failed)
        due = time.monotonic() >= self._next_page or standing.running is False  # the last one
        idle = self._maker is None or not self._maker.is_alive()
        if idle and shown != self._seen and due:
            self._seen = shown
            self._maker = threading.Thread(target=self._made, daemon=True)
            self._maker.start()

    def _made(self) -> None:
        began = time.thread_time()
        try:
            with self._drawing:
                self._renew(read_results(self.directory))
        except Exception as error:  # of whatever kind: the page that is there stays
            told = str(error) if isinstance(error, XbarsimError | OSError) else repr(error)
            self._page = self._page | {"fault": f"the page could not be made anew: {told}"}
        rest = max(self._every, _REST * (time.thread_time() - began))
        self._next_page = time.monotonic() + rest

    def _renew(self, results: Results) -> None:
        """Make the page; its figures' files and tables are made when they are asked for."""
        files = report_files(results, interactive=False, apart=True)
        page = files["report.html"]()
        self._files = {name: partial(self._drawn, made) for name, made in files.items()} | {
            "report.html": lambda: page,
            "results.csv": lambda: results.table.to_csv(index=False).encode(),
            "summary.csv": lambda: results.summary().to_csv(index=False).encode(),
        }
        self._page = {
            "version": sha256(page).hexdigest()[:16],
            "told": counted(int(results.meta.get("trials_finished") or 0), "trial"),
            "fault": "",
        }


def _words(standing: Standing) -> dict[str, Any]:
    """A standing for the head of the page."""
    done = standing.finished + standing.failed
    holder = standing.holder if standing.running else None
    who = "run by process {pid} on {host}, since {since}".format_map(holder) if holder else ""
    return {
        "name": standing.name,
        "state": standing.state,
        "advice": standing.advice,
        "holder": who,
        "trials": standing.trials,
        "finished": standing.finished,
        "failed": standing.failed,
        "how": told(done, standing.trials, standing.rate or 0.0, standing.failed, "trials"),
        "failures": [
            f"point {failure['point']} trial {failure['trial']}: {failure['message']}"
            for failure in standing.failures[:_FAILURES]
        ],
    }


def require_watchable(directory: Path) -> None:
    """Refuse what cannot be watched, now or later.

    Raises
    ------
    StudyError : the folder holds something else, or a study that cannot be read.
    """
    try:
        standing_of(directory)
    except NoStudyError as error:
        ours = {"models", "shared", "results.lock"}
        there = {path.name for path in directory.iterdir()} if directory.is_dir() else set()
        if any(name not in ours and not name.startswith(STORE) for name in there):
            raise StudyError(str(error)) from None
