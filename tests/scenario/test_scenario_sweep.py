"""The sweep grammar: axes, zipped axes and exclusions to points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.errors import SpecError
from xbarsim.scenario.sweep import get_path, points, set_path
from xbarsim.units import quantity

FORMS = "values, linspace, logspace, range, random"


def axis(form):
    return [point["a"] for point in points({"axes": {"a": form}})]


def faults(sweep):
    with pytest.raises(SpecError) as caught:
        points(sweep)
    return caught.value.faults


def axis_fault(form):
    (fault,) = faults({"axes": {"a": form}})
    assert fault.startswith("sweep.axes.a")
    return fault.removeprefix("sweep.axes.a").removeprefix(": ")


# which points there are


def test_no_sweep_is_one_point_that_changes_nothing():
    assert points({}) == [{}]
    assert points({"axes": {}, "zip": [], "exclude": []}) == [{}]


def test_axes_multiply_and_the_last_moves_fastest():
    found = points({"axes": {"a": [1, 2], "b": ["x", "y", "z"]}})
    assert [tuple(p.values()) for p in found] == [
        (1, "x"), (1, "y"), (1, "z"), (2, "x"), (2, "y"), (2, "z"),
    ]  # fmt: skip
    assert all(list(p) == ["a", "b"] for p in found)


def test_the_axes_of_a_zip_group_move_together():
    assert points({"zip": [{"a": [1, 2], "b": [3, 4]}]}) == [{"a": 1, "b": 3}, {"a": 2, "b": 4}]


def test_zip_groups_multiply_with_axes_and_with_each_other():
    sweep = {"axes": {"c": [5, 6]}, "zip": [{"a": [1, 2], "b": [3, 4]}, {"d": [7, 8, 9]}]}
    found = points(sweep)
    assert len(found) == 2 * 2 * 3
    assert {(p["a"], p["b"]) for p in found} == {(1, 3), (2, 4)}


def test_the_axes_of_a_zip_group_may_take_any_form():
    group = {"a": {"linspace": {"from": 0, "to": 1, "num": 2}}, "b": {"values": ["x", "y"]}}
    assert points({"zip": [group]}) == [{"a": 0.0, "b": "x"}, {"a": 1.0, "b": "y"}]


def test_an_empty_zip_group_sweeps_nothing():
    assert points({"zip": [{}], "axes": {"a": [1, 2]}}) == [{"a": 1}, {"a": 2}]


@settings(deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=4), max_size=4))
def test_as_many_points_as_the_product_of_the_axes(sizes):
    found = points({"axes": {f"a{k}": list(range(n)) for k, n in enumerate(sizes)}})
    assert len(found) == np.prod(sizes, dtype=int)
    assert len({tuple(p.values()) for p in found}) == len(found)


# the forms of an axis


def test_a_list_is_taken_as_it_stands():
    values = [1, 2.5, "3 ohm", None, {"bits": 4}, [1, 2], True]
    assert axis(values) == values
    assert axis({"values": values}) == values


def test_linspace_spaces_evenly_with_exact_ends():
    assert axis({"linspace": {"from": 0, "to": 0.04, "num": 3}}) == [0.0, 0.02, 0.04]


@settings(deadline=None)
@given(
    st.decimals(min_value="-1e6", max_value="1e6", places=3),
    st.decimals(min_value="-1e6", max_value="1e6", places=3),
    st.integers(min_value=2, max_value=9),
)
def test_the_ends_of_linspace_are_those_written(first, last, num):
    found = axis({"linspace": {"from": float(first), "to": float(last), "num": num}})
    assert (found[0], found[-1], len(found)) == (float(first), float(last), num)


def test_linspace_keeps_the_unit_of_its_first_value():
    form = {"linspace": {"from": "100 ohm", "to": "1 kohm", "num": 4}}
    assert axis(form) == ["100.0 ohm", "400.0 ohm", "700.0 ohm", "1000.0 ohm"]


def test_linspace_of_one_value_is_its_start():
    assert axis({"linspace": {"from": 3, "to": 9, "num": 1}}) == [3.0]


def test_logspace_spaces_by_equal_ratios_with_exact_ends():
    found = axis({"logspace": {"from": "1 kohm", "to": "100 kohm", "num": 3}})
    assert [quantity(x, "ohm") for x in found] == [1e3, 1e4, 1e5]


def test_logspace_runs_down_as_well_as_up():
    assert axis({"logspace": {"from": 100, "to": 1, "num": 3}}) == [100.0, 10.0, 1.0]


def test_a_range_of_whole_numbers_holds_whole_numbers_and_its_end():
    found = axis({"range": {"from": 16, "to": 64, "step": 16}})
    assert found == [16, 32, 48, 64]
    assert all(type(x) is int for x in found)


def test_a_range_stops_before_it_passes_its_end():
    assert axis({"range": {"from": 0, "to": 10, "step": 4}}) == [0, 4, 8]


def test_a_range_runs_down_with_a_negative_step():
    assert axis({"range": {"from": 3, "to": 1, "step": -1}}) == [3, 2, 1]


@pytest.mark.parametrize("n", [1, 3, 7, 10, 30, 100, 999])
def test_a_range_in_tenths_reaches_its_end_without_rounding(n):
    found = axis({"range": {"from": 0, "to": n / 10, "step": 0.1}})
    assert found == [k / 10 for k in range(n + 1)]


def test_a_range_takes_its_step_and_end_in_other_units_of_the_same_kind():
    form = {"range": {"from": "0 ohm", "to": "1 kohm", "step": "500 ohm"}}
    assert axis(form) == ["0.0 ohm", "500.0 ohm", "1000.0 ohm"]


def test_temperatures_are_converted_with_the_offset_of_their_scales():
    form = {"linspace": {"from": "25 degC", "to": "323.15 K", "num": 2}}
    assert axis(form) == ["25.0 degC", "50.0 degC"]
    step = {"range": {"from": "20 degC", "to": "30 degC", "step": "5 K"}}
    assert axis(step) == ["20.0 degC", "25.0 degC", "30.0 degC"]


def test_a_quantity_needs_no_blank_before_its_unit():
    assert axis({"linspace": {"from": "1ohm", "to": "2ohm", "num": 2}}) == ["1.0 ohm", "2.0 ohm"]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ([], "an axis needs at least one value"),
        ({"values": []}, ".values: an axis needs at least one value"),
        *[(x, f"expected a list, or one of {FORMS}") for x in (3, "1, 2", None)],
        ({}, f"expected one of {FORMS}; found none"),
        ({"linspce": {}}, ".linspce: unknown key; did you mean 'linspace'?"),
        ({"linspace": None}, ".linspace: None: expected keys and values"),
        ({"linspace": {"from": 0, "to": 1}}, ".linspace.num: missing; this key is required"),
        ({"linspace": [0, 1, 2]}, ".linspace: [0, 1, 2]: expected keys and values"),
        (
            {"range": {"from": 0, "to": 1, "stpe": 1, "step": 1}},
            ".range.stpe: unknown key; did you mean 'step'?",
        ),
        (
            {"linspace": {"from": 0, "to": 1, "num": 2.5}},
            ".linspace.num: 2.5: must be a whole number of at least 1",
        ),
        (
            {"logspace": {"from": 1, "to": 2, "num": 0}},
            ".logspace.num: 0: must be a whole number of at least 1",
        ),
        (
            {"linspace": {"from": 0, "to": 1, "num": True}},
            ".linspace.num: True: must be a whole number of at least 1",
        ),
        (
            {"logspace": {"from": 0, "to": 1, "num": 3}},
            ".logspace: 0 and 1 must both be above zero",
        ),
        (
            {"range": {"from": 0, "to": 1, "step": 0}},
            ".range: a step of 0 never leads from 0 to 1",
        ),
        (
            {"range": {"from": 1, "to": 4, "step": -1}},
            ".range: a step of -1 never leads from 1 to 4",
        ),
        (
            {"linspace": {"from": "0 ohm", "to": "1 V", "num": 2}},
            ".linspace: 'V' cannot be converted to 'ohm'",
        ),
        (
            {"linspace": {"from": "0 ohm", "to": 1, "num": 2}},
            ".linspace: 1 must be given in the unit of the first value (ohm)",
        ),
        (
            {"linspace": {"from": 0, "to": "1 ohm", "num": 2}},
            ".linspace: '1 ohm' must be given in the unit of the first value (none)",
        ),
        (
            {"linspace": {"from": "x", "to": 1, "num": 2}},
            ".linspace.from: 'x' is not a finite number with an optional unit",
        ),
        (
            {"range": {"from": 0, "to": float("nan"), "step": 1}},
            ".range.to: nan is not a finite number with an optional unit",
        ),
        (
            {"range": {"from": 0, "to": float("inf"), "step": 1}},
            ".range.to: inf is not a finite number with an optional unit",
        ),
        (
            {"linspace": {"from": False, "to": 1, "num": 2}},
            ".linspace.from: False is not a finite number with an optional unit",
        ),
    ],
)
def test_a_malformed_axis_says_what_is_wrong(form, message):
    assert axis_fault(form) == message


@pytest.mark.parametrize(
    "form",
    [
        {"range": {"from": 0, "to": 1, "step": 1e-12}},
        {"linspace": {"from": 0, "to": 1, "num": 10**12}},
        {"logspace": {"from": 1, "to": 2, "num": 10**12}},
    ],
)
def test_an_axis_of_absurd_length_is_refused_before_it_is_made(form):
    assert "an axis has at most" in axis_fault(form)


# faults of the whole


def test_zipped_axes_of_different_length_are_refused_with_their_lengths():
    found = faults({"zip": [{"a": [1]}, {"b": [1, 2], "c": [1, 2, 3]}]})
    assert found == ["sweep.zip.1: zipped axes differ in length: b has 2, c has 3"]


@pytest.mark.parametrize(
    ("sweep", "first", "second"),
    [
        ({"axes": {"a": [1]}, "zip": [{"a": [1, 2]}]}, "axes.a", "zip.0.a"),
        ({"zip": [{"a": [1, 2], "b": [1, 2]}, {"a": [3]}]}, "zip.0.a", "zip.1.a"),
    ],
)
def test_a_path_swept_twice_is_refused_with_both_places(sweep, first, second):
    message = f"sweep.{second}: swept twice; sweep.{first} sweeps it, too"
    assert faults(sweep) == [message]


def test_a_list_item_swept_by_name_and_by_index_is_swept_twice():
    data = {"tasks": [{"name": "x"}]}
    with pytest.raises(SpecError, match=r"sweep\.axes\.tasks\.0\.k: swept twice"):
        points({"axes": {"tasks.x.k": [1], "tasks.0.k": [2]}}, data)


def test_a_part_is_swept_before_what_lies_in_it():
    assert len(points({"axes": {"a": [{}, {"c": 1}], "a.b": [1, 2]}})) == 4
    assert faults({"axes": {"a.b": [1, 2], "a": [{}, {"c": 1}]}}) == [
        "sweep.axes.a: replaces a.b, which sweep.axes.a.b sweeps; put a before it"
    ]


def test_every_malformed_axis_is_reported():
    found = faults({"axes": {"a": 3, "b": []}, "zip": [{"c": {}, "d": [1]}]})
    assert [fault.split(": ")[0] for fault in found[:3]] == [
        "sweep.axes.a",
        "sweep.axes.b",
        "sweep.zip.0.c",
    ]


def test_more_points_than_max_points_are_refused_with_both_numbers():
    sweep = {"axes": {"a": [1, 2, 3], "b": [1, 2]}, "max_points": 5}
    message = "sweep: 6 points exceed sweep.max_points (5); raise it or sweep less"
    assert faults(sweep) == [message]
    assert len(points({**sweep, "max_points": 6})) == 6


def test_a_thousand_points_are_the_limit_unless_it_is_raised():
    assert len(points({"axes": {"a": list(range(1000))}})) == 1000
    assert "exceed sweep.max_points (1000)" in faults({"axes": {"a": list(range(1001))}})[0]


# exclusions


def test_points_that_match_every_pair_of_a_rule_are_dropped():
    sweep = {"axes": {"a": [1, 2], "b": [1, 2]}, "exclude": [{"a": 1, "b": 2}, {"a": 2, "b": 1}]}
    assert points(sweep) == [{"a": 1, "b": 1}, {"a": 2, "b": 2}]


def test_a_rule_with_one_pair_drops_a_whole_row():
    assert points({"axes": {"a": [1, 2], "b": [1, 2]}, "exclude": [{"a": 1}]}) == [
        {"a": 2, "b": 1},
        {"a": 2, "b": 2},
    ]


@pytest.mark.parametrize("text", ["10 ohm", "10.0 ohm", "0.01 kohm", "10ohm"])
def test_a_rule_matches_a_quantity_however_it_is_written(text):
    form = {"linspace": {"from": "0 ohm", "to": "10 ohm", "num": 3}}
    kept = points({"axes": {"r": form}, "exclude": [{"r": text}]})
    assert kept == [{"r": "0.0 ohm"}, {"r": "5.0 ohm"}]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("> 10 ohm", [5, 10]),
        (">= 0.01 kohm", [5]),
        ("< 10 ohm", [10, 20]),
        ("<= 10", [20]),
        ("!= 10 ohm", [10]),
    ],
)
def test_a_rule_may_compare_in_whatever_unit(text, kept):
    found = points({"axes": {"r": ["5 ohm", "10 ohm", "20 ohm"]}, "exclude": [{"r": text}]})
    assert [quantity(point["r"], "ohm") for point in found] == kept


def test_a_plain_number_in_a_rule_is_in_si():
    sweep = {"axes": {"t": ["1 s", "1 h", "1 day"]}, "exclude": [{"t": 3600}]}
    assert [p["t"] for p in points(sweep)] == ["1 s", "1 day"]


def test_true_is_not_one():
    assert points({"axes": {"a": [True, 1]}, "exclude": [{"a": 1}]}) == [{"a": True}]


def test_a_rule_may_name_what_lies_in_a_swept_part():
    sweep = {"axes": {"device": [{"sheet": "x"}, {"sheet": "y"}]}}
    found = points({**sweep, "exclude": [{"device.sheet": "x"}]}, {"device": {"sheet": "z"}})
    assert found == [{"device": {"sheet": "y"}}]


def test_a_comparison_with_what_is_no_number_is_refused():
    assert faults({"axes": {"a": [1]}, "exclude": [{"a": "> many"}]}) == [
        "sweep.exclude.0.a: '> many': 'many' is not a finite number with an optional unit"
    ]


def test_a_rule_on_a_path_that_is_not_swept_is_refused():
    found = faults({"axes": {"array.rows": [1, 2]}, "exclude": [{"array.rosw": 1}]})
    message = "sweep.exclude.0.array.rosw: is not swept; did you mean 'array.rows'?"
    assert found == [message]


def test_rules_that_leave_no_point_are_refused():
    assert faults({"axes": {"a": [1]}, "exclude": [{"a": 1}]}) == [
        "sweep.exclude: no point is left"
    ]


# paths


@pytest.fixture
def data():
    return {
        "array": {"rows": 8, "wires": None},
        "tasks": [{"name": "x", "epochs": 1}, {"name": "y", "epochs": 2}],
        "ages": [1, 2],
    }


def test_a_path_sets_a_value_inside_parts(data):
    set_path(data, "array.rows", 16)
    assert data["array"]["rows"] == 16


def test_parts_that_are_missing_or_null_are_made_on_the_way(data):
    set_path(data, "array.wires.r_word", 1.0)
    set_path(data, "sweep.trials", 3)
    assert data["array"]["wires"] == {"r_word": 1.0}
    assert data["sweep"] == {"trials": 3}


@pytest.mark.parametrize("path", ["tasks.y.epochs", "tasks.1.epochs"])
def test_a_list_item_goes_by_its_name_or_its_index(data, path):
    set_path(data, path, 9)
    assert [task["epochs"] for task in data["tasks"]] == [1, 9]
    assert get_path(data, path) == 9


def test_a_whole_list_item_is_replaced(data):
    set_path(data, "ages.1", 5)
    assert data["ages"] == [1, 5]


def test_a_name_that_is_a_number_goes_before_the_index():
    data = {"tasks": [{"name": "1", "epochs": 1}, {"name": "0", "epochs": 2}]}
    assert get_path(data, "tasks.0.epochs") == 2


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("tasks.z.epochs", "tasks.z.epochs: no item 'z'; known: x, y"),
        ("tasks.7", "tasks.7: no item '7'; known: x, y"),
        ("ages.2", "ages.2: no item '2'"),
        ("ages.-1", "ages.-1: no item '-1'"),
        ("array.rows.x", "array.rows.x: 'x' lies inside 8, a single value"),
        ("array.rows.x.y", "array.rows.x.y: 'x' lies inside 8, a single value"),
        ("ages.0.x", "ages.0.x: 'x' lies inside 1, a single value"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(data, path, message):
    before = repr(data)
    with pytest.raises(SpecError) as caught:
        set_path(data, path, 1)
    assert str(caught.value) == message
    assert repr(data) == before


def test_what_is_set_is_a_copy(data):
    value = {"r_word": 1.0}
    set_path(data, "array.wires", value)
    value["r_word"] = 2.0
    assert data["array"]["wires"] == {"r_word": 1.0}


def test_a_path_that_ends_early_holds_nothing(data):
    assert get_path(data, "array.wires.r_word") is None
    assert get_path(data, "array.rows.x") is None
    assert get_path(data, "nothing.here") is None
    assert get_path(data, "tasks.z.epochs") is None
