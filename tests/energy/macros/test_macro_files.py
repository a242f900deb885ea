"""Descriptions of published macros: complete, with units, in one convention."""

import pytest

from xbarsim.energy.macros import load, names
from xbarsim.energy.macros.description import native, published
from xbarsim.errors import SpecError

UNITS = {
    "tops", "tops_per_watt", "tops_per_mm2", "pj_per_mvm", "fj_per_op_word_lines",
    "fj_per_op_neurons", "fj_per_op_pulses", "pj_per_column_converter", "pj_per_column_array",
    "pj_per_column_datapath",
}  # fmt: skip
MINE = """
name: mine
title: A macro
citation: Nobody, nowhere (2030)
sources: [made up]
set: blind
model: memory
technology_node: 40 nm
v_dd: 0.9 V
cell: rram
rows: 256
cols: 256
converters: 16
converter_bits: 4
rows_on: 16
points:
  - {input_bits: 8, weight_bits: 8, cycle_time: 10 ns, published: {tops_per_watt: 10}}
"""


def written(folder, **changes):
    text = MINE
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", names())
def test_a_file_is_complete(name):
    macro = load(name)
    assert macro.name == name
    assert macro.title and macro.citation and all(macro.sources)
    for point in macro.points:
        assert set(point.published) <= UNITS
        assert all(value > 0 for value in point.published.values())


def test_the_sets_of_the_comparison_are_there():
    sets = {name: load(name).set for name in names()}
    assert {n for n, s in sets.items() if s == "calibrated"} == {
        "wan_2022", "jia_2020", "sinangil_2021", "wang_2022",
    }  # fmt: skip
    assert sum(s == "blind" for s in sets.values()) == 9


@pytest.mark.parametrize("name", [n for n in names() if load(n).set != "calibrated"])
def test_macros_of_the_blind_test_have_no_constants(name):
    assert load(name).constants == {}


def test_every_constant_has_unit_and_meaning():
    constants = [c for name in names() for c in load(name).constants.values()]
    assert constants
    assert all(c.unit and len(c.meaning) > 10 for c in constants)


def test_quantities_are_read_in_si(tmp_path):
    macro = load(written(tmp_path))
    assert macro.technology_node == pytest.approx(40e-9)
    assert macro.points[0].cycle_time == pytest.approx(10e-9)


def test_a_normalised_figure_is_the_native_one_times_both_numbers_of_bits(tmp_path):
    assert native(762.24, 8, 8) == pytest.approx(11.91)  # Xue et al. 2021 in the database
    path = written(tmp_path, a=("set: blind", "set: blind\nconvention: normalised"))
    macro = load(path)
    assert published(macro, macro.points[0])["tops_per_watt"] == pytest.approx(10 / 64)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("cycle_time: 10 ns, ", ""), "cycle_time is missing"),
        (("cell: rram\n", ""), "cell is missing"),
        (("cell: rram", "r_on: 10 kohm"), "r_on and r_off are given together"),
        (("cell: rram", "r_on: 10 kohm\nr_off: 1 kohm"), "below r_on"),
        (("rows_on: 16", "rows_on: 16\nrows_per_weight: 32"), "the array has 256"),
        (("v_dd: 0.9 V", "v_dd: 0.9 ohm"), "v_dd"),
        (("v_dd: 0.9 V", "v_dd: -0.9 V"), "v_dd"),
        (("tops_per_watt: 10", "tops_per_watt: 0"), "tops_per_watt.*greater than 0"),
        (("tops_per_watt: 10", "tops_per_watt: -3"), "tops_per_watt.*greater than 0"),
        (("tops_per_watt: 10", "tops_per_watt: .inf"), "tops_per_watt.*finite"),
        (("input_bits: 8", "input_bits: .inf"), "input_bits.*64"),
        (("sources: [made up]\n", ""), "sources"),
        (("rows_on: 16", "rows_on: 16\nrow_on: 16"), "row_on"),
        (
            ("rows_on: 16", "rows_on: 16\nconstants: {k: {value: 1, unit: J, meaning: knob}}"),
            "a blind macro has none",
        ),
    ],
)
def test_a_description_that_is_incomplete_or_wrong_is_refused(tmp_path, change, told):
    with pytest.raises(SpecError, match=told):
        load(written(tmp_path, a=change))


def test_a_macro_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'wan_2022'"):
        load("wan_2021x")
    with pytest.raises(SpecError, match="cannot be read"):
        load("nowhere.yaml")
