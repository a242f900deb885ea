import json
import shutil

import fast
import numpy as np
import pandas as pd
import pytest

from xbarsim import tasks as tasks_module
from xbarsim.device import SheetParameter, load_sheet
from xbarsim.errors import DataError, ResourceError, SpecError, StudyError
from xbarsim.scenario import load_scenario
from xbarsim.study import read_results, run_study
from xbarsim.study import run as run_module
from xbarsim.study.results import Results
from xbarsim.study.trial import run_trial
from xbarsim.tasks import Prepared

TINY = """
name: tiny
seed: 3
device: {sheet: wan_2022, read_noise: 0.01}
array: {rows: 32, cols: 32, wires: {r_word: 2 ohm, r_bit: 2 ohm}, dac: {bits: 6}, adc: {bits: 6}}
tasks:
  - name: digits
    kind: classifier
    dataset: {source: sklearn.digits, test_limit: 60}
    network: {kind: mlp, hidden: [8], epochs: 5}
ages: [1 s, 1 day]
sweep: {axes: {array.adc.bits: [4, 8]}, trials: 3}
energy: {inputs: 2}
run: {engine: inline}
"""


@pytest.fixture
def plan(tmp_path):
    def make(**settings):
        file = tmp_path / "tiny.yaml"
        file.write_text(TINY)
        return load_scenario(file, settings)

    return make


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "tiny.yaml").write_text(TINY)
    return run_study(load_scenario(folder / "tiny.yaml"), folder / "out")


@pytest.fixture
def fast_plan(tmp_path):
    (tmp_path / "fast.yaml").write_text(fast.FAST)
    return load_scenario(tmp_path / "fast.yaml", check=False)


def same(a, b):
    pd.testing.assert_frame_equal(a.table, b.table, check_exact=True)


def test_table_has_a_row_for_each_point_trial_and_age(whole):
    assert len(whole.table) == 2 * 3 * 2
    assert whole.table["array.adc.bits"].tolist() == [4] * 6 + [8] * 6
    assert whole.table["age"].tolist() == [1.0, 86400.0] * 6
    assert whole.meta["trials_finished"] == 6 and whole.meta["failures"] == []


def test_every_row_of_the_energy_table_balances(whole):
    table = whole.table
    parts = table["energy.cells"] + table["energy.wires"] + table["energy.terminations"]
    np.testing.assert_allclose(parts, table["energy.source"], rtol=1e-9)
    assert (table["energy.imbalance"] < 1e-9).all()


def test_paired_trials_use_the_same_chips_at_every_point(whole):
    source = whole.table.pivot_table(index=["trial", "age"], columns="point", values="energy.cells")
    np.testing.assert_allclose(source[0], source[1], rtol=0.05)
    assert whole.table["energy.cells"].nunique() > 6


def test_unpaired_trials_use_chips_of_their_own(plan, tmp_path, whole):
    free = run_study(plan(**{"sweep.paired": False}), tmp_path / "out")

    def difference(results):
        """How far one trial's arrays at one point are from those at the other."""
        energy = results.table.pivot_table(index=["trial", "age"], columns="point",
                                           values="energy.cells")  # fmt: skip
        return float((energy[0] - energy[1]).std())

    assert difference(free) > 2 * difference(whole)


def test_results_are_read_back_to_the_last_bit(whole):
    read = read_results(whole.directory)
    same(read, whole)
    assert read.axes == whole.axes and read.meta == whole.meta
    pd.testing.assert_frame_equal(read.placements, whole.placements)


@pytest.mark.long
def test_two_workers_give_what_one_gives(plan, tmp_path, whole):
    for workers in (1, 2):
        found = run_study(
            plan(**{"run.engine": "processes"}), tmp_path / str(workers), workers=workers
        )
        same(found, whole)


def test_interrupted_run_goes_on_where_it_stopped(plan, tmp_path, whole, monkeypatch):
    calls = []

    def stop_after_two(trial):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(trial.key)
        return run_trial(trial)

    monkeypatch.setattr(run_module, "run_trial", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        run_study(plan(), tmp_path / "out")
    rest = []
    monkeypatch.setattr(run_module, "run_trial", lambda t: rest.append(t.key) or run_trial(t))
    same(run_study(plan(), tmp_path / "out"), whole)
    assert len(rest) == 4 and not set(rest) & set(calls)


def test_finished_study_runs_nothing_again(plan, tmp_path, monkeypatch):
    first = run_study(plan(), tmp_path / "out")
    monkeypatch.setattr(run_module, "run_trial", lambda trial: pytest.fail("ran again"))
    monkeypatch.setattr(tasks_module, "prepare_classifier", lambda *a, **k: pytest.fail("trained"))
    same(run_study(plan(), tmp_path / "out"), first)


def test_damaged_network_file_is_trained_again(plan, tmp_path, whole):
    (tmp_path / "out" / "models").mkdir(parents=True)
    for file in (whole.directory / "models").iterdir():
        (tmp_path / "out" / "models" / file.name).write_bytes(file.read_bytes()[:3000])
    same(run_study(plan(), tmp_path / "out"), whole)


def test_interrupted_training_keeps_nothing(plan, tmp_path, monkeypatch):
    from sklearn.neural_network import MLPClassifier

    def stopped_early(self, *arguments, **settings):
        self.max_iter = 2
        return fit(self, *arguments, **settings)

    fit = MLPClassifier.fit
    monkeypatch.setattr(MLPClassifier, "fit", stopped_early)
    with pytest.raises(KeyboardInterrupt):
        run_study(plan(), tmp_path / "out")
    assert not list((tmp_path / "out" / "models").iterdir())


def test_network_file_with_other_numbers_is_trained_again(plan, tmp_path, whole):
    (tmp_path / "out" / "models").mkdir(parents=True)
    for file in (whole.directory / "models").iterdir():
        prepared = Prepared.load(file)
        prepared.graph.nodes[0].arrays["weights"][0, 0] += 1.0
        monkey = tmp_path / "out" / "models" / file.name
        prepared.save(monkey)
        with np.load(monkey) as arrays:
            changed = dict(arrays)
        with np.load(file) as arrays:
            changed["digest"] = arrays["digest"]
        with monkey.open("wb") as target:
            np.savez(target, **changed)
    same(run_study(plan(), tmp_path / "out"), whole)


def test_changed_device_sheet_is_another_scenario(plan, tmp_path, monkeypatch):
    run_study(plan(), tmp_path / "out")
    sheet = load_sheet("wan_2022")
    monkeypatch.setitem(sheet.parameters, "g_max", SheetParameter(value="30 uS", source="ours"))
    with pytest.raises(StudyError, match="device.parameters.g_max: 4e-05 → 3e-05"):
        run_study(plan(), tmp_path / "out")


def test_changed_data_files_are_trained_anew(plan, tmp_path, idx_data, monkeypatch):
    mnist = {"tasks.digits.dataset.source": "mnist", "sweep.trials": 1}
    monkeypatch.setenv("XBARSIM_DATA", str(idx_data))
    before = run_study(plan(**mnist), tmp_path / "out")
    shutil.copytree(idx_data, tmp_path / "data")
    swapped = tmp_path / "data" / "mnist"
    shutil.copy(swapped / "t10k-images-idx3-ubyte.gz", swapped / "train-images-idx3-ubyte.gz")
    shutil.copy(swapped / "t10k-labels-idx1-ubyte.gz", swapped / "train-labels-idx1-ubyte.gz")
    monkeypatch.setenv("XBARSIM_DATA", str(tmp_path / "data"))
    after = run_study(plan(**mnist), tmp_path / "out")
    assert not set(before.table["key"]) & set(after.table["key"])


def test_refused_start_leaves_the_folder_unclaimed(plan, tmp_path, monkeypatch):
    monkeypatch.delenv("XBARSIM_DATA", raising=False)
    with pytest.raises(DataError):
        run_study(plan(**{"tasks.digits.dataset.source": "mnist"}), tmp_path / "out")
    run_study(plan(**{"sweep.trials": 1}), tmp_path / "out")


def test_folder_removed_while_running_is_noticed(plan, tmp_path, monkeypatch):
    def remove(trial):
        rows = run_trial(trial)
        shutil.rmtree(tmp_path / "out")
        return rows

    monkeypatch.setattr(run_module, "run_trial", remove)
    with pytest.raises(StudyError, match="was removed while the study ran"):
        run_study(plan(), tmp_path / "out")


def test_failed_trial_is_listed_and_the_others_are_kept(plan, tmp_path, whole, monkeypatch):
    def fail_second(trial):
        if trial.scenario["array"]["adc"]["bits"] == 4 and trial.stream[-1] == 1:
            raise RuntimeError("no more silicon")
        return run_trial(trial)

    monkeypatch.setattr(run_module, "run_trial", fail_second)
    broken = run_study(plan(), tmp_path / "out")
    assert broken.meta["failures"] == [
        {"point": 0, "trial": 1, "message": "RuntimeError: no more silicon", "times": 1}
    ]
    assert len(broken.table) == 10
    monkeypatch.setattr(run_module, "run_trial", run_trial)
    same(run_study(plan(), tmp_path / "out"), whole)


@pytest.mark.parametrize(
    "value", [np.float32(0.1), np.int64(3), np.bool_(True), np.float64(np.inf), np.float64(np.nan)]
)
def test_any_number_is_a_metric(tmp_path, fast_plan, monkeypatch, value):
    rows = [{"task": "cell", "age": 1.0, "access.margin": value}]
    monkeypatch.setattr("xbarsim.study.trial._rows", lambda *given: rows)
    run_study(fast_plan, tmp_path / "out")
    table = read_results(tmp_path / "out").table
    assert [repr(v) for v in table["access.margin"]] == [repr(value.item())] * 12
    told = json.loads((tmp_path / "out" / "results.json").read_text(), parse_constant=pytest.fail)
    kept = value.item() if np.isfinite(value) else None
    assert [row["access.margin"] for row in told["table"]] == [kept] * 12


def test_a_metric_that_is_no_number_is_named_and_fails_its_trial_alone(
    tmp_path, fast_plan, monkeypatch
):
    def rows(scenario, task, trial, streams):
        value = np.ones(2) if trial.stream[-1] == 1 else 1.0
        return [{"task": "cell", "age": 1.0, "access.margin": value}]

    monkeypatch.setattr("xbarsim.study.trial._rows", rows)
    found = run_study(fast_plan, tmp_path / "out")
    assert len(found.table) == 9
    assert [told["message"] for told in found.meta["failures"]] == [
        "TypeError: access.margin is a ndarray; metrics are numbers or text"
    ] * 3


def test_changed_scenario_is_refused_and_says_what_changed(plan, tmp_path):
    run_study(plan(), tmp_path / "out")
    with pytest.raises(StudyError) as caught:
        run_study(plan(**{"array.rows": 16, "seed": 4}), tmp_path / "out")
    text = str(caught.value)
    assert "array.rows: 32 → 16" in text and "seed: 3 → 4" in text
    assert "--out" in text and "--extend" in text


def test_extended_study_keeps_what_it_shares(plan, tmp_path, monkeypatch):
    run_study(plan(**{"sweep.trials": 2}), tmp_path / "out")
    ran = []
    monkeypatch.setattr(run_module, "run_trial", lambda t: ran.append(t) or run_trial(t))
    extended = run_study(plan(), tmp_path / "out", extend=True)
    assert len(ran) == 2 and len(extended.table) == 12


def test_wording_and_workers_may_change(plan, tmp_path):
    run_study(plan(), tmp_path / "out")
    run_study(plan(description="other words", **{"run.workers": 1}), tmp_path / "out")


def test_place_that_cannot_be_written_is_refused(plan, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StudyError, match="results cannot be written here.*--out"):
        run_study(plan(), tmp_path / "file" / "out")


def test_missing_data_are_reported_before_anything_runs(plan, tmp_path, monkeypatch):
    monkeypatch.delenv("XBARSIM_DATA", raising=False)
    with pytest.raises(DataError, match="XBARSIM_DATA is not set"):
        run_study(plan(**{"tasks.digits.dataset.source": "mnist"}), tmp_path / "out")


def test_arrays_larger_than_memory_are_reported_before_anything_runs(plan, tmp_path, monkeypatch):
    monkeypatch.setattr("xbarsim.backend.free_memory", lambda xp: 1e4)
    monkeypatch.setattr("xbarsim.backend._NO_MATTER", 0)
    monkeypatch.setattr(run_module, "run_trial", lambda trial: pytest.fail("ran"))
    with pytest.raises(ResourceError, match="layer 0 of 64 x 8 weights"):
        run_study(plan(), tmp_path / "out")


def results(values):
    table = pd.DataFrame({"task": "t", "point": 0, "trial": range(len(values)), "age": 1.0,
                          "accuracy": values, "energy.total": 1.0})  # fmt: skip
    return Results(directory=None, scenario={}, axes=[], table=table, placements=pd.DataFrame())


def test_interval_is_students():
    summary = results([0.90, 0.92, 0.94]).summary()
    assert summary["accuracy"][0] == pytest.approx(0.92)
    assert summary["accuracy.half_width"][0] == pytest.approx(4.302653 * 0.02 / np.sqrt(3))


def test_one_trial_has_no_interval():
    assert np.isnan(results([0.9]).summary()["accuracy.half_width"][0])


@pytest.mark.long
def test_intervals_cover_the_truth_as_often_as_they_say(streams):
    rng = streams.rng()
    draws = 0.9 + 0.01 * rng.standard_normal((400, 5))
    inside = 0
    for row in draws:
        summary = results(row).summary().iloc[0]
        inside += abs(summary["accuracy"] - 0.9) < summary["accuracy.half_width"]
    assert 0.91 < inside / 400 < 0.985


def test_yield_and_losses_are_in_the_tables(plan, tmp_path, whole):
    """Of the same chips: how many are good enough, and what each effect costs."""
    spec = float(np.sort(whole.table["accuracy"])[5])
    found = run_study(
        plan(**{"tasks.0.specification": spec, "tasks.0.diagnosis": 1}), tmp_path / "out"
    )
    table, summary = found.table, found.summary()
    assert (table["accuracy"] == whole.table["accuracy"]).all()
    assert (table["accuracy.meets"] == (table["accuracy"] >= spec)).all()
    losses = table[[c for c in table.columns if c.startswith("loss.")]]
    assert set(losses.columns) == {
        f"loss.{n}" for n in ("programming", "drift", "read_noise", "wires", "dac", "adc")
    }
    whole_loss = table["accuracy.software"] - table["accuracy"]
    np.testing.assert_allclose(losses.sum(axis=1), whole_loss, atol=1e-9)
    assert "loss.adc.half_width" in summary
    for _, row in summary.iterrows():
        mine = table[(table["point"] == row["point"]) & (table["age"] == row["age"])]
        assert row["yield"] == pytest.approx(mine["accuracy.meets"].mean())
        assert row["yield.low"] <= row["yield"] <= row["yield.high"]


def test_yield_of_all_chips_is_not_certain():
    """Clopper and Pearson: 5 of 5 leave a lower end of (1 - 0.95) / 2 to the power of 1/5."""
    table = pd.DataFrame({"task": "t", "point": 0, "trial": range(5), "age": 1.0, "accuracy": 1.0,
                          "accuracy.meets": 1.0})  # fmt: skip
    made = Results(directory=None, scenario={}, axes=[], table=table, placements=pd.DataFrame())
    row = made.summary().iloc[0]
    assert (row["yield"], row["yield.high"]) == (1.0, 1.0)
    assert row["yield.low"] == pytest.approx(0.025 ** (1 / 5))


def networks(folder):
    return {file.name: Prepared.load(file).digest for file in (folder / "models").glob("*.npz")}


@pytest.mark.long
def test_workers_train_networks_as_one_process_does(plan, tmp_path):
    wide = {"sweep.axes": {"tasks.digits.network.hidden": [[6], [8]]}, "sweep.trials": 1}
    told = []
    here = run_study(plan(**wide), tmp_path / "here")
    there = run_study(
        plan(**wide | {"run.engine": "processes"}), tmp_path / "there", workers=2,
        progress=lambda *step: told.append(step),
    )  # fmt: skip
    assert networks(tmp_path / "here") == networks(tmp_path / "there")
    assert len(networks(tmp_path / "there")) == 2
    assert [step for step in told if step[0] == "training networks"] == [
        ("training networks", done, 2) for done in range(3)
    ]
    pd.testing.assert_frame_equal(here.table, there.table, check_exact=True)


def test_a_network_that_cannot_be_trained_says_why_from_a_worker_too(plan, tmp_path):
    pytest.importorskip("onnx")
    (tmp_path / "broken.onnx").write_bytes(b"nothing")
    network = {"kind": "file", "path": str(tmp_path / "broken.onnx")}
    spoilt = {
        "sweep.axes": {"tasks.digits.network": [{"kind": "mlp", "hidden": [6]}, network]},
        "run.engine": "processes",
    }
    with pytest.raises(SpecError, match="broken.onnx"):
        run_study(plan(**spoilt), tmp_path / "out", workers=2)
    held = networks(tmp_path / "out")  # the other one, if it was finished by then
    assert len(held) <= 1
