"""The parts of a report: what varies, what is optimal, how numbers are written."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from report_studies import grid

from xbarsim.device import load_device, load_sheet
from xbarsim.report.accuracy import accuracy_drawing, accuracy_table
from xbarsim.report.citations import citations
from xbarsim.report.device_card import device_drawing, parameter_table
from xbarsim.report.energy import balance_sentences, components, energy_table
from xbarsim.report.layout import roles, scale_of
from xbarsim.report.pareto import is_optimal
from xbarsim.report.text import accuracy_text, interval_text, quantity_text, unit_symbol, value_text
from xbarsim.report.tiles import layer_table, tile_drawing
from xbarsim.report.view import view_of
from xbarsim.study.results import Results

Make = Callable[..., Results]


def test_axes_that_move_together_count_once(make_results: Make) -> None:
    view = view_of(make_results())
    assert [axis.label for axis in view.axes] == ["array.rows / array.cols", "device.read_noise"]
    assert view.axes[0].levels == ["32", "64", "128", "256"]
    assert view.labels[7] == "256 · 0.02"


def test_axes_in_one_to_one_relation_show_both_values(make_results: Make) -> None:
    points = [{"array.rows": r, "array.cols": c} for r, c in [(64, 16), (32, 8)]]
    axis = view_of(make_results(points)).axes[0]
    assert axis.levels == ["32 / 8", "64 / 16"]


def test_one_key_of_several_tasks_is_called_by_the_key(make_results: Make) -> None:
    names = ("tasks.one.network.epochs", "tasks.other.network.epochs")
    (axis,) = view_of(make_results([dict.fromkeys(names, n) for n in (5, 10)])).axes
    assert axis.label == "network.epochs"
    assert axis.levels == ["5", "10"]


def test_the_first_numeric_axis_is_x_and_age_gives_panels(make_results: Make) -> None:
    plan = roles(view_of(make_results()))
    assert plan.x.label == "array.rows / array.cols"
    assert plan.series is not None
    assert plan.series.label == "device.read_noise"
    assert [d.label for d in plan.panels] == ["age"]


def test_panels_are_of_points_that_were_run(make_results: Make) -> None:
    """Of a search, or a sweep with conditions, which hold few of all combinations."""
    values = [(16, 1, 4, 0.1), (32, 2, 5, 0.2), (64, 3, 6, 0.3), (16, 2, 6, 0.3), (32, 1, 5, 0.1)]
    names = ("array.rows", "array.dac.bits", "array.adc.bits", "device.read_noise")
    points = [dict(zip(names, v, strict=True)) for v in values]
    view = view_of(make_results(points, ages=(1.0,)))
    drawn = accuracy_drawing(view, view.tasks[0]).figure.axes
    assert 1 <= sum(axes.get_visible() for axes in drawn) <= len(values)


def test_age_is_x_when_it_has_most_levels(make_results: Make) -> None:
    points = grid(array__rows=[32, 64], array__compensation=["none", "global"])
    plan = roles(view_of(make_results(points, ages=(1.0, 60.0, 3600.0))))
    assert plan.x.levels == ["1 s", "1 min", "1 h"]


@pytest.mark.parametrize(
    ("values", "levels"),
    [(["none", "global"], ["none", "global"]), ([True, False], ["true", "false"]),
     ([None, 6, 8], ["none", "6", "8"])],
)  # fmt: skip
def test_values_that_are_no_numbers_are_categories(
    make_results: Make, values: list[Any], levels: list[str]
) -> None:
    axis = view_of(make_results(grid(array__kind=values), ages=(1.0,))).axes[0]
    assert axis.values == []
    assert axis.levels == levels


def test_device_parameters_are_shown_with_their_unit(make_results: Make) -> None:
    results = make_results(grid(device__g_max=[2e-5, 4e-5]))
    axis = view_of(replace(results, units={"device.g_max": "siemens"})).axes[0]
    assert axis.levels == ["20 µS", "40 µS"]


@pytest.mark.parametrize(
    ("values", "scale"),
    [([0.01, 0.02, 0.03], "linear"), ([32, 64, 128, 256], "log"), ([1.0, 86400.0], "log"),
     ([0, 1, 10, 100], "even"), ([0, 1, 2], "linear"), ([5], "linear")],
)  # fmt: skip
def test_numbers_are_laid_out_so_that_they_stand_apart(values: list[float], scale: str) -> None:
    assert scale_of(values) == scale


def test_optimal_points_are_those_no_other_beats_in_both() -> None:
    accuracy, energy = np.array([90, 95, 94, 90]), np.array([1.0, 3.0, 4.0, 2.0])
    assert is_optimal(accuracy, energy).tolist() == [True, True, False, False]


def test_equal_points_are_optimal_together() -> None:
    assert is_optimal(np.array([1, 1]), np.array([2, 2])).all()


def test_accuracy_table_holds_the_summary(make_results: Make) -> None:
    results = make_results()
    table = accuracy_table(view_of(results), "digits")
    first = results.summary().query("point == 0 and age == 1.0").iloc[0]
    assert len(table.rows) == 8
    assert table.columns[-2:] == ["at 1 s", "at 1 day"]
    assert table.rows[0][-2].text == accuracy_text(first["accuracy"], first["accuracy.half_width"])


def test_any_energy_column_becomes_a_component(make_results: Make) -> None:
    results = make_results([{}])
    table = results.table.assign(**{"energy.cooling": 1e-9})
    assert components(table)[-1] == "cooling"
    assert not {"total", "source", "imbalance", "adc_low"} & set(components(table))


def test_the_report_says_how_well_energy_balances(make_results: Make) -> None:
    results = make_results([{}])
    results.table["energy.imbalance"] = -3e-10
    added, balanced = balance_sentences(view_of(results))
    assert "within 3.0e-10" in balanced
    results.table["energy.total"] *= 1.5
    assert "within 3.3e-01" in balance_sentences(view_of(results))[0]
    assert added != balance_sentences(view_of(results))[0]


def test_small_energies_keep_a_digit(make_results: Make) -> None:
    results = make_results([{}])
    results.table["energy.wires"] = 1e-15
    cells = energy_table(view_of(results), "digits").rows[0]
    assert "1.0e-06" in [cell.text for cell in cells]


def test_layers_are_counted_in_inputs_outputs_and_arrays(make_results: Make) -> None:
    rows = layer_table(view_of(make_results([{"array.rows": 32}]))).rows
    texts = [[cell.text for cell in row] for row in rows]
    assert texts[0][:6] == ["digits", "hidden", "65", "128", "12", "32 × 32"]


def test_a_study_without_placements_has_no_floorplan(make_results: Make) -> None:
    results = make_results([{}])
    bare = replace(results, placements=results.placements.head(0))
    assert tile_drawing(view_of(bare), "digits") is None


def test_overridden_parameters_show_both_values() -> None:
    table = parameter_table("wan_2022", load_sheet("wan_2022"), {"g_max": 2e-5})
    row = next(row for row in table.rows if row[0].text == "g_max")
    assert [cell.text for cell in row[1:]] == [
        "20 µS", "set by the scenario; sheet: 40 µS", "overridden"]  # fmt: skip


def test_a_parameter_that_only_the_law_knows_may_be_overridden() -> None:
    table = parameter_table("wan_2022", load_sheet("wan_2022"), {"spread_scale": 0.5})
    assert table.rows[-1][2].text == "set by the scenario; sheet: the law's default"


def test_the_device_card_marks_where_measurements_end() -> None:
    device = load_device("wan_2022")
    late = device_drawing(device, "wan_2022", [1.0, 3.15576e7])
    early = device_drawing(device, "wan_2022", [1.0, 3600.0])
    assert "Beyond 2 day" in late.caption
    assert "Beyond" not in early.caption


def test_citations_are_written_out() -> None:
    wan, unknown = citations(["wan2022", "nobody1900"])
    assert wan.startswith("Weier Wan et al. A compute-in-memory chip")
    assert wan.endswith("2022. doi:10.1038/s41586-022-04992-8.")
    assert unknown == "nobody1900"


def test_accents_of_bibliographies_are_letters() -> None:
    (biolek, cuppers) = citations(["biolek2009", "cuppers2019"])
    assert biolek.startswith("Zdeněk Biolek, Dalibor Biolek, Viera Biolková.")
    assert cuppers.startswith("Felix Cüppers et al.")


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "none"), (math.nan, "none"), (True, "true"), (0.1 + 0.2, "0.3"), ("a", "a"),
     ([1, [2, 3]], "1, (2, 3)"), ({"a": 1, "b": {"c": 2}}, "a: 1, b: (c: 2)")],
)  # fmt: skip
def test_values_are_written_plainly(value: Any, text: str) -> None:
    assert value_text(value) == text


def test_intervals_name_level_and_trials() -> None:
    assert interval_text(0.9, [5, 5]) == "90 % Student-t interval of the mean over 5 trials"
    assert "4 to 5 trials" in interval_text(0.95, [4, 5])
    assert interval_text(0.95, [1]) == "one trial, no interval"


def test_units_have_their_signs() -> None:
    assert quantity_text(2.5e-5, "siemens") == "25 µS"
    assert value_text("20.0, 86400.0", "second") == "20 s, 1 day"
    assert value_text("none", "second") == "none"
    assert [unit_symbol(u) for u in ("kelvin", "ohm", "volt/meter", "count")] == ["K", "Ω", "", ""]
    assert quantity_text(1e4, "ohm") == "10 kΩ"
    assert quantity_text(2.5, "ohm") == "2.5 Ω"
