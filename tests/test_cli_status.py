"""How far a study is, and its table, while it runs as after."""

import json
import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from xbarsim.report import build_report
from xbarsim.study import read_results
from xbarsim.study.lock import locked
from xbarsim.study.store import Store


@pytest.fixture
def half(xbarsim, monkeypatch):
    """A study in ``out`` of six trials, four of them finished, one failed, one left."""
    from xbarsim.study.trial import run_trial

    def failing(trial):
        if trial.scenario["array"]["rows"] == 6 and trial.stream[-1] == 1:
            raise RuntimeError("the chip burnt")
        if trial.scenario["array"]["rows"] == 6 and trial.stream[-1] == 2:
            raise KeyboardInterrupt
        return run_trial(trial)

    with monkeypatch.context() as patch:
        patch.setattr("xbarsim.study.run.run_trial", failing)
        status, _, err = xbarsim("run", "cell.yaml", "--out", "out")
    assert status == 130, err
    return xbarsim


def test_a_stopped_study_says_what_is_left_and_what_failed(half):
    status, out, err = half("status", "out")
    assert (status, err) == (0, "")
    first, second, last = out.splitlines()
    assert first == "out: stopped, 4 of 6 trials finished, 1 left, 1 failed"
    assert second == "  failed: point 1 trial 1: RuntimeError: the chip burnt"
    assert last == "the command that began it goes on; finished trials are kept"


def test_a_running_study_says_so_with_its_rate(half, tmp_path):
    out = tmp_path / "out"
    with locked(out, out / "results.sqlite"), closing(Store(out / "results.sqlite")) as store:
        store.set_meta(began={"at": 0.0, "finished": 2})
        document = json.loads(half("status", "out", "--json")[1])
    assert document["running"] is True
    counts = [document[key] for key in ("trials", "finished", "failed", "left")]
    assert counts == [6, 4, 1, 1]
    assert 0 < document["rate"] < 1e-8  # two trials since 1970
    assert document["seconds_left"] == pytest.approx(1 / document["rate"])


def test_the_table_of_a_stopped_study_is_that_of_its_finished_trials(half, tmp_path):
    status, out, err = half("export", "out")
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 5
    assert half("export", "out", "--csv", "so_far.csv")[1] == "wrote so_far.csv, 4 rows\n"
    assert (tmp_path / "so_far.csv").read_text("utf-8") == out
    assert pd.read_csv(tmp_path / "so_far.csv")["point"].tolist() == [0, 0, 0, 1]


def test_an_ended_study_exports_what_it_wrote(half, tmp_path):
    assert half("run", "cell.yaml", "--out", "out")[0] == 0
    assert half("export", "out")[1] == (tmp_path / "out" / "results.csv").read_text("utf-8")
    status, out, _ = half("status", "out")
    assert out == "out: ended, 6 of 6 trials finished, none left\n"


def test_a_stopped_study_gets_a_report(half):
    status, out, _ = half("report", "out", "--json")
    assert (status, json.loads(out)) == (0, {"report": "out/page"})


@pytest.fixture
def ended(xbarsim, tmp_path):
    """The command line in a folder with ``out``, a study that has ended."""
    assert xbarsim("run", "cell.yaml", "--out", "out")[0] == 0
    return xbarsim


COMMANDS = ["status", "export", "report", "watch"]


@pytest.mark.parametrize("command", COMMANDS)
def test_tables_alone_are_no_study_and_are_told(ended, tmp_path, command):
    """As the folders of reference results are."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "out" / "results.csv").rename(tmp_path / "tables" / "results.csv")
    status, out, err = ended(command, "tables")
    assert (status, out) == (2, "")
    assert err.startswith("tables: holds no study; only tables that one left behind (results.csv)")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_of_studies_names_them(ended, command):
    assert ended(command, ".")[::2] == (
        2,
        ".: holds no study; studies are below it, as out\n",
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_damaged_store_tells_what_else_there_is(ended, tmp_path, command):
    (tmp_path / "out" / "results.sqlite").write_bytes(b"no database" * 99)
    status, out, err = ended(command, "out")
    assert (status, out) == (2, "")
    assert "file is not a database (it is damaged, or no store); move it away" in err
    assert err.endswith("without it results.json, written when the study ended, is read\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_an_older_store_without_a_results_file_is_told_from_an_empty_one(ended, tmp_path, command):
    (tmp_path / "out" / "results.json").unlink()
    with closing(sqlite3.connect(tmp_path / "out" / "results.sqlite")) as db:
        for table in ("points", "planned", "failures"):
            db.execute(f"DROP TABLE {table}")
        db.execute("DELETE FROM meta WHERE name = 'study'")
        db.execute("PRAGMA user_version = 0")
        db.commit()
    status, _, err = ended(command, "out")
    assert (status, err.split(";")[0]) == (
        2,
        "out: an older xbarsim wrote this study, and it has no results.json",
    )


def test_a_study_whose_lock_cannot_be_looked_at_may_run_but_not_if_it_has_ended(
    half, tmp_path, monkeypatch
):
    monkeypatch.setattr("xbarsim.study.standing.is_running", lambda directory: None)
    assert half("status", "out")[1].startswith("out: may be running, 4 of 6")
    assert half("run", "cell.yaml", "--out", "out")[0] == 0
    assert half("status", "out")[1].startswith("out: ended, 6 of 6")


def test_the_last_failures_are_told_first_and_the_rest_counted(xbarsim, tmp_path, monkeypatch):
    def failing(trial):
        if trial.stream[-1]:
            raise RuntimeError(f"chip {trial.stream[-1]} burnt")
        return run_trial(trial)

    from xbarsim.study.trial import run_trial

    monkeypatch.setattr("xbarsim.study.run.run_trial", failing)
    assert xbarsim("run", "cell.yaml", "--out", "out", "--set", "sweep.trials=5")[0] == 1
    lines = xbarsim("status", "out")[1].splitlines()
    assert lines[1] == "  failed: point 1 trial 4: RuntimeError: chip 4 burnt"
    assert lines[6] == "  ... 3 more failed; --json gives all"


def test_a_study_of_which_nothing_is_finished_gets_a_page_that_says_so(
    xbarsim, monkeypatch, tmp_path
):
    def stopping(trial):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("xbarsim.study.run.run_trial", stopping)
        assert xbarsim("run", "cell.yaml", "--out", "out")[0] == 130
    build_report(read_results(tmp_path / "out"))
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "No trial is finished" in page
    assert "0 of 6 trials are finished" in page
    assert xbarsim("report", "out")[0] == 0


@pytest.mark.parametrize("command", ["status", "export", "report"])
def test_a_folder_without_a_study_says_to_run_one(xbarsim, command):
    status, out, err = xbarsim(command, "nowhere")
    assert (status, out, err) == (
        2,
        "",
        "nowhere: holds no study; run a scenario first, with --out nowhere\n",
    )


def test_a_study_goes_on_without_a_look_at_its_points(xbarsim, monkeypatch):
    assert xbarsim("run", "cell.yaml", "--out", "out")[0] == 0

    def check(plan, progress=None):
        raise AssertionError("checked every point again")

    monkeypatch.setattr("xbarsim.scenario.load.Plan.check", check)
    assert xbarsim("run", "cell.yaml", "--out", "out")[0] == 0


def test_an_export_of_another_kind_is_refused(half):
    status, _, err = half("export", "out", "--csv", "table.xlsx")
    assert status == 2
    assert "table.xlsx: tables are written as .csv" in err


def test_an_export_into_no_folder_names_it(half):
    status, _, err = half("export", "out", "--csv", "none/table.csv")
    assert (status, err.count("\n")) == (2, 1)
    assert "none/table.csv: there is no folder none; make it, or choose another" in err
