import numpy as np
import pytest

from xbarsim import run
from xbarsim.crossbar import Wires
from xbarsim.crossbar.laws import SinhCell
from xbarsim.tasks.array import METRICS, array_metrics

WINDOW = (1e-6, 1e-4)
PULSE = {"v_write": 2.0, "t_write": 1e-7, "v_read": 0.2}
SCENARIO = """
name: cell
device: {sheet: wan_2022}
array: {rows: 6, cols: 5, wires: {r_word: 2 ohm, r_bit: 2 ohm}}
tasks:
  - {name: cell, kind: array, v_write: 2 V, t_write: 100 ns}
sweep: {axes: {tasks.cell.scheme: [V/2, grounded]}, trials: 3}
run: {engine: inline}
"""


def test_energy_of_a_write_with_ideal_wires_is_counted_by_hand():
    """V/2 among 4 x 6 cells that are on: one at 2 V, eight at 1 V, for 100 ns."""
    found = array_metrics(np.full((4, 6), 1e-4), WINDOW, None, scheme="V/2", **PULSE)
    assert set(found) == set(METRICS)
    assert found["access.v_selected"] == pytest.approx(2.0)
    assert found["access.v_half_selected"] == pytest.approx(1.0)
    assert found["access.energy_selected"] == pytest.approx(4e-11, rel=1e-9, abs=0)
    assert found["access.energy"] == pytest.approx(12e-11, rel=1e-9, abs=0)


def test_energy_of_a_write_of_nonlinear_cells_is_counted_by_hand():
    """V/2 among 4 x 6 cells that are on: one at 2 V, eight at 1 V, for 100 ns."""
    law = SinhCell(beta=3.0)
    found = array_metrics(np.full((4, 6), 1e-4), WINDOW, None, scheme="V/2", law=law, **PULSE)
    one, half = (v * 1e-4 / 3 * np.sinh(3 * v) for v in (2.0, 1.0))
    assert found["access.energy_selected"] == pytest.approx(1e-7 * one, rel=1e-9, abs=0)
    assert found["access.energy"] == pytest.approx(1e-7 * (one + 8 * half), rel=1e-9, abs=0)
    assert found["access.i_sneak"] == pytest.approx(3 * 1e-4 / 3 * np.sinh(0.3))


def test_grounded_lines_read_without_sneak_current():
    g = np.full((4, 6), 1e-4)
    found = array_metrics(g, WINDOW, Wires(), scheme="grounded", **PULSE)
    assert found["access.i_sneak"] == pytest.approx(0, abs=1e-12)
    assert found["access.margin"] == pytest.approx(0.99)


def test_array_needs_no_network_and_is_reported(tmp_path):
    (tmp_path / "cell.yaml").write_text(SCENARIO)
    results = run(str(tmp_path / "cell.yaml"), tmp_path / "out")
    assert len(results.table) == 6
    assert "accuracy" not in results.table and results.placements.empty
    assert set(METRICS) <= set(results.summary().columns)
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "Writing one cell of cell takes between" in page
    assert (tmp_path / "out" / "figures" / "access.svg").exists()
    assert not list((tmp_path / "out" / "models").glob("*.npz"))


@pytest.mark.long
def test_laws_of_a_sweep_are_drawn_by_their_strokes(tmp_path):
    text = SCENARIO.replace("[V/2, grounded]", "[V/2, grounded], array.rows: [4, 6]").replace(
        "}, trials", ", tasks.cell.law: [null, {kind: sinh, beta: 4 1/V}]}, trials"
    )
    (tmp_path / "cell.yaml").write_text(text)
    results = run(str(tmp_path / "cell.yaml"), tmp_path / "out")
    assert results.table["tasks.cell.law"].unique().tolist() == ["none", "sinh, beta 4.0"]
    energy = results.table.groupby("tasks.cell.law")["access.energy"].mean()
    assert energy["sinh, beta 4.0"] > 10 * energy["none"]
    figure = (tmp_path / "out" / "figures" / "access.svg").read_text("utf-8")
    for text in ("tasks.cell.law", "none", "sinh, beta 4.0", "tasks.cell.scheme", "grounded"):
        assert f">{text}</text>" in figure
    assert figure.count("stroke-dasharray") > 6


@pytest.mark.long
def test_trials_of_one_seed_hold_the_same_data_at_every_point(tmp_path):
    (tmp_path / "cell.yaml").write_text(SCENARIO)
    table = run(str(tmp_path / "cell.yaml"), tmp_path / "out").table
    half, grounded = (table[table["point"] == k]["access.energy_selected"] for k in (0, 1))
    np.testing.assert_allclose(half, grounded, rtol=1e-2)
    assert half.nunique() == 3
