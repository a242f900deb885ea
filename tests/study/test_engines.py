import multiprocessing

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


def test_stopping_early_leaves_no_worker():
    outcomes = processes(workers.square, list(range(50)), 2)
    next(outcomes)
    outcomes.close()
    for child in multiprocessing.active_children():
        child.join(timeout=10)
    assert not multiprocessing.active_children()
