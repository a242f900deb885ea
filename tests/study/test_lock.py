import os
import socket
import threading
from contextlib import closing

import pytest

from xbarsim.errors import StudyError
from xbarsim.study import lock
from xbarsim.study.store import STORE, Store


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lock, "_PATIENCE", 0.05)


def test_a_second_coordinator_is_refused_and_told_who_the_first_is(tmp_path):
    path = tmp_path / STORE
    with lock.locked(tmp_path, path), closing(Store(path)) as store:
        store.set_meta(holder=lock.holder())
        told = f"already runs here: process {os.getpid()} on {socket.gethostname()}, since 20"
        with pytest.raises(StudyError, match=told), lock.locked(tmp_path, path):
            pass


def test_a_holder_that_has_not_said_who_it_is_still_keeps_others_out(tmp_path):
    path = tmp_path / STORE
    with lock.locked(tmp_path, path):
        told = "already runs here; wait"
        with pytest.raises(StudyError, match=told), lock.locked(tmp_path, path):
            pass


def test_a_folder_is_free_after_its_holder_fails(tmp_path):
    with pytest.raises(KeyboardInterrupt), lock.locked(tmp_path, tmp_path / STORE):
        raise KeyboardInterrupt
    with lock.locked(tmp_path, tmp_path / STORE):
        assert lock.is_running(tmp_path)
    assert not lock.is_running(tmp_path)


def test_who_only_looks_does_not_seem_to_run(tmp_path):
    from filelock import FileLock

    looking = FileLock(tmp_path / "results.lock", thread_local=False)
    looking.acquire()
    end = threading.Timer(0.02, looking.release)
    end.start()
    assert lock.is_running(tmp_path) is False
    end.join()


def test_nothing_runs_in_a_folder_without_a_lock(tmp_path):
    assert lock.is_running(tmp_path) is False
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_locked_is_named(tmp_path):
    (tmp_path / "results.lock").mkdir()
    told = r"results\.lock: cannot be locked"
    with pytest.raises(StudyError, match=told), lock.locked(tmp_path, tmp_path / STORE):
        pass
