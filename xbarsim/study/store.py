"""Finished trials in a SQLite file: one writer, each trial committed as it comes in."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from xbarsim.errors import StudyError

Row = dict[str, Any]


class Store:
    """The trials of one study, by key.

    A trial's key is a hash of all that decides its result, so that a row found under a key is the
    row that running the trial again would give.

    Parameters
    ----------
    path : the file; made where there is none.

    Raises
    ------
    StudyError : the file cannot be written or is no store.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = sqlite3.connect(path, timeout=5)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT)")
            self._db.execute("CREATE TABLE IF NOT EXISTS trials (key TEXT PRIMARY KEY, rows TEXT)")
            self._db.commit()
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def get_meta(self, name: str) -> Any:
        """The value that `set_meta` stored under `name`, or None."""
        try:
            found = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
            return json.loads(found[0]) if found else None
        except (sqlite3.Error, ValueError) as error:
            raise self._unusable(error) from None

    def set_meta(self, name: str, value: Any) -> None:
        """Store plain data under `name`."""
        self._write("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))

    def put(self, key: str, rows: list[Row]) -> None:
        """Store the rows of a finished trial; they are on disk when this returns."""
        self._write("INSERT OR REPLACE INTO trials VALUES (?, ?)", (key, json.dumps(rows)))

    def finished(self, keys: Iterable[str]) -> dict[str, list[Row]]:
        """Rows of those of `keys` that are finished."""
        wanted = set(keys)
        try:
            found = self._db.execute("SELECT key, rows FROM trials")
            return {key: json.loads(rows) for key, rows in found if key in wanted}
        except (sqlite3.Error, ValueError) as error:
            raise self._unusable(error) from None

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _unusable(self, error: Exception) -> StudyError:
        return StudyError(
            f"{self.path}: cannot be used as a result store: {error}; move it away, or choose "
            "another folder with --out"
        )

    def _write(self, statement: str, values: tuple[str, str]) -> None:
        if not self.path.exists():
            raise StudyError(f"{self.path}: was removed while the study ran; run it again")
        try:
            with self._db:
                self._db.execute(statement, values)
        except sqlite3.Error as error:
            raise StudyError(f"{self.path}: a result could not be stored: {error}") from None
