"""A coordinator that is killed: real processes, SIGKILL in the middle."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import fast
import pandas as pd
import pytest

from xbarsim.errors import StudyError
from xbarsim.scenario import load_scenario
from xbarsim.study import read_results, run_study
from xbarsim.study import run as run_module
from xbarsim.study.store import STORE

COORDINATOR = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import fast
from xbarsim.scenario import load_scenario
from xbarsim.study import run, run_study

def run_trial(trial):
    time.sleep(0.002)
    return fast.logged(trial)

run.run_trial = run_trial
run_study(load_scenario("fast.yaml", {"sweep.trials": 400}, check=False), Path("out"))
"""


def start(folder):
    here = str(Path(__file__).parent)
    return subprocess.Popen([sys.executable, "-c", COORDINATOR, here], cwd=folder)


def stored(folder):
    with suppress(StudyError):
        if (folder / "out" / STORE).exists():
            return read_results(folder / "out").meta["trials_finished"]
    return 0


def executed(folder):
    file = folder / "executed"
    return file.read_text().split() if file.exists() else []


def wait_until(condition, process):
    end = time.monotonic() + 60
    while not condition():
        assert process.poll() is None and time.monotonic() < end, "the study did not get there"
        time.sleep(0.01)


@pytest.mark.long
def test_a_killed_study_is_read_goes_on_and_runs_nothing_twice(tmp_path, monkeypatch):
    (tmp_path / "fast.yaml").write_text(fast.FAST)
    plan = load_scenario(tmp_path / "fast.yaml", {"sweep.trials": 400}, check=False)
    out = tmp_path / "out"
    process = start(tmp_path)
    wait_until(lambda: stored(tmp_path) >= 100, process)
    while_running = read_results(out)
    assert while_running.meta["running"] is True
    assert len(while_running.table) == while_running.meta["trials_finished"]
    monkeypatch.setattr("xbarsim.study.lock._PATIENCE", 0.01)
    with pytest.raises(StudyError, match=f"already runs here: process {process.pid} on"):
        run_study(plan, out)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    so_far = read_results(out)
    kept = set(so_far.table["key"])
    assert so_far.meta["running"] is False
    assert so_far.meta["trials_left"] == 1200 - len(kept) > 0
    assert len(executed(tmp_path)) - len(kept) <= 1, "all but what was under way is kept"

    assert start(tmp_path).wait(60) == 0
    counts = Counter(executed(tmp_path))
    assert len(counts) == 1200
    assert all(counts[key] == 1 for key in kept)
    assert sum(counts.values()) <= 1200 + 1
    monkeypatch.setattr(run_module, "run_trial", fast.rows)
    whole = run_study(plan, tmp_path / "whole")
    pd.testing.assert_frame_equal(read_results(out).table, whole.table, check_exact=True)
    assert (out / "results.csv").read_bytes() == (whole.directory / "results.csv").read_bytes()
