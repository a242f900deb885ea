"""What completion offers, kept in the user's cache until its sources change."""

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

#: dotted path → ``told``, what it is, and ``words``, from which its value is chosen
Keys: TypeAlias = dict[str, dict[str, Any]]


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/xbarsim``, by default ``~/.cache/xbarsim``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "xbarsim"


def remembered(name: str, sources: Iterable[Path], made: Callable[[], Keys]) -> Keys:
    """What `made` gave when the `sources` were as they are now, or gives anew.

    Parameters
    ----------
    name : of the file in `cache_folder`.
    sources : files that decide what comes of it.
    """
    stamp, file = _stamp(sources), cache_folder() / f"{name}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(file.read_text("utf-8"))
        if kept["stamp"] == stamp:
            return dict(kept["keys"])
    found = made()
    partial = file.with_suffix(f".{os.getpid()}")
    with suppress(OSError):  # a cache that cannot be written makes completion slow, no more
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps({"stamp": stamp, "keys": found}), "utf-8")
        partial.replace(file)
    return found


def _stamp(sources: Iterable[Path]) -> str:
    """A hash of where `sources` stand, and when they were changed."""
    stamp = blake2b(digest_size=10)
    for source in sorted(sources):
        with suppress(OSError):
            stamp.update(f"{source} {source.stat().st_mtime_ns}\n".encode())
    return stamp.hexdigest()
