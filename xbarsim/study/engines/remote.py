"""What a worker of a Dask cluster does: calls of a chunk, one at a time and with one BLAS thread.

Every worker must be what the coordinator is: see `Versions`. Files that calls name travel with
them where a worker does not see them.
"""

import pickle
import platform
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from xbarsim.errors import StudyError
from xbarsim.study.engines.calls import attempt, one_blas_thread, packed

#: a file: the hash of its contents, and those
Content = tuple[str, bytes]
#: results, each pickled, and how long they took together, s; None: files are not there
Answer = tuple[list[bytes], float] | None

_one_at_a_time = threading.Lock()  # of a worker with several threads


@dataclass(frozen=True, kw_only=True)
class Versions:
    """What decides whether two processes give the same numbers."""

    xbarsim: str
    code: str
    packs: str
    model: int
    python: str
    numpy: str
    scipy: str

    def differences(self, other: "Versions") -> str:
        """What `other` has differently, in words; empty where nothing."""
        named = {
            "code": "its own code (a development version?)",
            "packs": "packs of devices",
            "model": "model version",
        }
        return ", ".join(
            named["code"] if name == "code" else f"{named.get(name, name)} {theirs}, not {mine}"
            for name in (field.name for field in fields(self))
            if (mine := getattr(self, name)) != (theirs := getattr(other, name))
        )


@cache
def versions() -> Versions:
    """Those of this process."""
    import xbarsim
    from xbarsim.study.origins import code_of, pack_codes
    from xbarsim.study.prepare import MODEL_VERSION

    numbers = (platform.python_version(), version("numpy"), version("scipy"))
    python, numpy, scipy = (".".join(v.split(".")[:2]) for v in numbers)
    return Versions(
        xbarsim=version("xbarsim"),
        code=code_of(xbarsim),
        packs=", ".join(f"{name} {code}" for name, code in pack_codes().items()),
        model=MODEL_VERSION,
        python=python,
        numpy=numpy,
        scipy=scipy,
    )


def host_and_versions() -> tuple[str, Versions]:
    """Where this is, and what it has."""
    return socket.gethostname(), versions()


def content(digest: str, data: bytes) -> Content:
    """A file as Dask keeps it: made anew from what the scheduler holds when a worker is lost."""
    return digest, data


def files_of(argument: Any) -> list[str]:
    """Files that a call reads: those that a trial names in `tasks`."""
    return list(getattr(argument, "tasks", {}).values())


def run_chunk(expected: Versions, parcel: bytes, contents: Mapping[str, Content]) -> Answer:
    """Outcomes of the function and the arguments in `parcel`.

    Parameters
    ----------
    contents : by path, of files that may not be there.

    Raises
    ------
    StudyError : this worker is not what the coordinator is.
    """
    host, mine = host_and_versions()
    if mine != expected:
        raise StudyError(f"{host} has {expected.differences(mine)}")
    with _one_at_a_time, one_blas_thread():
        function, arguments = pickle.loads(parcel)
        here = [_with_files(argument, contents) for argument in arguments]
        if any(not Path(file).exists() for argument in here for file in files_of(argument)):
            return None
        begun = time.perf_counter()
        results = [packed(attempt(function, argument)) for argument in here]
        return results, time.perf_counter() - begun


def _with_files(argument: Any, contents: Mapping[str, Content]) -> Any:
    """`argument` with names of files that are here."""
    if not (files_of(argument) and contents):
        return argument
    tasks = {
        name: file if file not in contents or Path(file).exists() else _placed(*contents[file])
        for name, file in argument.tasks.items()
    }
    return replace(argument, tasks=tasks)


def _placed(digest: str, data: bytes) -> str:
    """Where a file has been put in the worker's own folder, which ends with the worker."""
    from distributed import get_worker

    file = Path(get_worker().local_directory) / "xbarsim" / f"{digest}.npz"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_bytes(data)
        part.replace(file)
    return str(file)
