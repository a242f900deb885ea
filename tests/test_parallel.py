import os
import threading
import time
from threading import current_thread

import pytest
from threadpoolctl import threadpool_limits

from xbarsim import parallel
from xbarsim.parallel import blas_threads, single_threaded_blas, spread


def numbers():
    return [lib.num_threads for lib in parallel._controller().lib_controllers]


def test_order_is_kept_and_tasks_run_at_the_same_time():
    together = threading.Barrier(2, timeout=30)
    with threadpool_limits(2, user_api="blas"):
        if blas_threads() < 2:
            pytest.skip("this BLAS has one thread")
        found = spread(lambda k: (k, together.wait() >= 0), range(6))
    assert found == [(k, True) for k in range(6)]


def test_a_task_spreads_nothing_and_leaves_the_blas_alone():
    with threadpool_limits(2, user_api="blas"):
        before = numbers()
        inner = spread(lambda _: (blas_threads(), numbers(), spread(lambda k: k, "ab")), range(4))
        assert numbers() == before
    if max(before) > 1:
        assert all(threads == 1 and max(now) == 1 for threads, now, _ in inner)
    assert all(letters == ["a", "b"] for *_, letters in inner)


def test_with_one_thread_of_blas_work_still_spreads():
    allowed = blas_threads()
    with single_threaded_blas(), single_threaded_blas():
        assert max(numbers()) == 1
        assert blas_threads() == allowed
    assert blas_threads() == allowed
    assert max(numbers()) == allowed


def test_one_allowed_thread_is_one():
    with threadpool_limits(1, user_api="blas"):
        assert blas_threads() == 1
        assert spread(lambda _: current_thread().name, range(2)) == [current_thread().name] * 2


def test_a_failing_task_raises_and_gives_the_threads_back():
    before = numbers()

    def fail(k):
        if k == 2:
            raise KeyError(k)
        return k

    with pytest.raises(KeyError):
        spread(fail, range(4))
    assert numbers() == before
    assert spread(lambda k: k + 1, range(3)) == [1, 2, 3]


def test_after_a_failure_nobody_begins_another():
    begun = []

    def fail(k):
        begun.append(k)
        if k == 0:
            raise KeyError(k)
        time.sleep(0.02)

    with threadpool_limits(2, user_api="blas"), pytest.raises(KeyError):
        spread(fail, range(40))
    assert len(begun) <= 3


def test_a_small_call_does_not_wait_for_a_large_one():
    """Helpers that are still queued behind another caller's are not waited for."""
    parallel._pool.cache_clear()
    go = threading.Event()
    with threadpool_limits(2, user_api="blas"):
        spread(lambda k: k, range(2))
        blocked = [parallel._pool().submit(go.wait) for _ in range(1024)]
        begun = time.perf_counter()
        assert spread(lambda k: k, range(3)) == [0, 1, 2]
        assert time.perf_counter() - begun < 5
        go.set()
    for each in blocked:
        each.result()
    parallel._pool.cache_clear()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_child_forked_in_the_middle_of_things_computes():
    import numpy as np

    from xbarsim.crossbar import Wires, transfer_matrix

    wires = Wires(r_word=2.0, r_source=30.0, sides=2, sense_sides=2)
    g = np.full((64, 70), 1e-4)
    expected = transfer_matrix(g, wires)
    go, waiting = threading.Event(), threading.Event()

    def wait(_):
        waiting.set()
        go.wait()

    thread = threading.Thread(target=lambda: spread(wait, range(2)))
    thread.start()
    try:
        assert waiting.wait(10)
        child = os.fork()
        if child == 0:
            threading.Timer(20.0, os._exit, (2,)).start()
            right = np.array_equal(transfer_matrix(g, wires), expected)
            os._exit(0 if right and not parallel._inside else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        go.set()
        thread.join()


def test_a_property_is_computed_once():
    class Thing:
        made = 0

        @parallel.once
        def value(self):
            """A value."""
            self.made += 1
            return 7

    thing = Thing()
    assert (thing.value, thing.value, thing.made) == (7, 7, 1)
    assert Thing.value.__doc__ == "A value."
