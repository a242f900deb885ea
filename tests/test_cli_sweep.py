"""Sweeps from the command line."""

import json

import pandas as pd
import pytest


def test_check_counts_the_points_that_are_added(xbarsim):
    sweeps = ("--sweep", "array.cols=4,6,8", "--sweep", "array.wires.r_word=1 ohm:100 ohm:3:log")
    status, out, err = xbarsim("check", "cell.yaml", *sweeps)
    assert (status, err) == (0, "")
    assert "# 18 points x 3 trials = 54 runs" in out
    document = json.loads(xbarsim("check", "cell.yaml", *sweeps, "--json")[1])
    assert document["points"] == 18
    assert document["axes"] == ["array.rows", "array.cols", "array.wires.r_word"]


def test_run_sweeps_what_it_is_told_in_place_of_the_file(xbarsim, tmp_path):
    status, _, err = xbarsim("run", "cell.yaml", "--out", "out", "--sweep", "array.rows=3,5,7")
    assert status == 0, err
    rows = pd.read_csv(tmp_path / "out" / "results.csv")["array.rows"]
    assert rows.tolist() == [3, 3, 3, 5, 5, 5, 7, 7, 7]


@pytest.mark.parametrize(
    ("sweep", "option", "path", "message"),
    [
        ("array.rosw=1,2", "--sweep array.rosw", "array.rosw", "did you mean 'rows'?"),
        ("array.rows=0,2", "--sweep array.rows", "array.rows", "greater than or equal to 1"),
        ("name=a,b", "--sweep name", "name", "cannot be swept"),
    ],
)
def test_a_bad_sweep_is_told_with_its_option(xbarsim, sweep, option, path, message):
    status, out, _ = xbarsim("check", "cell.yaml", "--sweep", sweep, "--json")
    (fault,) = json.loads(out)["error"]["faults"]
    assert (status, fault["option"], fault["path"]) == (2, option, path)
    assert message in fault["message"]


@pytest.mark.parametrize(
    "given",
    [["--sweep", "array.rows=4,6", "--sweep", "array.rows=8"], ["--set", "array.rows=4"] * 2],
)
def test_what_is_given_twice_is_refused_rather_than_half_of_it_dropped(xbarsim, given):
    status, out, err = xbarsim("check", "cell.yaml", *given)
    assert (status, out, err) == (2, "", f"{given[0]} array.rows: is given twice; give one\n")


def test_a_value_on_lines_of_its_own_cannot_set_another_key(xbarsim):
    status, _, err = xbarsim("check", "cell.yaml", "--set", "array.rows=4\narray.cols: 8")
    assert (status, err) == (2, "--set array.rows: expected one value, not lines of keys\n")


@pytest.mark.parametrize("sweep", ["array.rows=4,,6", "array.rows=1:64:7:lin"])
def test_a_sweep_that_cannot_be_read_is_told_with_its_option(xbarsim, sweep):
    status, out, _ = xbarsim("check", "cell.yaml", "--sweep", sweep, "--json")
    (fault,) = json.loads(out)["error"]["faults"]
    assert (status, fault["option"], fault["file"]) == (2, "--sweep array.rows", None)


def test_a_sweep_that_is_none_says_how_one_is_written(xbarsim):
    status, _, err = xbarsim("run", "cell.yaml", "--sweep", "array.rows")
    assert status == 2
    assert "array.rows=32,64,128" in err
