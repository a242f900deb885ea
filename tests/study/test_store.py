import sqlite3

import pytest

from xbarsim.errors import StudyError
from xbarsim.study.store import Store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.sqlite"


def test_rows_are_kept_to_the_last_bit(path):
    rows = [{"accuracy": 0.1 + 0.2, "task": "a", "energy.total": 1.2345678901234567e-12}]
    store = Store(path)
    store.put("key", rows)
    store.close()
    assert Store(path).finished(["key"]) == {"key": rows}


def test_what_was_put_is_there_without_closing(path):
    store = Store(path)
    store.put("key", [{"a": 1}])
    assert Store(path).finished(["key", "other"]) == {"key": [{"a": 1}]}


def test_finished_gives_only_what_was_asked_for(path):
    store = Store(path)
    store.put("a", [])
    store.put("b", [])
    assert set(store.finished(["b"])) == {"b"}


def test_meta_is_plain_data(path):
    store = Store(path)
    assert store.get_meta("scenario") is None
    store.set_meta(scenario={"a": [1, None, "x"]})
    assert Store(path).get_meta("scenario") == {"a": [1, None, "x"]}


def test_a_file_of_another_kind_is_refused(path):
    path.write_text("no database, but long enough to be taken for one " * 30)
    with pytest.raises(StudyError, match="cannot be used as a result store"):
        Store(path)


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(StudyError, match="cannot be used"):
        Store(tmp_path / "missing" / "results.sqlite")


@pytest.mark.parametrize(
    "damage", ["INSERT INTO trials VALUES ('key', '{not json')", "DROP TABLE trials"]
)
def test_a_damaged_store_is_refused_when_read(path, damage):
    store = Store(path)
    db = sqlite3.connect(path)
    db.execute(damage)
    db.commit()
    db.close()
    with pytest.raises(StudyError, match="move it away"):
        store.finished(["key"])
    store.close()
