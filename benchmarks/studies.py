"""Times what studies take beside their trials: start, storing rows, going on; checks goals.

    python benchmarks/studies.py [--quick] [--out DIR]

Interpreters are fresh ones, of which the quickest counts, and what they import is part of what they
take unless it says otherwise. The machine may be shared: CPU time is hardly touched by that, wall
time is. Trials take no time, so that all that is left is ours.
"""

import os
import resource
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from figures import Figure, command
from study_runs import ROW

from xbarsim.study.store import Store

TRIES = 5
LEFT = 10  # trials that are not finished where a study goes on
SCENARIO = """\
name: nothing
seed: 3
device: {{sheet: wan_2022}}
array: {{rows: 4, cols: 4}}
tasks: [{{name: cell, kind: array}}]
sweep:
  axes: {{tasks.cell.v_write: {{linspace: {{from: 1 V, to: 2 V, num: {points}}}}}}}
  trials: {trials}
  max_points: 10000
"""


def fresh(*arguments: str) -> tuple[float, float, str]:
    """Wall and CPU time of an interpreter, s, and what it prints."""
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, check=True)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, ended.stdout.decode()


def quickest(what: str, goal: float, *arguments: str) -> list[Figure]:
    """Wall and CPU time of the quickest of some interpreters."""
    found = [fresh(*arguments)[:2] for _ in range(TRIES)]
    wall, cpu = (min(times) for times in zip(*found, strict=True))
    return [
        Figure(what, wall, "s", "<=", goal),
        Figure(f"{what}: CPU", cpu, "s"),
    ]


def start(quick: bool) -> list[Figure]:
    """Interpreters that only import."""
    return [
        *quickest("python -c pass", float("nan"), "-c", "pass"),
        *quickest("import xbarsim", 0.3, "-c", "import xbarsim"),
        *quickest("import xbarsim.study.run", float("nan"), "-c", "import xbarsim.study.run"),
        *quickest("xbarsim --help", 0.5, "-m", "xbarsim", "--help"),
    ]


def storing(quick: bool) -> list[Figure]:
    """Rows one after the other, each stored before the next."""
    rows, found = 1000 if quick else 10_000, []
    for _ in range(TRIES):
        with TemporaryDirectory() as folder, closing(Store(Path(folder) / "rows")) as store:
            begun, cpu = time.perf_counter(), time.process_time()
            for key in range(rows):
                store.put(f"{key:020x}", [ROW])
            store.flush()
            found.append((time.perf_counter() - begun, time.process_time() - cpu))
    wall, cpu = (min(times) for times in zip(*found, strict=True))
    what = f"{rows} rows stored, on the disk"
    return [Figure(what, wall, "s", "<=", 3.0), Figure(f"{what}: CPU", cpu, "s")]


def few_points(quick: bool) -> list[Figure]:
    """A study of 10 points with 1000 trials each."""
    return study(10, 100 if quick else 1000)


def many_points(quick: bool) -> list[Figure]:
    """A study of 10,000 points with one trial each."""
    return study(1000 if quick else 10_000, 1)


def study(points: int, trials: int) -> list[Figure]:
    """From nothing to almost the end, then on from there."""
    what = f"{points} points x {trials}"
    with TemporaryDirectory() as folder:
        scenario = Path(folder, "nothing.yaml")
        scenario.write_text(SCENARIO.format(points=points, trials=trials), "utf-8")
        done = points * trials - LEFT
        begun = reached(scenario, done)
        on = [reached(scenario, 0) for _ in range(TRIES)]
    wall, after, cpu = (min(times) for times in zip(*(times[:3] for times in on), strict=True))
    return [
        Figure(f"{what}: to the first trial", begun[0], "s"),
        Figure(f"{what}: to the first trial, CPU", begun[2], "s"),
        Figure(f"{what}: CPU of the coordinator a trial", 1e3 * begun[3] / done, "ms", "<=", 1.0),
        Figure(f"{what}: going on, to the first new trial", wall, "s", "<=", 2.0),
        Figure(f"{what}: the same after imports", after, "s"),
        Figure(f"{what}: the same, CPU with imports", cpu, "s"),
    ]


def reached(scenario: Path, trials: int) -> tuple[float, float, float, float]:
    """Wall time to the first trial, the same after imports, CPU time to it, and beyond it; s."""
    begun = time.time()
    program = os.fspath(Path(__file__).with_name("study_runs.py"))
    out = os.fspath(scenario.with_name("out"))
    first, after, cpu, whole = map(
        float, fresh(program, os.fspath(scenario), out, str(trials))[2].split()
    )
    return first - begun, after, cpu, whole - cpu


if __name__ == "__main__":
    command("studies", __doc__ or "", "a tenth of rows and trials",
            [start, storing, few_points, many_points])  # fmt: skip
