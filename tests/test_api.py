"""The public names, and one call from a scenario to results."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import xbarsim as xs
from xbarsim.errors import (
    ConvergenceError,
    DataError,
    ResourceError,
    SpecError,
    StudyError,
    XbarsimError,
    suggestion,
)
from xbarsim.mapping import Dense

TINY = """\
name: tiny
device: {sheet: wan_2022}
array: {rows: 32, cols: 32}
tasks:
  - name: d
    kind: classifier
    dataset: {source: sklearn.digits, test_limit: 40}
    network: {kind: mlp, hidden: [8], epochs: 5}
ages: [1 s]
energy: {inputs: 2}
run: {engine: inline}
"""


@pytest.fixture
def tiny(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)
    return path


@pytest.mark.parametrize("name", xs.__all__)
def test_every_public_name_resolves(name):
    assert getattr(xs, name) is not None
    assert name in dir(xs)


def test_public_names_are_named_once():
    assert len(set(xs.__all__)) == len(xs.__all__)


def test_the_contract_of_the_design_is_public():
    names = {"run", "list_devices", "load_device", "Hardware", "Tile", "map_network", "energy",
             "SpecError"}  # fmt: skip
    assert names <= set(xs.__all__)


@pytest.mark.parametrize("name", ["scenario_gallery", "tile_", "_private", "numpy"])
def test_a_name_that_is_not_there_is_an_attribute_error(name):
    with pytest.raises(AttributeError, match=f"'xbarsim' has no attribute '{name}'"):
        getattr(xs, name)
    assert not hasattr(xs, name)


def test_the_version_is_that_of_the_installed_package():
    from importlib.metadata import version

    assert xs.__version__ == version("xbarsim")


def test_import_brings_in_no_heavy_library_and_takes_less_than_a_second():
    code = (
        "import time; start = time.perf_counter(); import xbarsim, sys;"
        "print(time.perf_counter() - start);"
        "print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    ended = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)  # the first may compile
    ]
    seconds = min(float(e.stdout.splitlines()[0]) for e in ended)
    modules = set(ended[0].stdout.splitlines()[1].split())
    heavy = {"torch", "cupy", "aihwkit", "pandas", "matplotlib", "sklearn", "pint", "scipy"}
    assert not modules & heavy
    assert seconds < 1.0


def test_listing_the_devices_needs_no_heavy_library():
    code = (
        "import xbarsim, sys; xbarsim.load_device(xbarsim.list_devices()[0]);"
        "print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "cupy", "aihwkit", "pandas", "matplotlib", "sklearn"}
    assert not set(ended.stdout.split()) & heavy


def test_run_gives_a_table_with_a_row_for_each_task_point_trial_and_age(tiny, tmp_path):
    results = xs.run(
        tiny,
        tmp_path / "out",
        settings={"sweep.trials": 2, "ages": ["1 s", "1 day"]},
        report=False,
    )
    assert isinstance(results.table, pd.DataFrame)
    keys = results.table[["task", "point", "trial", "age"]]
    assert keys.to_numpy().tolist() == [
        ["d", 0, trial, age] for trial in (0, 1) for age in (1.0, 86400.0)
    ]
    assert not (tmp_path / "out" / "report.html").exists()


def test_run_and_the_command_line_write_the_same_table(tiny, tmp_path, monkeypatch):
    from xbarsim import cli

    xs.run(tiny, tmp_path / "a", report=False)
    monkeypatch.setattr("xbarsim.report.build_report", lambda results, **_: results.directory)
    monkeypatch.setattr(sys, "argv", ["xbarsim", "run", str(tiny), "--out", str(tmp_path / "b")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    tables = {(tmp_path / name / "results.csv").read_bytes() for name in "ab"}
    assert len(tables) == 1


def test_run_sweeps_and_extends_as_the_command_line_does(tiny, tmp_path):
    study = {"out": tmp_path / "out", "report": False}
    xs.run(tiny, **study, sweeps={"array.rows": [8, 16]})
    with pytest.raises(StudyError, match="--extend"):
        xs.run(tiny, **study, sweeps={"array.rows": [8, 16, 32]})
    results = xs.run(tiny, **study, sweeps={"array.rows": [8, 16, 32]}, extend=True)
    assert results.table["array.rows"].tolist() == [8, 16, 32]


@pytest.mark.parametrize("workers", [0, -3, 1.5])
def test_run_refuses_workers_that_are_no_number_of_them(tiny, tmp_path, workers):
    with pytest.raises(SpecError, match=f"workers: {workers}: expected a whole number"):
        xs.run(tiny, tmp_path / "out", workers=workers)


def test_run_refuses_what_is_no_cluster(tiny, tmp_path):
    with pytest.raises(SpecError, match="expected tcp://host:port"):
        xs.run(tiny, tmp_path / "out", cluster="nonsense")


def test_the_output_folder_is_named_in_the_scenario(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    xs.run(tiny, settings={"output.directory": "here/{name}"}, report=False)
    assert (tmp_path / "here" / "tiny" / "results.csv").is_file()


def test_run_writes_a_report_unless_told_not_to(tiny, tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr("xbarsim.api.build_report", written.append)
    results = xs.run(tiny, tmp_path / "out")
    assert written == [results]


def test_run_refuses_a_bad_scenario_with_all_its_faults(tiny, tmp_path):
    with pytest.raises(xs.SpecError) as caught:
        xs.run(tiny, tmp_path / "out", settings={"array.rows": 0, "array.clos": 3})
    assert len(caught.value.faults) == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("part", ["weights", "bias"])
def test_weights_that_are_not_finite_are_refused_with_their_number(part, bad):
    values = {"weights": np.ones((3, 2)), "bias": np.ones(3)}
    values[part].flat[0] = bad
    with pytest.raises(SpecError, match=f"layer l: {part} hold 1 values that are not finite"):
        Dense(name="l", **values)


def test_a_tile_refuses_weights_that_are_not_finite():
    hardware = xs.Hardware(device=xs.load_device("ideal"))
    with pytest.raises(SpecError, match="every weight must be finite"):
        xs.Tile(np.array([[1.0, np.nan]]), hardware, seed=0)


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (SpecError, ValueError),
        (ConvergenceError, RuntimeError),
        (ResourceError, MemoryError),
        (DataError, FileNotFoundError),
        (StudyError, RuntimeError),
    ],
)
def test_every_error_is_ours_and_the_one_python_has_for_it(kind, base):
    assert issubclass(kind, XbarsimError)
    assert issubclass(kind, base)
    assert str(kind("what, where, what to do")) == "what, where, what to do"


def test_a_spec_error_holds_one_line_for_each_fault():
    assert str(SpecError(["a", "b"])) == "a\nb"
    assert SpecError("a").faults == ["a"]


@pytest.mark.parametrize(
    ("name", "known", "text"),
    [
        ("rosw", ["rows", "cols"], "; did you mean 'rows'?"),
        ("x", ["rows", "cols"], "; known: cols, rows"),
        ("x", [], ""),
    ],
)
def test_a_suggestion_is_the_nearest_name_or_all_of_them(name, known, text):
    assert suggestion(name, known) == text
