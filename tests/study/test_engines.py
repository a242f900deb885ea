import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest
import workers

from xbarsim.study.engines import ENGINES, Failure, processes


@pytest.mark.parametrize("name", ENGINES)
def test_every_call_is_answered_once(name):
    outcomes = list(ENGINES[name](workers.square, list(range(7)), 2))
    assert sorted(outcomes) == [(k, k * k) for k in range(7)]


@pytest.mark.parametrize("name", ENGINES)
def test_an_error_in_one_call_leaves_the_others(name):
    outcomes = dict(ENGINES[name](workers.fail_on_three, list(range(6)), 2))
    assert outcomes.pop(3) == Failure("ValueError: three is not allowed")
    assert outcomes == {k: k for k in (0, 1, 2, 4, 5)}


def test_a_call_that_kills_its_worker_leaves_the_others():
    outcomes = dict(processes(workers.die_on_three, list(range(6)), 2))
    assert "died twice" in outcomes.pop(3).message
    assert outcomes == {k: k for k in (0, 1, 2, 4, 5)}


def test_a_worker_killed_once_is_replaced(tmp_path):
    arguments = [(k, str(tmp_path / "flag")) for k in range(6)]
    assert dict(processes(workers.die_once, arguments, 2)) == {k: k for k in range(6)}


def test_nothing_to_do_starts_nothing():
    assert list(processes(workers.square, [], 2)) == []


def test_workers_use_one_thread_each():
    assert list(processes(workers.blas_threads, [0], 1)) == [(0, 1)]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_stopping_early_leaves_no_worker():
    outcomes = processes(workers.square, list(range(50)), 2)
    next(outcomes)
    pids = [child.pid for child in multiprocessing.active_children()]
    outcomes.close()
    until = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert pids
    assert not any(map(alive, pids))


def test_stopping_early_leaves_other_children_alone():
    mine = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    mine.start()
    outcomes = processes(workers.square, list(range(50)), 2)
    next(outcomes)
    outcomes.close()
    assert mine.is_alive()
    mine.kill()
    mine.join()


def test_a_call_refused_by_a_broken_pool_is_answered_all_the_same(monkeypatch):
    submit, calls = ProcessPoolExecutor.submit, []

    def broken_once(self, *arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise BrokenProcessPool("a worker died just now")
        return submit(self, *arguments)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", broken_once)
    assert dict(processes(workers.square, list(range(6)), 2)) == {k: k * k for k in range(6)}
