"""Points as what they change of a scenario, and keys that are hashed from a common part."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from xbarsim.scenario.load import digest, digests
from xbarsim.study.recipes import Survey, Trials, changes

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
finite = scalars.filter(lambda x: not isinstance(x, float) or abs(x) < 1e300)
plain = st.recursive(
    finite,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
mappings = st.dictionaries(st.sampled_from("abcd"), plain)


@given(mappings, mappings)
def test_a_point_is_its_scenario_and_its_changes(base, point):
    survey = Survey(
        points=[([], {"changes": changes(base, point), "files": {}, "stream": [], "reads": []})],
        planned=[(0, 0, 0, "key")],
        meta={},
    )
    (trial,) = Trials(survey, base, Path("models"), [0])
    assert repr(sorted(trial.scenario.items())) == repr(sorted(point.items()))


@given(mappings)
def test_nothing_changes_nothing(base):
    assert changes(base, base) == []


def test_zero_one_and_false_are_told_apart():
    found = changes({"a": 0, "b": 1, "c": 1}, {"a": False, "b": 1.0, "c": 1})
    assert found == [[["a"], False], [["b"], 1.0]]


def test_only_what_differs_is_kept():
    base = {"array": {"rows": 4, "cols": 4}, "tasks": [{"name": "a", "law": None}]}
    point = {"array": {"rows": 8, "cols": 4}, "tasks": [{"name": "a", "law": {"kind": "sinh"}}]}
    told = [[["array", "rows"], 8], [["tasks", 0, "law"], {"kind": "sinh"}]]
    assert changes(base, point) == told


@given(plain, st.lists(plain, max_size=3))
def test_keys_are_those_of_the_whole(first, seconds):
    assert digests(first, seconds) == [digest([first, second]) for second in seconds]
