"""Sobol indices through the whole machinery against closed forms, and of a real array."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from workers import g_function, ishigami

from xbarsim.errors import SpecError, StudyError
from xbarsim.scenario import load_scenario
from xbarsim.study import run as run_module
from xbarsim.study import run_study
from xbarsim.study.designs import sensitivity_rows

TEXT = """
name: sensitivity
device: {sheet: wan_2022}
array: {rows: 8, cols: 8}
tasks: [{name: cell, kind: array}]
ages: [1 s]
sweep: {max_points: 3000}
sensitivity:
  axes:
    array.wires.r_word: {uniform: {from: 0, to: 1}}
    array.wires.r_bit: {uniform: {from: 0, to: 1}}
    array.v_read: {uniform: {from: 1e-6, to: 1}}
  num: 16
run: {engine: inline}
"""
SHARE = {"uniform": {"from": 0, "to": 1}}
AXES = ["array.wires.r_word", "array.wires.r_bit", "array.v_read"]


def plan(folder, **settings):
    file = folder / "sensitivity.yaml"
    file.write_text(TEXT)
    return load_scenario(file, settings)


def values(table, index, metric="energy.total"):
    found = table[(table["index"] == index) & (table["metric"] == metric)]
    return found["value"].to_numpy(), found["half_width"].to_numpy()


def ishigami_indices():
    b = 0.1 * np.pi**4
    parts = {"x": 0.5 * (1 + b / 5) ** 2, "y": 49 / 8, "xz": b**2 * (1 / 18 - 1 / 50)}
    x, y, xz = (v / sum(parts.values()) for v in parts.values())
    return {"S1": [x, y, 0], "ST": [x + xz, y, xz], "S2": [0, xz, 0]}


def test_indices_of_ishigamis_function_are_its_closed_forms(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "run_trial", ishigami)
    found = run_study(plan(tmp_path, **{"sensitivity.num": 256}), tmp_path / "out").sensitivity()
    for index, expected in list(ishigami_indices().items())[:2]:
        value, half_width = values(found, index)
        np.testing.assert_allclose(value, expected, atol=0.1, err_msg=index)
        assert (np.abs(value - expected) <= half_width).all() and (half_width < 0.25).all()


def test_indices_of_pairs_are_closed_forms(tmp_path, monkeypatch):
    """Of Ishigami's function: the first and the third variable act together alone."""
    monkeypatch.setattr(run_module, "run_trial", ishigami)
    whole = {"sensitivity.num": 64, "sensitivity.second_order": True}
    found = run_study(plan(tmp_path, **whole), tmp_path / "out").sensitivity()
    value, half_width = values(found, "S2")
    expected = ishigami_indices()["S2"]
    np.testing.assert_allclose(value, expected, atol=0.2)
    assert (np.abs(value - expected) <= half_width).all()
    pairs = found[(found["index"] == "S2") & (found["metric"] == "energy.total")]
    first, second, third = AXES
    listed = list(zip(pairs["axis"], pairs["with"], strict=True))
    assert listed == [(first, second), (first, third), (second, third)]


def test_indices_of_the_g_function_are_its_closed_forms(tmp_path, monkeypatch):
    """With a = 0, 1 and 9: the first axis matters most, the last hardly."""
    monkeypatch.setattr(run_module, "run_trial", g_function)
    found = run_study(plan(tmp_path, **{"sensitivity.num": 128}), tmp_path / "out").sensitivity()
    own = (1 / 3) / (1 + np.array([0, 1, 9])) ** 2
    total = np.prod(1 + own) - 1
    st = [own[k] * np.prod(1 + np.delete(own, k)) / total for k in range(3)]
    np.testing.assert_allclose(values(found, "S1")[0], own / total, atol=0.1)
    np.testing.assert_allclose(values(found, "ST")[0], st, atol=0.1)
    assert not (found["index"] == "S2").any()


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "run_trial", ishigami)
    return run_study(plan(tmp_path), tmp_path / "out")


def test_indices_are_written_and_given_as_plain_rows(small):
    stored = pd.read_csv(small.directory / "sensitivity.csv", keep_default_na=False)
    assert len(stored) == 2 * 3 + 1
    rows = json.loads(json.dumps(sensitivity_rows(small)))
    first = next(row for row in rows if row["metric"] == "energy.total")
    assert first["axis"] == AXES[0] and {"S1", "ST", "S1.half_width"} <= set(first)
    table = small.sensitivity()
    assert first["ST"] == pytest.approx(values(table, "ST")[0][0])


def test_metric_that_does_not_vary_says_so(small):
    (row,) = [row for row in sensitivity_rows(small) if row["metric"] == "energy.adc"]
    assert row["constant"] == 3.0 and "S1" not in row
    assert small.sensitivity()["value"].notna().all()


def test_the_same_scenario_gives_the_same_sample_and_indices(small, tmp_path):
    again = run_study(plan(tmp_path), tmp_path / "again")
    pd.testing.assert_frame_equal(again.table, small.table, check_exact=True)
    pd.testing.assert_frame_equal(again.sensitivity(), small.sensitivity(), check_exact=True)
    other = plan(tmp_path, seed=1)
    assert other.points[0].array.v_read != plan(tmp_path).points[0].array.v_read


def test_part_of_a_sample_has_no_indices(tmp_path, monkeypatch):
    doomed, left = [], [5]

    def fail_one(trial):
        left[0] -= 1
        if not left[0]:
            doomed.append(trial.key)
            raise RuntimeError("no more silicon")
        return ishigami(trial)

    monkeypatch.setattr(run_module, "run_trial", fail_one)
    broken = run_study(plan(tmp_path), tmp_path / "out")
    with pytest.raises(StudyError, match="1 of 80 points lack trials.*run the same command again"):
        broken.sensitivity()
    assert any("1 of 80 points lack trials" in text for text in broken.meta["warnings"])
    assert not (tmp_path / "out" / "sensitivity.csv").exists()
    ran = []
    monkeypatch.setattr(run_module, "run_trial", lambda t: ran.append(t.key) or ishigami(t))
    assert len(run_study(plan(tmp_path), tmp_path / "out").sensitivity()) and ran == doomed


def test_metrics_may_be_chosen_afterwards(small, tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "run_trial", lambda trial: pytest.fail("ran again"))
    chosen = run_study(plan(tmp_path, **{"sensitivity.metrics": ["energy.adc"]}), tmp_path / "out")
    assert chosen.sensitivity()["metric"].tolist() == ["energy.adc"]
    wrong = run_study(plan(tmp_path, **{"sensitivity.metrics": ["energy.totl"]}), tmp_path / "out")
    with pytest.raises(StudyError, match="no trial has 'energy.totl'; did you mean 'energy.total'"):
        wrong.sensitivity()


def test_wires_matter_to_a_real_array_and_what_is_not_used_does_not(tmp_path):
    """Energy of writing the far cell: the word line carries it, the age of a write nothing."""
    axes = {
        "array.wires.r_word": {"loguniform": {"from": "0.1 ohm", "to": "20 ohm"}},
        "array.v_read": {"uniform": {"from": "0.1 V", "to": "0.3 V"}},
        "tasks.cell.scheme": {"choice": ["V/2", "V/3"]},
    }
    asked = {"sensitivity.axes": axes, "sensitivity.metrics": ["access.energy"]}
    found = run_study(plan(tmp_path, **asked), tmp_path / "out").sensitivity()
    total = dict(zip(axes, values(found, "ST", "access.energy")[0], strict=True))
    assert total["tasks.cell.scheme"] > 0.8
    assert abs(total["array.v_read"]) < 1e-9 < total["array.wires.r_word"]


def test_an_axis_may_be_called_like_a_metric(tmp_path):
    axes = {"energy.inputs": {"integers": {"from": 1, "to": 3}}, **dict.fromkeys(AXES[:1], SHARE)}
    small = {"sensitivity.axes": axes, "sensitivity.num": 2}
    found = run_study(plan(tmp_path, energy={}, **small), tmp_path / "out")
    assert "energy.inputs" in found.axes and "energy.inputs" not in found.metrics
    assert found.summary()["energy.inputs"].isin([1, 2, 3]).all()
    assert "energy.inputs" not in set(found.sensitivity()["metric"])


def test_missing_library_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.sample", None)
    with pytest.raises(SpecError, match=r"pip install 'xbarsim\[sensitivity\]'"):
        plan(tmp_path)
