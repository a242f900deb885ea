"""Finished trials in a SQLite file: one writer, any number of readers while it writes."""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xbarsim.errors import StudyError
from xbarsim.study.layout import explained, make_tables, version_of

Row = dict[str, Any]
#: number, point, trial within the point, key
Planned = tuple[int, int, int, str]

#: what the file is called in the folder of a study
STORE = "results.sqlite"

_SYNC = 0.25  # s, between rows that are forced to the disk
_WAIT = 5.0  # s, for another program that holds the file


class Store:
    """The trials of one study, by key, and what it takes to make tables of them.

    A trial's key is a hash of all that decides its result, so that a row found under a key is the
    row that running the trial again would give.

    Whatever was put is with the operating system when `put` returns, so that it outlives this
    process however that ends. It is forced to the disk with the first row that comes 0.25 s or
    more after the one before that was, by `flush`, and by `close`: a power failure costs at most
    what came since, and never damages the file. The file is in WAL mode: readers see a study as it
    was at one moment, and do not hold up the writer.

    Parameters
    ----------
    path : the file; made where there is none, and brought up to date where an older version made
        it.

    Raises
    ------
    StudyError : the file cannot be written, is no store, or a newer version wrote it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._synced = 0.0
        with self._explaining():
            self._db = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
                make_tables(self._db, path)
            except BaseException:
                self._db.close()
                raise

    def get_meta(self, name: str) -> Any:
        """The value that `set_meta` stored under `name`, or None."""
        with self._explaining():
            return meta_in(self._db, name)

    def set_meta(self, **values: Any) -> None:
        """Store plain data by name."""
        with self._writing():
            self._put_meta(values)

    def put(self, key: str, rows: list[Row]) -> None:
        """Store the rows of a finished trial."""
        with self._writing(self._forced()):
            self._db.execute("INSERT OR REPLACE INTO trials VALUES (?, ?)", (key, json.dumps(rows)))

    def put_failure(self, key: str, message: str) -> None:
        """Note that a trial failed, and why."""
        with self._writing(self._forced()):
            self._db.execute(
                "INSERT INTO failures VALUES (?, ?, 1) ON CONFLICT (key) DO UPDATE "
                "SET message = excluded.message, times = times + 1",
                (key, message),
            )

    def begin(
        self,
        meta: Mapping[str, Any],
        points: Iterable[tuple[Any, Any]],
        planned: Iterable[Planned],
    ) -> None:
        """Put a study in the place of the one that was here; finished trials stay.

        Parameters
        ----------
        meta : plain data by name, beside what is there.
        points : for each point, values of the axes and what makes its trials, as plain data.
        planned : the trials of the study.
        """
        texts = ((n, json.dumps(swept), json.dumps(recipe)) for n, (swept, recipe)
                 in enumerate(points))  # fmt: skip
        with self._writing():
            self._db.execute("DELETE FROM points")
            self._db.execute("DELETE FROM planned")
            self._db.executemany("INSERT INTO points VALUES (?, ?, ?)", texts)
            self._db.executemany("INSERT INTO planned VALUES (?, ?, ?, ?)", planned)
            self._put_meta(meta)

    def finished(self, keys: Iterable[str]) -> dict[str, list[Row]]:
        """Rows of those of `keys` that are finished."""
        wanted = set(keys)
        with self._explaining():
            found = self._db.execute("SELECT key, rows FROM trials")
            return {key: json.loads(rows) for key, rows in found if key in wanted}

    def failures(self) -> dict[str, str]:
        """Why trials failed when they were last run, by key."""
        with self._explaining():
            return dict(self._db.execute("SELECT key, message FROM failures").fetchall())

    def keys(self) -> set[str]:
        """Keys of all trials that are finished."""
        with self._explaining():
            return {key for (key,) in self._db.execute("SELECT key FROM trials")}

    def points(self) -> list[tuple[str, str]]:
        """For each point what `begin` stored, as JSON."""
        with self._explaining():
            return points_in(self._db)

    def planned(self) -> list[Planned]:
        """The trials of the study."""
        with self._explaining():
            return planned_in(self._db)

    def flush(self) -> None:
        """Force what was put to the disk."""
        self.set_meta(flushed=time.time())

    def close(self) -> None:
        """Close the file, with all that was put on the disk."""
        try:
            if self.path.exists():
                self.flush()
        finally:
            self._db.close()

    def _put_meta(self, values: Mapping[str, Any]) -> None:
        named = [(name, json.dumps(value)) for name, value in values.items()]
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", named)

    def _forced(self) -> bool:
        """Whether it is time to force a row to the disk."""
        return time.monotonic() - self._synced >= _SYNC

    @contextmanager
    def _writing(self, forced: bool = True) -> Iterator[None]:
        """A transaction; of an error nothing is stored."""
        if not self.path.exists():
            raise StudyError(f"{self.path}: was removed while the study ran; run it again")
        with self._explaining():
            self._db.execute(f"PRAGMA synchronous = {'FULL' if forced else 'NORMAL'}")
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        if forced:
            self._synced = time.monotonic()

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            raise explained(self.path, error) from None


def points_in(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """For each point of a study the values of its axes and its recipe, as JSON."""
    return db.execute("SELECT swept, recipe FROM points ORDER BY number").fetchall()


def planned_in(db: sqlite3.Connection) -> list[Planned]:
    """The trials of a study, in their order."""
    return db.execute("SELECT * FROM planned ORDER BY number").fetchall()


def meta_in(db: sqlite3.Connection, name: str) -> Any:
    """The value under `name` in a store, or None."""
    found = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return json.loads(found[0]) if found else None


@contextmanager
def snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """A store as it is now, for reading; whoever writes to it goes on.

    Raises
    ------
    StudyError : the file cannot be read, is no store, or a newer version wrote it.
    """
    try:
        db = _opened(path)
        try:
            version_of(db, path)
            yield db
        finally:
            db.close()
    except (sqlite3.Error, ValueError) as error:
        raise explained(path, error) from None


def _opened(path: Path) -> sqlite3.Connection:
    """A reader's connection; a file beside which nothing can be made is taken as it is."""
    address = f"{path.resolve().as_uri()}?mode=ro"
    try:
        return _begun(address)
    except sqlite3.OperationalError as error:
        unread = path.with_name(f"{path.name}-wal").exists()
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN or unread:
            raise
        return _begun(f"{address}&immutable=1")


def _begun(address: str) -> sqlite3.Connection:
    db = sqlite3.connect(address, timeout=_WAIT, isolation_level=None, uri=True)
    try:
        db.execute("BEGIN")
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        db.close()
        raise
    return db
