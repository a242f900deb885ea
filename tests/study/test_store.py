import itertools
import sqlite3
import sys
import time
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.errors import StudyError
from xbarsim.study.layout import VERSION
from xbarsim.study.store import Store, meta_in, snapshot


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.sqlite"


@pytest.fixture
def store(path):
    with closing(Store(path)) as opened:
        yield opened


def test_rows_are_kept_to_the_last_bit(path):
    rows = [{"accuracy": 0.1 + 0.2, "task": "a", "energy.total": 1.2345678901234567e-12}]
    store = Store(path)
    store.put("key", rows)
    store.close()
    with closing(Store(path)) as again:
        assert again.finished(["key"]) == {"key": rows}


def test_any_row_comes_back_as_it_was(store):
    @settings(max_examples=50, deadline=None)
    @given(st.dictionaries(st.text(), st.floats(allow_nan=False) | st.text() | st.integers()))
    def comes_back(row):
        store.put("key", [row])
        assert repr(store.finished(["key"])["key"][0]) == repr(row)

    comes_back()


def test_what_was_put_is_there_without_closing(path, store):
    store.put("key", [{"a": 1}])
    with closing(Store(path)) as other:
        assert other.finished(["key", "other"]) == {"key": [{"a": 1}]}


def test_finished_gives_only_what_was_asked_for(store):
    store.put("a", [])
    store.put("b", [])
    assert set(store.finished(["b"])) == {"b"}
    assert store.keys() == {"a", "b"}


def test_meta_is_plain_data(path, store):
    assert store.get_meta("scenario") is None
    store.set_meta(scenario={"a": [1, None, "x"]})
    with closing(Store(path)) as other:
        assert other.get_meta("scenario") == {"a": [1, None, "x"]}


def test_a_reader_sees_one_moment_while_the_writer_goes_on(path, store):
    store.put("a", [])
    with snapshot(path) as db:
        count = "SELECT count(*) FROM trials"
        assert db.execute(count).fetchone() == (1,)
        store.put("b", [])
        assert db.execute(count).fetchone() == (1,)
    with snapshot(path) as db:
        assert db.execute(count).fetchone() == (2,)


def test_a_finished_store_is_read_where_nothing_can_be_written(path, monkeypatch):
    with closing(Store(path)) as store:
        store.set_meta(name="x")
    connect = sqlite3.connect

    def strict(address, **kwargs):
        """As SQLite does in a folder of somebody else's."""
        if "immutable" not in address:
            error = sqlite3.OperationalError("unable to open database file")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise error
        return connect(address, **kwargs)

    monkeypatch.setattr(sqlite3, "connect", strict)
    with snapshot(path) as db:
        assert meta_in(db, "name") == "x"


def test_failures_are_counted(path, store):
    store.put_failure("a", "first")
    store.put_failure("a", "second")
    with snapshot(path) as db:
        assert db.execute("SELECT * FROM failures").fetchall() == [("a", "second", 2)]


def test_a_new_study_leaves_finished_trials(store):
    store.put("old", [{"a": 1}])
    store.begin({"x": 1}, [([1.0], {"r": 1}), ([2.0], {"r": 2})], [(0, 0, 0, "old")])
    store.begin({"y": 2}, [([3.0], {})], [(0, 0, 0, "new")])
    assert store.points() == [("[3.0]", "{}")]
    assert store.planned() == [(0, 0, 0, "new")]
    assert (store.get_meta("x"), store.get_meta("y")) == (1, 2)
    assert store.keys() == {"old"}


def test_ten_thousand_rows_take_less_than_three_seconds(store):
    row = [{"task": "cell", "age": 1.0} | {f"metric.{k}": 0.1 * k for k in range(12)}]
    begun = time.process_time()
    for key in range(10_000):
        store.put(f"{key:020x}", row)
    store.flush()
    assert time.process_time() - begun < 3.0


def old_store(path):
    """A store as it was before versions."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)")
        db.execute("CREATE TABLE trials (key TEXT PRIMARY KEY, rows TEXT)")
        db.execute("INSERT INTO meta VALUES ('scenario', '{\"seed\": 3}')")
        db.execute("INSERT INTO trials VALUES ('key', '[{\"a\": 0.1}]')")
        db.commit()


def test_an_older_store_is_brought_up_to_date(path):
    old_store(path)
    for _ in range(2):
        with closing(Store(path)) as store:
            assert store.finished(["key"]) == {"key": [{"a": 0.1}]}
            assert store.get_meta("scenario") == {"seed": 3}
            assert store.planned() == store.points() == []
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_a_store_of_a_newer_version_is_refused_and_not_touched(path):
    Store(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 6}")
    before = path.read_bytes()
    told = f"newer xbarsim .layout {VERSION + 6}; this one reads up to {VERSION}.*update xbarsim"
    with pytest.raises(StudyError, match=told):
        Store(path)
    with pytest.raises(StudyError, match=told), snapshot(path):
        pass
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", [0, 1])
def test_a_database_of_something_else_is_refused(path, version):
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE invoices (id INTEGER)")
        db.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(StudyError, match="is a database, but no result store"):
        Store(path)


def test_a_file_of_another_kind_is_refused(path):
    path.write_text("no database, but long enough to be taken for one " * 30)
    with pytest.raises(StudyError, match=r"cannot be used as a result store.*damaged, or no store"):
        Store(path)


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(StudyError, match="cannot be used.*cannot be written"):
        Store(tmp_path / "missing" / "results.sqlite")


@pytest.mark.parametrize(
    "damage", ["INSERT INTO trials VALUES ('key', '{not json')", "DROP TABLE trials"]
)
def test_a_damaged_store_is_refused_when_read(path, store, damage):
    with closing(sqlite3.connect(path)) as db:
        db.execute(damage)
        db.commit()
    with pytest.raises(StudyError, match="move it away"):
        store.finished(["key"])


@pytest.mark.parametrize("page", [1, 2, 3, 4, 5, 6, 7, 8])
def test_an_overwritten_page_is_never_a_traceback(path, page):
    with closing(Store(path)) as store:
        store.begin({"a": 1}, [([1.0], {})], [(0, 0, 0, "key")])
        store.put("key", [{"a": 1.0}])
    content = bytearray(path.read_bytes())
    content[4096 * (page - 1) : 4096 * page] = b"\xa5" * 4096
    path.write_bytes(content)
    told = "cannot be used as a result store"
    with pytest.raises(StudyError, match=told), closing(Store(path)) as store:
        store.keys(), store.points(), store.planned(), store.get_meta("a")
        store.put("key", [])
        store.put_failure("key", "x")


def test_a_full_disk_says_to_make_room_and_what_was_stored_stays(path, store):
    (pages,) = store._db.execute("PRAGMA page_count").fetchone()
    store._db.execute(f"PRAGMA max_page_count = {pages + 8}")
    stored = 0
    with pytest.raises(StudyError, match="full; finished trials are kept, so make room"):
        for stored in range(1000):
            store.put(str(stored), [{"text": "x" * 1000}])
    assert len(store.keys()) == stored > 0
    store._db.execute("PRAGMA max_page_count = 100000")
    store.put("more", [])
    assert len(store.keys()) == stored + 1


def test_ctrl_c_at_any_line_of_the_store_is_ctrl_c_and_nothing_more(tmp_path, monkeypatch):
    """An interrupt comes between any two lines; what was put before is there."""
    where = Store.put.__code__.co_filename

    def interrupted_at(line):
        path, seen = tmp_path / f"{line}.sqlite", itertools.count()

        def within(frame, event, arg):
            if event == "line" and next(seen) == line:
                raise KeyboardInterrupt
            return within

        def trace(frame, event, arg):
            return within if frame.f_code.co_filename == where else None

        with closing(Store(path)) as store:
            store.put("before", [])
            sys.settrace(trace)
            try:
                store.put("a", [{"a": 1}])
                return False
            except KeyboardInterrupt:
                return True
            finally:
                sys.settrace(None)
                assert store.keys() >= {"before"}
                store.put("after", [])

    before = sys.gettrace()
    try:
        lines = next(n for n in itertools.count() if not interrupted_at(n))
    finally:
        sys.settrace(before)
    assert lines > 10
