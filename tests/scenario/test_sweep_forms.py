"""Samples, random axes and conditional axes of a sweep; sweeps are counted before they are made."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.errors import SpecError
from xbarsim.scenario.sampling import SampleSpec, shares
from xbarsim.scenario.sweep import points, swept_paths
from xbarsim.streams import Streams
from xbarsim.units import quantity

METHODS = ["random", "latin_hypercube", "sobol", "halton"]
UNIT = {"uniform": {"from": 0, "to": 1}}


def sample(method="random", num=8, axes=None, **more):
    return {
        "sample": {"method": method, "num": num, "axes": axes or {"a": UNIT, "b": UNIT}, **more}
    }


def cube(method, num, axes=3, seed=0):
    spec = SampleSpec.model_validate(
        {"method": method, "num": num, "axes": {f"a{k}": UNIT for k in range(axes)}}
    )
    return shares(spec, Streams(seed) / "sweep" / "sample")


def faults(sweep, **data):
    with pytest.raises(SpecError) as caught:
        points(sweep, data)
    return caught.value.faults


# samples


@pytest.mark.parametrize("method", METHODS)
def test_a_sample_has_its_number_of_points_and_all_its_axes(method):
    found = points(sample(method, 16))
    assert len(found) == 16
    assert all(list(point) == ["a", "b"] for point in found)
    assert all(0 <= value < 1 for point in found for value in point.values())


@pytest.mark.parametrize("method", METHODS)
def test_a_sample_follows_the_seed_of_the_scenario_or_its_own(method):
    one, again, other = (points(sample(method), {"seed": seed}) for seed in (1, 1, 2))
    assert one == again
    assert all(x != y for x, y in zip(one, other, strict=True))
    assert points(sample(method, seed=1), {"seed": 2}) == one


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 200), st.integers(1, 4), st.integers(0, 2**32))
def test_a_latin_hypercube_has_one_point_in_each_stratum_of_every_axis(num, axes, seed):
    found = cube("latin_hypercube", num, axes, seed)
    assert found.shape == (num, axes)
    strata = np.sort(np.ceil(found * num).clip(1, num), axis=0)
    assert (strata == np.arange(1, num + 1)[:, None]).all()


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 7), st.integers(1, 5), st.integers(0, 2**32))
def test_a_sobol_sequence_has_one_point_in_each_dyadic_stratum_of_every_axis(power, axes, seed):
    num = 2**power
    strata = np.sort(np.floor(cube("sobol", num, axes, seed) * num), axis=0)
    assert (strata == np.arange(num)[:, None]).all()


def test_two_axes_of_a_sobol_sequence_fill_every_elementary_box():
    found = cube("sobol", 64, 2)
    for k in range(7):  # boxes of 2**-k by 2**(k - 6)
        boxes = {tuple(box) for box in np.floor(found * [2**k, 2 ** (6 - k)]).astype(int)}
        assert len(boxes) == 64


def test_a_halton_sequence_is_even_in_the_base_of_each_axis():
    strata = np.floor(cube("halton", 36, 2) * [4, 9])
    assert np.unique(strata[:, 0], return_counts=True)[1].tolist() == [9] * 4
    assert np.unique(strata[:, 1], return_counts=True)[1].tolist() == [4] * 9


@pytest.mark.parametrize("method", ["random", "sobol", "halton"])
def test_a_larger_sample_keeps_the_points(method):
    assert points(sample(method, 16))[:8] == points(sample(method, 8))


@pytest.mark.parametrize("method", ["random", "latin_hypercube"])
def test_another_axis_leaves_the_others_as_they_were(method):
    more = points(sample(method, axes={"c": UNIT, "a": UNIT, "b": UNIT}))
    assert [{"a": p["a"], "b": p["b"]} for p in more] == points(sample(method))


def test_the_points_of_a_sample_are_these_on_every_machine():
    axes = {
        "r": {"loguniform": {"from": "1 ohm", "to": "1 kohm"}},
        "n": {"integers": {"from": 1, "to": 9}},
        "s": {"normal": {"mean": 0, "sd": 0.1}},
    }
    found = {m: points(sample(m, 2, axes), {"seed": 7})[1] for m in METHODS}
    assert found == {
        "random": {"r": "3.87619730036 ohm", "n": 9, "s": 0.0880419787523},
        "latin_hypercube": {"r": "3.64248433182 ohm", "n": 9, "s": 0.165348676298},
        "sobol": {"r": "140.302406974 ohm", "n": 3, "s": 0.0138460597189},
        "halton": {"r": "86.0276527903 ohm", "n": 1, "s": 0.131712862169},
    }


def test_points_of_a_sample_that_come_out_alike_count_once():
    found = points(sample(num=100, axes={"a": {"integers": {"from": 1, "to": 4}}}))
    assert sorted(point["a"] for point in found) == [1, 2, 3, 4]


def test_a_sample_multiplies_with_axes_and_zips():
    found = points({**sample(num=3), "axes": {"c": [1, 2]}, "zip": [{"d": [5, 6], "e": [7, 8]}]})
    assert len(found) == 12
    assert len({(p["a"], p["b"]) for p in found}) == 3


@settings(deadline=None, max_examples=20)
@given(st.floats(0.1, 900), st.floats(1000, 1e5), st.integers(0, 100))
def test_a_sample_does_not_depend_on_the_unit_of_its_ends(low, high, seed):
    def drawn(ends):
        axes = {"r": {"uniform": dict(zip(["from", "to"], ends, strict=True))}}
        found = points(sample("sobol", 4, axes), {"seed": seed})
        return [quantity(point["r"], "ohm") for point in found]

    ohm = drawn([f"{low!r} ohm", f"{high!r} ohm"])
    kohm = drawn([f"{low / 1000!r} kohm", f"{high / 1000!r} kohm"])
    assert kohm == pytest.approx(ohm, rel=1e-9)


@pytest.mark.parametrize(
    ("given_", "fault"),
    [
        ({"method": "sobol", "num": 100, "axes": {"a": UNIT}},
         "sweep.sample: num is 100; sobol points are balanced only where it is a power of two, "
         "such as 64 or 128"),
        ({"method": "sobl", "num": 4, "axes": {"a": UNIT}},
         "sweep.sample.method: 'sobl': input should be 'random', 'latin_hypercube', 'sobol' or "
         "'halton'"),
        ({"method": "random", "nmu": 4, "num": 4, "axes": {"a": UNIT}},
         "sweep.sample.nmu: unknown key; did you mean 'num'?"),
        ({"method": "random", "num": 4, "axes": {}},
         "sweep.sample.axes: {}: dictionary should have at least 1 item after validation, not 0"),
        ({"method": "random", "num": 4, "axes": {"a": [1, 2]}},
         "sweep.sample.axes.a: [1, 2]: expected keys and values"),
        ({"method": "random", "num": 4, "seed": -1, "axes": {"a": UNIT}},
         "sweep.sample.seed: -1: input should be greater than or equal to 0"),
        ({"method": "random", "num": 0, "axes": {"a": UNIT}},
         "sweep.sample.num: 0: must be a whole number of at least 1"),
    ],
)  # fmt: skip
def test_a_malformed_sample_says_what_is_wrong(given_, fault):
    assert faults({"sample": given_}) == [fault]


# random axes


def test_a_random_axis_is_drawn_from_the_scenarios_seed():
    form = {"random": {"num": 5, "uniform": {"from": "0 ohm", "to": "1 ohm"}}}
    one, again, other = (points({"axes": {"a": form}}, {"seed": s}) for s in (1, 1, 2))
    assert len(one) == 5 and one == again and one != other
    more = points({"axes": {"b": [0], "a": form}}, {"seed": 1})
    assert [{"a": p["a"]} for p in more] == one


def test_random_axes_may_be_zipped():
    form = {"random": {"num": 3, "integers": {"from": 1, "to": 9}}}
    assert len(points({"zip": [{"a": form, "b": [1, 2, 3]}]})) == 3


# conditional axes


def test_only_points_that_meet_a_condition_carry_its_axes():
    sweep = {
        "axes": {"code": ["pair", "offset"], "rows": [8, 16]},
        "when": [{"if": {"code": "pair"}, "axes": {"bits": [1, 2]}, "zip": [{"c": [3], "d": [4]}]}],
    }
    found = points(sweep)
    assert found == [
        {"code": "pair", "rows": 8, "bits": 1, "c": 3, "d": 4},
        {"code": "pair", "rows": 8, "bits": 2, "c": 3, "d": 4},
        {"code": "pair", "rows": 16, "bits": 1, "c": 3, "d": 4},
        {"code": "pair", "rows": 16, "bits": 2, "c": 3, "d": 4},
        {"code": "offset", "rows": 8},
        {"code": "offset", "rows": 16},
    ]
    assert swept_paths(found) == ["code", "rows", "bits", "c", "d"]


@settings(deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(0, 5), st.integers(1, 4))
def test_as_many_points_as_the_conditions_say(sizes, bound, extra):
    axes = {f"a{k}": list(range(n)) for k, n in enumerate(sizes)}
    base = points({"axes": axes})
    met = sum(point["a0"] < bound for point in base)
    when = [{"if": {"a0": f"< {bound}"}, "axes": {"b": list(range(extra))}}]
    if met == 0:
        assert faults({"axes": axes, "when": when})[0].startswith("sweep.when.0.if.a0: no point")
        return
    found = points({"axes": axes, "when": when})
    assert len(found) == len(base) - met + met * extra
    assert len({tuple(p.items()) for p in found}) == len(found)


def test_conditions_of_later_blocks_may_name_axes_of_earlier_ones():
    blocks = [{"if": {"a": 1}, "axes": {"b": [1, 2]}}, {"if": {"b": 2}, "axes": {"c": [5, 6]}}]
    found = points({"axes": {"a": [0, 1]}, "when": blocks})
    assert found == [{"a": 0}, {"a": 1, "b": 1}, {"a": 1, "b": 2, "c": 5}, {"a": 1, "b": 2, "c": 6}]


def test_blocks_that_exclude_each_other_may_sweep_one_path():
    blocks = [{"if": {"a": k}, "axes": {"b": [10 * k]}} for k in (0, 1)]
    assert points({"axes": {"a": [0, 1]}, "when": blocks}) == [{"a": 0, "b": 0}, {"a": 1, "b": 10}]


def test_a_path_that_two_blocks_give_one_point_is_swept_twice():
    blocks = [{"if": {"a": k}, "axes": {"b": [1]}} for k in (0, 0)]
    assert faults({"axes": {"a": [0, 1]}, "when": blocks}) == [
        "sweep.when.1: b: swept twice at a point"
    ]


@pytest.mark.parametrize("text", ["1 ohm", "0.001 kohm", 1, 1.0, "<= 1000 mohm"])
def test_a_condition_matches_in_whatever_unit(text):
    sweep = {
        "axes": {"r": ["1 ohm", "2 ohm"]},
        "when": [{"if": {"r": text}, "axes": {"b": [1, 2]}}],
    }
    assert len(points(sweep)) == 3


@pytest.mark.parametrize(
    ("condition", "array", "expected"),
    [
        ({"array.encoding": "differential"}, {}, 2),
        ({"array.encoding": "differential"}, {"encoding": "offset"}, 0),
        ({"array.wires.sides": 1}, {"wires": {"r_word": 2}}, 2),
        ({"array.wires": None}, {}, 2),
        ({"array.wires.r_word": "2 ohm"}, {"wires": {"r_word": 2}}, 2),
        ({"array.rows": "> 100"}, {}, 2),
        ({"array.v_read": "200 mV"}, {}, 2),
        ({"array.adc.bits": 8}, {"adc": {}}, 2),
        ({"array.adc.bits": 8}, {}, 0),
    ],
)
def test_a_condition_may_name_what_the_file_says_or_leaves_at_its_default(
    condition, array, expected
):
    sweep = {"when": [{"if": condition, "axes": {"seed": [1, 2]}}]}
    if expected:
        assert len(points(sweep, {"array": array})) == expected
    else:
        assert "no point has" in faults(sweep, array=array)[0]


def test_a_condition_may_name_what_lies_in_a_swept_part():
    axes = {"device": [{"sheet": "x"}, {"sheet": "y"}], "array.adc": [None, {}, {"bits": 4}]}
    when = [{"if": {"device.sheet": "x", "array.adc.bits": 8}, "axes": {"seed": [1, 2]}}]
    found = points({"axes": axes, "when": when})
    assert len(found) == 7
    assert all(p["device"] == {"sheet": "x"} and p["array.adc"] == {} for p in found if "seed" in p)


def test_a_rule_of_exclude_leaves_points_that_do_not_carry_its_path():
    sweep = {"axes": {"a": [0, 1]}, "when": [{"if": {"a": 1}, "axes": {"b": [1, 2]}}]}
    assert points({**sweep, "exclude": [{"b": 1}]}) == [{"a": 0}, {"a": 1, "b": 2}]


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        ({"if": {"a": 3}, "axes": {"b": [1]}}, "sweep.when.0.if.a: no point has 3; there is 1, 2"),
        ({"if": {}, "axes": {"b": [1]}},
         "sweep.when.0.if: {}: dictionary should have at least 1 item after validation, not 0"),
        ({"if": {"a": 1}}, "sweep.when.0: sweeps nothing; give it axes, zip or sample"),
        ({"if": {"a": 1}, "axes": {"a": [3]}},
         "sweep.when.0.axes.a: swept twice; sweep.axes.a sweeps it, too"),
        ({"if": {"a": 1}, "axis": {"b": [3]}},
         "sweep.when.0.axis: unknown key; did you mean 'axes'?"),
        ({"if": {"b": 1}, "axes": {"b": [3]}},
         "sweep.when.0.if.b: is swept by sweep.when.0.axes.b, which does not come before"),
        ({"if": {"array.encodin": "offset"}, "axes": {"b": [3]}},
         "sweep.when.0.if.array.encodin: is not swept, and in the file: unknown key; did you mean "
         "'encoding'?"),
        ({"if": {"a": "> x"}, "axes": {"b": [3]}},
         "sweep.when.0.if.a: '> x': 'x' is not a finite number with an optional unit"),
        ({"if": {"a": 1}, "zip": [{"b": [3], "c": [1, 2]}]},
         "sweep.when.0.zip.0: zipped axes differ in length: b has 1, c has 2"),
        ({"if": {"a": 1}, "axes": {"b": []}},
         "sweep.when.0.axes.b: an axis needs at least one value"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_says_why(block, fault):
    assert faults({"axes": {"a": [1, 2]}, "when": [block]}) == [fault]


# the guard


@pytest.mark.parametrize(
    "sweep",
    [
        {"axes": {f"a{k}": list(range(1000)) for k in range(3)}},
        {"axes": {"a": {"linspace": {"from": 0, "to": 1, "num": 100_000}},
                  "b": list(range(10_000))}},
        {**sample(num=100_000), "axes": {"c": list(range(10_000))}},
        {"axes": {"a": list(range(1000))},
         "when": [{"if": {"a": ">= 0"}, "axes": {"b": list(range(1000)), "c": list(range(1000))}}]},
    ],
)  # fmt: skip
def test_a_sweep_of_a_thousand_million_points_is_refused_without_making_them(sweep):
    tracemalloc.start()
    found = faults(sweep)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [
        "sweep: 1000000000 points exceed sweep.max_points (1000); raise it or sweep less"
    ]
    assert peak < 50e6


def test_points_of_conditional_axes_count_toward_the_guard():
    sweep = {"axes": {"a": [0, 1]}, "when": [{"if": {"a": 1}, "axes": {"b": [1, 2, 3]}}]}
    assert len(points({**sweep, "max_points": 4})) == 4
    assert "4 points exceed" in faults({**sweep, "max_points": 3})[0]
