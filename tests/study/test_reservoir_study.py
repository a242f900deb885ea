"""Studies of reservoirs from the file to the page."""

import pandas as pd
import pytest

from xbarsim.report import build_report
from xbarsim.scenario import load_scenario
from xbarsim.study import run_study

TINY = """
name: tiny
seed: 3
device: {sheet: wan_2022, read_noise: 0.01}
array: {wires: {r_word: 1 ohm}, dac: {bits: 8}, adc: {bits: 8}}
tasks:
  - name: kept
    kind: reservoir
    reservoir: &small {kind: echo_state, units: 20}
    data: &narma {source: narma10, train: 200, test: 100, washout: 20}
  - {name: renewed, kind: reservoir, reservoir: *small, data: *narma, retrain: true}
  - {name: memory, kind: reservoir, reservoir: *small, data: {source: memory, train: 200, test: 100,
     washout: 20, delays: 10}}
  - {name: vowels, kind: reservoir, reservoir: {kind: liquid, units: 20, dt: 10 ms, feature: trace,
     wiring: {kind: gaussian, inputs: 1}}, data: {source: formant_vowels, standardised: true,
     train_limit: 60, test_limit: 20}}
ages: [1 s, 1 day]
sweep: {axes: {array.adc.bits: [4, 8]}, trials: 2}
run: {engine: inline}
"""
ALONE = """
name: alone
device: {sheet: zhong_2021, spread: {alpha: 0.1}}
tasks:
  - name: henon
    kind: reservoir
    reservoir: {kind: dynamic, devices: 5}
    data: {source: henon, train: 100, test: 50, washout: 10}
sweep: {axes: {tasks.henon.reservoir.read_noise: [0, 0.01]}, trials: 2}
run: {engine: inline}
"""


def run(folder, text):
    (folder / "s.yaml").write_text(text)
    results = run_study(load_scenario(folder / "s.yaml"), folder / "out")
    assert not results.meta["failures"]
    return results


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return run(tmp_path_factory.mktemp("tiny"), TINY)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return run(tmp_path_factory.mktemp("alone"), ALONE)


def of(results, task):
    return results.table[results.table["task"] == task].reset_index(drop=True)


def test_reservoirs_have_the_metrics_of_what_they_learn(tiny):
    metrics = {"kept": "nrmse", "memory": "memory.capacity", "vowels": "accuracy"}
    for task, name in metrics.items():
        rows = of(tiny, task)
        assert len(rows) == 2 * 2 * 2
        assert rows[[name, f"{name}.software", "energy.total"]].notna().all(axis=None)
        others = [m for m in metrics.values() if m != name]
        assert rows[others].isna().all(axis=None)
        assert (rows["energy.imbalance"] < 1e-9).all()


def test_reservoirs_are_the_same_at_every_point_and_differ_between_trials(tiny):
    software = of(tiny, "kept").groupby("trial")["nrmse.software"].nunique()
    assert (software == 1).all()
    assert of(tiny, "kept")["nrmse.software"].nunique() == 2


def test_tasks_that_say_the_same_of_a_reservoir_have_the_same_chips(tiny):
    kept, renewed = (of(tiny, task) for task in ("kept", "renewed"))
    assert (kept["nrmse.software"] == renewed["nrmse.software"]).all()
    fresh = kept["age"] == 1
    pd.testing.assert_series_equal(kept["energy.total"][fresh], renewed["energy.total"][fresh])
    assert (kept["nrmse"] != renewed["nrmse"])[~fresh].all()


def test_running_again_gives_the_same_table(tiny, tmp_path):
    pd.testing.assert_frame_equal(run(tmp_path, TINY).table, tiny.table, check_exact=True)


@pytest.mark.long
def test_devices_that_stand_alone_cost_their_pulses_and_have_no_software_beside_them(alone):
    assert (alone.table["energy.pulses"] == alone.table["energy.total"]).all()
    assert (alone.table["energy.total"] > 0).all() and (alone.table["age"] == 0).all()
    assert "nrmse.software" not in alone.table
    error = alone.table.groupby("tasks.henon.reservoir.read_noise")["nrmse"].mean()
    assert error.loc[0.01] > error.loc[0.0]


@pytest.mark.long
def test_the_page_draws_every_reservoir_and_the_energy_of_a_step(tiny):
    page = build_report(tiny).read_text("utf-8")
    for words in ("Memory capacity of memory", "Energy per step of vowels", "Accuracy of vowels",
                  "Black: the same reservoirs in software", "A step then takes"):  # fmt: skip
        assert words in page
    assert "per inference" not in page
    drawn = {p.stem for p in (tiny.directory / "figures").glob("reservoir*.svg")}
    assert len(drawn) == 4


@pytest.mark.long
def test_the_page_of_devices_that_stand_alone_shows_their_law(alone):
    page = build_report(alone).read_text("utf-8")
    assert "Energy per step of henon" in page and "in software" not in page
