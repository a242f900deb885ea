"""Searches and sensitivity studies in a scenario file: what they stand for, and their faults."""

import pytest

from xbarsim.errors import SpecError
from xbarsim.scenario import Scenario, load_scenario

HEAD = """
name: design
device: {sheet: wan_2022}
array: {rows: 8, cols: 8}
tasks: [{name: cell, kind: array}]
"""
SEARCH = (
    HEAD
    + """
search:
  objectives: {access.energy: minimize, access.margin: maximize}
  axes:
    array.rows: {choice: [8, 16]}
    array.v_read: {uniform: {from: 0.1 V, to: 0.4 V}}
"""
)
SENSITIVITY = (
    HEAD
    + """
sensitivity:
  num: 8
  metrics: [access.energy]
  axes:
    array.rows: {integers: {from: 8, to: 11}}
    array.v_read: {uniform: {from: 0.1 V, to: 0.4 V}}
"""
)


@pytest.fixture
def load(tmp_path):
    def read(text, **settings):
        file = tmp_path / "design.yaml"
        file.write_text(text)
        return load_scenario(file, settings)

    return read


@pytest.fixture
def fault(load):
    """The only fault of a text in which something is replaced, without the file's name."""

    def find(text, old, new):
        assert old in text
        with pytest.raises(SpecError) as caught:
            load(text.replace(old, new))
        (only,) = caught.value.faults
        return only.split("design.yaml:")[1]

    return find


def test_a_search_stands_for_points_it_finds_and_shows_one_that_can_be_run(load):
    plan = load(SEARCH)
    assert plan.axes == ["array.rows", "array.v_read"] and len(plan.points) == 1
    assert plan.units == {"array.v_read": "volt"}
    assert plan.points[0].search is None


def test_a_search_may_reach_beyond_what_can_be_run(load):
    text = SEARCH.replace("uniform: {from: 0.1 V, to: 0.4 V}", "uniform: {from: 4 V, to: 20 V}")
    assert load(text).points[0].array.v_read <= 10


def test_a_search_of_which_no_point_can_be_run_is_refused_at_once(fault):
    found = fault(SEARCH, "array.v_read:", "array.v_red:")
    assert found == "11:5: array.v_red: unknown key; did you mean 'v_read'?"


def test_more_points_are_the_same_study_and_other_objectives_another(load):
    whole = load(SEARCH).fingerprint
    assert load(SEARCH, **{"search.points": 7}).fingerprint == whole
    assert load(SEARCH, **{"search.objectives": {"access.energy": "minimize"}}).fingerprint != whole


def test_a_path_that_is_set_is_no_longer_searched(load):
    assert load(SEARCH, **{"array.rows": 8}).axes == ["array.v_read"]


def test_a_sensitivity_study_is_a_sample_of_its_axes(load):
    plan = load(SENSITIVITY)
    assert len(plan.points) == 8 * (2 + 2)
    assert {point.array.rows for point in plan.points} == {8, 9, 10, 11}
    assert all(0.1 <= point.array.v_read <= 0.4 for point in plan.points)
    second = load(SENSITIVITY, **{"sensitivity.second_order": True})
    assert len(second.points) == 8 * (2 * 2 + 2)


@pytest.mark.parametrize("text", [SEARCH, SENSITIVITY])
def test_resolved_designs_read_back_as_they_are(load, text):
    plan = load(text)
    assert Scenario.model_validate(plan.resolved) == plan.scenario


def test_designs_leave_keys_of_trials_alone(load):
    """Of ordinary scenarios: the optional tables are not part of what is hashed."""
    assert not {"search", "sensitivity"} & set(load(HEAD).identity)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("minimize", "minimise", "search.objectives.access.energy: 'minimise': input should be"),
        ("{access.energy: minimize, access.margin: maximize}", "{}", "search.objectives: give at"),
        ("access.energy", "acces.energy", "'acces.energy' is no metric; did you mean 'access'?"),
        ("minimize", "{direction: minimize, task: sell}", "no task 'sell'; did you mean 'cell'?"),
        ("minimize", "{metric: accuracy}", "search.objectives.access.energy.direction: missing"),
        ("access.energy:", "point: &x", "search.objectives.point: 'point' is no metric"),
        ("  axes:", "  points: 0\n  axes:", "search.points: 0: input should be greater"),
        ("  axes:", "  points: 2000\n  axes:", "2000 points exceed sweep.max_points (1000)"),
        ("  axes:", "  generation: 1\n  axes:", "search.generation: 1: input should be greater"),
        ("  axes:", "  sampler: nsga\n  axes:", "search.sampler: 'nsga': input should be 'tpe'"),
        ("  axes:", "  budget: 9\n  axes:", "search.budget: unknown key"),
        ("  axes:", "  constraints: {accuracy: {}}\n  axes:", "accuracy: give at_least"),
        ("{choice: [8, 16]}", "[8, 16]", "search.axes.array.rows: [8, 16]: expected keys and val"),
        ("choice: [8, 16]", "choise: [8, 16]", "unknown key; did you mean 'choice'?"),
        ("array.rows", "sweep.trials", "sweep.trials: cannot be swept; it decides nothing"),
        ("search:", "sweep: {axes: {array.cols: [8]}}\nsearch:", "move it to search.axes"),
        ("search:", "ages: [1 s, 2 s]\nsearch:", "search.objectives.access.energy: at which of"),
    ],
)  # fmt: skip
def test_faults_of_a_search_are_named_by_their_path(load, old, new, says):
    assert old in SEARCH
    with pytest.raises(SpecError) as caught:
        load(SEARCH.replace(old, new))
    assert says in caught.value.faults[0] and "design.yaml:" in caught.value.faults[0]


def test_axes_are_not_empty(load):
    for text in (SEARCH, SENSITIVITY):
        with pytest.raises(SpecError, match="axes: give at least one, such as array.adc.bits"):
            load(text[: text.index("  axes:")] + "  axes: {}\n")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("num: 8", "num: 100", "sensitivity.num: 100 is no power of two; the nearest are 64 "),
        ("num: 8", "num: 512", "sensitivity.num: 2048 points exceed sweep.max_points (1000)"),
        ("num: 8", "method: morris", "sensitivity.method: 'morris': input should be 'sobol'"),
        ("[access.energy]", "[acuracy]", "'acuracy' is no metric; did you mean 'accuracy'?"),
        ("[access.energy]", "[]", "sensitivity.metrics: give at least one"),
        ("array.v_read", "array.v_red", "array.v_red: unknown key; did you mean 'v_read'?"),
    ],
)  # fmt: skip
def test_faults_of_a_sensitivity_study_are_named_by_their_path(fault, old, new, says):
    assert says in fault(SENSITIVITY, old, new)


@pytest.mark.parametrize(("text", "name"), [(SEARCH, "search"), (SENSITIVITY, "sensitivity")])
def test_axes_that_replace_one_another_are_refused(load, text, name):
    """The first would decide nothing, and its index be a plausible zero."""
    for second, says in [
        ("tasks.0.scheme", "tasks.0.scheme: swept twice; {0}.axes.tasks.cell.scheme sweeps it"),
        ("tasks", "tasks: replaces tasks.cell.scheme, which {0}.axes.tasks.cell.scheme sweeps"),
    ]:
        axes = f"    tasks.cell.scheme: {{choice: [V/2, V/3]}}\n    {second}: {{choice: [V/2]}}\n"
        with pytest.raises(SpecError) as caught:
            load(text + axes)
        (only,) = caught.value.faults
        assert f": {name}.axes.{says.format(name)}" in only


def test_a_scenario_has_one_design(load):
    text = SENSITIVITY + SEARCH.removeprefix(HEAD)
    with pytest.raises(SpecError, match="a search or a sensitivity study, not both"):
        load(text)
