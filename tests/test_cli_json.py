"""What scripts read: one JSON document on standard output, of errors too."""

import json
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from xbarsim.cli import main
from xbarsim.cli.app import app
from xbarsim.cli.faults import echo_json, fault_of
from xbarsim.scenario import gallery

SCENARIO = """\
name: cell
device: {sheet: ideal}
array: {rows: 4, cols: 4}
tasks: [{name: cell, kind: array}]
sweep: {axes: {array.rows: [4, 6]}, trials: 2}
run: {engine: inline}
"""
BAD = SCENARIO.replace("rows: 4,", "rosw: 4,").replace("kind: array", "kind: aray")
PARTS = ["file", "line", "column", "option", "path", "message"]


@pytest.fixture
def told(tmp_path, monkeypatch, command_line):
    """The command line with ``--json``: status and document; nothing stands on standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "xbarsim.report.build_report", lambda results, **_: results.directory / "page"
    )
    (tmp_path / "cell.yaml").write_text(SCENARIO, "utf-8")
    (tmp_path / "bad.yaml").write_text(BAD, "utf-8")

    def run(*arguments, silent=True):
        status, out, err = command_line(*arguments, "--json")
        assert err == "" or not silent
        return status, json.loads(out)

    return run


def test_list_tells_scenarios_and_devices_with_what_they_can_be_used_as(told):
    status, document = told("list")
    assert status == 0
    assert set(document["scenarios"]) == set(gallery())
    assert document["devices"]["joshi_2020"]["kinds"] == ["statistical"]
    assert "Phase" in document["devices"]["joshi_2020"]["title"].title()


def test_show_tells_a_sheet_and_a_scenario_as_data(told):
    status, document = told("show", "device", "joshi_2020")
    assert (status, document["kind"]) == (0, "device")
    assert all(entry["source"] for entry in document["document"]["parameters"].values())
    status, document = told("show", "digits")
    assert (status, document["kind"]) == (0, "scenario")
    assert document["document"]["device"]["sheet"] == "wan_2022"
    assert told("show", "ideal", "--plot")[0] == 2


def test_check_counts_what_there_is_to_run(told):
    status, document = told("check", "cell.yaml")
    assert status == 0
    assert [document[key] for key in ("points", "trials", "runs")] == [2, 2, 4]
    assert document["axes"] == ["array.rows"]
    assert document["scenario"]["array"]["t_read"] == 100e-9


def test_check_tells_warnings_and_effects(told):
    _, document = told("check", "digits", "--set", "ages=[1 s, 1 year]",
                       "--set", "effects={johnson: true}")  # fmt: skip
    assert document["effects"] == ["johnson"]
    assert any("wan_2022 was measured up to 2 day" in text for text in document["warnings"])


def test_every_fault_of_a_file_has_its_file_line_column_and_path(told):
    status, document = told("check", "bad.yaml")
    assert status == document["error"]["status"] == 2
    faults = document["error"]["faults"]
    assert [list(fault) for fault in faults] == [PARTS] * 2
    assert sorted([fault[key] for key in PARTS[:5]] for fault in faults) == [
        ["bad.yaml", 3, 9, None, "array.rosw"],
        ["bad.yaml", 4, 22, None, "tasks.0.kind"],
    ]
    assert "unknown key; did you mean 'rows'?" in [fault["message"] for fault in faults]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("--set array.rows: array.rows: 0: too small",
         (None, None, None, "--set array.rows", "array.rows", "0: too small")),
        ("a b.yaml:2:1: not valid YAML: found '}'",
         ("a b.yaml", 2, 1, None, None, "not valid YAML: found '}'")),
        ("x.yaml: expected keys and values; the file is empty",
         ("x.yaml", None, None, None, None, "expected keys and values; the file is empty")),
        ("x.yaml:4:10: array.adc.bits is 1; with adc.kind 'sar'",
         ("x.yaml", 4, 10, None, "array.adc.bits", "array.adc.bits is 1; with adc.kind 'sar'")),
        ("no scenario 'x': there is no such file",
         (None, None, None, None, None, "no scenario 'x': there is no such file")),
    ],
)  # fmt: skip
def test_a_message_comes_apart_into_place_path_and_words(text, parts):
    assert tuple(fault_of(text).values()) == parts


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rnu", "cell.yaml"], "Did you mean 'run'?"),
        (["check"], "Missing argument"),
        (["check", "cell.yaml", "--sett", "a=1"], "--set"),
        (["run", "cell.yaml", "--workers", "0"], "--workers"),
    ],
)
def test_a_wrong_command_line_is_told_as_json_too(told, arguments, message):
    status, document = told(*arguments)
    assert status == document["error"]["status"] == 2
    assert message in document["error"]["message"]


def test_run_tells_where_it_stands_and_what_came_of_it(told, tmp_path):
    status, document = told("run", "cell.yaml", "--out", "out", silent=False)
    assert status == 0
    counts = [document[key] for key in ("points", "trials", "finished", "failed")]
    assert counts == [2, 4, 4, 0]
    assert (document["directory"], document["report"]) == ("out", "out/page")
    assert document["failures"] == []
    assert document["seconds"] > 0


def test_run_with_failures_tells_them_and_ends_with_status_1(told, monkeypatch):
    from xbarsim.study.trial import run_trial

    def failing(trial):
        if trial.scenario["array"]["rows"] == 6 and trial.stream[-1] == 1:
            raise RuntimeError("the chip burnt")
        return run_trial(trial)

    monkeypatch.setattr("xbarsim.study.run.run_trial", failing)
    status, document = told("run", "cell.yaml", "--out", "out", silent=False)
    assert (status, document["finished"], document["failed"]) == (1, 3, 1)
    assert document["failures"][0]["message"] == "RuntimeError: the chip burnt"


def test_run_where_all_fails_is_an_error(told, monkeypatch):
    def failing(trial):
        raise RuntimeError("the chip burnt")

    monkeypatch.setattr("xbarsim.study.run.run_trial", failing)
    status, document = told("run", "cell.yaml", "--out", "out", silent=False)
    assert status == document["error"]["status"] == 1
    assert "the chip burnt" in document["error"]["message"]


def test_numbers_that_json_does_not_know_are_null(capsys):
    echo_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": {"d": -float("inf")}})
    out = capsys.readouterr().out
    assert json.loads(out) == {"a": None, "b": [None, 1.5], "c": {"d": None}}


def test_quiet_runs_print_nothing(tmp_path, monkeypatch, told, command_line):
    assert command_line("run", "cell.yaml", "--out", "out", "--quiet") == (0, "", "")
    assert (tmp_path / "out" / "results.csv").is_file()


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [(["rnu", "cell.yaml"], "'run'"), (["run", "cell.yaml", "--wrokers", "2"], "--workers"),
     (["list", "--josn"], "--json"), (["docter"], "'doctor'")],
)  # fmt: skip
def test_a_misspelt_command_or_option_is_told_the_nearest(command_line, arguments, nearest):
    status, out, err = command_line(*arguments)
    assert (status, out) == (2, "")
    assert nearest in err


@pytest.mark.parametrize("command", [c.name for c in app.registered_commands])
def test_the_help_of_every_command_shows_an_example(command_line, command):
    status, out, _ = command_line(command, "--help")
    assert status == 0
    assert f"xbarsim {command} [OPTIONS]" in out
    assert "Example:" in out


def test_ctrl_c_is_told_as_json_too(told, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("xbarsim.study.run_study", stop)
    status, document = told("run", "cell.yaml")
    assert status == document["error"]["status"] == 130
    assert "Run the same command to go on" in document["error"]["message"]
    monkeypatch.setattr("xbarsim.scenario.load_scenario", stop)
    status, document = told("check", "cell.yaml")
    assert (status, document["error"]["message"]) == (130, "stopped")
    monkeypatch.setattr("xbarsim.cli.app.start", stop)  # before a command begins
    status, document = told("check", "cell.yaml")
    assert (status, document["error"]["message"]) == (130, "stopped")


def test_ctrl_c_is_told_in_words(told, command_line, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("xbarsim.scenario.load_scenario", stop)
    assert command_line("check", "cell.yaml") == (130, "", "stopped\n")


def test_a_terminal_without_the_letters_of_a_table_ends_no_study(told, monkeypatch):
    bare = TextIOWrapper(BytesIO(), "ascii")
    monkeypatch.setattr("sys.stdout", bare)
    monkeypatch.setattr("sys.argv", ["xbarsim", "run", "cell.yaml", "--out", "out"])
    with pytest.raises(SystemExit) as ended:
        main()
    bare.flush()
    written = bare.buffer.getvalue().decode("ascii")
    assert not ended.value.code
    assert "\\xb1" in written
    assert written.endswith(f"report: {Path('out/page')}\n")


def test_what_a_plug_in_prints_stands_beside_the_document(told, monkeypatch):
    from xbarsim.scenario import load_scenario

    def talking(*arguments, **options):
        print("a pack says hello")
        return load_scenario(*arguments, **options)

    monkeypatch.setattr("xbarsim.scenario.load_scenario", talking)
    assert told("check", "cell.yaml", silent=False)[1]["runs"] == 4
    assert "error" in told("check", "bad.yaml", silent=False)[1]


def test_a_document_is_ascii_on_every_terminal(capsys):
    echo_json({"name": "Größe →"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"name": "Größe →"}
