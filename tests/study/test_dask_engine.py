"""Trials on a real Dask cluster: scheduler and workers are processes of their own."""

import fcntl
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import workers
from local_cluster import LocalCluster

from xbarsim.errors import StudyError
from xbarsim.scenario import load_scenario
from xbarsim.scenario.schema import RunSpec
from xbarsim.study import run as run_module
from xbarsim.study import run_study
from xbarsim.study.engines import cluster as cluster_module
from xbarsim.study.engines.dask import dask
from xbarsim.study.engines.remote import versions

CELLS = """
name: cells
seed: 3
device: {sheet: wan_2022}
array: {rows: 6, cols: 6, wires: {r_word: 2 ohm, r_bit: 2 ohm}}
tasks: [{name: a, kind: array, v_write: 1 V, t_write: 100 ns}]
ages: [1 s, 1 h]
sweep: {axes: {array.rows: [4, 6, 8]}, trials: 40}
run: {engine: inline}
"""


# Dask leaves sockets to a scheduler that was killed to the garbage collector
pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two workers."""
    with LocalCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster
    gc.collect()


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    file = tmp_path_factory.mktemp("plan") / "cells.yaml"
    file.write_text(CELLS)
    return load_scenario(file)


@pytest.fixture(scope="module")
def undisturbed(plan, tmp_path_factory):
    """In this process."""
    return run_study(plan, tmp_path_factory.mktemp("undisturbed"))


def same(a, b):
    pd.testing.assert_frame_equal(a.table, b.table, check_exact=True)


def runs_in(folder):
    """(call, when it was begun) of each run of `workers.slow_and_tell`."""
    names = [file.name.split("-") for file in folder.iterdir()]
    return [(int(call), int(when)) for call, _, when in names]


def test_every_call_is_answered_once_and_alone_in_its_process(cluster, capfd):
    with dask(cluster.address, 60) as outcomes_of:
        found = list(outcomes_of(workers.fail_on_three, range(400)))
        assert sorted(k for k, _ in found) == list(range(400))
        failure = dict(found)[3]
        assert failure.message == "ValueError: three is not allowed"
        assert len(set(dict(outcomes_of(workers.slow_pid, range(8))).values())) == 2
        assert set(dict(outcomes_of(workers.blas_threads, range(4))).values()) == {1}
        assert list(outcomes_of(workers.square, [])) == []
    assert "distributed" not in capfd.readouterr().err


def test_workers_that_do_not_see_a_file_get_it(cluster, tmp_path):
    """As where no disk is shared: the path leads to a file in this process alone."""
    (tmp_path / "network.npz").write_text("weights")
    with (tmp_path / "network.npz").open() as file, dask(cluster.address, 60) as outcomes_of:
        number = fcntl.fcntl(file, fcntl.F_DUPFD, 500)
        try:
            calls = [workers.Reads({"net": f"/proc/self/fd/{number}"}) for _ in range(6)]
            found = dict(outcomes_of(workers.contents, calls))
        finally:
            os.close(number)
    assert len(found) == 6
    for [(text, where)] in found.values():
        assert text == "weights" and Path(where).is_relative_to(cluster.folder)


def test_the_cluster_gives_the_table_of_this_process(cluster, plan, undisturbed, tmp_path):
    seen = []
    found = run_study(
        plan, tmp_path, cluster=cluster.address, progress=lambda *told: seen.append(told)
    )
    same(found, undisturbed)
    assert [done for _, done, total in seen] == list(range(121))


def test_a_call_that_ends_its_workers_is_set_aside_and_the_rest_finish(cluster, tmp_path):
    with dask(cluster.address, 60) as outcomes_of:
        found = dict(outcomes_of(workers.die_on_three, range(12)))
    assert "its worker process died 2 times, the last one at tcp://" in found.pop(3).message
    assert found == {k: k for k in range(12) if k != 3}


def test_what_came_back_runs_no_more_when_a_worker_and_the_scheduler_are_killed(cluster, tmp_path):
    arguments = [(k, str(tmp_path), 0.03) for k in range(150)]
    losses, found = [], {}
    with dask(cluster.address, 60) as outcomes_of:
        for k, result in outcomes_of(workers.slow_and_tell, arguments):
            assert k not in found
            found[k] = result
            if len(found) == 30:
                pid = next(tmp_path.glob(f"{k}-*")).name.split("-")[1]
                os.kill(int(pid), signal.SIGKILL)
                losses.append((time.monotonic_ns(), set(found)))
            if len(found) == 90:
                cluster.end(*cluster.processes)
                losses.append((time.monotonic_ns(), set(found)))
                cluster.start()
    assert found == {k: k * k for k in range(150)}
    assert len(losses) == 2
    for then, back in losses:
        assert not [call for call, when in runs_in(tmp_path) if when > then and call in back]


DRIVER = """
import sys
from pathlib import Path
from xbarsim.scenario import load_scenario
from xbarsim.study import run_study
if __name__ == "__main__":
    file, out, cluster = sys.argv[1:]
    run_study(load_scenario(file, {"run.engine": "processes", "run.workers": 1}), Path(out),
              cluster=cluster or None, progress=lambda what, done, total: print(done, flush=True))
"""


@pytest.mark.parametrize("where", ["cluster", "local"])
def test_a_killed_coordinator_goes_on_where_it_was(cluster, plan, undisturbed, tmp_path, where):
    (tmp_path / "cells.yaml").write_text(CELLS)
    (tmp_path / "driver.py").write_text(DRIVER)
    address = cluster.address if where == "cluster" else ""
    command = [sys.executable, tmp_path / "driver.py", tmp_path / "cells.yaml", tmp_path / "out"]
    with subprocess.Popen(
        [*command, address], stdout=subprocess.PIPE, text=True, env=cluster.environment
    ) as coordinator:
        while int(coordinator.stdout.readline()) < 50:
            pass
        coordinator.kill()
    seen = []
    found = run_study(
        plan, tmp_path / "out", cluster=address or None,
        progress=lambda what, done, total: seen.append(done),
    )  # fmt: skip
    same(found, undisturbed)
    assert seen[0] > 0


@pytest.mark.parametrize("number", [1, 2, 4])
def test_any_number_of_local_workers_gives_that_table(plan, undisturbed, tmp_path, number):
    plan = replace(plan, scenario=plan.scenario.model_copy(update={"run": RunSpec()}))
    same(run_study(plan, tmp_path, workers=number), undisturbed)


def test_a_poisonous_trial_is_named_and_the_rest_are_those_of_an_undisturbed_run(
    plan, undisturbed, tmp_path, monkeypatch
):
    """Its worker dies whenever it runs."""
    plan = replace(plan, scenario=plan.scenario.model_copy(update={"run": RunSpec()}))
    monkeypatch.setattr(run_module, "run_trial", workers.poisoned_trial)
    found = run_study(plan, tmp_path, workers=1)
    [failure] = found.meta["failures"]
    assert (failure["point"], failure["trial"]) == (1, 7)
    assert "died 2 times: ended by signal 9" in failure["message"]
    table = undisturbed.table
    rest = table[(table["point"] != 1) | (table["trial"] != 7)].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.table, rest, check_exact=True)


def test_workers_with_other_packages_are_refused(cluster, monkeypatch):
    other = replace(versions(), xbarsim="9.9", numpy="1.0")
    monkeypatch.setattr(cluster_module, "versions", lambda: other)
    with pytest.raises(StudyError) as caught, dask(cluster.address, 30):
        pass
    text = str(caught.value)
    assert f"({socket.gethostname()}): has xbarsim {versions().xbarsim}, not 9.9, numpy" in text
    assert "Install there what is here: xbarsim 9.9 on Python" in text


def test_workers_without_the_package_are_refused(cluster, monkeypatch):
    monkeypatch.setattr(cluster_module, "_ASK", "__import__('no_such_package')")
    with (
        pytest.raises(StudyError, match="tcp://.*: No module named 'no_such_package'"),
        dask(cluster.address, 30),
    ):
        pass


def test_a_worker_that_joins_later_is_checked_as_well(cluster, monkeypatch):
    monkeypatch.setattr(cluster_module, "versions", lambda: replace(versions(), model=-1))
    monkeypatch.setattr(cluster_module.Link, "_check", lambda link: None)
    with (
        dask(cluster.address, 30) as outcomes_of,
        pytest.raises(StudyError, match="a worker cannot run .* has model version .*, not -1"),
    ):
        list(outcomes_of(workers.square, range(3)))


def test_a_scheduler_that_stays_away_is_told(cluster, caplog):
    with dask(cluster.address, 4) as outcomes_of:
        outcomes = outcomes_of(workers.slow_pid, range(100))
        next(outcomes)
        cluster.end(*cluster.processes)
        with pytest.raises(StudyError, match="within 4 s; finished trials are stored"):
            list(outcomes)
    assert "connection lost; waiting for up to 4 s" in caplog.text


def test_a_cluster_without_workers_is_told(cluster, caplog):
    cluster.end(*cluster.processes)
    cluster.scheduler()
    cluster.await_scheduler()
    with (
        pytest.raises(StudyError, match="no worker is there for 3 s; start some"),
        dask(cluster.address, 3),
    ):
        pass
    assert "no worker yet; waiting for up to 3 s" in caplog.text
    cluster.start_workers()
