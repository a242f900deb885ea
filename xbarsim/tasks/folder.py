"""The folder with data files, which XBARSIM_DATA names."""

import os
from functools import cache
from hashlib import blake2b
from pathlib import Path

from xbarsim.errors import DataError

VARIABLE = "XBARSIM_DATA"


def data_folder(source: str, title: str, *, holds: str, instead: str) -> Path:
    """The folder of the data set `source`.

    Parameters
    ----------
    source : name of the folder.
    title : how messages call the set.
    holds : what should be there.
    instead : what can be used without files.

    Raises
    ------
    DataError : there is no such folder; says what to set, to what, and what runs without.
    """
    root = os.environ.get(VARIABLE)
    without = f"or use {instead}, which needs no files"
    if not root:
        raise DataError(
            f"{title} needs data files, and {VARIABLE} is not set. Set it to a folder that holds "
            f"{holds}, {without}"
        )
    folder = Path(root) / source
    if not folder.is_dir():
        raise DataError(
            f"{title}: there is no folder {folder}; {VARIABLE} is {root} and must be a folder that "
            f"holds {holds}; {without}"
        )
    return folder


def read_bytes(file: Path) -> bytes:
    """What a file holds.

    Raises
    ------
    DataError : it cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from None


def digest_of(*files: Path) -> str:
    """A hash of files, of each as it is now.

    Raises
    ------
    DataError : one cannot be read.
    """
    try:
        seen = [(stat.st_mtime_ns, stat.st_size) for stat in (file.stat() for file in files)]
    except OSError as error:
        raise DataError(f"{error.filename}: cannot be read: {error.strerror}") from None
    return _digest_of(files, tuple(seen))


@cache
def _digest_of(files: tuple[Path, ...], seen: tuple[tuple[int, int], ...]) -> str:
    """The same; large files are read once while they stay as they were `seen`."""
    found = blake2b(digest_size=10)
    for file in files:
        found.update(read_bytes(file))
    return found.hexdigest()
