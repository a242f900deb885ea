"""How much memory a worker holds, and how much it may."""

import contextlib
import os
import sys
from pathlib import Path

#: of the machine's memory, for all workers together
SHARE = 0.8
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def resident() -> float:
    """Memory that this process holds, bytes; where the system does not tell, the most it held."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return float(pages * os.sysconf("SC_PAGE_SIZE"))
    except (OSError, ValueError, IndexError):
        return _most_held()


def _most_held() -> float:
    """0 where there is no way to know."""
    try:
        import resource
    except ImportError:
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def machine_memory() -> float:
    """Memory that processes of this machine, or container, may hold, bytes; else infinite."""
    found = []
    with contextlib.suppress(OSError, ValueError, AttributeError):
        found.append(float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")))
    for file in _LIMITS:
        with contextlib.suppress(OSError, ValueError):  # "max": no limit
            found.append(float(Path(file).read_text("ascii")))
    return min(found, default=float("inf"))


def default_bound(workers: int) -> float:
    """What each of so many workers may hold after a chunk, bytes: its part of `SHARE`."""
    return SHARE * machine_memory() / workers
