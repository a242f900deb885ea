from threading import current_thread

import pytest
from threadpoolctl import threadpool_limits

from xbarsim import parallel
from xbarsim.parallel import blas_threads, single_threaded_blas, spread


def numbers():
    return [lib.num_threads for lib in parallel._controller().lib_controllers]


def test_order_is_kept_and_tasks_run_elsewhere():
    with threadpool_limits(2, user_api="blas"):
        found = spread(lambda k: (k, current_thread().name), range(7))
    assert [k for k, _ in found] == list(range(7))
    if blas_threads() > 1:
        assert all(name.startswith("xbarsim") for _, name in found)


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
