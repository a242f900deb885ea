"""What is heavy is done once for all trials that need the same."""

import importlib

import numpy as np
import pytest

from xbarsim import cache
from xbarsim.energy import report
from xbarsim.scenario import cells, load_scenario, transfers
from xbarsim.study import run_study, trial
from xbarsim.study.recipes import Trials
from xbarsim.study.survey import survey_of
from xbarsim.tile import circuit, noise

PAIRED = """
name: paired
device: {sheet: wan_2022, read_noise: 0.01}
array: {rows: 32, cols: 32, wires: {r_word: 2 ohm, r_bit: 2 ohm}, dac: {bits: 6}, adc: {bits: 6}}
tasks:
  - name: digits
    kind: classifier
    dataset: {source: sklearn.digits, test_limit: 60}
    network: {kind: mlp, hidden: [8], epochs: 5}
sweep: {axes: {array.adc.bits: [4, 5, 6]}, trials: 2}
energy: {inputs: 2}
run: {engine: inline}
"""
LAW = """
name: law
device:
  sheet: jiang_2014_hfox_demo
  write: {positive: [1.3 V, 1.8 V], negative: [1 V, 1.5 V], steps: 8, width: 10 ns, window: 2 uS}
array: {rows: 8, cols: 8}
tasks:
  - {name: a, kind: array}
sweep: {axes: {device.write.window: [2 uS, 4 uS]}, trials: 1}
run: {engine: inline}
"""


def plan_of(text, folder, **settings):
    file = folder / "s.yaml"
    file.write_text(text, "utf-8")
    return load_scenario(file, settings)


def counted(monkeypatch, module, name):
    """Calls of a function of a module, as they come."""
    calls, function = [], getattr(module, name)

    def counting(*given, **named):
        calls.append(given)
        return function(*given, **named)

    monkeypatch.setattr(module, name, counting)
    return calls


def test_a_chip_is_solved_once_for_all_points_of_a_paired_sweep(tmp_path, monkeypatch):
    plan = plan_of(PAIRED, tmp_path)
    names = [(circuit, "transfer_matrix"), (noise, "read_noise"), (report, "array_energy")]
    calls = [counted(monkeypatch, *name) for name in names]
    table = run_study(plan, tmp_path / "once").table
    once = [len(each) for each in calls]
    monkeypatch.setattr(trial.Trial, "paired", False)
    again = run_study(plan, tmp_path / "again").table
    assert table.equals(again)
    transfers, noises, energies = (len(c) - n for c, n in zip(calls, once, strict=True))
    assert once[:2] == [transfers // 6, noises // 3]  # the first age comes with programming, too
    assert 0 < once[2] < energies  # what the second layer is given is another at every point
    assert cache._parts.size == 0  # nothing is held when a study ends


def test_chips_that_differ_from_point_to_point_share_nothing(tmp_path, monkeypatch):
    shared = counted(monkeypatch, cache._parts, "of")
    run_study(plan_of(PAIRED, tmp_path, **{"sweep.paired": False}), tmp_path / "out")
    assert not shared


@pytest.fixture
def forgotten(monkeypatch):
    """Makes this process know nothing of laws, as a new worker does."""

    def forget():
        cells._written.cache_clear()
        transfers._transfers.clear()

    forget()
    yield forget
    forget()


def test_a_law_is_characterised_once_for_all_points_workers_and_runs(
    tmp_path, monkeypatch, forgotten
):
    made = counted(monkeypatch, transfers, "_fixed")  # of what is characterised, and what is read
    read = counted(monkeypatch, transfers, "_read")
    plan = plan_of(LAW, tmp_path)
    assert len(made) == 1
    first = run_study(plan, tmp_path / "out").table
    assert len(made) == 1
    (file,) = (tmp_path / "out" / "shared").iterdir()
    forgotten()  # a worker on its own
    trial.run_trial(trial_of(plan, tmp_path / "out"))
    assert read[-1] == (file,)
    assert len(made) == 2
    file.write_bytes(file.read_bytes()[:1000])  # damaged: computed anew, and put right
    forgotten()
    (tmp_path / "out" / "results.sqlite").unlink()
    assert run_study(plan, tmp_path / "out").table.equals(first)
    assert transfers._read(file) is not None


def trial_of(plan, out):
    survey = survey_of(plan, out / "models", lambda *told: None)
    return Trials(survey, plan.resolved, out / "models", [0])[0]


def test_a_law_from_a_file_is_to_the_bit_the_one_that_was_characterised(tmp_path, forgotten):
    plan = plan_of(LAW, tmp_path)
    made = cells.device_of(plan.scenario).library[0]
    with cache.sharing(folder=tmp_path):
        cells.share_transfers([plan.scenario])
        forgotten()
        read = cells.device_of(plan.scenario).library[0]
    assert read is not made
    for name in ("levels", "energy", "g"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
        assert not getattr(read, name).flags.writeable
    np.testing.assert_array_equal(read.flow.table, made.flow.table)
    assert (read.flow.low, read.flow.high, read.flow.error, read.width, read.v_read) == (
        made.flow.low, made.flow.high, made.flow.error, made.width, made.v_read,
    )  # fmt: skip


def test_a_folder_without_room_stops_nobody(tmp_path, monkeypatch, forgotten):
    def full(path, *given):
        path.write_bytes(b"part")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("xbarsim.programming.save_transfer", full)
    plan = plan_of(LAW, tmp_path)
    run_study(plan, tmp_path / "out")
    assert not list((tmp_path / "out" / "shared").iterdir())


def test_a_law_whose_base_has_changed_is_characterised_anew(tmp_path, monkeypatch):
    """The base stands in another file than the law."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "law_base.py").write_text("class Base:\n    a = 1\n")
    (tmp_path / "law_own.py").write_text(
        "from law_base import Base\n\nclass Law(Base):\n    pass\n"
    )
    law = importlib.import_module("law_own").Law()
    before = transfers._code(law)
    (tmp_path / "law_base.py").write_text("class Base:\n    a = 2\n")
    transfers._class_code.cache_clear()  # as in the next run
    assert transfers._code(law) != before
