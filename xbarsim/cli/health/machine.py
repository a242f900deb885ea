"""Cores, memory, threads, and where files can be written."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from xbarsim.cli.health.finding import Finding

_found = partial(Finding, about="machine")

_WORKER = 0.5 * 2**30  # bytes that a worker takes with a small network; chosen
_ROOM = 2**30  # bytes of disk below which a study may not find room; chosen
_CGROUP = Path("/sys/fs/cgroup")


def workers() -> Iterator[Finding]:
    """Cores that this process may use, and whether memory is enough for a worker on each."""
    from xbarsim.backend import free_memory

    cores, share = allowed_cores(), cpu_quota()
    told = f"{cores}, the cores that this process may use; run.workers: auto starts as many"
    if share is not None and share < cores:
        yield _found(
            name="workers",
            state="warning",
            told=f"{told}, but the container or job has the time of {share:g} of them",
            fix=f"--workers {max(1, int(share))}, or run.workers in the scenario",
        )
    else:
        yield _found(name="workers", told=told)
    free = min(free_memory(), memory_limit())
    told = f"{free / 2**30:.3g} GiB are free"
    if free < cores * _WORKER:
        fix = f"--workers {max(1, int(free / _WORKER))}, or close other programs"
        yield _found(
            name="memory",
            state="warning",
            fix=fix,
            told=f"{told}, less than {_WORKER / 2**30:g} GiB a worker",
        )
    else:
        yield _found(name="memory", told=told)


def allowed_cores() -> int:
    """Cores that the affinity of this process allows."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_quota(root: Path = _CGROUP) -> float | None:
    """Cores' worth of time that the control group gives; None where it sets no limit."""
    new, old = root / "cpu.max", root / "cpu"
    try:
        if new.is_file():
            quota, period = new.read_text("ascii").split()
        else:
            quota, period = (
                (old / f"cpu.cfs_{name}_us").read_text("ascii") for name in ("quota", "period")
            )
        return float(quota) / float(period) if float(quota) > 0 else None
    except (OSError, ValueError):  # no such group, or "max"
        return None


def memory_limit(root: Path = _CGROUP) -> float:
    """Bytes that the control group leaves; infinite where it sets no limit."""
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            return float((root / limit).read_text("ascii")) - float(
                (root / used).read_text("ascii")
            )
        except (OSError, ValueError):
            continue
    return float("inf")


def threads() -> Iterator[Finding]:
    """Threads of the BLAS; workers hold it at one."""
    import scipy.linalg.cython_blas  # noqa: F401  loads the BLAS of compiled code
    from threadpoolctl import threadpool_info

    libraries = [lib for lib in threadpool_info() if lib["user_api"] == "blas"]
    told = ", ".join(f"{lib['internal_api']} {lib['num_threads']}" for lib in libraries)
    yield _found(name="BLAS threads", told=f"{told or 'none'}; 1 in a worker")


def compiled() -> Iterator[Finding]:
    """Where numba keeps compiled code; without such a place every start compiles anew."""
    import xbarsim

    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        yield _found(
            name="numba",
            state="warning",
            fix="unset NUMBA_DISABLE_JIT",
            told="NUMBA_DISABLE_JIT is set: nothing is compiled, all is slow",
        )
    beside = Path(xbarsim.__file__).parent
    given = os.environ.get("NUMBA_CACHE_DIR")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "numba"
    places = [Path(given)] if given else [beside, home]
    place = next((place for place in places if writable(place)), None)
    if place is None:
        told = f"{' and '.join(map(str, places))} cannot be written; every start compiles anew"
        yield _found(
            name="numba cache",
            told=told,
            state="warning",
            fix="set NUMBA_CACHE_DIR to a folder that can be written",
        )
    else:
        told = f"{place}, in __pycache__ beside each module" if place == beside else str(place)
        yield _found(name="numba cache", told=told)


def reports() -> Iterator[Finding]:
    """Whether studies can be written where they go by default, and how much room there is."""
    place = Path("reports")
    if not writable(place):
        yield _found(
            name="./reports",
            told=f"{place.resolve()} cannot be written",
            state="warning",
            fix="run elsewhere, or choose a folder with --out",
        )
        return
    free = shutil.disk_usage(_existing(place)).free
    told = f"can be written; {free / 2**30:.3g} GiB of disk are free"
    if free < _ROOM:
        yield _found(
            name="./reports",
            told=told,
            state="warning",
            fix="make room, or choose a folder on another disk with --out",
        )
    else:
        yield _found(name="./reports", told=told)


def writable(folder: Path) -> bool:
    """Whether files can be made in `folder`, or in the folder where it would be made."""
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)):
            return True
    except OSError:
        return False


def _existing(folder: Path) -> Path:
    """`folder`, or the nearest above it that is there."""
    return next(f for f in (folder, *folder.absolute().parents) if f.exists())
