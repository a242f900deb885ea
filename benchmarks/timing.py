"""Runs that take turns, of which the fastest counts."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

#: rest before a run, s: a library's threads look for more work for some time after each run
PAUSE = 0.05


def interleaved(
    runs: Mapping[str, Callable[[], Any]], rounds: int, pause: float = 0.0
) -> dict[str, float]:
    """Shortest time of each, called in turn after two calls that are not counted, s."""
    for run in runs.values():
        run(), run()
    best = dict.fromkeys(runs, np.inf)
    for _ in range(rounds):
        for name, run in runs.items():
            time.sleep(pause)
            begun = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - begun)
    return best
