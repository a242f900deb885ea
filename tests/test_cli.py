"""The command line: exit status, messages, and that nothing computed is lost."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

from xbarsim.documents import read_yaml
from xbarsim.errors import SpecError
from xbarsim.scenario import gallery

SCENARIO = """\
name: tiny
device: {sheet: wan_2022}
array: {rows: 32, cols: 32, wires: {r_word: 1 ohm, r_bit: 1 ohm}, adc: {bits: 6}}
tasks:
  - name: d
    kind: classifier
    dataset: {source: sklearn.digits, test_limit: 40}
    network: {kind: mlp, hidden: [8], epochs: 5}
energy: {inputs: 2}
run: {engine: inline}
"""
# 160 trials of some tens of milliseconds: time to stop it in the middle
MANY = SCENARIO.replace("engine: inline", "engine: processes, workers: 2").replace(
    "energy:", "ages: [1 s, 1 h]\nsweep: {axes: {array.rows: [16, 32]}, trials: 80}\nenergy:"
)
FEW = SCENARIO.replace("energy:", "sweep: {axes: {array.rows: [16, 32]}, trials: 2}\nenergy:")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(SCENARIO, "utf-8")
    (tmp_path / "few.yaml").write_text(FEW, "utf-8")
    return tmp_path


@pytest.fixture
def xbarsim(folder, command_line):
    """The command line, in a folder with scenarios."""
    return command_line


@pytest.fixture
def no_report(monkeypatch):
    """Leave out the page, which has tests of its own."""
    monkeypatch.setattr("xbarsim.report.build_report", lambda results, **_: results.directory)


def stored(folder):
    """How many trials the store in `folder` holds."""
    file = folder / "results.sqlite"
    if not file.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM trials").fetchone()[0]
    except sqlite3.Error:  # being made
        return 0


def table(folder):
    return (folder / "results.csv").read_bytes()


# looking around


def test_list_names_every_scenario_and_every_device(xbarsim):
    status, out, _ = xbarsim("list")
    assert status == 0
    for name in ("digits", "mnist", "pcm_year", "adc_pareto", "joshi_2020", "wan_2022", "ideal"):
        assert name in out


@pytest.mark.parametrize("name", sorted(gallery()))
def test_show_prints_a_scenario_word_for_word(xbarsim, name):
    assert xbarsim("show", name)[:2] == (0, gallery()[name])


def test_show_prints_a_sheet_with_the_source_of_each_parameter(xbarsim):
    status, out, _ = xbarsim("show", "joshi_2020")
    assert status == 0
    parameters = read_yaml(out, "joshi_2020").data["parameters"]
    assert parameters
    assert all(entry["source"] for entry in parameters.values())


def test_show_takes_the_word_device_before_a_sheet(xbarsim):
    assert xbarsim("show", "device", "ideal") == xbarsim("show", "ideal")
    status, _, err = xbarsim("show", "device", "digits")
    assert status == 2 and "no device 'digits'" in err
    status, _, err = xbarsim("show", "device", "ideal", "gaussian")
    assert status == 2 and "'device ideal gaussian' is no name" in err


@pytest.mark.parametrize("words", [["tang_2018"], ["device", "tang_2018"]])
def test_show_draws_the_card_of_a_sheet(xbarsim, folder, words):
    status, out, _ = xbarsim("show", *words, "--plot")
    assert status == 0 and "wrote tang_2018.svg" in out
    assert (folder / "tang_2018.svg").read_bytes().startswith(b"<?xml")
    assert xbarsim("show", *words, "--plot", "--out", "card.png")[0] == 0
    assert (folder / "card.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["digits", "--plot"], "digits is a scenario"),
        (["tang_2018", "--plot", "--out", "card.jpg"], "ends in .svg, .pdf, .png"),
        (["tang_2018", "--out", "card.svg"], "add --plot"),
        (["tang_2018", "--plot", "--out", "none/card.svg"], "none/card.svg: No such file"),
    ],
)
def test_cards_that_cannot_be_drawn_are_refused(xbarsim, arguments, said):
    status, _, err = xbarsim("show", *arguments)
    assert status == 2 and said in err


def test_show_of_an_unknown_name_suggests_the_nearest(xbarsim):
    status, _, err = xbarsim("show", "joshi_2019")
    assert status == 2
    assert "no scenario or device 'joshi_2019'; did you mean 'joshi_2020'?" in err


def test_schema_prints_json_schema_that_accepts_a_scenario(xbarsim):
    status, out, _ = xbarsim("schema")
    assert status == 0
    jsonschema.validate(read_yaml(SCENARIO, "tiny.yaml").data, json.loads(out))


def test_check_prints_the_scenario_in_si_units(xbarsim):
    status, out, _ = xbarsim("check", "tiny.yaml", "--set", "device.g_max=25 uS")
    resolved = read_yaml(out, "out").data
    assert status == 0
    assert resolved["array"]["wires"]["r_word"] == 1.0
    assert resolved["array"]["t_read"] == 100e-9
    told = {key: value for key, value in resolved["device"].items() if value is not None}
    assert told == {"sheet": "wan_2022", "g_max": 25e-6}
    assert "# 1 points x 1 trials = 1 runs" in out


def test_check_shows_what_a_prefix_meant(xbarsim):
    found = {
        text: read_yaml(xbarsim("check", "tiny.yaml", "--set", f"array.wires.r_bit={text}")[1], "")
        .data["array"]["wires"]["r_bit"]
        for text in ("1 mohm", "1 kohm")
    }  # fmt: skip
    assert found == {"1 mohm": 1e-3, "1 kohm": 1e3}


def test_a_prefix_of_the_wrong_case_is_out_of_range(xbarsim):
    status, _, err = xbarsim("check", "tiny.yaml", "--set", "array.wires.r_bit=1 Mohm")
    assert status == 2
    assert "it must lie from 0 ohm to 10 kohm" in err


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("dac", "{bits: 8, slice_bits: 3}", "4:19: array.dac.slice_bits says nothing with"),
        ("adc", "{bits: 1, kind: sar}", "4:10: array.adc.bits is 1; with adc.kind 'sar'"),
        ("adc", "{inl: 300}", "4:10: array.adc.inl is 300 steps; it must lie from 0 to 256"),
        ("encoding", "{slices: 2}", "4:15: array.encoding.slices needs encoding.cell_bits"),
        ("encoding", "{slices: 5, cell_bits: 8}", "4:4: array.encoding holds 40 bits a weight"),
        ("settling", "true, integrator: {leak: 1 us}", "4:4: array.settling is about currents"),
    ],
)
def test_check_places_faults_of_the_periphery(xbarsim, folder, key, value, told):
    """Those that no single key can be blamed for, so that they show when the part is made."""
    device, _, rest = SCENARIO.partition("array: {")
    (folder / "bad.yaml").write_text(f"{device}array: {{\n   {key}: {value}, {rest}", "utf-8")
    text = (folder / "bad.yaml").read_text("utf-8").replace(", adc: {bits: 6}}", "}")
    (folder / "bad.yaml").write_text(text, "utf-8")
    status, _, err = xbarsim("check", "bad.yaml")
    assert status == 2
    assert f"bad.yaml:{told}" in " ".join(err.split())


def test_check_places_faults_of_the_hold_and_of_the_integrator(xbarsim, monkeypatch):
    """Limits that the schema does not know, were there any."""
    from xbarsim.periphery import Integrator, SampleHold

    def refuse(self):
        raise SpecError(f"{'hold.droop' if 'droop' in vars(self) else 'integrator.leak'} is odd")

    for kind, key, given in (
        (SampleHold, "adc.hold.droop", "1e3"),
        (Integrator, "integrator.leak", "1 us"),
    ):
        monkeypatch.setattr(kind, "__post_init__", refuse)
        status, _, err = xbarsim("check", "tiny.yaml", "--set", f"array.{key}={given}")
        assert status == 2
        assert f"--set array.{key}: array.{key} is odd" in " ".join(err.split())


def test_a_setting_of_another_kind_of_network_names_that_kinds_keys(xbarsim):
    status, _, err = xbarsim("check", "tiny.yaml", "--set", "tasks.0.network.kind=file")
    told = " ".join(err.split())
    assert status == 2
    assert "tiny.yaml:8:26: tasks.0.network.hidden: unknown key; known: kind, path, shape" in told
    assert "tasks.0.network.path: missing; this key is required" in told


def test_check_warns_of_ages_past_the_last_measured(xbarsim):
    status, out, _ = xbarsim("check", "tiny.yaml", "--set", "ages=[1 s, 1 year]")
    assert status == 0
    assert "# warning: wan_2022 was measured up to 2 day; 1 year extrapolate" in out


def test_check_takes_laws_that_are_not_written(xbarsim):
    status, out, err = xbarsim("check", "disturb")
    assert (status, err) == (0, "")
    assert "# 36 points x 1 trials" in out


def test_check_names_effects_that_change_something(xbarsim):
    given = "effects={stuck: {low: 0}, flicker: {amplitude: 1e-5}, johnson: true}"
    _, out, _ = xbarsim("check", "tiny.yaml", "--set", given)
    assert "# effects: flicker, johnson; each draws" in out


def test_tasks_with_metrics_of_their_own_stand_in_tables_of_their_own(xbarsim, folder, no_report):
    more = "\n  - {name: cell, kind: array}\nenergy:"
    (folder / "two.yaml").write_text(SCENARIO.replace("\nenergy:", more), "utf-8")
    _, out, _ = xbarsim("run", "two.yaml")
    assert "tiny: d" in out and "tiny: cell" in out
    assert "–" not in out


def test_show_takes_a_sheet_on_file(xbarsim, folder):
    sheet = "title: Mine\nmodel: generic:GaussianCell\ncite: []\nparameters:\n"
    g_min = "  g_min: {value: 1 uS, source: ours}\n"
    g_max = "  g_max: {value: 9 uS, source: ours}\n"
    (folder / "mine.yaml").write_text(sheet + g_min + g_max, "utf-8")
    status, out, _ = xbarsim("show", "mine.yaml")
    assert status == 0 and out.startswith("title: Mine\n")
    (folder / "mine.yaml").write_text(sheet + g_min, "utf-8")
    for more in ([], ["--plot"], ["--json"]):
        status, out, err = xbarsim("show", "mine.yaml", *more)
        assert status == 2 and "'g_max' is missing" in out + err


def test_check_runs_nothing(xbarsim, folder):
    before = sorted(folder.iterdir())
    assert xbarsim("check", "digits")[0] == 0
    assert sorted(folder.iterdir()) == before


def test_init_writes_a_scenario_that_checks(xbarsim, folder):
    status, out, _ = xbarsim("init", "mine.yaml", "--like", "pcm_year")
    assert status == 0
    assert "xbarsim run mine.yaml" in out
    assert read_yaml((folder / "mine.yaml").read_text(), "mine.yaml").data["name"] == "mine"
    assert xbarsim("check", "mine.yaml")[0] == 0


def test_init_keeps_a_file_that_is_there(xbarsim, folder):
    status, _, err = xbarsim("init", "tiny.yaml")
    assert status == 2
    assert "tiny.yaml exists already; choose another name" in err
    assert (folder / "tiny.yaml").read_text() == SCENARIO


def test_init_like_nothing_known_suggests_the_nearest(xbarsim):
    status, _, err = xbarsim("init", "new.yaml", "--like", "digist")
    assert status == 2
    assert "did you mean 'digits'?" in err


def test_init_where_nothing_can_be_written_says_why(xbarsim):
    status, _, err = xbarsim("init", "tiny.yaml/new.yaml")
    assert status == 2
    assert "new.yaml: cannot be written: Not a directory" in err


@pytest.mark.parametrize("command", ["run", "check", "report", "list", "show", "init", "schema"])
def test_the_help_of_every_command_shows_an_example(xbarsim, command):
    status, out, _ = xbarsim(command, "--help")
    assert status == 0
    assert f"xbarsim {command}" in out
    assert "Example:" in out


# bad input: status 2 and what, where, what to do


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize(
    ("settings", "messages"),
    [
        (["array.rosw=1"], ["--set array.rosw: array.rosw: unknown key; did you mean 'rows'?"]),
        (["array.v_read=20 ns"], ["'20 ns' is a time, expected a quantity in volt"]),
        (["array.wires.r_bit=-1 ohm"], ["'-1 ohm' is -1 ohm; it must lie from 0 ohm to 10 kohm"]),
        (["array.wires.r_bit=2 Mohm"], ["it must lie from 0 ohm to 10 kohm"]),
        (["device.read_noise=.nan"], ["device.read_noise: nan is not finite"]),
        (["array.rows"], ["expected key=value, for example array.rows=64"]),
        (["array.rows=0", "seed=-1"], ["--set array.rows: array.rows: 0", "--set seed: seed: -1"]),
        (["device.sheet=wan_2021"], ["no device sheet 'wan_2021'; did you mean 'wan_2022'?"]),
        (["ages=[1 ms]"], ["1 ms precedes the first age that wan_2022 describes, 1 s"]),
    ],
)
def test_a_bad_setting_ends_with_status_2_and_says_where(
    xbarsim, folder, command, settings, messages
):
    arguments = [part for text in settings for part in ("--set", text)]
    status, out, err = xbarsim(command, "tiny.yaml", *arguments)
    assert (status, out) == (2, "")
    assert all(message in err for message in messages)
    assert len(err.splitlines()) <= 20
    assert not (folder / "reports").exists()


def test_all_faults_of_a_file_are_on_one_screen_with_their_places(xbarsim, folder):
    text = SCENARIO.replace("rows: 32", "rosw: 32").replace("1 ohm", "1 V").replace("mlp", "mpl")
    (folder / "bad.yaml").write_text(text)
    status, _, err = xbarsim("run", "bad.yaml")
    assert status == 2
    assert sorted(line.split(": ")[0] for line in err.splitlines()) == [
        "bad.yaml:3:37", "bad.yaml:3:50", "bad.yaml:3:9", "bad.yaml:8:15",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "bad.yaml: expected keys and values; the file is empty"),
        (b"name: [1\n", "bad.yaml:2:1: not valid YAML"),
        (b"a: 1\na: 2\n", 'bad.yaml:2:1: not valid YAML: found duplicate key "a"'),
        (b"name: \xe4\n", "bad.yaml: cannot be read: 'utf-8' codec"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_status_2(xbarsim, folder, content, message):
    (folder / "bad.yaml").write_bytes(content)
    status, _, err = xbarsim("run", "bad.yaml")
    assert status == 2
    assert err.startswith(message)


@pytest.mark.parametrize("scenario", ["nowhere.yaml", "digist", "."])
def test_a_scenario_that_is_not_there_ends_with_status_2(xbarsim, scenario):
    status, _, err = xbarsim("run", scenario)
    assert status == 2
    assert scenario in err


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["run", "tiny.yaml", "--workers", "0"], ["run", "tiny.yaml", "--wrokers", "2"],
     ["rnu", "tiny.yaml"], ["report"]],
)  # fmt: skip
def test_a_wrong_command_line_ends_with_status_2(xbarsim, arguments):
    status, out, err = xbarsim(*arguments)
    assert (status, out) == (2, "")
    assert "Usage" in err


def test_missing_data_name_the_variable_the_files_and_a_way_without(xbarsim, monkeypatch):
    monkeypatch.delenv("XBARSIM_DATA", raising=False)
    status, _, err = xbarsim("run", "tiny.yaml", "--set", "tasks.d.dataset.source=mnist")
    assert status == 2
    for part in ("XBARSIM_DATA is not set", "mnist/train-images-idx3-ubyte.gz", "sklearn.digits"):
        assert part in err


def test_a_data_folder_that_is_not_there_is_named(xbarsim, monkeypatch, folder):
    monkeypatch.setenv("XBARSIM_DATA", str(folder / "data"))
    status, _, err = xbarsim("run", "tiny.yaml", "--set", "tasks.d.dataset.source=mnist")
    assert status == 2
    assert f"there is no folder {folder / 'data' / 'mnist'}" in err


@pytest.mark.parametrize("out", ["tiny.yaml/below", "/proc/xbarsim", "/dev/null/x"])
def test_unwritable_output_is_found_before_anything_is_computed(xbarsim, monkeypatch, out):
    def prepare(task, seed):
        raise AssertionError("trained a network first")

    monkeypatch.setattr("xbarsim.study.prepare.prepare_task", prepare)
    status, _, err = xbarsim("run", "tiny.yaml", "--out", out)
    assert status == 2
    assert f"{out}: results cannot be written here: " in err
    assert "--out" in err


def test_a_store_that_is_no_store_is_left_alone(xbarsim, folder):
    (folder / "out").mkdir()
    (folder / "out" / "results.sqlite").write_text("not a database, but somebody's notes" * 50)
    status, _, err = xbarsim("run", "tiny.yaml", "--out", "out")
    assert status == 2
    assert "results.sqlite: cannot be used as a result store" in err
    assert "somebody's notes" in (folder / "out" / "results.sqlite").read_text()


def test_arrays_larger_than_memory_are_refused_before_they_are_made(xbarsim, monkeypatch, folder):
    monkeypatch.setattr("xbarsim.backend.free_memory", lambda xp=None: 1000.0)
    monkeypatch.setattr("xbarsim.backend._NO_MATTER", 0)
    status, _, err = xbarsim("run", "tiny.yaml", "--out", "out")
    assert status == 2
    for part in ("tasks.d: layer 0 of 64 x 8", "GiB", "are free", "array.rows"):
        assert part in err
    assert stored(folder / "out") == 0


def test_a_network_larger_than_memory_ends_with_a_message(xbarsim):
    huge = ("tasks.d.network.hidden=[50000, 50000]", "array.rows=1024", "array.cols=1024")
    status, _, err = xbarsim("run", "tiny.yaml", *(part for one in huge for part in ("--set", one)))
    assert status == 2
    for part in ("tasks.d: layer 1 of 50000 x 50000", "GiB", "are free"):
        assert part in err


def test_running_out_of_memory_is_a_message(xbarsim, monkeypatch):
    def large(*_, **__):
        raise MemoryError("Unable to allocate 74.5 GiB")

    monkeypatch.setattr("xbarsim.study.run_study", large)
    status, _, err = xbarsim("run", "tiny.yaml")
    assert status == 2
    assert "out of memory: Unable to allocate 74.5 GiB" in err
    assert "smaller" in err


def test_running_out_of_disk_is_a_message(xbarsim, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device", "/some/results.csv")

    monkeypatch.setattr("xbarsim.study.run_study", full)
    status, _, err = xbarsim("run", "tiny.yaml")
    assert (status, err.strip()) == (2, "/some/results.csv: No space left on device")


def test_report_of_a_folder_that_is_none_says_to_run_first(xbarsim, folder):
    for name in ("nowhere", "."):
        status, _, err = xbarsim("report", name)
        assert status == 2
        assert f"{name}: holds no study; run a scenario first, with --out {name}" in err


@pytest.mark.parametrize("content", ["{", "[]", '{"scenario": {}}', ""])
def test_report_of_broken_results_says_which_file(xbarsim, folder, content):
    (folder / "out").mkdir()
    (folder / "out" / "results.json").write_text(content)
    status, _, err = xbarsim("report", "out")
    assert status == 2
    assert "out/results.json: not the results of a study" in err


# running


def test_run_writes_table_summary_and_page(xbarsim, folder):
    status, out, _ = xbarsim("run", "tiny.yaml", "--set", "ages=[1 s]")
    assert status == 0
    directory = folder / "reports" / "tiny"
    assert "report: reports/tiny/report.html" in out
    for name in ("results.csv", "summary.csv", "results.json", "results.sqlite", "report.html"):
        assert (directory / name).stat().st_size > 0
    rows = pd.read_csv(directory / "results.csv")
    assert (rows["task"].tolist(), rows["trial"].tolist(), rows["age"].tolist()) == (
        ["d"],
        [0],
        [1],
    )
    assert rows["accuracy"].between(0, 1).all()
    assert (rows["energy.total"] > 0).all()


@pytest.mark.long
def test_a_scenario_without_ages_gets_its_page(xbarsim, folder):
    assert xbarsim("run", "tiny.yaml")[0] == 0
    assert (folder / "reports" / "tiny" / "report.html").stat().st_size > 0


@pytest.mark.long
def test_report_writes_the_page_again(xbarsim, folder):
    assert xbarsim("run", "tiny.yaml", "--set", "ages=[1 s]")[0] == 0
    page = folder / "reports" / "tiny" / "report.html"
    before = page.read_bytes()
    page.unlink()
    assert xbarsim("report", "reports/tiny")[0] == 0
    assert page.read_bytes() == before


def test_a_second_run_runs_nothing_and_gives_the_same_table(
    xbarsim, folder, no_report, monkeypatch
):
    assert xbarsim("run", "few.yaml", "--out", "out")[0] == 0
    before = table(folder / "out")

    def again(trial):
        raise AssertionError("ran a trial again")

    monkeypatch.setattr("xbarsim.study.run.run_trial", again)
    assert xbarsim("run", "few.yaml", "--out", "out")[0] == 0
    assert table(folder / "out") == before


def test_a_failed_trial_ends_with_status_1_and_the_others_are_kept(
    xbarsim, folder, no_report, monkeypatch
):
    from xbarsim.study.trial import run_trial

    def failing(trial):
        if trial.scenario["array"]["rows"] == 16 and trial.stream[-1] == 1:
            raise RuntimeError("the chip burnt")
        return run_trial(trial)

    with monkeypatch.context() as patch:
        patch.setattr("xbarsim.study.run.run_trial", failing)
        status, _, err = xbarsim("run", "few.yaml", "--out", "out")
    assert status == 1
    assert "1 of 4 trials failed; the first, point 0 trial 1: RuntimeError: the chip burnt" in err
    rows = pd.read_csv(folder / "out" / "results.csv")
    assert list(zip(rows["point"], rows["trial"], strict=True)) == [(0, 0), (1, 0), (1, 1)]
    assert xbarsim("run", "few.yaml", "--out", "out")[0] == 0
    assert xbarsim("run", "few.yaml", "--out", "whole")[0] == 0
    assert table(folder / "out") == table(folder / "whole")


def test_when_every_trial_fails_the_message_says_why(xbarsim, folder, no_report, monkeypatch):
    def failing(trial):
        raise RuntimeError("the chip burnt")

    monkeypatch.setattr("xbarsim.study.run.run_trial", failing)
    status, _, err = xbarsim("run", "few.yaml", "--out", "out")
    assert status == 1
    assert "RuntimeError: the chip burnt" in err


def test_a_changed_scenario_is_refused_with_what_changed(xbarsim, folder, no_report):
    assert xbarsim("run", "few.yaml", "--out", "out")[0] == 0
    before = table(folder / "out")
    changes = ("--set", "array.wires.r_bit=2 ohm", "--set", "array.adc=null")
    status, _, err = xbarsim("run", "few.yaml", "--out", "out", *changes)
    assert status == 2
    assert "out holds results of a scenario that differs from few.yaml" in err
    assert "array.wires.r_bit: 1.0 → 2.0" in err
    assert "array.adc" in err
    assert "array.rows" not in err
    assert "--out" in err
    assert "--extend" in err
    assert table(folder / "out") == before


def test_extend_keeps_the_trials_in_common_and_adds_the_rest(
    xbarsim, folder, no_report, monkeypatch
):
    from xbarsim.study.trial import run_trial

    assert xbarsim("run", "few.yaml", "--out", "out")[0] == 0
    ran = []
    monkeypatch.setattr("xbarsim.study.run.run_trial", lambda t: ran.append(t) or run_trial(t))
    more = ("--set", "sweep.trials=3")
    assert xbarsim("run", "few.yaml", "--out", "out", *more, "--extend")[0] == 0
    assert len(ran) == 2  # a third trial at either point
    assert xbarsim("run", "few.yaml", "--out", "whole", *more)[0] == 0
    assert table(folder / "out") == table(folder / "whole")


def test_other_words_workers_and_engine_are_no_change(xbarsim, folder, no_report):
    assert xbarsim("run", "tiny.yaml", "--out", "out")[0] == 0
    settings = ["description=other words", "run.workers=3", "report.figures=[accuracy]"]
    arguments = [part for text in settings for part in ("--set", text)]
    assert xbarsim("run", "tiny.yaml", "--out", "out", *arguments)[0] == 0


def test_a_sweep_of_whole_parts_makes_a_table(xbarsim, folder, no_report):
    text = SCENARIO.replace("energy:", "sweep: {axes: {array.adc: [null, {bits: 4}]}}\nenergy:")
    (folder / "parts.yaml").write_text(text)
    assert xbarsim("run", "parts.yaml", "--out", "out")[0] == 0
    rows = pd.read_csv(folder / "out" / "results.csv")
    assert len(rows) == 2
    assert rows["array.adc"].nunique() == 2


def test_the_summary_leaves_out_axes_that_move_with_another(xbarsim, folder, no_report):
    (folder / "cell.yaml").write_text(
        "name: cell\ndevice: {sheet: ideal}\nrun: {engine: inline}\n"
        "tasks: [{name: cell, kind: array}]\n"
        "sweep:\n  axes: {tasks.cell.scheme: [V/2, V/3]}\n"
        "  zip: [{array.rows: [4, 6], array.cols: [5, 7]}]\n"
    )
    status, out, _ = xbarsim("run", "cell.yaml", "--out", "out")
    assert status == 0
    assert "scheme" in out
    assert "rows" in out
    assert "cols" not in out


# workers, interruption


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The table of MANY from one worker that nobody disturbed."""
    from xbarsim.scenario import load_scenario
    from xbarsim.study import run_study

    folder = tmp_path_factory.mktemp("uninterrupted")
    (folder / "many.yaml").write_text(MANY)
    run_study(load_scenario(folder / "many.yaml"), folder / "out", workers=1)
    return table(folder / "out")


@pytest.fixture
def begin(folder):
    """Start a run of MANY in a process group of its own; it is back once some trials are stored."""
    (folder / "many.yaml").write_text(MANY)
    started = []

    def begin():
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from xbarsim.cli import main; main()",
                "run",
                "many.yaml",
                "--out",
                "out",
            ],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip  (a shell's background jobs are started with SIGINT ignored)
        started.append(process)
        while stored(folder / "out") < 3:
            try:
                process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"the run ended before it could be stopped: {process.communicate()}")
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.long
def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(
    begin, xbarsim, folder, uninterrupted, no_report
):
    process = begin()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=120)
    done = stored(folder / "out")
    assert process.returncode == 130
    assert "stopped; every finished trial is stored. Run the same command to go on" in err
    assert "Traceback" not in err
    assert 3 <= done < 160
    status, _, err = xbarsim("run", "many.yaml", "--out", "out")
    assert status == 0
    assert stored(folder / "out") == 160
    assert table(folder / "out") == uninterrupted


@pytest.mark.long
def test_a_killed_run_leaves_no_worker_and_goes_on_where_it_was(
    begin, xbarsim, folder, uninterrupted, no_report
):
    process = begin()
    process.kill()
    process.communicate(timeout=120)  # ends when the last worker lets go of the pipes
    done = stored(folder / "out")
    assert process.returncode == -signal.SIGKILL
    assert 3 <= done < 160
    status, _, _ = xbarsim("run", "many.yaml", "--out", "out", "--set", "run.engine=inline")
    assert status == 0
    assert table(folder / "out") == uninterrupted


@pytest.mark.long
def test_the_number_of_workers_changes_no_byte_of_the_table(
    xbarsim, folder, uninterrupted, no_report
):
    (folder / "many.yaml").write_text(MANY)
    assert xbarsim("run", "many.yaml", "--out", "out", "--workers", "2")[0] == 0
    assert table(folder / "out") == uninterrupted


def test_the_command_is_installed_and_ends_with_the_status_of_main(folder):
    command = Path(sys.executable).with_name("xbarsim")
    if not command.exists():
        pytest.skip("the console script is not beside this Python")
    ended = subprocess.run(
        [command, "show", "nothing"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("no scenario or device 'nothing'")
