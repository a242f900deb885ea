"""Results that are shared: by content, as copies, within bounds."""

from dataclasses import dataclass, replace
from functools import partial
from threading import Barrier, Thread

import numpy as np
import pytest

from xbarsim.cache import Kept, content, forget, shared, shared_file, sharing
from xbarsim.crossbar import Wires


@pytest.fixture(autouse=True)
def nothing_is_left():
    forget()
    yield
    forget()


@dataclass(frozen=True)
class Law:
    a: float
    b: tuple[float, ...] = (1.0, 2.0)


@dataclass(frozen=True)
class Other(Law):
    pass


G = np.array([[1e-6, 2e-6], [3e-6, 4e-6]])
DIFFERENT = [
    ("x", G),
    ("y", G),
    ("x", G.T),
    ("x", G.reshape(4)),
    ("x", G.astype(np.float32)),
    ("x", np.nextafter(G, 1)),
    ("x", 1),
    ("x", 1.0),
    ("x", True),
    ("x", "1"),
    ("x", None),
    ("x", (1, (2, 3))),
    ("x", ((1, 2), 3)),
    ("x", Law(1.0)),
    ("x", Law(1.0, (1.0, 3.0))),
    ("x", Other(1.0)),
    ("x", {"a": 1.0}),
    ("x", Wires(r_word=1.0)),
    ("x", Wires(r_bit=1.0)),
    ("x", 0.0),
    ("x", -0.0),
]


def test_whatever_differs_has_another_content():
    found = [content(*parts) for parts in DIFFERENT]
    assert None not in found
    assert len(set(found)) == len(found)


def test_equal_parts_have_one_content_however_they_lie_in_memory():
    wires = Wires(r_word=2.0, r_bit=1.0)
    assert content("x", G.T.copy().T, wires) == content("x", G, replace(wires))
    assert content({"a": 1, "b": 2}) == content({"b": 2, "a": 1})


@pytest.mark.parametrize("part", [object(), print, np.array(["a"]), np.ma.array([1.0]), {1, 2}])
def test_what_may_change_unseen_is_computed_anew(part):
    assert content("x", part) is None
    made = []
    with sharing():
        for _ in range(2):
            shared(lambda: made.append(1), "x", part)
    assert len(made) == 2


def test_equal_parts_are_computed_once_and_only_while_sharing():
    made = []

    def make():
        made.append(1)
        return G * 2

    shared(make, "x", G)
    with sharing():
        first, second = (shared(make, "x", G) for _ in range(2))
        with sharing(False):
            shared(make, "x", G)
    np.testing.assert_array_equal(first, second)
    assert len(made) == 3


def test_nobody_can_change_what_another_gets():
    with sharing():
        shared(G.copy, "x")[:] = 0
        shared(G.copy, "x")[:] = 0
        np.testing.assert_array_equal(shared(G.copy, "x"), G)


def test_what_was_not_used_for_longest_goes_first():
    kept, made = Kept(250), []

    def of(key):
        return kept.of(key, lambda: made.append(key) or bytes(100))

    for key in ("a", "b", "a", "c", "a", "b"):
        of(key)
    assert made == ["a", "b", "c", "b"]
    assert kept.size == 200
    kept.of("large", lambda: bytes(300))
    assert kept.size == 200


def test_threads_that_ask_at_once_get_the_same():
    together, found = Barrier(4), []

    def work():
        together.wait()
        found.extend(shared(partial(np.multiply, k, G), "x", k) for k in range(50))

    threads = [Thread(target=work) for _ in range(4)]
    with sharing():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for k in range(50):
        assert sum(np.array_equal(each, k * G) for each in found) == 4


def test_a_file_is_shared_only_in_a_folder_that_is_there(tmp_path):
    assert shared_file("a") is None
    with sharing(folder=tmp_path / "gone"):
        assert shared_file("a") is None
    with sharing(folder=tmp_path):
        assert shared_file("a") == tmp_path / "a"
