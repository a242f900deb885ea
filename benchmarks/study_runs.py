"""A study whose trials take no time, run by an interpreter of its own until it is stopped.

    python benchmarks/study_runs.py SCENARIO FOLDER TRIALS

runs as many trials, and prints when the first one could begin (s since 1970), how long that was
after imports (s), the CPU time of the process until then, and until the end (s).
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from xbarsim.scenario import load_scenario
from xbarsim.study import run

ROW = {"task": "cell", "age": 1.0} | {f"access.{k}": 0.1 * k for k in range(12)}


class Stopped(Exception):
    """Enough trials were run."""


def main(scenario: str, folder: str, trials: str) -> None:
    """Run, stop, and tell."""
    imported = time.perf_counter()
    told: list[float] = []

    def outcomes_of(
        function: Callable[[Any], Any], arguments: Sequence[Any]
    ) -> Iterator[tuple[int, Any]]:
        arguments[0]  # it is at hand, and could begin
        told.extend((time.time(), time.perf_counter() - imported, time.process_time()))
        for index in range(int(trials)):
            arguments[index]
            yield index, [ROW]
        raise Stopped

    run.engine = lambda *given: nullcontext(outcomes_of)
    with suppress(Stopped):
        run.run_study(load_scenario(scenario, check=False), Path(folder))
    print(*told, time.process_time())


if __name__ == "__main__":
    main(*sys.argv[1:])
