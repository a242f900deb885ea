"""What the command line tells of searches and of sensitivity studies."""

import json

import pytest

CELL = """\
name: cell
device: {sheet: ideal}
array: {rows: 4, cols: 4, wires: {r_word: 10 ohm, r_bit: 10 ohm}}
tasks: [{name: cell, kind: array}]
run: {engine: inline}
"""
SEARCH = f"""{CELL}
search:
  objectives: {{access.margin: maximize, access.energy: maximize}}
  axes: {{array.rows: {{integers: {{from: 2, to: 12}}}}}}
  points: 8
  generation: 4
"""
SENSITIVITY = f"""{CELL}
sensitivity:
  axes:
    array.wires.r_word: {{uniform: {{from: 1 ohm, to: 100 ohm}}}}
    array.wires.r_bit: {{uniform: {{from: 1 ohm, to: 50 ohm}}}}
  num: 4
  metrics: [access.v_selected]
"""


@pytest.fixture
def xbarsim(tmp_path, monkeypatch, command_line):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "xbarsim.report.build_report", lambda results, **_: results.directory / "page"
    )
    (tmp_path / "search.yaml").write_text(SEARCH, "utf-8")
    (tmp_path / "sensitivity.yaml").write_text(SENSITIVITY, "utf-8")
    return command_line


def test_check_counts_what_a_search_proposes(xbarsim):
    assert "# at most 8 points x 1 trials = 8 runs" in xbarsim("check", "search.yaml")[1]
    document = json.loads(xbarsim("check", "search.yaml", "--json")[1])
    assert [document[key] for key in ("points", "trials", "runs")] == [8, 1, 8]


def test_a_search_prints_its_front_and_tells_it_as_json(xbarsim):
    pytest.importorskip("optuna")
    status, out, err = xbarsim("run", "search.yaml", "--out", "out")
    assert status == 0, err
    document = json.loads(xbarsim("run", "search.yaml", "--out", "out", "--json")[1])
    front = document["pareto"]
    assert 1 < document["points"] == document["finished"] <= 8
    assert f"Pareto front, {len(front)} points" in out
    assert len(front) > 1  # larger arrays have less margin and take more energy
    margins = [row["access.margin"] for row in front]
    assert all(str(row["array.rows"]) in out for row in front)
    assert "pJ" in out.partition("Pareto front")[2]
    assert margins == sorted(margins)


def test_a_sensitivity_study_prints_its_indices_and_tells_them_as_json(xbarsim):
    pytest.importorskip("SALib")
    status, out, err = xbarsim("run", "sensitivity.yaml", "--out", "out")
    assert status == 0, err
    rows = json.loads(xbarsim("run", "sensitivity.yaml", "--out", "out", "--json")[1])
    first = [row for row in rows["sensitivity"] if row.get("ST") is not None]
    assert {row["axis"] for row in first} == {"array.wires.r_word", "array.wires.r_bit"}
    table = out.partition("Sobol indices")[2]
    assert all(f"{row['ST']:.3f}" in table for row in first)
    names = [row["axis"].rpartition(".")[2] for row in sorted(first, key=lambda row: -row["ST"])]
    assert [word for word in table.split() if word in names] == names


def test_other_studies_tell_neither(xbarsim, tmp_path):
    (tmp_path / "cell.yaml").write_text(CELL, "utf-8")
    document = json.loads(xbarsim("run", "cell.yaml", "--json")[1])
    assert "pareto" not in document and "sensitivity" not in document
