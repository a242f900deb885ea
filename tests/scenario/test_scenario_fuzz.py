"""Files that went wrong: an error in words that points into the file, or a run; no traceback."""

import random
import re

import mutations
import pytest
from small_scenarios import ANALYSED, CLUSTERED, SEARCHED, SWEPT

from xbarsim.errors import SpecError, TrialsFailed, XbarsimError
from xbarsim.scenario import gallery, load_scenario
from xbarsim.study import run_study

pytestmark = pytest.mark.long

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


SMALL = [SWEPT, SEARCHED, ANALYSED, CLUSTERED]


def faults_of(file, settings=None, sweeps=None):
    """What is wrong with `file`; nothing where it makes a plan."""
    try:
        load_scenario(file, settings, sweeps)
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


@pytest.mark.parametrize("first", range(0, 450, 150))
def test_a_spoilt_file_is_refused_in_words_that_point_into_it(first, tmp_path):
    check_refusals(sorted(gallery().values()), first, 150, tmp_path / "f.yaml")


@pytest.mark.parametrize("text", SMALL)
def test_every_form_of_a_sweep_makes_a_plan(text, tmp_path):
    assert faults_of(spoilt(tmp_path / "f.yaml", text)) == []


def check_options(first, number, file):
    """Load spoilt scenarios beside spoilt options; each fault names the file or the option."""
    options, refused = 0, 0
    for seed, text in mutations.cases(SMALL, first, number):
        given = mutations.options(random.Random(seed))
        if not spoilt(file, text):
            continue
        faults = faults_of(file, *given)
        refused += bool(faults)
        for fault in faults:
            told = rf"({re.escape(str(file))}(:\d+:\d+)?: |--(set|sweep) )\S"
            assert re.match(told, fault) and "object at 0x" not in fault, (seed, given, fault)
            options += fault.startswith("--")
    assert refused > number / 2 and options > number / 20


@pytest.mark.parametrize("first", range(0, 300, 150))
def test_a_spoilt_file_beside_spoilt_options_is_refused_in_words(first, tmp_path):
    check_options(first, 150, tmp_path / "f.yaml")


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100_000, 120_000, 1000))
def test_many_more_spoilt_files_are_refused_in_words(first, tmp_path):
    check_refusals([*sorted(gallery().values()), TINY], first, 1000, tmp_path / "f.yaml")
    check_options(first, 1000, tmp_path / "f.yaml")


def runs_soon(plan):
    """Whether the arrays of a plan are few and small."""
    cells = [point.array.rows * point.array.cols for point in plan.points]
    return sum(cells) * plan.scenario.sweep.trials < 20_000


def check_runs(texts, first, number, folder):
    """Run those spoilt studies that make a plan; returns how many gave a table."""
    given = 0
    for seed, text in mutations.cases(texts, first, number):
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
            each = len(plan.scenario.tasks) * len(plan.scenario.ages or [0])
            assert len(results.table) == results.meta["trials_finished"] * each
            for failure in results.meta["failures"]:
                assert_foreseen(failure["message"], seed)
    return given


def assert_foreseen(message, seed):
    """A trial may fail for what xbarsim says on purpose, not for an error of Python's own."""
    assert re.search(r"\b(Spec|Convergence|Resource|Data|BrokenLines)Error: \S", message), (
        seed, message)  # fmt: skip


def test_a_spoilt_study_that_makes_a_plan_runs_or_says_why_not(tmp_path):
    assert check_runs([TINY], 0, 150, tmp_path) > 15


@pytest.mark.parametrize(
    ("text", "path", "values"),
    [
        (SEARCHED, "search.points", [1, 4]),
        (SEARCHED, "search.generation", [2]),
        (SEARCHED, "search.sampler", ["tpe", "random"]),
        (SEARCHED, "search.axes", [{"array.rows": {"choice": [0, 8]}}, {"seed": {"choice": [1]}}]),
        (SEARCHED, "array.cols", [2]),
        (ANALYSED, "sensitivity.second_order", [False]),
        (ANALYSED, "sensitivity.metrics", [None, ["access.margi"]]),
        (ANALYSED, "sensitivity.axes", [{"ages": {"choice": [["1 s"]]}}]),
        (ANALYSED, "sweep.paired", [False]),
        (SWEPT, "sweep.sample", [None]),
    ],
)
def test_a_changed_study_gives_a_table(text, path, values, tmp_path):
    for value in values:
        plan = load_scenario(spoilt(tmp_path / "f.yaml", text), {path: value})
        results = run_study(plan, tmp_path / f"out{values.index(value)}")
        assert results.meta["trials_finished"] == results.meta["trials"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100_000, 110_000, 500))
def test_many_more_spoilt_studies_run_or_say_why_not(first, tmp_path):
    assert check_runs([TINY, *SMALL[:3]], first, 500, tmp_path) > 20
