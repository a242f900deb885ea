"""Panels of physics: IR drop, drift, wear, what each axis does, points over all axes."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from report_studies import grid, sampled_points

from xbarsim.api import run
from xbarsim.crossbar import Wires
from xbarsim.device import load_device, load_sheet
from xbarsim.effects import Endurance
from xbarsim.errors import ConvergenceError
from xbarsim.report.cell_map import means, peaks
from xbarsim.report.device_facts import facts_table
from xbarsim.report.drift import ageing_drawing, drift_drawing, level_drift
from xbarsim.report.endurance import endurance_of, failed_share, life_of
from xbarsim.report.ir_drop import ir_drop_blocks, maps_of, seen_by_cells
from xbarsim.report.parallel_axes import parallel_drawing
from xbarsim.report.sections import report_sections
from xbarsim.report.tornado import bars_of, tornado_blocks
from xbarsim.report.view import view_of
from xbarsim.report.wear import wear_blocks
from xbarsim.report.write_map import map_of, write_map_blocks
from xbarsim.scenario.build import hardware_of
from xbarsim.scenario.schema import Scenario
from xbarsim.study.again import chip_again, first_trial, recorded_trials, write_again
from xbarsim.study.prepare import stored
from xbarsim.study.read import read_results
from xbarsim.tasks import accuracy, in_pieces
from xbarsim.tasks.array import write_of

SCENARIO = """
name: panels
seed: 4
device: {sheet: joshi_2020}
array: {rows: 32, cols: 32, wires: {r_word: 1 ohm, r_bit: 1 ohm}}
tasks:
  - name: digits
    kind: classifier
    dataset: {source: sklearn.digits, test_limit: 40}
    network: {kind: mlp, hidden: [12], epochs: 60}
ages: [1 min, 1 day]
energy: {inputs: 2}
sweep: {axes: {array.wires.r_bit: [0 ohm, 9 ohm]}, trials: 1}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("panels")
    (out / "panels.yaml").write_text(SCENARIO)
    run(out / "panels.yaml", out / "study", workers=1, report=False)
    return out / "study"


def nodal(g, wires):
    """Voltages across cells by Kirchhoff's law at every node: all word lines at 1 V."""
    rows, cols = g.shape
    n = rows * cols
    a, b = np.zeros((2 * n, 2 * n)), np.zeros(2 * n)

    def join(i, j, siemens):
        for k, m in ((i, j), (j, i)):
            a[k, k] += siemens
            a[k, m] -= siemens

    for r in range(rows):
        for c in range(cols):
            word, bit = r * cols + c, n + r * cols + c
            join(word, bit, g[r, c])
            if c + 1 < cols:
                join(word, word + 1, 1 / wires.r_word)
            if r + 1 < rows:
                join(bit, bit + cols, 1 / wires.r_bit)
    for r in range(rows):
        a[r * cols, r * cols] += 1 / wires.r_source
        b[r * cols] = 1 / wires.r_source
    for c in range(cols):
        a[2 * n - cols + c, 2 * n - cols + c] += 1 / wires.r_sense
    v = np.linalg.solve(a, b)
    return (v[:n] - v[n:]).reshape(rows, cols)


def test_the_share_that_cells_see_is_that_of_nodal_analysis(streams):
    g = streams.rng().uniform(0.1, 1, (5, 4)) * 1e-3
    wires = Wires(r_word=20.0, r_bit=30.0, r_source=15.0, r_sense=5.0)
    found = seen_by_cells(g, wires)
    assert found.min() < 0.9
    np.testing.assert_allclose(found, nodal(g, wires), rtol=1e-9)


def test_without_wires_every_cell_sees_all(streams):
    assert (seen_by_cells(streams.rng().uniform(size=(6, 3)) * 1e-3, Wires()) == 1.0).all()


def test_fields_of_a_map_are_means_over_cells():
    seen = np.arange(24.0).reshape(4, 6)
    seen[0, 0] = np.nan
    found = means(seen, finest=2)
    np.testing.assert_allclose(found[0, 1], seen[:2, 3:].mean())
    np.testing.assert_allclose(found[0, 0], np.nanmean(seen[:2, :3]))
    np.testing.assert_array_equal(means(seen), seen)


def test_fields_of_a_map_of_a_write_are_the_largest_of_their_cells():
    shares = np.arange(24.0).reshape(4, 6)
    np.testing.assert_array_equal(peaks(shares, finest=2), [[8, 11], [20, 23]])
    np.testing.assert_array_equal(peaks(shares, finest=4)[0], [0, 2, 3, 5])
    np.testing.assert_array_equal(peaks(shares), shares)


def test_the_chip_of_the_map_is_that_of_the_study(folder):
    table = read_results(folder).table
    trial = first_trial(recorded_trials(folder), 1)
    chip = chip_again(trial, "digits")
    prepared = stored(folder / "models" / next(iter(trial.tasks.values())).rsplit("/", 1)[-1])
    chip.calibrate(prepared.x_calibrate)
    chip.age(60.0)
    kept = table[(table["point"] == 1) & (table["age"] == 60.0)]["accuracy"].item()
    assert accuracy(in_pieces(chip), prepared.x_test, prepared.y_test) == kept > 0.5


def test_the_map_is_of_the_point_with_the_longest_lines_and_names_the_worst_cell(folder):
    view = view_of(read_results(folder))
    drawing, table = ir_drop_blocks(view)
    trial = first_trial(recorded_trials(folder), 1)
    assert hardware_of(Scenario.model_validate(trial.scenario)).wires.r_bit == 9.0
    worst = min(float(np.nanmin(m.seen)) for m in maps_of(chip_again(trial, "digits")))
    assert "Point 1 (array.wires.r_bit = 9 Ω)" in drawing.caption
    assert f"with {100 * worst:.1f}\u00a0%" in drawing.caption
    assert min(row[6].sort for row in table.rows) == worst
    assert {row[1].text for row in table.rows} == {"dense0", "dense1"}


def test_a_map_whose_network_is_gone_says_so_and_the_rest_is_there(folder, tmp_path):
    results = read_results(folder)
    (told,) = ir_drop_blocks(view_of(replace(results, directory=tmp_path)))
    assert told == "There is no map of digits: the study's folder: holds no results.sqlite."
    sections = report_sections(replace(results, directory=tmp_path))
    assert {"accuracy", "ir_drop", "tiles"} <= {section.id for section in sections.all}


CELLS = """
name: cells
seed: 4
device: {sheet: wan_2022}
array: {wires: {r_word: 5 ohm, r_bit: 5 ohm}}
tasks:
  - {name: cell, kind: array, v_write: 2 V}
ages: [1 s, 1 day]
sweep:
  zip: [{array.rows: [4, 8], array.cols: [4, 6]}]
  axes: {tasks.cell.scheme: [V/3, floating]}
  trials: 2
run: {engine: inline}
"""


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    out = tmp_path_factory.mktemp("cells")
    (out / "cells.yaml").write_text(CELLS)
    run(out / "cells.yaml", out / "study", report=False)
    return out / "study"


def test_the_map_of_a_write_is_the_circuit_of_the_table(cells):
    results = read_results(cells)
    table = results.table
    drawing, shown = write_map_blocks(view_of(results))
    long = table[(table["array.rows"] == 8) & (table["trial"] == 0) & (table["age"] == 1.0)]
    assert [row[1].sort for row in shown.rows] == sorted(long["point"])
    for row in shown.rows:
        kept = long[long["point"] == row[1].sort].iloc[0]
        driver, selected, half, others = (cell.sort for cell in row[4:])
        assert driver == 2.0 and row[3].text == "8 × 6"
        assert str(kept["tasks.cell.scheme"]) in row[2].text
        assert selected == kept["access.v_selected"] < 2.0
        assert half == kept["access.v_half_selected"] < selected
        assert 0 < others < half
    assert "The points whose lines have most resistance from end to end." in drawing.caption
    sections = {each.id: each for each in report_sections(results).all}
    assert [each.name for each in sections["ir_drop"].drawings] == ["write_map"]
    assert [each.name for each in sections["ir_drop"].tables] == ["write_map"]


def test_a_map_of_a_write_shows_every_cell(cells):
    write = write_again(first_trial(recorded_trials(cells), 1), "cell")  # V/3 on 8 by 6
    found = map_of(write)
    row, col = found.selected
    assert (row, col) == (0, 5) and found.shape == (8, 6)
    np.testing.assert_allclose(found.fields, np.abs(write.v_cell) / 2.0)
    others = np.delete(np.delete(found.fields, row, 0), col, 1)
    assert (abs(others - 1 / 3) < 0.02).all()


def test_a_map_whose_array_cannot_be_made_again_says_so(cells, tmp_path):
    results = replace(read_results(cells), directory=tmp_path)
    (told,) = write_map_blocks(view_of(results))
    assert told == "There is no map of cell: the study's folder: holds no results.sqlite."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConvergenceError("the residual is 1."), "the residual is 1"),
        (ValueError("of ours."), "ValueError: of ours"),
    ],
)
def test_a_circuit_without_a_solution_costs_its_own_map_only(cells, monkeypatch, error, words):
    """As where the first trial of the point failed."""
    solved = write_of

    def at_times(*args, scheme, **more):
        if scheme == "floating":
            raise error
        return solved(*args, scheme=scheme, **more)

    monkeypatch.setattr("xbarsim.tasks.array.write_of", at_times)
    drawing, told, shown = write_map_blocks(view_of(read_results(cells)))
    assert told == f"There is no map of cell at point 3: {words}."
    assert [row[1].sort for row in shown.rows] == [1]
    assert "from end to end, 1 of 2." in drawing.caption


def test_arrays_without_wires_have_no_map(cells):
    results = read_results(cells)
    without = {**results.scenario, "array": {"wires": None}}
    assert write_map_blocks(view_of(replace(results, scenario=without))) == []


def test_maps_are_of_the_points_that_have_their_task(tmp_path):
    """A task may be swept as a whole, and end elements are no segments."""
    text = CELLS.replace("zip: [{array.rows: [4, 8], array.cols: [4, 6]}]", "zip:").replace(
        "axes: {tasks.cell.scheme: [V/3, floating]}",
        """  - {array.rows: [4, 1], array.cols: [4, 2], array.wires.r_word: [5 ohm, 20 ohm]}
    - tasks.cell: [{name: cell, kind: array}, {name: other, kind: array}]""",
    )
    (tmp_path / "cells.yaml").write_text(text)
    run(tmp_path / "cells.yaml", tmp_path / "study", report=False)
    *drawings, shown = write_map_blocks(view_of(read_results(tmp_path / "study")))
    assert [each.name for each in drawings] == ["write_map-1-cell", "write_map-2-other"]
    assert [(row[0].text, row[3].text) for row in shown.rows] == [
        ("cell", "4 × 4"), ("other", "4 × 4"),
    ]  # fmt: skip


def test_a_study_without_wires_has_no_map(make_results):
    results = make_results(grid(device__read_noise=[0.0, 0.1]), trials=1)
    results.scenario["array"]["wires"] = None
    assert ir_drop_blocks(view_of(results)) == []


@dataclass(frozen=True)
class Decaying:
    """Cells without spread that lose a tenth a decade."""

    window: tuple[float, float] = (1e-6, 41e-6)
    ages: tuple[float, float] = (1.0, 1e4)

    def program(self, g_target, z):
        return g_target + 0 * z

    def age(self, g, t, z):
        return g * (t / 1.0) ** -0.1

    def read_noise(self, g, t_read, z, t=None, g_programmed=None):
        return 0.1 * g * z


def test_the_drift_of_levels_is_the_law():
    ages = [1.0, 60.0, 1e6]
    targets, mean, spread = level_drift(Decaying(), ages)
    np.testing.assert_allclose(targets, [11e-6, 21e-6, 31e-6, 41e-6])
    np.testing.assert_allclose(mean, targets * np.array(ages)[:, None] ** -0.1)
    np.testing.assert_allclose(spread, 0.0, atol=1e-18)
    drawing = drift_drawing(Decaying(), "decaying", ages)
    left, right = drawing.figure.axes
    times, shown = (np.asarray(part) for part in left.lines[0].get_data())
    np.testing.assert_allclose(shown, 11.0 * times**-0.1)
    np.testing.assert_allclose(right.lines[0].get_ydata()[-1], 100 * (1e6**-0.1 - 1))
    marked = {line.get_xdata()[0] for line in left.lines[4:]}
    assert marked == set(ages)
    assert "Beyond 2.778 h" in drawing.caption


def test_ages_are_drawn_where_no_other_figure_has_them_along_x(make_results):
    results = make_results(ages=(1.0, 3600.0, 86400.0))
    view = view_of(results)
    drawing = ageing_drawing(view, "digits")
    axes = drawing.figure.axes[0]
    assert axes.get_xscale() == "log"
    rows = results.summary()
    first = axes.containers[0].lines[0].get_xydata()
    kept = rows[rows["point"] == 0]
    np.testing.assert_allclose(first, np.column_stack([kept["age"], 100 * kept["accuracy"]]))
    many = view_of(make_results(grid(device__read_noise=[0.0, 0.1]), ages=(1.0, 60.0, 3600.0)))
    assert ageing_drawing(many, "digits") is None  # the figure of accuracy is that figure


def test_lives_are_quantiles_of_the_weibull_distribution():
    part = Endurance(cycles=100.0, scale=1e6, shape=1.7)
    life = life_of(part)
    assert failed_share(part, life.few + 100.0) == pytest.approx(0.01)
    assert failed_share(part, life.most + 100.0) == pytest.approx(1 - math.exp(-1))
    closing = life_of(replace(part, start=5e3, exponent=0.1))
    assert (closing.few, closing.most) == (life.few, 4900.0)
    assert life_of(Endurance(start=5e3, exponent=0.1)).few == math.inf


def test_wear_is_that_of_the_table(make_results):
    points = grid(effects__endurance__cycles=[0.0, 2e4])
    results = make_results(points, trials=3, ages=(1.0,))
    table = results.table.assign(**{"cells.failed": 1e-3 * (results.table["trial"] + 1)})
    effects = {"endurance": {"scale": 1e6, "shape": 1.5, "failed": "low"}}
    scenario = results.scenario | {"effects": effects}
    drawing, wear, told = wear_blocks(view_of(replace(results, table=table, scenario=scenario)))
    few = 1e6 * (-math.log(0.99)) ** (1 / 1.5)
    assert [row[1].sort for row in wear.rows] == pytest.approx([2e-3, 2e-3])
    assert [row[2].sort for row in wear.rows] == pytest.approx([few, few - 2e4])
    assert [row[3].sort for row in wear.rows] == pytest.approx([1e6, 98e4])
    assert [row[4].sort for row in wear.rows] == pytest.approx([86400 * few, 86400 * (few - 2e4)])
    (axes,) = drawing.figure.axes
    marks = axes.containers[0].lines[0].get_xydata()
    np.testing.assert_allclose(marks, [[1, 0.2], [20001, 0.2]])
    assert "effects.endurance" in told and "wan_2022 gives none" in told


def test_an_endurance_that_is_swept_is_that_of_the_row(make_results):
    points = grid(effects__endurance__scale=["none", 1e6])
    view = view_of(make_results(points, trials=1, ages=(1.0,)))
    found = [endurance_of(view, row) for _, row in view.fresh("digits").iterrows()]
    assert found == [None, Endurance(scale=1e6)]
    whole = grid(effects__endurance=["none", "scale 1000000.0"])
    assert wear_blocks(view_of(make_results(whole, trials=1, ages=(1.0,)))) == []


def test_writes_without_a_known_endurance_say_that_nobody_gives_one(make_results):
    results = make_results(grid(device__read_noise=[0.0, 0.1]), trials=2, ages=(1.0,))
    table = results.table.assign(**{"write.pulses": 7.0 + results.table["trial"],
                                    "write.energy": 1e-9, "write.unverified": 0.0})  # fmt: skip
    wear, told = wear_blocks(view_of(replace(results, table=table)))
    assert wear.rows[0][1].sort == 7.5
    assert len(wear.columns) == 2
    assert "the sheet wan_2022 gives no endurance" in told


def test_the_writes_of_a_system_are_drawn_and_counted_against_the_endurance(tmp_path, make_results):
    rows = [
        {"task": "cells", "point": p, "trial": t, "age": 0.0, "a": p, "seed": 1,
         "system.accuracy": 0.9, "system.writes": 10.0 + p, "system.writes.most": 100.0 + t + p}
        for p in (0, 1) for t in (0, 1)
    ]  # fmt: skip
    base = make_results(trials=1)
    scenario = {
        "name": "s", "device": {"sheet": "ideal"},
        "tasks": [{"name": "cells", "kind": "system", "system": "content_memory"}],
        "effects": {"endurance": {"scale": 1e6, "shape": 1.0}},
    }  # fmt: skip
    results = replace(base, table=pd.DataFrame(rows), axes=["a"], scenario=scenario)
    drawing, wear, _ = wear_blocks(view_of(results))
    few = -1e6 * math.log(0.99)
    assert [row[3].sort for row in wear.rows] == pytest.approx([few / 100.5, few / 101.5])
    (axes,) = drawing.figure.axes
    mean, most = (part.lines[0].get_xdata(orig=False) for part in axes.containers)
    np.testing.assert_allclose(mean, [10, 11])
    np.testing.assert_allclose(most, [100.5, 101.5])


def test_bars_of_the_tornado_are_means_over_all_else(make_results):
    results = make_results()
    view = view_of(results)
    drawing, table = tornado_blocks(view)
    point_means = results.table.groupby(["point", "age", "array.rows", "device.read_noise"])[
        ["accuracy", "energy.total"]
    ].mean()
    for metric in ("accuracy", "energy.total"):
        bars = {bar.axis.label: bar for bar in bars_of(view, view.task("digits"), metric)}
        for label, level in (
            ("array.rows / array.cols", "array.rows"),
            ("device.read_noise", "device.read_noise"),
            ("age", "age"),
        ):
            means = point_means.groupby(level)[metric].mean()
            assert bars[label].low == pytest.approx(means.min(), rel=1e-12)
            assert bars[label].high == pytest.approx(means.max(), rel=1e-12)
        widths = [bar.width for bar in bars_of(view, view.task("digits"), metric)]
        assert widths == sorted(widths, reverse=True)
    assert len(table.rows) == 6
    assert "5 trials a point" in drawing.caption and "missing" not in drawing.caption
    some = replace(results, table=results.table[results.table["point"] != 0])
    part, _ = tornado_blocks(view_of(some))
    ages, points = (results.table[name].nunique() for name in ("age", "point"))
    assert f"{ages} of {ages * points} combinations are missing" in part.caption
    lone = grid(device__read_noise=[0.0, 0.1])
    assert tornado_blocks(view_of(make_results(lone, trials=1, ages=(1.0,)))) == []


def test_a_sample_is_drawn_over_all_axes(make_results):
    points = [p | {"x": 0.01 * k} for k, p in enumerate(sampled_points(30))]
    base = make_results(points, trials=1, ages=(1.0,))
    view = view_of(
        replace(base, scenario=base.scenario | {"sweep": {"sample": {"num": 30}, "trials": 1}})
    )
    assert len(view.axes) == 4
    drawing = parallel_drawing(view, "digits")
    (lines,) = drawing.figure.axes[0].collections
    paths = np.array([path.vertices for path in lines.get_paths()])
    assert paths.shape == (30, 5, 2)
    accuracy = np.sort(view.task("digits")["accuracy"].to_numpy())
    expected = (accuracy - accuracy[0]) / np.ptp(accuracy)
    np.testing.assert_allclose(paths[:, -1, 1], expected)
    assert paths[..., 1].min() == 0.0 and paths[..., 1].max() == 1.0
    assert parallel_drawing(view_of(base), "digits") is None  # a grid


def test_the_card_says_what_it_knows_and_from_where():
    scenario = {"device": {"sheet": "wan_2022"}, "tasks": []}
    table = facts_table(load_device("wan_2022"), load_sheet("wan_2022"), [1.0, 86400.0], scenario)
    told = {row[0].text: (row[1].text, row[2].text) for row in table.rows}
    assert told["window"][0] == "1 µS to 40 µS"
    assert "Wan 2022" in told["window"][1]
    assert told["on/off ratio"][0] == "40"
    assert told["read noise at the highest level"][0] == "none"
    assert told["endurance"][0] == "the sheet gives none: cells do not wear out"
    assert all(origin for _, origin in told.values())


def test_long_names_of_levels_leave_room_for_the_bars(make_results):
    points = grid(array__compensation=["a" * 40, "b" * 90], device__read_noise=[0.0, 0.1])
    drawing, table = tornado_blocks(view_of(make_results(points, trials=1, ages=(1.0,))))
    assert b"aaaaaaaaa\xe2\x80\xa6" in drawing.svg  # a figure without room would warn
    assert any("b" * 90 in row[4].text or "b" * 90 in row[3].text for row in table.rows)
