"""Points that are no grid: samples, conditions, and studies too large to draw point by point."""

from dataclasses import replace

import numpy as np
import pytest
from report_studies import array_study, grid, sampled_points

from xbarsim.report import build_report
from xbarsim.report.access import access_drawing, access_table
from xbarsim.report.accuracy import accuracy_drawing
from xbarsim.report.energy import energy_drawing
from xbarsim.report.excerpt import MAX_POINTS, excerpt
from xbarsim.report.places import places_of
from xbarsim.report.summary import unfinished
from xbarsim.report.view import Dimension, view_of

SAMPLE = {"sweep": {"sample": {"method": "random"}, "trials": 3}}


@pytest.fixture
def sampled(tmp_path):
    points = sampled_points(24)
    return view_of(array_study(points, directory=tmp_path, trials=3, design=SAMPLE))


def test_sampled_axes_stay_apart_though_no_value_comes_twice(sampled):
    assert [axis.label for axis in sampled.axes] == sampled.results.axes


def test_a_sample_is_drawn_point_by_point_against_each_axis(sampled):
    drawing = access_drawing(sampled, "cell")
    assert len(drawing.figure.axes) == 6 * 3  # metrics, axes
    volts = drawing.figure.axes[1]
    marks = [line for line in volts.lines if line.get_linestyle() == "None"]
    assert sum(len(line.get_xdata()) for line in marks if line.get_marker() in "os") == 24
    assert not any(
        line.get_linestyle() == "-" and len(line.get_xdata()) > 2 for line in volts.lines
    )
    assert "against each axis" in drawing.title and "a colour for each" in drawing.caption


def test_none_stands_beside_the_numbers(sampled):
    axis = sampled.axes[2]
    assert axis.levels[0] == "none" and np.isnan(axis.numbers[0]) and axis.values == []
    places = places_of(axis)
    assert places.names[0] == "none"
    assert places.at[0] < places.edge < 0 <= places.at[1:].min()
    assert np.all(np.diff(places.at[1:]) > 0)


def test_decades_are_laid_out_by_logarithms():
    axis = Dimension(
        label="r", levels=[str(k) for k in range(21)], values=[], column="level.r",
        numbers=list(np.logspace(-1, 1, 21)), unit="ohm",
    )  # fmt: skip
    places = places_of(axis)
    assert places.names == ["100 mΩ", "1 Ω", "10 Ω"]
    assert places.ticks == pytest.approx([0, 0.5, 1])
    assert places.at == pytest.approx(np.linspace(0, 1, 21))


def test_intervals_are_drawn_only_where_they_leave_room(sampled):
    drawing = access_drawing(sampled, "cell")
    volts, margin = drawing.figure.axes[0], drawing.figure.axes[-1]
    assert volts.collections and not margin.collections
    assert "error bars where they leave room (95 % Student-t" in drawing.caption


@pytest.mark.long
def test_points_too_many_for_marks_are_put_together(tmp_path):
    points = sampled_points(1500)
    view = view_of(array_study(points, directory=tmp_path, design=SAMPLE))
    drawing = access_drawing(view, "cell")
    panel = drawing.figure.axes[1]  # the selected cell's voltage is 0.9 of that of the write
    marks = np.vstack([line.get_xydata() for line in panel.lines if line.get_marker() in "os"])
    assert 16 <= len(marks) <= 40
    assert np.ptp(marks[:, 1]) > 0.9 * 0.9 * 2
    assert "(1500): a mark is the median" in drawing.caption
    assert "no confidence interval" in drawing.caption
    assert len(drawing.svg) < 250_000


def test_tables_hold_the_first_points_and_name_the_file_with_all(tmp_path):
    view = view_of(array_study(sampled_points(300), directory=tmp_path, design=SAMPLE))
    table = excerpt(view, access_table, "cell")
    assert len(table.rows) == MAX_POINTS
    assert f"The first {MAX_POINTS} of 300 points; summary.csv holds all." in table.caption


def test_a_grid_of_more_lines_than_can_be_told_apart_is_scattered(make_results):
    points = grid(array__rows=list(range(16, 40)), device__read_noise=[k / 1e3 for k in range(24)])
    drawing = accuracy_drawing(view_of(make_results(points, ages=(1.0,), trials=1)), "digits")
    assert "against each axis" in drawing.title
    assert len(drawing.figure.axes) == 2


def test_bars_of_a_sample_are_some_from_the_lowest_to_the_highest(make_results):
    noise = np.random.default_rng(1)
    rows, sigmas = noise.integers(32, 256, 60).tolist(), noise.random(60).tolist()
    points = [{"array.rows": n, "device.read_noise": x} for n, x in zip(rows, sigmas, strict=True)]
    results = make_results(points, ages=(1.0,), trials=1)
    view = view_of(replace(results, scenario={**results.scenario, **SAMPLE}))
    drawing = energy_drawing(view, "digits")
    assert "16 of 60 points are drawn, from the lowest to the highest." in drawing.caption
    assert len(drawing.figure.axes[0].get_yticks()) == 16


@pytest.mark.parametrize(
    ("running", "words"),
    [(True, "is running"), (False, "was stopped"), (None, "is not finished")],
)
def test_a_study_that_is_not_finished_says_so(make_results, running, words):
    told = unfinished(left_over(make_results(trials=2), running))
    assert f"The study {words}: 13 of 16 trials are finished, 1 failed, 2 left." in told
    assert ("run the scenario again" in told) is (running is False)


@pytest.mark.long
def test_the_page_of_a_part_shows_what_there_is(make_results):
    """The first point, whose arrays are drawn where it has been run, is not there."""
    results = left_over(make_results(trials=2), False)
    some = replace(results, table=results.table[results.table["point"] > 0])
    page = build_report(some).read_text("utf-8")
    assert "<h3>Not finished</h3>" in page
    assert "at point 1 (" in page


def test_a_finished_study_says_nothing_of_that(make_results):
    results = make_results(trials=2)
    assert unfinished(results) == ""
    meta = results.meta | {"trials": 16, "trials_left": 0, "running": False}
    assert unfinished(replace(results, meta=meta)) == ""


def left_over(results, running):
    """A study of 16 trials, of which one failed and two are left."""
    counts = {"trials": 16, "trials_finished": 13, "trials_failed": 1, "trials_left": 2}
    return replace(results, meta=results.meta | counts | {"running": running})
