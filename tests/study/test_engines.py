"""Engines of this machine."""

import logging
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import workers

from xbarsim.errors import SpecError, StudyError
from xbarsim.scenario.schema import RunSpec
from xbarsim.study.engines import Failure, engine, inline, processes
from xbarsim.study.engines.calls import Chunks

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def local():
    """Two worker processes that live as long as these tests; nobody told them to use one thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OMP_NUM_THREADS", raising=False)
        with processes(2) as outcomes_of:
            yield outcomes_of


@pytest.fixture(params=["inline", "processes"])
def outcomes_of(request):
    if request.param == "processes":
        yield request.getfixturevalue("local")
        return
    with inline() as outcomes_of:
        yield outcomes_of


def test_every_call_is_answered_once(outcomes_of):
    outcomes = list(outcomes_of(workers.square, list(range(7))))
    assert sorted(outcomes) == [(k, k * k) for k in range(7)]


def test_an_error_in_one_call_leaves_the_others(outcomes_of):
    outcomes = dict(outcomes_of(workers.fail_on_three, list(range(6))))
    assert outcomes.pop(3) == Failure("ValueError: three is not allowed")
    assert outcomes == {k: k for k in (0, 1, 2, 4, 5)}


def test_a_call_that_exits_is_a_failure(outcomes_of):
    """Otherwise it would end the study without a word where that runs in this process."""
    outcomes = dict(outcomes_of(workers.exit_on_three, list(range(6))))
    assert outcomes.pop(3) == Failure("SystemExit: enough")
    assert outcomes == {k: k for k in (0, 1, 2, 4, 5)}


def test_workers_live_on_between_calls(local):
    first = set(dict(local(workers.pid_of, range(40))).values())
    assert set(dict(local(workers.pid_of, range(40))).values()) <= first
    assert len(first) <= 2 and os.getpid() not in first


def test_a_result_that_cannot_be_sent_is_a_failure(local):
    outcomes = dict(local(workers.unpicklable, range(6)))
    assert "cannot be sent" in outcomes.pop(3).message
    assert outcomes == {k: k for k in (0, 1, 2, 4, 5)}


def test_a_call_that_kills_its_worker_leaves_the_others(local):
    outcomes = dict(local(workers.die_on_three, range(6)))
    assert outcomes.pop(3).message == (
        "its worker process died 2 times: ended by signal 9 (SIGKILL; killed, out of memory?)"
    )
    assert outcomes == {k: k for k in (0, 1, 2, 4, 5)}


def test_exit_codes_are_told(local):
    [(_, failure)] = local(workers.leave, [3])
    assert failure.message == "its worker process died 2 times: it ended with exit code 3"


def test_what_was_finished_before_a_worker_died_runs_once(local, tmp_path):
    """Also what the same chunk held."""
    arguments = [(k, str(tmp_path)) for k in range(60)]
    assert dict(local(workers.tell_and_die_once, arguments)) == {k: k for k in range(60)}
    runs = [int(file.name.split("-")[0]) for file in tmp_path.iterdir()]
    assert sorted(runs) == sorted([*range(60), 30])


def test_nothing_to_do_starts_nothing():
    with processes(2) as outcomes_of:
        assert list(outcomes_of(workers.square, [])) == []


def test_workers_use_one_thread_each(local):
    assert dict(local(workers.blas_threads, [0])) == {0: 1}


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def gone(pids, seconds=20):
    until = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.02)
    return not any(map(alive, pids))


def test_stopping_early_leaves_no_worker_and_other_children_alone():
    mine = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with processes(1) as outcomes_of:
        outcomes = outcomes_of(workers.slow_pid, range(50))
        _, pid = next(outcomes)
        outcomes.close()
        assert gone([pid])
        assert dict(outcomes_of(workers.square, [4])) == {0: 16}
    assert mine.poll() is None
    mine.kill()
    mine.wait()


@pytest.mark.long
def test_a_worker_that_grows_is_replaced(caplog):
    """Each call leaks 300 MB, of which the last chunk but one holds at least the second."""
    with processes(1, memory=700e6) as outcomes_of, caplog.at_level(logging.INFO, "xbarsim"):
        pids = dict(outcomes_of(workers.leak, [300_000_000] * 4))
    assert pids[0] == pids[1] and len(set(pids.values())) == 2
    assert "held more than 7e+08 bytes and was replaced" in caplog.text


DRIVER = """
import sys, workers
from xbarsim.study.engines import processes
if __name__ == "__main__":
    with processes(1) as outcomes_of:
        for _, pid in outcomes_of(workers.slow_pid, range(1000)):
            print(pid, flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_its_parent(tmp_path, how):
    """Ctrl-C reaches the whole group, workers too; they leave it to the parent."""
    (tmp_path / "driver.py").write_text(DRIVER)
    path = os.pathsep.join([str(HERE.parents[1]), str(HERE)])
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "driver.py")], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path},
        start_new_session=True,
    )  # fmt: skip
    worker = int(parent.stdout.readline())
    assert alive(worker)
    if how == signal.SIGINT:
        os.killpg(parent.pid, how)
    else:
        parent.send_signal(how)
    _, said = parent.communicate()
    assert gone([worker])
    assert said.count("Traceback") == (how == signal.SIGINT)


def test_a_script_without_guard_is_told(tmp_path):
    script = DRIVER.replace('if __name__ == "__main__":', "if True:")
    (tmp_path / "driver.py").write_text(script)
    path = os.pathsep.join([str(HERE.parents[1]), str(HERE)])
    found = subprocess.run(
        [sys.executable, str(tmp_path / "driver.py")], capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    assert found.returncode == 1
    assert "StudyError: worker processes end before they begin" in found.stderr


def test_chunks_hold_about_the_same_work():
    chunks = Chunks(10_000)
    assert chunks.take(2) == [0]
    chunks.took(1, 0.005)
    assert len(chunks.take(2)) == 40
    for _ in range(40):
        chunks.took(1, 3.0)
    assert len(chunks.take(2)) == 1


def test_chunks_are_small_near_the_end():
    chunks = Chunks(17)
    chunks.took(1, 1e-6)
    sizes = []
    while chunks:
        sizes.append(len(chunks.take(2)))
    assert sizes == [5, 3, 3, 2, 1, 1, 1, 1]


def test_the_command_line_comes_before_the_scenario(monkeypatch):
    chosen = []
    for name in ("processes", "inline", "_on"):
        monkeypatch.setattr(
            f"xbarsim.study.engines.{name}", lambda *a, name=name: chosen.append((name, a))
        )
    table = RunSpec(workers=3, memory="2 GB", cluster={"kind": "dask", "address": "there:8786"})
    engine(table)
    engine(table, workers=5)
    engine(table, cluster="tcp://elsewhere:1")
    engine(RunSpec(engine="inline"), workers=2)
    (on, (first,)), local, (on, (second,)), here = chosen
    assert on == "_on" and first.address == "tcp://there:8786"
    assert second.address == "tcp://elsewhere:1"
    assert local == ("processes", (5, 2e9)) and here == ("inline", ())


@pytest.mark.parametrize("address", ["there", "tcp://there", "http://there:80", ":1", "a:99999"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(SpecError, match="--cluster: .* expected tcp://host:port"):
        engine(RunSpec(), cluster=address)


def test_workers_and_cluster_exclude_one_another():
    with pytest.raises(SpecError, match="leave --workers out"):
        engine(RunSpec(), workers=2, cluster="tcp://there:8786")


def test_a_place_where_nobody_answers_is_told():
    """No scheduler listens there."""
    from local_cluster import free_port

    from xbarsim.study.engines.dask import dask

    address = f"tcp://127.0.0.1:{free_port()}"
    with (
        pytest.raises(StudyError, match=f"{address}: no Dask scheduler answers; check that"),
        dask(address, wait=1),
    ):
        pass


def test_what_trials_print_stays_off_standard_output(capfd):
    with processes(1) as outcomes_of:
        list(outcomes_of(partial(print, flush=True), ["a library says hello"]))
    out, err = capfd.readouterr()
    assert (out, "a library says hello" in err) == ("", True)
