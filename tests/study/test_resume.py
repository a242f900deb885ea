"""Interrupted studies go on: quickly, with the same trials, and with nothing run twice."""

import resource
import shutil
from contextlib import suppress
from pathlib import Path

import fast
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.errors import SpecError, StudyError, TrialsFailed
from xbarsim.scenario import load_scenario
from xbarsim.study import origins, read_results, run_study
from xbarsim.study import run as run_module
from xbarsim.study import survey as survey_module
from xbarsim.study.trial import run_trial


@pytest.fixture
def plan(tmp_path):
    """The fast scenario, or `text`, with its points not looked at."""

    def make(text=fast.FAST, check=False, **changes):
        file = tmp_path / "fast.yaml"
        file.write_text(text)
        return load_scenario(file, changes, check=check)

    return make


@pytest.fixture
def ran(monkeypatch):
    """Keys of the trials that are run, in order."""
    keys = []
    monkeypatch.setattr(run_module, "run_trial", lambda t: keys.append(t.key) or fast.rows(t))
    return keys


@pytest.fixture
def unseen(monkeypatch):
    """From when it is called, no point may be checked."""

    def begin():
        monkeypatch.setattr(
            "xbarsim.scenario.load._checked", lambda document: pytest.fail("checked a point")
        )

    return begin


def same(a, b):
    pd.testing.assert_frame_equal(a.table, b.table, check_exact=True)


def stop_after(count, monkeypatch):
    left = iter(range(count))

    def run(trial):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return fast.rows(trial)

    monkeypatch.setattr(run_module, "run_trial", run)


def test_a_study_goes_on_without_a_look_at_its_points(plan, tmp_path, monkeypatch, unseen):
    whole = None
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "run_trial", fast.rows)
        whole = run_study(plan(check=True), tmp_path / "whole")
    stop_after(5, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        run_study(plan(), tmp_path / "out")
    unseen()
    rest = []
    monkeypatch.setattr(run_module, "run_trial", lambda t: rest.append(t.key) or fast.rows(t))
    same(run_study(plan(), tmp_path / "out"), whole)
    assert len(rest) == 7


def test_trials_of_a_study_that_goes_on_are_those_of_checked_points(plan, tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(run_module, "run_trial", lambda t: made.append(t) or 1 / 0)
    for _ in range(2):
        with pytest.raises(TrialsFailed):
            run_study(plan(), tmp_path / "out")
    points = plan(check=True).points
    assert made[:12] == made[12:]
    assert [t.scenario for t in made[:3]] == [
        p.model_dump(mode="json", exclude={"sweep"}) for p in points
    ]
    assert [t.stream for t in made[:12:3]] == [("trial", k) for k in range(4)]


def test_faults_of_points_are_told_before_anything_runs(plan, tmp_path, ran):
    text = fast.FAST.replace("[1 V, 2 V, 3 V]", "[1 V, 2 m, 3000 V]")
    with pytest.raises(SpecError) as caught:
        run_study(plan(text), tmp_path / "out")
    assert len(caught.value.faults) == 2
    assert all("fast.yaml:8:10: tasks.0.v_write" in fault for fault in caught.value.faults)
    with pytest.raises(SpecError) as early:
        plan(text, check=True)
    assert early.value.faults == caught.value.faults and ran == []


def test_words_and_workers_may_change_while_a_study_goes_on(plan, tmp_path, ran, unseen):
    run_study(plan(), tmp_path / "out")
    unseen()
    told = run_study(plan(**{"description": "other words", "run.workers": 3}), tmp_path / "out")
    assert told.scenario["description"] == "other words"
    assert len(ran) == 12


SHEET = """
title: ours
model: device_models.generic:GaussianCell
cite: []
parameters:
  g_min: {value: 1 uS, source: ours}
  g_max: {value: LEVEL uS, source: ours}
"""


def test_a_sheet_that_one_point_names_makes_new_trials_when_it_changes(
    plan, tmp_path, ran, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    axes = {"sweep.axes": {"device.sheet": ["wan_2022", "ours.yaml"]}, "sweep.trials": 1}
    Path("ours.yaml").write_text(SHEET.replace("LEVEL", "50"))
    before = run_study(plan(**axes), tmp_path / "out")
    Path("ours.yaml").write_text(SHEET.replace("LEVEL", "60"))
    after = run_study(plan(**axes), tmp_path / "out")
    assert len(ran) == 3
    assert (before.table["key"] == after.table["key"]).tolist() == [True, False]


def test_a_sheet_that_changes_while_a_study_runs_gives_no_wrong_rows(plan, tmp_path, monkeypatch):
    """A trial whose key was made of the old sheet does not run with the new one."""
    monkeypatch.chdir(tmp_path)
    sheet, whole = Path("ours.yaml"), {}
    for level in ("60", "50"):
        sheet.write_text(SHEET.replace("LEVEL", level))
        whole[level] = run_study(plan(**{"device.sheet": "ours.yaml"}), tmp_path / level)
    begun = iter(range(12))

    def run(trial):
        if next(begun, None) == 5:
            sheet.write_text(SHEET.replace("LEVEL", "60"))
        return run_trial(trial)

    monkeypatch.setattr(run_module, "run_trial", run)
    found = run_study(plan(**{"device.sheet": "ours.yaml"}), tmp_path / "out")
    assert len(found.table) == 5
    assert len(found.table.merge(whole["50"].table)) == 5, "each is one of the old sheet's"
    assert len(found.meta["failures"]) == 7
    assert "sheet ours.yaml on " in found.meta["failures"][0]["message"]
    again = run_study(plan(**{"device.sheet": "ours.yaml"}), tmp_path / "out", extend=True)
    same(again, whole["60"])


ADC = """
from xbarsim.energy import Cost

class OurAdc:
    name, source, scatter, valid = "ours", "assumed", 0.3, {}

    def cost(self, node, *, bits, **sizes):
        return Cost(energy=1e-12 * bits, area=1e-9)
"""


def test_a_changed_plug_in_makes_new_trials(plan, tmp_path, ran, monkeypatch):
    (tmp_path / "our_adc.py").write_text(ADC)
    monkeypatch.syspath_prepend(tmp_path)
    chip = {"energy.chip": {"components": {"adc": "our_adc:OurAdc"}}}
    run_study(plan(**chip), tmp_path / "out")
    run_study(plan(**chip), tmp_path / "out")
    assert len(ran) == 12
    (tmp_path / "our_adc.py").write_text(ADC + "# changed\n")
    run_study(plan(**chip), tmp_path / "out")
    assert len(set(ran)) == len(ran) == 24


@pytest.mark.parametrize("kind", ["file", "dataset", "module", "sheet"])
def test_what_a_study_depends_on_is_seen_to_change(kind, tmp_path, idx_data, monkeypatch):
    shutil.copytree(idx_data, tmp_path / "data")
    monkeypatch.setenv("XBARSIM_DATA", str(tmp_path / "data"))
    monkeypatch.syspath_prepend(tmp_path)
    sheet = Path(origins.__file__).parents[2] / "device_models" / "parameters" / "wan_2022.yaml"
    shutil.copy(sheet, tmp_path / "mine.yaml")
    file = {
        "file": tmp_path / "net.onnx",
        "dataset": tmp_path / "data" / "mnist" / "t10k-labels-idx1-ubyte.gz",
        "module": tmp_path / "our_own_part.py",
        "sheet": tmp_path / "mine.yaml",
    }[kind]
    names = {"file": str(file), "dataset": "mnist", "module": "our_own_part", "sheet": str(file)}
    before = file.read_text("latin-1") if file.exists() else "# begin\n"
    if kind == "sheet":
        before = before.replace("model: ", "model: device_models.", 1)
    file.write_text(before, "latin-1")
    first = origins.state_of([(kind, names[kind])])
    assert origins.state_of([(kind, names[kind])]) == first
    changed = before.replace("title: ", "title: my ") if kind == "sheet" else f"{before}# more\n"
    file.write_text(changed, "latin-1")
    assert origins.state_of([(kind, names[kind])]) != first


def test_changed_code_has_every_point_looked_at_again(plan, tmp_path, ran, monkeypatch):
    run_study(plan(), tmp_path / "out")
    looked = []
    whole = survey_module.survey_of
    monkeypatch.setattr(
        run_module, "survey_of", lambda *given: looked.append(given) or whole(*given)
    )
    run_study(plan(), tmp_path / "out")
    assert looked == []
    monkeypatch.setattr(survey_module, "code_digest", lambda: "another")
    run_study(plan(), tmp_path / "out")
    assert len(looked) == 1 and len(ran) == 12


def test_points_that_are_alike_run_once(plan, tmp_path, ran):
    axes = {"sweep.axes": {"tasks.cell.v_write": ["1 V", "1000 mV", "2 V"]}}
    results = run_study(plan(**axes), tmp_path / "out")
    assert len(ran) == len(set(ran)) == 8
    assert len(results.table) == results.meta["trials_finished"] == 12


def test_a_failed_trial_is_kept_in_mind_and_tried_again(plan, tmp_path, monkeypatch):
    def fail_at_two_volts(trial):
        if trial.scenario["tasks"][0]["v_write"] == 2.0:
            raise RuntimeError("no more silicon")
        return fast.rows(trial)

    monkeypatch.setattr(run_module, "run_trial", fail_at_two_volts)
    for times in (1, 2):
        run_study(plan(), tmp_path / "out")
        meta = read_results(tmp_path / "out").meta
        assert (meta["trials_finished"], meta["trials_failed"], meta["trials_left"]) == (8, 4, 0)
        assert meta["failures"][1] == {
            "point": 1, "trial": 1, "message": "RuntimeError: no more silicon", "times": times,
        }  # fmt: skip
    monkeypatch.setattr(run_module, "run_trial", fast.rows)
    assert run_study(plan(), tmp_path / "out").meta["failures"] == []


def test_a_second_run_in_the_same_folder_is_refused(plan, tmp_path, monkeypatch):
    def run_again(trial):
        with pytest.raises(StudyError, match="a study already runs here: process"):
            run_study(plan(), tmp_path / "out")
        return fast.rows(trial)

    monkeypatch.setattr("xbarsim.study.lock._PATIENCE", 0.01)
    monkeypatch.setattr(run_module, "run_trial", run_again)
    assert run_study(plan(**{"sweep.trials": 1}), tmp_path / "out").meta["trials_failed"] == 0


def test_a_full_disk_keeps_what_is_finished(plan, tmp_path, ran):
    trials = {"sweep.trials": 200}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
    try:
        with pytest.raises(StudyError, match="finished trials are kept, so make room on the disk"):
            run_study(plan(**trials), tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    kept = read_results(tmp_path / "out").meta["trials_finished"]
    assert len(ran) - 1 == kept > 0
    results = run_study(plan(**trials), tmp_path / "out")
    assert len(results.table) == 600
    assert len(ran) == 601


def test_no_interruption_changes_the_table(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "run_trial", fast.rows)
    whole = run_study(plan(), tmp_path / "whole")

    @settings(max_examples=12, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=3))
    def no_matter(interruptions):
        """Each is after how many trials, and whether the next then fails or the study stops."""
        done = []
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        for after, fails in interruptions:
            left = iter(range(after))

            def run(trial, left=left, fails=fails):
                if next(left, None) is None:
                    raise RuntimeError("broken") if fails else KeyboardInterrupt
                done.append(trial.key)
                return fast.rows(trial)

            monkeypatch.setattr(run_module, "run_trial", run)
            with suppress(KeyboardInterrupt, TrialsFailed):
                run_study(plan(), tmp_path / "out")
        monkeypatch.setattr(run_module, "run_trial", lambda t: done.append(t.key) or fast.rows(t))
        same(run_study(plan(), tmp_path / "out"), whole)
        assert sorted(done) == sorted(whole.table["key"]), "each trial ran once"

    no_matter()


def test_two_that_begin_at_once_both_see_that_a_folder_can_be_written(
    plan, tmp_path, ran, monkeypatch
):
    """The other one may have taken the probe away."""
    monkeypatch.setattr(Path, "touch", lambda path: None)
    run_study(plan(), tmp_path / "out")
    assert len(ran) == 12
