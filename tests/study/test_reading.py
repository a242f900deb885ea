"""Results from a store: of a study that runs, that was stopped, or that is finished."""

import sqlite3
from contextlib import closing

import fast
import pandas as pd
import pytest

from xbarsim.errors import StudyError
from xbarsim.scenario import load_scenario
from xbarsim.study import export, read_results, run_study
from xbarsim.study import run as run_module
from xbarsim.study.store import STORE, Store


@pytest.fixture
def out(tmp_path, monkeypatch):
    """The folder of a finished study."""
    (tmp_path / "fast.yaml").write_text(fast.FAST)
    monkeypatch.setattr(run_module, "run_trial", fast.rows)
    run_study(load_scenario(tmp_path / "fast.yaml"), tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """What `read_results` gives after each trial of a study."""
    found = []

    def run(trial):
        found.append(read_results(tmp_path / "out"))
        return fast.rows(trial)

    monkeypatch.setattr(run_module, "run_trial", run)
    (tmp_path / "fast.yaml").write_text(fast.FAST)
    whole = run_study(load_scenario(tmp_path / "fast.yaml"), tmp_path / "out")
    return [*found, whole]


def test_a_study_is_read_while_it_runs(parts):
    whole = parts[-1].table
    for number, part in enumerate(parts):
        if number:  # one chip at all points, then the next
            ran = whole.sort_values(["trial", "point"])["key"][:number]
            so_far = whole[whole["key"].isin(ran)].reset_index(drop=True)
            pd.testing.assert_frame_equal(part.table, so_far, check_exact=True)
        assert (part.meta["trials_finished"], part.meta["trials_left"]) == (number, 12 - number)
        assert part.meta["running"] is (number < 12)
        assert (part.meta["finished"] is None) is (number < 12)


def test_a_summary_of_so_far_is_that_of_the_trials_so_far(parts):
    summary = parts[6].summary()
    assert summary["trials"].tolist() == [2, 2, 2]
    assert summary["tasks.cell.v_write"].tolist() == [1.0, 2.0, 3.0]


def test_nothing_finished_is_an_empty_table_and_an_empty_summary(parts):
    assert len(parts[0].table) == 0 and len(parts[0].summary()) == 0
    assert "tasks.cell.v_write" in parts[0].table and "point" in parts[0].summary()


def test_results_file_and_store_say_the_same(out):
    stored = read_results(out)
    (out / STORE).unlink()
    filed = read_results(out)
    pd.testing.assert_frame_equal(stored.table, filed.table, check_exact=True)
    assert stored.meta == filed.meta and stored.scenario == filed.scenario
    assert (stored.axes, stored.units) == (filed.axes, filed.units)


def test_a_table_is_exported_to_the_last_bit(out, tmp_path):
    results = read_results(out)
    export(results, tmp_path / "mine.csv")
    assert (tmp_path / "mine.csv").read_bytes() == (out / "results.csv").read_bytes()
    lines = (tmp_path / "mine.csv").read_text().splitlines()
    energies = [float(line.split(",")[-2]) for line in lines[1:]]
    assert energies == results.table["access.energy"].tolist()
    with pytest.raises(StudyError, match=r"mine\.txt: tables are written as \.csv"):
        export(results, tmp_path / "mine.txt")
    with pytest.raises(StudyError, match=r"nowhere/mine\.csv: there is no folder"):
        export(results, tmp_path / "nowhere" / "mine.csv")


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(StudyError, match="holds no study; run a scenario first"):
        read_results(tmp_path)
    Store(tmp_path / STORE).close()
    with pytest.raises(StudyError, match="no study has begun here"):
        read_results(tmp_path)
    (tmp_path / STORE).write_bytes(b"")
    with pytest.raises(StudyError, match="no study has begun here"):
        read_results(tmp_path)


def test_a_broken_results_file_is_named(tmp_path):
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(StudyError, match=r"results\.json: not the results of a study"):
        read_results(tmp_path)


def test_a_finished_study_of_an_older_version_is_read_from_its_results_file(out):
    """Its store knows neither points nor what the study is made of."""
    now = read_results(out)
    with closing(sqlite3.connect(out / STORE)) as db:
        for table in ("points", "planned", "failures"):
            db.execute(f"DROP TABLE {table}")
        db.execute("DELETE FROM meta WHERE name = 'study'")
        db.execute("PRAGMA user_version = 0")
        db.commit()
    found = read_results(out)
    pd.testing.assert_frame_equal(found.table, now.table, check_exact=True)
    assert found.meta["trials_finished"] == 12
