"""The machine: what it is, what it can do, and how much of it a computation takes."""

import os
import platform
import subprocess
import sys
import time
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from cases import WIRES, Case, fastest
from threadpoolctl import threadpool_info, threadpool_limits

from xbarsim.crossbar import solve, transfer_matrix

PEERS = ("badcrossbar", "CrossSim")
#: computations whose memory is measured, each in a process of its own
MEMORY = ("transfer 1024", "transfer 2048", "solve 4096")


def description() -> dict[str, str]:
    """Processor, cores, threads, load, date and versions."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].split(":", 1)[1].strip() if names else cpu
    packages = ("xbarsim", "numpy", "scipy", "numba", *PEERS)
    return {
        "processor": cpu,
        "cores": str(len(os.sched_getaffinity(0))),
        "BLAS": ", ".join(f"{i['internal_api']} x{i['num_threads']}" for i in threadpool_info()),
        "load over the last minute": f"{os.getloadavg()[0]:.2g}",
        "date": date.today().isoformat(),
        "Python": platform.python_version(),
    } | {name: _version(name) for name in packages}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"


def rates() -> dict[str, float]:
    """Matrix product (flop/s), copy on one thread and triad on all of them (B/s)."""
    side, cells = 1024, 2**26 // 3
    a, b = np.random.default_rng(0).normal(size=(2, side, side))
    x, y, z = (np.ones(cells) for _ in range(3))
    triad = _triad()
    triad(x, y, z)
    times = fastest(
        {
            "gemm": lambda: a @ b,
            "copy": lambda: np.copyto(x, y),
            "triad": lambda: triad(x, y, z),
        }
    )
    with threadpool_limits(1):
        single = fastest({"gemm": lambda: a @ b})
    return {
        "gemm_rate": 2 * side**3 / times["gemm"],
        "gemm_rate_one_thread": 2 * side**3 / single["gemm"],
        "copy_rate": 16 * cells / times["copy"],
        "triad_rate": 24 * cells / times["triad"],
    }


def _triad():  # noqa: ANN202
    from numba import njit, prange

    @njit(parallel=True)
    def triad(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> None:
        for k in prange(x.size):
            x[k] = y[k] + 3.0 * z[k]

    return triad


def memory() -> dict[str, float]:
    """Largest resident memory (B), and duration (s), of each of `MEMORY`.

    The interpreter and its libraries are included; they alone are the entry "nothing".
    """
    command = [sys.executable, str(Path(__file__).with_name("crossbar.py")), "--memory-of"]
    figures = {}
    for what in ("nothing", *MEMORY):
        run = subprocess.run([*command, what], check=True, capture_output=True, text=True)
        n_bytes, seconds = run.stdout.split()
        figures |= {f"memory {what}": float(n_bytes), f"seconds {what}": float(seconds)}
    return figures


def memory_of(what: str) -> tuple[int, float]:
    """Largest resident memory of this process once it has computed `what`, B; its duration, s.

    Read from VmHWM: ``ru_maxrss`` of a child can be that of the parent it was started from.
    """
    begun = time.perf_counter()
    if what != "nothing":
        kind, side = what.split()
        case = Case(int(side))
        if kind == "transfer":
            transfer_matrix(case.g, WIRES)
        else:
            solve(case.g, case.v[0], WIRES)
    seconds = time.perf_counter() - begun
    status = Path("/proc/self/status").read_text().splitlines()
    kilobytes = next(line for line in status if line.startswith("VmHWM")).split()[1]
    return 1024 * int(kilobytes), seconds
