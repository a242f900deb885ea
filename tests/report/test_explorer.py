"""What the page knows of trials: every number of the table, what an axis is in the scenario."""

import base64
import importlib.util
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from report_studies import array_study, grid, sampled_points, searched

from xbarsim.errors import StudyError
from xbarsim.report import build_report
from xbarsim.report.explorer.columns import leaves, packed
from xbarsim.report.explorer.data import trials_data, trials_json
from xbarsim.report.explorer.wanted import is_interactive
from xbarsim.scenario import load_scenario
from xbarsim.scenario.load import cells_at, digest, physics
from xbarsim.study.points import point_scenario
from xbarsim.study.results import Results


def unpacked(column):
    """The values of a packed column, as the page's script has them."""
    if "data" in column:
        return np.frombuffer(base64.b64decode(column["data"]), "<f8").tolist()
    of = np.frombuffer(base64.b64decode(column["of"]), f"<u{column['width']}")
    levels = [np.nan if level is None else level for level in column["levels"]]
    return [levels[k] for k in of]


def named(data):
    return {column["name"]: column for column in data["columns"]}


@pytest.fixture(scope="module")
def results(make_results):
    return make_results(trials=2)


def test_every_number_of_the_table_is_in_the_page_as_it_is(results):
    data = json.loads(str(trials_json(results)))
    columns = named(data)
    assert set(columns) == set(results.table)
    for name in results.table:
        assert unpacked(columns[name]) == results.table[name].tolist()


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ([0.1, None, 0.3, float("nan")], True),
        ([1, 2, 1], True),
        (["a", None, "b"], False),
        ([True, False, True], False),
        ([1, "none", 2], False),
        (list(range(300)), True),
        ([str(k % 300) for k in range(700)], False),
    ],
)
def test_columns_of_all_kinds_are_packed_and_unpacked(values, number):
    column = packed(pd.Series(values, dtype=object))
    assert column["number"] is number
    missing = np.nan if number else ""
    told = [missing if v is None or v != v else v if number else str(v) for v in values]
    np.testing.assert_array_equal(unpacked(json.loads(json.dumps(column))), told)


def test_leaves_keep_the_kind_of_a_number():
    assert leaves({"a": [1, 1.0, 1e-7, None, True, "on"]}) == {
        "a": ["1", "1.0", "1e-07", "null", "true", '"on"']
    }


def test_failed_trials_are_rows_with_their_axes_and_message(make_results):
    failures = [{"point": 3, "trial": 1, "message": "no memory"}]
    results = make_results(trials=2, failures=failures)
    data = trials_data(results)
    assert data["rows"] == len(results.table) + 1
    last = {column["name"]: unpacked(column)[-1] for column in data["columns"]}
    assert (last["point"], last["trial"], last["error"]) == (3, 1, "no memory")
    assert (last["array.rows"], last["device.read_noise"]) == (64, 0.02)
    assert np.isnan(last["accuracy"]) and last["task"] == ""


def test_a_point_of_which_no_trial_finished_has_the_axes_of_its_sweep(tmp_path):
    results = array_study(
        [{"tasks.cell.v_write": 1.0}], directory=tmp_path,
        design={"sweep": {"trials": 1, "axes": {"tasks.cell.v_write": ["1 V", "1500 mV"]}}},
        failures=[{"point": 1, "trial": 0, "message": "melted"}],
    )  # fmt: skip
    column = named(trials_data(results))["tasks.cell.v_write"]
    assert unpacked(column) == [1.0, 1.5]


def test_the_first_plot_is_accuracy_against_energy_with_the_better_corner_known(results):
    data = trials_data(results)
    assert (data["x"], data["y"], data["colour"]) == ("energy.total", "accuracy", "array.rows")
    assert (data["better"]["energy.total"], data["better"]["accuracy"]) == (-1, 1)
    assert data["groups"]["array.rows"] == "array.rows / array.cols"


def test_a_search_says_what_is_better(tmp_path):
    data = trials_data(searched(sampled_points(6), directory=tmp_path))
    assert {data["x"], data["y"]} == {"access.v_selected", "access.energy"}
    assert data["better"]["access.v_selected"] == 1 and data["better"]["access.energy"] == -1


def test_units_stand_with_metrics_and_axes(tmp_path):
    points = [{"tasks.cell.v_write": float(k), "array.wires.r_word": 2.0 * k} for k in range(1, 4)]
    columns = named(trials_data(array_study(points, directory=tmp_path)))
    told = {name: columns[name]["unit"] for name in columns}
    assert told["tasks.cell.v_write"] == "V" and told["array.wires.r_word"] == "Ω"
    assert told["access.energy"] == "J" and told["access.margin"] == "%" and told["age"] == "s"


def test_text_cannot_end_the_script_that_holds_it(make_results):
    hostile = "</script><!--\u2028"
    results = make_results(grid(device__sheet=["ideal", hostile]), trials=1, tasks=(hostile,))
    text = str(trials_json(results))
    assert "<" not in text and "\u2028" not in text
    assert hostile in json.loads(text)["columns"][0]["levels"]


@pytest.mark.parametrize(("points", "plots"), [(200, False), (201, True)])
def test_large_studies_are_explored_unless_forbidden(make_results, points, plots):
    pytest.importorskip("plotly")
    table = pd.DataFrame({"point": range(points)})
    results = replace(make_results([{}], trials=1), table=table)
    assert is_interactive(results, None) is plots
    assert is_interactive(results, True) and not is_interactive(results, False)


def test_without_plotly_nobody_is_promised_plots(results, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "xbarsim.report.explorer.wanted.find_spec",
        lambda name: None if name == "plotly" else found(name),
    )
    large = replace(results, table=pd.DataFrame({"point": range(1000)}))
    assert not is_interactive(large, None)
    with pytest.raises(StudyError, match=r"pip install 'xbarsim\[report\]'"):
        build_report(results, interactive=True)


SWEPT = """\
name: swept
device: {sheet: wan_2022}
array: {rows: 4, cols: 4}
tasks: [{name: cell, kind: array}]
sweep:
  axes:
    array.adc: [null, {bits: 6}]
    array.v_read: ["0.2 V", 300 mV]
    device.read_noise: [0, 0.5]
    tasks.cell.scheme: [V/2, V/3]
  trials: 3
  paired: PAIRED
"""


@pytest.mark.parametrize("paired", ["true", "false"])
def test_the_scenario_of_a_point_gives_the_trials_of_the_sweep(tmp_path, paired):
    """Mappings, null, units, whole numbers among others: all that a table says in words."""
    file = tmp_path / "swept.yaml"
    file.write_text(SWEPT.replace("PAIRED", paired), "utf-8")
    plan = load_scenario(file)
    results = results_of(plan)
    for number, point in enumerate(plan.points):
        file.write_text(json.dumps(point_scenario(results, number)), "utf-8")
        alone = load_scenario(file)
        assert [digest(physics(p)) for p in alone.points] == [digest(physics(point))]
        assert alone.scenario.sweep == plan.scenario.sweep.model_copy(update={"axes": {}})


def results_of(plan):
    """Results of a plan, of which only the axes are known."""
    plain = [point.model_dump(mode="json") for point in plan.points]
    cells = [cells_at(plan.axes, p, d) for p, d in zip(plan.points, plain, strict=True)]
    table = pd.DataFrame([{"point": k, **row} for k, row in enumerate(cells)])
    return Results(directory=".", scenario=plan.resolved, axes=plan.axes, table=table,
                   placements=pd.DataFrame(), units=plan.units)  # fmt: skip


def test_a_point_that_is_not_there_is_named(results):
    with pytest.raises(StudyError, match="has no point 99; its points are 0"):
        point_scenario(results, 99)


def test_a_point_runs_again_alone_with_the_same_figures(xbarsim, tmp_path):
    assert xbarsim("run", "cell.yaml", "--out", "study")[0] == 0
    status, told, _ = xbarsim("run", "study", "--point", "1", "--quiet")
    assert status == 0 and told == ""
    study, alone = (pd.read_csv(tmp_path / f / "results.csv") for f in ("study", "study-point-1"))
    same = [name for name in study if name not in ("point", "array.rows")]
    of_point = study[study["point"] == 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(of_point[same], alone[same], check_exact=True)
    status, _, told = xbarsim("run", "study", "--point", "7")
    assert status == 2 and "study: has no point 7; its points are 0 to 1" in told


def test_a_point_of_the_study_in_this_folder_runs_beside_it(xbarsim, tmp_path, monkeypatch):
    assert xbarsim("run", "cell.yaml", "--out", "study")[0] == 0
    monkeypatch.chdir(tmp_path / "study")
    assert xbarsim("run", ".", "--point", "1", "--quiet")[0] == 0
    assert (tmp_path / "study-point-1" / "results.csv").exists()
