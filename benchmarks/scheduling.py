"""What it costs to hand out trials: CPU time beside their own work, and how busy workers are.

Each trial works for 5 ms. The overhead is the CPU time of all processes, coordinator and scheduler
included, less the work, over the number of trials; what starting them takes is not counted. The
machine may be shared: CPU time is hardly touched by that, the busy share is, of which the best of
three runs counts.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil
from figures import Figure, command
from short_trials import nap, trial

from xbarsim.study.engines import Failure, OutcomesOf, processes
from xbarsim.study.engines.dask import dask

WORKERS = 2
TRIALS = 10_000


def cpu_of(pids: set[int]) -> float:
    """CPU time that processes have taken, s; ended ones are left out."""
    total = 0.0
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            total += times.user + times.system
    return total


def family() -> set[int]:
    """The present process and all that it started."""
    return {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}


Run = Callable[[Callable[[int], float], int], Iterator[tuple[int, Any]]]


def overhead(outcomes_of: Run, trials: int) -> float:
    """CPU time a trial beside its work, s; nan where a trial failed."""
    list(outcomes_of(trial, 4 * WORKERS))  # everything is started and imported
    before = cpu_of(family())
    found = [result for _, result in outcomes_of(trial, trials)]
    spent = cpu_of(family()) - before
    if len(found) != trials or any(isinstance(result, Failure) for result in found):
        return float("nan")
    return (spent - sum(found)) / trials


def busy(outcomes_of: Run, trials: int) -> float:
    """Share of their time that workers slept in trials; the best of three runs."""
    list(outcomes_of(nap, 4 * WORKERS))
    shares = []
    for _ in range(3):
        begun = time.perf_counter()
        slept = sum(result for _, result in outcomes_of(nap, trials))
        shares.append(slept / WORKERS / (time.perf_counter() - begun))
    return max(shares)


def counted(outcomes_of: OutcomesOf) -> Run:
    """An engine that is told how many trials there are."""
    return lambda function, trials: outcomes_of(function, range(trials))


def one_by_one(pool: ProcessPoolExecutor) -> Run:
    """Trials as a plain executor takes them, as many at once as there are."""
    return lambda function, trials: enumerate(pool.map(function, range(trials)))


def local(quick: bool) -> list[Figure]:
    """Worker processes of this machine, and a plain executor."""
    trials = TRIALS // 10 if quick else TRIALS
    with processes(WORKERS) as outcomes_of:
        ours = overhead(counted(outcomes_of), trials)
        share = busy(counted(outcomes_of), trials // 5)
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as pool:
        plain = overhead(one_by_one(pool), trials)
    what = f"{trials} trials of 5 ms"
    return [
        Figure(f"local: CPU beside the work of a trial, {what}", 1e3 * ours, "ms", "<=", 1.0),
        Figure("local: share of the time that two workers work", 100 * share, "%", ">=", 85),
        Figure(f"plain ProcessPoolExecutor: CPU beside the work, {what}", 1e3 * plain, "ms"),
    ]


def on_dask(quick: bool) -> list[Figure]:
    """A Dask cluster on this machine: scheduler and two workers, each a process."""
    trials = TRIALS // 10 if quick else TRIALS
    with cluster() as address, dask(address) as outcomes_of:
        ours = overhead(counted(outcomes_of), trials)
        share = busy(counted(outcomes_of), trials // 5)
    what = f"{trials} trials of 5 ms"
    return [
        Figure(f"Dask: CPU beside the work of a trial, {what}", 1e3 * ours, "ms", "<=", 1.0),
        Figure("Dask: share of the time that two workers work", 100 * share, "%", ">=", 85),
    ]


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """Address of a scheduler with two workers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    here = str(Path(__file__).parent)
    path = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    start = partial(
        subprocess.Popen, env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    python = [sys.executable, "-m"]
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    begun = [start([*python, "distributed.cli.dask_scheduler", *options])]
    worker = [*python, "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
    begun += [start(worker) for _ in range(WORKERS)]
    try:
        yield address
    finally:
        for process in reversed(begun):
            process.terminate()
            process.wait()


if __name__ == "__main__":
    command("scheduling", __doc__ or "", "a tenth of the trials", [local, on_dask])
