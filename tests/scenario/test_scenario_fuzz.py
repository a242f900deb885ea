"""Files that went wrong: an error in words that points into the file, or a run; no traceback."""

import re

import mutations
import pytest

from xbarsim.errors import SpecError, TrialsFailed, XbarsimError
from xbarsim.scenario import gallery, load_scenario
from xbarsim.study import run_study

#: a study of milliseconds
TINY = """
name: tiny
seed: 3
device: {sheet: ideal, g_min: 1 uS, g_max: 100 uS}
temperature: 300 K
array: {rows: 6, cols: 4, wires: {r_word: 2 ohm, r_bit: 2 ohm}, v_read: 0.2 V}
effects: {stuck: {low: 0.1}}
tasks:
  - {name: open, kind: array, scheme: V/3, v_write: 1 V, t_write: 100 ns}
ages: [0 s]
sweep:
  axes: {array.rows: [4, 6]}
  zip: [{array.wires.r_word: [1 ohm, 2 ohm], array.wires.r_bit: [1 ohm, 2 ohm]}]
  exclude: [{array.rows: 4, array.wires.r_word: 2 ohm}]
  trials: 2
run: {engine: inline}
"""


def faults_of(file):
    """What is wrong with `file`; nothing where it makes a plan."""
    try:
        load_scenario(file)
    except SpecError as error:
        return error.faults
    return []


def spoilt(file, text):
    """`file`, holding `text`; None where that is no UTF-8."""
    try:
        file.write_text(text, "utf-8")
    except UnicodeEncodeError:
        return None
    return file


def check_refusals(texts, first, number, file):
    """Load spoilt scenarios; each fault must begin with the file and say something."""
    refused = 0
    for seed, text in mutations.cases(texts, first, number):
        if not spoilt(file, text):
            continue
        faults = faults_of(file)
        refused += bool(faults)
        for fault in faults:
            assert re.match(rf"{re.escape(str(file))}(:\d+:\d+)?: \S", fault), (seed, fault)
    assert refused > number / 2


@pytest.mark.parametrize("first", range(0, 2000, 500))
def test_a_spoilt_file_is_refused_in_words_that_point_into_it(first, tmp_path):
    check_refusals(sorted(gallery().values()), first, 500, tmp_path / "f.yaml")


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100_000, 120_000, 1000))
def test_many_more_spoilt_files_are_refused_in_words(first, tmp_path):
    check_refusals([*sorted(gallery().values()), TINY], first, 1000, tmp_path / "f.yaml")


def runs_soon(plan):
    """Whether the arrays of a plan are few and small."""
    cells = [point.array.rows * point.array.cols for point in plan.points]
    return sum(cells) * plan.scenario.sweep.trials < 20_000


def check_runs(first, number, folder):
    """Run those spoilt studies that make a plan; returns how many gave a table."""
    given = 0
    for seed, text in mutations.cases([TINY], first, number):
        file = spoilt(folder / "f.yaml", text)
        if not file or faults_of(file):
            continue
        plan = load_scenario(file)
        if not runs_soon(plan):
            continue
        try:
            results = run_study(plan, folder / str(seed))
        except TrialsFailed as error:
            assert_foreseen(str(error), seed)
        except XbarsimError as error:
            assert str(error), seed
        else:
            given += 1
            assert len(results.table) == results.meta["trials_finished"] * len(plan.scenario.tasks)
            for failure in results.meta["failures"]:
                assert_foreseen(failure["message"], seed)
    return given


def assert_foreseen(message, seed):
    """A trial may fail for what xbarsim says on purpose, not for an error of Python's own."""
    assert re.search(r"\b(Spec|Convergence|Resource|Data|BrokenLines)Error: \S", message), (
        seed, message)  # fmt: skip


def test_a_spoilt_study_that_makes_a_plan_runs_or_says_why_not(tmp_path):
    assert check_runs(0, 150, tmp_path) > 15


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100_000, 110_000, 500))
def test_many_more_spoilt_studies_run_or_say_why_not(first, tmp_path):
    assert check_runs(first, 500, tmp_path) > 50
