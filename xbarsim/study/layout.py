"""The tables of a result store, how older ones are brought up to date, and what went wrong."""

import sqlite3
from pathlib import Path

from xbarsim.errors import NoStudyError, StudyError

#: of the tables below; a store says in ``PRAGMA user_version`` which it has, the first ones zero
VERSION = 1

_TABLES = {
    # name → value, as JSON
    "meta": "name TEXT PRIMARY KEY, value TEXT",
    # a finished trial: its rows, a JSON list of objects
    "trials": "key TEXT PRIMARY KEY, rows TEXT",
    # a point of the study: values of the axes, and what makes its trials; JSON
    "points": "number INTEGER PRIMARY KEY, swept TEXT, recipe TEXT",
    # what the study is made of; `point` counts in points, `trial` within one
    "planned": "number INTEGER PRIMARY KEY, point INTEGER, trial INTEGER, key TEXT",
    # why a trial gave no rows when it was run last, and how often it has been
    "failures": "key TEXT PRIMARY KEY, message TEXT, times INTEGER",
}

#: statements that lead from a version to the next
_MIGRATIONS = [[f"CREATE TABLE {name} ({_TABLES[name]})" for name in ("points", "planned",
                                                                    "failures")]]  # fmt: skip


def make_tables(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables that a store lacks; all of them or none.

    Raises
    ------
    StudyError : the file is no store, or a newer version wrote it.
    sqlite3.Error : it is damaged, or cannot be written.
    """
    if _is_there(db) and version_of(db, path) == VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        if _is_there(db):
            statements = [s for step in _MIGRATIONS[version_of(db, path) :] for s in step]
        else:
            statements = [f"CREATE TABLE {name} ({columns})" for name, columns in _TABLES.items()]
        for statement in [*statements, f"PRAGMA user_version = {VERSION}"]:
            db.execute(statement)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def version_of(db: sqlite3.Connection, path: Path) -> int:
    """Version of a store.

    Raises
    ------
    NoStudyError : the file is empty.
    StudyError : it is a database of something else, or a newer version wrote it.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise StudyError(
            f"{path}: was written by a newer xbarsim (layout {version}; this one reads up to "
            f"{VERSION}); update xbarsim, or choose another folder with --out"
        )
    if not _is_there(db):
        raise NoStudyError(f"{path}: no study has begun here; run a scenario first")
    needed = set(_TABLES) if version else {"meta", "trials"}
    if not needed <= _names(db):
        raise StudyError(
            f"{path}: is a database, but no result store; move it away, or choose another folder "
            "with --out"
        )
    return version


def _is_there(db: sqlite3.Connection) -> bool:
    """Whether the file holds anything yet."""
    return bool(_names(db)) or bool(db.execute("PRAGMA user_version").fetchone()[0])


def _names(db: sqlite3.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def explained(path: Path, error: Exception) -> StudyError:
    """What an `error` of SQLite means to whoever runs the study."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return StudyError(
            f"{path}: cannot be written or read: {error}; finished trials are kept, so make "
            "room on the disk and run the same command again"
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        why = "the file or its folder cannot be written, or the disk is full"
    elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StudyError(
            f"{path}: another program holds it ({error}); end that, and run the same command again"
        )
    else:
        why = "it is damaged, or no store"
    kept = path.with_name("results.json").is_file()
    beside = "; without it results.json, written when the study ended, is read" if kept else ""
    return StudyError(
        f"{path}: cannot be used as a result store: {error} ({why}); move it away, or choose "
        f"another folder with --out{beside}"
    )
