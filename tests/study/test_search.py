"""Searches through the whole machinery: what they find, and that stopping them changes nothing."""

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workers import two_goals, two_goals_of

from xbarsim.errors import StudyError, TrialsFailed
from xbarsim.scenario import load_scenario
from xbarsim.study import read_results, run_study
from xbarsim.study import run as run_module
from xbarsim.study.designs import history, pareto, pareto_rows
from xbarsim.study.pareto import hypervolume
from xbarsim.study.proposals import Proposals, Worth

TEXT = """
name: search
seed: 5
device: {sheet: wan_2022}
array: {rows: 8, cols: 8}
tasks: [{name: cell, kind: array}]
ages: [1 s]
search:
  objectives: {energy.total: minimize, accuracy: maximize}
  axes:
    array.wires.r_word: {uniform: {from: 0, to: 1}}
    array.wires.r_bit: {uniform: {from: 0, to: 1}}
  points: 20
  generation: 6
run: {engine: inline}
"""


def plan(folder, **settings):
    file = folder / "search.yaml"
    file.write_text(TEXT)
    return load_scenario(file, settings)


@pytest.fixture
def injected(monkeypatch):
    """Closed forms in place of trials, each counted by its key; a hook before each."""
    ran = Counter()

    def use(function=two_goals, before=lambda trial: None):
        def counted(trial):
            before(trial)
            rows = function(trial)
            ran[trial.key] += 1
            return rows

        monkeypatch.setattr(run_module, "run_trial", counted)
        return ran

    return use


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An undisturbed search."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "run_trial", two_goals)
        folder = tmp_path_factory.mktemp("whole")
        return run_study(plan(folder), folder / "out")


def same(a, b):
    pd.testing.assert_frame_equal(a.table, b.table, check_exact=True)
    pd.testing.assert_frame_equal(history(a), history(b), check_exact=True)


def front_of(results):
    """Energy and one minus gain; the closed form is 1 - sqrt(energy)."""
    front = pareto(results)
    return np.stack([front["energy.total"], -front["accuracy"]], axis=1)


def share_found(folder, points=240):
    """Of what the closed form's front dominates before (1, 1), the share that a search does."""
    sized = {"search.points": points, "search.generation": 16}
    found = front_of(run_study(plan(folder, **sized), folder / "out"))
    above = found[:, 1] - (1 - np.sqrt(found[:, 0]))
    return hypervolume(found, np.ones(2)) / (2 / 3), above


@pytest.mark.long
def test_search_finds_the_known_front(tmp_path, injected):
    """All of its points near the front, which reaches from end to end."""
    injected()
    share, above = share_found(tmp_path)
    assert len(above) >= 15 and above.min() >= -1e-12
    assert np.median(above) < 0.02 and share > 0.9


def test_evolution_finds_more_than_chance(tmp_path):
    """Asked and told alone, of 320 points; mean of the shares with four seeds."""

    def share(sampler, seed):
        sized = {"search.sampler": sampler, "search.generation": 16}
        proposals, found = Proposals(plan(tmp_path, **sized).scenario.search, seed), []
        for _ in range(20):
            told = [two_goals_of(*point.values()) for point in proposals.ask(16)]
            proposals.tell([Worth(objectives=[e, -f], excess=[]) for e, f in told])
            found += told
        return hypervolume(np.array(found), np.ones(2)) / (2 / 3)

    mean = {s: np.mean([share(s, k) for k in range(4)]) for s in ("nsga2", "random")}
    assert mean["nsga2"] > mean["random"] + 0.03


def test_search_fills_table_and_files(whole):
    assert len(whole.table) == 20 == whole.table["point"].nunique()
    told = history(whole)
    assert told["generation"].tolist() == [k // 6 for k in range(20)]
    assert told["hypervolume"].is_monotonic_increasing and told["hypervolume"].iloc[-1] <= 1
    assert set(told["point"][told["front"]]) == set(pareto(whole)["point"])
    stored = pd.read_csv(whole.directory / "pareto.csv")
    assert stored["point"].tolist() == [row["point"] for row in pareto_rows(whole)]
    assert len(pd.read_csv(whole.directory / "search.csv")) == 20
    pd.testing.assert_frame_equal(read_results(whole.directory).pareto(), whole.pareto())


def test_points_do_not_depend_on_the_number_of_workers(tmp_path, whole, monkeypatch):
    monkeypatch.setattr(run_module, "run_trial", two_goals)
    several = plan(tmp_path, **{"run.engine": "processes", "search.points": 12})
    found = run_study(several, tmp_path / "out", workers=2)
    pd.testing.assert_frame_equal(found.table, whole.table.iloc[:12], check_exact=True)


@pytest.mark.long
@settings(
    deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(min_value=0, max_value=6), min_size=1, max_size=3))
def test_stopped_search_ends_as_an_undisturbed_one(tmp_path_factory, injected, whole, stops):
    """Stopped after so many further trials of 20, again and again; no trial runs twice."""
    folder = tmp_path_factory.mktemp("stopped")
    for most in stops:
        left = [most]

        def stop(trial, left=left):
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1

        injected(before=stop)
        with pytest.raises(KeyboardInterrupt):
            run_study(plan(folder), folder / "out")
    ran = injected()
    same(run_study(plan(folder), folder / "out"), whole)
    assert set(ran.values()) == {1}
    ran.clear()


KILLED = """
import os, signal, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from workers import two_goals, two_goals_of
from xbarsim.scenario import load_scenario
from xbarsim.study import run as run_module, run_study
left = [9]
def fatal(trial):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return two_goals(trial)
run_module.run_trial = fatal
run_study(load_scenario({file!r}), Path({out!r}))
"""


def test_killed_search_ends_as_an_undisturbed_one(tmp_path, injected, whole):
    settled, out = plan(tmp_path), tmp_path / "out"
    program = KILLED.format(
        tests=str(Path(__file__).parent), file=str(tmp_path / "search.yaml"), out=str(out)
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    ran = injected()
    same(run_study(settled, out), whole)
    assert 20 - 9 <= len(ran) <= 20 - 6  # generations were stored, the last perhaps not


def test_more_points_go_on_where_fewer_ended(tmp_path, injected, whole):
    ran = injected()
    run_study(plan(tmp_path, **{"search.points": 8}), tmp_path / "out")
    same(run_study(plan(tmp_path), tmp_path / "out"), whole)
    assert len(ran) == 20 and set(ran.values()) == {1}


def test_finished_search_runs_nothing_again(tmp_path, injected):
    ran = injected()
    first = run_study(plan(tmp_path), tmp_path / "out")
    same(run_study(plan(tmp_path), tmp_path / "out"), first)
    assert set(ran.values()) == {1}


def test_points_that_cannot_be_run_are_told_as_failed(tmp_path, injected):
    """Lines of more than 10 kohm are refused by the scenario's own check."""
    injected()
    axes = {"array.wires.r_word": {"loguniform": {"from": 0.01, "to": 1e6}}}
    found = run_study(plan(tmp_path, **{"search.axes": axes}), tmp_path / "out")
    told = history(found)
    refused = told[told["state"] == "refused"]
    assert 0 < len(refused) < 20 and refused["point"].isna().all()
    assert refused["message"].str.contains("array.wires.r_word: .* must lie from 0 ohm").all()
    assert len(found.table) == 20 - len(refused) and not found.meta["failures"]


def test_failed_trials_are_listed_and_run_again(tmp_path, injected, whole):
    doomed = whole.table["key"][3]

    def fail(trial):
        if trial.key == doomed:
            raise RuntimeError("no more silicon")

    injected(before=fail)
    broken = run_study(plan(tmp_path), tmp_path / "out")
    (failure,) = broken.meta["failures"]
    assert (failure["point"], failure["trial"]) == (3, 0)
    assert failure["message"] == "RuntimeError: no more silicon"
    told = history(broken)
    assert told["state"].tolist()[3] == "failed" and "silicon" in told["message"][3]
    assert 3 not in set(pareto(broken)["point"]) and len(told) == 20
    injected()
    same(run_study(plan(tmp_path), tmp_path / "out"), whole)


def test_search_of_which_all_fails_says_why(tmp_path, injected):
    def fail(trial):
        raise RuntimeError("no silicon")

    injected(before=fail)
    with pytest.raises(TrialsFailed, match="the first: RuntimeError: no silicon"):
        run_study(plan(tmp_path), tmp_path / "out")


def test_points_that_come_again_are_not_run_again(tmp_path, injected):
    ran = injected()
    axes = {"array.wires.r_word": {"choice": [0.0, 0.5, 1.0]}}
    found = run_study(plan(tmp_path, **{"search.axes": axes}), tmp_path / "out")
    told = history(found)
    assert len(ran) == 3 == found.table["point"].nunique() and set(ran.values()) == {1}
    assert (told["state"] == "repeated").sum() == 17 and len(told) == 20


def test_limits_bound_the_front(tmp_path, injected, whole):
    injected()
    limits = {"cost": {"metric": "energy.total", "at_most": 0.3}}
    found = run_study(plan(tmp_path, **{"search.constraints": limits}), tmp_path / "out")
    assert (pareto(found)["energy.total"] <= 0.3).all() and len(pareto(found))
    assert (found.table["energy.total"] > 0.3).any()
    assert pareto(whole)["energy.total"].max() > 0.3


def test_objective_that_no_trial_has_is_named_after_the_first_generation(tmp_path, injected):
    ran = injected()
    goals = {"energy.totl": "minimize"}
    with pytest.raises(StudyError, match=r"search.objectives.energy.totl: .*'energy.total'\?"):
        run_study(plan(tmp_path, **{"search.objectives": goals}), tmp_path / "out")
    assert len(ran) == 6
    run_study(plan(tmp_path), tmp_path / "out", extend=True)
    assert len(ran) == 20


def test_objective_is_of_the_task_and_the_mean_over_chips(tmp_path, injected):
    def rows(trial):
        k = trial.stream[-1]
        return [{"task": t, "age": 1.0, "energy.total": s + k} for t, s in (("a", 0.0), ("b", 7.0))]

    injected(rows)
    tasks = [{"name": n, "kind": "array"} for n in "ab"]
    goals = {"mine": {"metric": "energy.total", "task": "b", "direction": "minimize"}}
    changed = {"tasks": tasks, "search.objectives": goals, "sweep.trials": 3}
    found = run_study(plan(tmp_path, **changed, **{"search.points": 4}), tmp_path / "out")
    assert pareto(found)["mine"].tolist() == [8.0] * 4


def test_a_search_that_proposes_nothing_that_can_be_run_says_why(tmp_path, injected):
    """The one point that could be, at the middle of its axis, is as good as never proposed."""
    ran = injected()
    rare = {"choice": {"values": [0, 8, 0], "weights": [1, 1e-9, 1]}}
    with pytest.raises(TrialsFailed, match=r"none of the 20 proposed .*array.rows: 0: input"):
        run_study(plan(tmp_path, **{"search.axes": {"array.rows": rare}}), tmp_path / "out")
    assert not ran


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_a_point_is_worth_nothing_where_one_chip_has_no_finite_value(tmp_path, injected, value):
    """Its other chip, the best of all, does not put it on the front."""

    def rows(trial):
        (first, *_), k = two_goals(trial), trial.stream[-1]
        if first["energy.total"] < 0.5:
            first |= {"energy.total": value, "accuracy": 1.0} if k else {"accuracy": 2.0}
        return [first]

    injected(rows)
    changed = {"sweep.trials": 2, "search.points": 12}
    found = run_study(plan(tmp_path, **changed), tmp_path / "out")
    failed = history(found).query("state == 'failed'")
    assert 0 < len(failed) < 12 and not failed["front"].any()
    assert (pareto(found)["energy.total"] >= 0.5).all() and failed["message"].str.contains(
        "no finite value for search.objectives.energy.total"
    ).all()  # fmt: skip


def test_missing_optimiser_is_named(tmp_path, monkeypatch):
    settled = plan(tmp_path)
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(StudyError, match=r"pip install 'xbarsim\[optimize\]'"):
        run_study(settled, tmp_path / "out")


def test_search_on_solved_arrays_finds_the_smallest(tmp_path):
    """Real trials: a larger array takes more energy and tells on from off less well."""
    axes = {"array.rows": {"choice": [8, 16, 24]}, "array.cols": {"choice": [8, 16]}}
    goals = {"access.energy": "minimize", "access.margin": "maximize"}
    found = run_study(
        plan(tmp_path, **{"search.axes": axes, "search.objectives": goals}), tmp_path / "out"
    )
    front = pareto(found)
    assert front[["array.rows", "array.cols"]].to_numpy().tolist() == [[8, 8]]
