"""Model against silicon: the goals, and what the page says."""

import re
from pathlib import Path

import pytest

from xbarsim.energy.macros import (
    array,
    cells,
    figure,
    load,
    markdown,
    names,
    nearest,
    validate,
    validation,
)
from xbarsim.energy.macros.validation import calibrated, free
from xbarsim.errors import SpecError

PAGE = Path(__file__).parents[3] / "docs" / "validation.md"


@pytest.fixture(scope="module")
def table():
    return validate()


def test_calibrated_curves_are_within_four_percent_and_ten_at_most(table):
    found = calibrated(table)
    assert len(found) == 4
    assert found["points"].sum() >= 80
    assert (found["mean"] <= 0.04).all()
    assert (found["max"] <= 0.10).all()


def test_what_is_left_out_is_shown_and_contradicts_another_point(table):
    out = table[~table["counts"]]
    assert set(out["macro"]) == {"sinangil_2021"}
    assert len(out) == 6
    same = table[(table["macro"] == "sinangil_2021") & (table["quantity"] == "pj_per_mvm")]
    (figure_13b,) = same[same["point"] == "volt 1, output 15"]["published"]
    (table_1,) = out[(out["point"] == "volt 1, output 15") & (out["quantity"] != "tops")][
        "published"
    ]
    assert figure_13b / (2 * 64 * 16 / table_1) > 1.2


def test_the_blind_set_is_within_a_spread_of_two_and_better_than_the_law(table):
    found = free(table, "blind")
    model, law, left_out = found["model"], found["law"], found["law_left_out"]
    assert model.points == 15
    assert model.deviation <= 2.0
    assert model.rms <= 2.0
    assert model.within_two >= 0.6
    assert model.deviation < law.deviation < left_out.deviation
    assert model.rms < law.rms
    assert model.within_two > law.within_two


def test_most_points_lie_between_the_quantiles(table):
    part = table[(table["set"] != "calibrated") & (table["quantity"] == "tops_per_watt")]
    inside = (part["low"] <= part["published"]) & (part["published"] <= part["high"])
    assert 0.6 <= inside.mean() <= 0.95


@pytest.mark.parametrize("factor", [0.5, 2.0])
@pytest.mark.parametrize(
    ("module", "name"),
    [
        (array, "INPUTS_ON"), (array, "WEIGHTS_LOW"), (array, "CONTROL"), (array, "_SENSE_GATES"),
        (array, "_BIT_GATES"), (cells, "_CHANNEL"), (cells, "_GATE"), (cells, "_WIDTH"),
    ],
)  # fmt: skip
def test_no_assumed_number_is_what_makes_the_blind_set_fit(monkeypatch, module, name, factor):
    monkeypatch.setattr(module, name, getattr(module, name) * factor)
    assert free(validate(), "blind")["model"].deviation < 2.0


ANALOG, ONE_ROW = {"cell": "rram_analog"}, {"xue_2020_2mb": {"rows_on": 1}}
DIGITAL, SENSED = {"correll_2022": {"cell": "rram"}}, {"yin_2020": {"converter": "sense"}}


@pytest.mark.parametrize(
    ("row", "changes"),
    [
        ("as it is", {}),
        ("`correll_2022`", DIGITAL),
        ("`yin_2020`", SENSED),
        ("`xue_2020_2mb`", ONE_ROW),
        ("all three", DIGITAL | SENSED | ONE_ROW),
        ("every `rram` cell", {n: ANALOG for n in names() if load(n).cell == "rram"}),
    ],
)
def test_what_other_readings_of_the_blind_set_come_to_is_on_the_page(monkeypatch, row, changes):
    monkeypatch.setattr(validation, "load", lambda n: load(n).model_copy(update=changes.get(n, {})))
    found = free(validate(), "blind")["model"]
    (line,) = re.findall(rf"^\| {row}.* \| (.*) \| (.*) \| (.*) \|$", PAGE.read_text("utf-8"), re.M)
    assert line == (f"{found.deviation:.2f}", f"{found.rms:.2f}", f"{found.within_two:.0%}")


def test_ratios_are_those_of_the_columns(table):
    assert (table["model"] / table["published"] == table["ratio"]).all()
    assert (
        not table.drop(columns=["low", "high", "column_fj", "rows_on", "cycle_ns"])
        .isna()
        .any(axis=None)
    )


def test_the_energy_of_a_conversion_follows_from_the_efficiency(table):
    row = table[(table["macro"] == "hung_2022") & (table["point"] == "8b x 8b")].iloc[0]
    assert row["column_fj"] == pytest.approx(2e3 / 21.6 * 8 / (8 * 8))  # 11.57 in the database


def test_the_page_holds_the_table_as_it_is(table):
    assert markdown(table).strip() in PAGE.read_text("utf-8")


def test_the_page_s_example_runs(tmp_path, monkeypatch):
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.M)
    monkeypatch.chdir(tmp_path)
    exec(block, {})
    assert (tmp_path / "validation.svg").read_text().startswith("<?xml")


def test_the_figure_shows_every_efficiency(table):
    drawn = figure(table)
    (axes,) = drawn.axes
    marks = [line for line in axes.lines if line.get_marker() in ("s", "o", "^", "D")]
    efficiencies = (table["quantity"] == "tops_per_watt").sum()
    assert sum(len(line.get_xdata()) for line in marks) == efficiencies
    assert len(marks) == 4


def test_one_macro_alone_is_validated_and_drawn():
    table = validate(["yoon_2022"])
    assert len(table) == 1
    assert "One value: no statistics." in markdown(table)
    assert len(figure(table).axes) == 1


def test_the_command_prints_and_writes(tmp_path, command_line):
    _, printed, _ = command_line("validate", "yoon_2022", "wang_2022", "--out", tmp_path)
    assert printed.strip() == (tmp_path / "validation.md").read_text("utf-8").strip()
    assert {p.name for p in tmp_path.iterdir()} == {
        "validation.md", "validation.csv", "validation.svg",
    }  # fmt: skip
    assert "c_mac 66.42" in command_line("validate", "wang_2022", "--fit")[1]
    status, _, told = command_line("validate", "yoon_2020")
    assert status == 2
    assert "yoon_2022" in told


SHIPPED = Path(__file__).parents[3] / "scenarios" / "validation"


def changed(folder, name, *changes):
    text = (SHIPPED / f"{name}.yaml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("yin_2020", ("tops_per_watt", "tops_per_wat"), "memory has no tops_per_wat; did you"),
        ("yin_2020", ("set: blind", "set: calibrated"), "constants are 0; with 1 points"),
        ("wang_2022", ("volt: 0.7}", "volt: 0.2}"), "volt is 0.2 V; it must be above 0.3 V"),
        ("yin_2020", ("bits: 3", "bits: 30"), "bits is 30; the model was made for 1 to 8"),
        ("yin_2020", ("90 nm", "5 nm"), "technology_node is 5 nm; it must lie from 7 nm"),
    ],
)
def test_files_that_the_models_cannot_take_are_refused(tmp_path, name, change, told):
    with pytest.raises(SpecError, match=told):
        validate([changed(tmp_path, name, change)])


def test_a_supply_beyond_what_is_known_of_logic_is_told(tmp_path, table):
    (known,) = table.attrs["warnings"]
    assert known.startswith("liu_2020: supply is 1.8 V at 130 nm; logic is known for")
    far = validate([changed(tmp_path, "yin_2020", ("v_dd: 1.2 V", "v_dd: 90 V"))])
    assert "yin_2020: supply is 90 V at 90 nm" in markdown(far)
    assert "Beyond" not in markdown(validate(["yin_2020"]))


def test_a_macro_that_is_named_twice_counts_once():
    assert len(validate(["yin_2020", "yin_2020"])) == 1
    with pytest.raises(SpecError, match="names is empty"):
        validate([])


def test_a_table_without_efficiencies_is_not_drawn(tmp_path):
    path = changed(tmp_path, "yin_2020", ("tops_per_watt: 24.1", "tops: 0.15"))
    with pytest.raises(SpecError, match="no tops_per_watt; there is nothing to draw"):
        figure(validate([path]))


def test_a_fit_writes_no_files(tmp_path, command_line):
    status, _, told = command_line("validate", "wang_2022", "--fit", "--out", tmp_path)
    assert status == 2
    assert "--fit writes no files" in told


def test_the_page_s_command_for_a_macro_of_ones_own_runs(tmp_path, command_line):
    assert "`xbarsim validate my_macro.yaml`" in PAGE.read_text("utf-8")
    status, printed, _ = command_line("validate", changed(tmp_path, "yin_2020"))
    assert status == 0
    assert "yin_2020" in printed


def test_nearest_macros_are_near_in_node_and_bits():
    found = nearest(22e-9, 8, 8)
    assert len(found) == 3
    assert found["apart"].is_monotonic_increasing
    assert found.loc[0, "node"] == 22e-9
    assert (found.loc[0, "input_bits"], found.loc[0, "weight_bits"]) == (8, 8)
    assert (found["tops_per_watt"] > 0).all()


def test_curves_are_among_the_nearest():
    found = nearest(130e-9, 4, 4, count=1).loc[0]
    assert (found["macro"], found["input_bits"], found["tops_per_watt"]) == ("wan_2022", 4, 15.95)
    assert (found["weight_bits"], found["apart"]) == (4, 0)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((0.0, 8, 8), "length is 0 m; it must be above 0 m"),
        ((22e-9, 0, 8), "input_bits is 0; it must be above 0"),
        ((22e-9, 8, -1), "weight_bits is -1; it must be above 0"),
        ((22e-9, 8, 8, 0), "count is 0"),
    ],
)
def test_what_is_near_to_nothing_is_refused(given, told):
    with pytest.raises(SpecError, match=told):
        nearest(*given)
