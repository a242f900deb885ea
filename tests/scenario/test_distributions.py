"""Distributions by their quantiles: agreement with scipy, units, what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from xbarsim.errors import SpecError
from xbarsim.scenario.distributions import parse_distribution, quantile
from xbarsim.units import quantity

SHARES = [0.0, 1e-9, 0.01, 0.21, 0.5, 0.77, 0.999, 1 - 2.0**-53]


def at(data, u):
    return quantile(parse_distribution(data), u)


def faults(data):
    with pytest.raises(SpecError) as caught:
        parse_distribution(data, "d")
    return caught.value.faults


@pytest.mark.parametrize(
    ("data", "peer"),
    [
        ({"uniform": {"from": -2, "to": 3}}, stats.uniform(-2, 5)),
        ({"loguniform": {"from": 1e-3, "to": 10}}, stats.loguniform(1e-3, 10)),
        ({"normal": {"mean": 2, "sd": 0.5}}, stats.norm(2, 0.5)),
        ({"lognormal": {"median": 4, "sigma": 0.7}}, stats.lognorm(0.7, scale=4)),
        (
            {"truncnormal": {"mean": 1, "sd": 2, "from": 0, "to": 4}},
            stats.truncnorm(-0.5, 1.5, loc=1, scale=2),
        ),
        (
            {"truncnormal": {"mean": 0, "sd": 1, "from": 7, "to": 9}},
            stats.truncnorm(7, 9),
        ),
        (
            {"truncnormal": {"mean": 0, "sd": 1, "from": -9, "to": -7}},
            stats.truncnorm(-9, -7),
        ),
        ({"triangular": {"from": 0, "to": 4, "mode": 1}}, stats.triang(0.25, scale=4)),
        ({"triangular": {"from": 0, "to": 4, "mode": 0}}, stats.triang(0, scale=4)),
        ({"beta": {"a": 2, "b": 5}}, stats.beta(2, 5)),
        ({"beta": {"a": 0.5, "b": 1, "from": 10, "to": 20}}, stats.beta(0.5, 1, 10, 10)),
        ({"integers": {"from": 3, "to": 7}}, stats.randint(3, 8)),
    ],
)
def test_quantiles_are_those_of_scipy(data, peer):
    inner = SHARES[1:-1]
    found = [at(data, u) for u in inner]
    np.testing.assert_allclose(found, peer.ppf(inner), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "data",
    [
        {"uniform": {"from": "1 ohm", "to": "2 kohm"}},
        {"loguniform": {"from": "1 ohm", "to": "2 kohm"}},
        {"normal": {"mean": "1 kohm", "sd": "10 ohm"}},
        {"lognormal": {"median": "1 kohm", "sigma": 0.2}},
        {"truncnormal": {"mean": "1 kohm", "sd": "50 ohm", "from": "900 ohm", "to": "2 kohm"}},
        {"triangular": {"from": "1 ohm", "to": "2 kohm", "mode": "3 ohm"}},
        {"beta": {"from": "1 ohm", "to": "2 kohm", "a": 1, "b": 2}},
        {"integers": {"from": 1, "to": 9, "log": True}},
        {"choice": ["a", None, {"bits": 3}]},
    ],
)
class TestEvery:
    def test_quantile_is_finite_and_never_falls(self, data):
        found = [at(data, u) for u in SHARES]
        if "choice" in data:
            order = data["choice"]
            assert [order.index(x) for x in found] == sorted(order.index(x) for x in found)
            return
        numbers = [quantity(x, "ohm") for x in found]
        assert np.all(np.isfinite(numbers)) and numbers == sorted(numbers)

    @pytest.mark.parametrize("u", [1.0, -0.1, float("nan")])
    def test_share_outside_zero_to_one_is_refused(self, data, u):
        with pytest.raises(SpecError, match="u is"):
            at(data, u)

    def test_dump_reads_back_as_the_same(self, data):
        one = parse_distribution(data)
        again = parse_distribution(one.model_dump())
        assert again == one and again.model_dump() == one.model_dump()


@settings(deadline=None)
@given(st.floats(0, 1, exclude_max=True), st.floats(0.1, 900), st.floats(1000, 1e5))
def test_a_value_does_not_depend_on_the_unit_of_its_ends(u, low, high):
    ohm = at({"uniform": {"from": f"{low!r} ohm", "to": f"{high!r} ohm"}}, u)
    mixed = at({"uniform": {"from": f"{low!r} ohm", "to": f"{high / 1000!r} kohm"}}, u)
    assert quantity(mixed, "ohm") == pytest.approx(quantity(ohm, "ohm"), rel=1e-10)


def test_a_standard_deviation_of_temperature_has_no_offset():
    data = {"normal": {"mean": "25 degC", "sd": "5 K"}}
    assert at(data, stats.norm.cdf(1.0)) == "30.0 degC"


@settings(deadline=None)
@given(st.integers(1, 50), st.integers(0, 50), st.booleans(), st.floats(0, 1, exclude_max=True))
def test_integers_stay_between_their_ends(low, more, log, u):
    found = at({"integers": {"from": low, "to": low + more, "log": log}}, u)
    assert type(found) is int and low <= found <= low + more


def test_log_integers_are_as_likely_as_the_logarithm_says():
    u = (np.arange(20_000) + 0.5) / 20_000
    found = np.array([at({"integers": {"from": 1, "to": 4, "log": True}}, x) for x in u])
    share = [np.mean(found == k) for k in range(1, 5)]
    np.testing.assert_allclose(share, np.log([2, 3 / 2, 4 / 3, 5 / 4]) / np.log(5), atol=1e-4)


def test_choices_are_as_likely_as_their_weights():
    data = {"choice": {"values": ["a", "b", "c"], "weights": [1, 0, 3]}}
    u = (np.arange(400) + 0.5) / 400
    found = [at(data, x) for x in u]
    assert (found.count("a"), found.count("b"), found.count("c")) == (100, 0, 300)
    assert at(data, 1 - 2.0**-53) == "c"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([1, 2], ["d: [1, 2]: expected keys and values"]),
        ({}, None),
        ({"unifrom": {"from": 1, "to": 2}}, ["d.unifrom: unknown key; did you mean 'uniform'?"]),
        (
            {"uniform": {"from": 1, "too": 2}},
            ["d.uniform.to: missing; this key is required",
             "d.uniform.too: unknown key; did you mean 'to'?"],
        ),
        ({"uniform": {"from": 2, "to": 1}},
         ["d.uniform: from is 2 and to 1; from must be the lower"]),
        ({"uniform": {"from": -1e308, "to": 1e308}},
         ["d.uniform: from -1e+308 to 1e+308: too far apart for a number"]),
        ({"lognormal": {"median": "1 V", "sigma": 100}},
         ["d.lognormal: median is '1 V' and sigma 100.0; rare values are too large or small for a "
          "number"]),
        ({"normal": {"mean": "1 mW", "sd": "3 dBm"}},
         ["d.normal: 3 'dBm' cannot be converted to 'mW'"]),
        ({"uniform": {"from": "1 ohm", "to": "2 V"}},
         ["d.uniform: 'V' cannot be converted to 'ohm'"]),
        ({"uniform": {"from": "x", "to": [1]}},
         ["d.uniform.from: 'x' is not a finite number with an optional unit",
          "d.uniform.to: [1] is not a finite number with an optional unit"]),
        ({"loguniform": {"from": 0, "to": 1}},
         ["d.loguniform: from is 0; it must be above zero"]),
        ({"normal": {"mean": 0, "sd": 0}}, ["d.normal: sd is 0; it must be above zero"]),
        ({"lognormal": {"median": -1, "sigma": 1}},
         ["d.lognormal: median is -1; it must be above zero"]),
        ({"lognormal": {"median": 1, "sigma": "0.1"}},
         ["d.lognormal.sigma: '0.1' is not a finite number"]),
        ({"truncnormal": {"mean": 0, "sd": 1, "from": 50, "to": 60}},
         ["d.truncnormal: from and to lie so far from mean that nothing of the curve is between"]),
        ({"triangular": {"from": 0, "to": 1, "mode": 2}},
         ["d.triangular: mode is 2; it must lie from 0 to 1"]),
        ({"beta": {"a": 0, "b": 1}}, ["d.beta.a: 0: must be above zero"]),
        ({"integers": {"from": 1, "to": 2.5}},
         ["d.integers.to: 2.5: input should be a valid integer"]),
        ({"integers": {"from": 0, "to": 5, "log": True}},
         ["d.integers: from is 0; with log it must be at least 1"]),
        ({"choice": {"values": [1, 2], "weights": [1]}}, ["d.choice: 1 weights for 2 values"]),
        ({"choice": {"values": [1], "weights": [0]}},
         ["d.choice.weights: [0]: weights must not be below zero, and one must be above"]),
    ],
)  # fmt: skip
def test_what_is_no_distribution_is_told_by_path(data, expected):
    names = (
        "uniform, loguniform, normal, lognormal, truncnormal, triangular, beta, integers, choice"
    )
    assert faults(data) == (expected or [f"d: expected one of {names}; found none"])


def test_two_distributions_at_once_are_refused():
    both = {"uniform": {"from": 1, "to": 2}, "choice": [1]}
    assert faults(both)[0].endswith("found uniform and choice")
