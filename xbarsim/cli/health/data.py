"""Data sets that are there, and where to get the others."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from xbarsim.cli.health.finding import Finding

_found = partial(Finding, about="data")


def data() -> Iterator[Finding]:
    """The folder that XBARSIM_DATA names, and each set that has files."""
    from xbarsim.tasks.folder import VARIABLE

    root = os.environ.get(VARIABLE)
    if not root:
        yield _found(
            name=VARIABLE,
            told="not set: only sets that need no files",
            state="absent",
            fix=f"export {VARIABLE}=FOLDER",
        )
    elif not Path(root).is_dir():
        yield _found(
            name=VARIABLE,
            told=f"{root} is no folder",
            state="warning",
            fix=f"export {VARIABLE}=FOLDER, one that is there",
        )
    else:
        yield _found(name=VARIABLE, told=root)
    yield from _sets(root)


def _sets(root: str | None) -> Iterator[Finding]:
    """Every set that has files of its own."""
    from xbarsim.tasks.datasets import IDX_SETS
    from xbarsim.tasks.sequences.sources import FILES, folder_name
    from xbarsim.tasks.series.santa_fe import FILE, SOURCE

    for name, (title, get) in IDX_SETS.items():
        where = f"{name}/ with four files -ubyte.gz from {get}"
        yield _set(root, title, f"{name}/*-ubyte.gz", 4, where)
    for name, source in FILES.items():
        folder = folder_name(name)
        where = f"{folder}/ with {source.holds} from {source.get}"
        yield _set(root, source.title, f"{folder}/{source.pattern}", 1, where)
    yield _set(root, "Santa Fe laser", FILE, 1, f"{FILE}: {SOURCE}")


def _set(root: str | None, title: str, pattern: str, least: int, where: str) -> Finding:
    """Whether the files of a set are there; not whether they are whole, which takes long."""
    files = Path(root or "").glob(pattern) if root else iter(())
    found = [file for file, _ in zip(files, range(least), strict=False)]
    if len(found) == least:
        return _found(name=title, told=str(found[0].parent))
    return _found(name=title, told="not there", state="absent", fix=where)
