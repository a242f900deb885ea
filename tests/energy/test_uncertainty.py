"""Draws of component designs against closed forms."""

from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.energy.parts import adc_survey
from xbarsim.energy.uncertainty import Part, tornado, uncertainty
from xbarsim.errors import SpecError
from xbarsim.streams import Streams
from xbarsim.technology import NODES

Z90 = 1.2815515655446004
N = 40_000


def close(joules, rel=1e-9):
    return pytest.approx(joules, rel=rel, abs=0)


def drawn(parts, samples=N):
    return uncertainty(parts, Streams(3) / "energy", samples)


@pytest.mark.parametrize("z", [-2.5, -Z90, 0.0, 0.4, Z90])
def test_one_lognormal_part_has_its_quantiles(z):
    assert float(Part(energy=2e-12, scatter=0.7).at(np.array(z))) == close(2e-12 * exp(0.7 * z))


def test_totals_of_one_lognormal_part_have_its_quantiles_within_their_standard_errors():
    """Standard error of a quantile: sqrt(p (1 - p) / n) / density there; four of them."""
    found = drawn({"adc": Part(energy=1e-12, scatter=0.5)})
    for name, p, z in (("P10", 0.1, -Z90), ("P50", 0.5, 0.0), ("P90", 0.9, Z90)):
        error = sqrt(p * (1 - p) / N) / (exp(-(z**2) / 2) / sqrt(2 * np.pi)) * 0.5
        assert abs(log(found.quantiles[name] / 1e-12) - 0.5 * z) < 4 * error


def test_a_part_between_quantiles_has_them_and_the_stated_median():
    part = Part(energy=2e-12, low=1.5e-12, high=9e-12)
    assert part.at(np.array([-Z90, 0.0, Z90])) == close(np.array([1.5e-12, 2e-12, 9e-12]))
    assert part.inside


def test_moments_of_both_halves_are_those_of_a_quadrature():
    part = Part(energy=2e-12, low=1.5e-12, high=9e-12)
    z = np.linspace(-12, 12, 400_001)
    weight = np.exp(-(z**2) / 2) / sqrt(2 * np.pi) * (z[1] - z[0])
    mean = (part.at(z) * weight).sum()
    assert part.mean == close(mean, 1e-6)
    assert part.variance == close((part.at(z) ** 2 * weight).sum() - mean**2, 1e-5)


def test_moments_without_quantiles_are_those_of_a_lognormal():
    part = Part(energy=3e-12, scatter=0.6)
    assert part.mean == close(3e-12 * exp(0.18))
    assert part.variance == close(9e-24 * exp(0.36) * (exp(0.36) - 1))


def test_sums_of_independent_parts_have_the_sum_of_means_and_of_variances():
    """Four standard errors, of the variance from the fourth moment of what was drawn."""
    parts = {"a": Part(energy=1.0, scatter=0.3), "b": Part(energy=2.0, scatter=0.2),
             "c": Part(energy=0.5, low=0.4, high=0.9)}  # fmt: skip
    totals = drawn(parts).totals
    variance = sum(part.variance for part in parts.values())
    mean = sum(part.mean for part in parts.values())
    assert abs(totals.mean() - mean) < 4 * sqrt(variance / N)
    fourth = ((totals - totals.mean()) ** 4).mean()
    assert abs(totals.var() - variance) < 4 * sqrt((fourth - variance**2) / N)


def test_shares_are_those_of_the_variances_and_add_up_to_one():
    parts = {"a": Part(energy=1.0, scatter=0.3), "b": Part(energy=1.0, scatter=0.3),
             "sure": Part(energy=5.0)}  # fmt: skip
    shares = drawn(parts, 100).shares
    assert shares["a"] == shares["b"] == close(0.5) and shares["sure"] == 0.0


def test_a_component_that_is_known_exactly_leaves_the_total_where_it_is():
    found = drawn({"a": Part(energy=1e-12), "b": Part(energy=2e-12)}, 100)
    assert found.quantiles.to_numpy() == close(np.full(3, 3e-12))
    assert (found.shares == 0).all()
    assert found.tornado[["low", "high"]].to_numpy() == close(np.full((2, 2), 3e-12))


def test_tornado_moves_one_component_at_a_time_and_puts_the_widest_first():
    found = drawn({"a": Part(energy=1.0, scatter=0.1), "b": Part(energy=1.0, scatter=0.8)}, 100)
    assert list(found.tornado.index) == ["b", "a"]
    for name, s in (("a", 0.1), ("b", 0.8)):
        assert found.tornado.loc[name, "low"] == close(1 + exp(-Z90 * s))
        assert found.tornado.loc[name, "high"] == close(1 + exp(Z90 * s))


def test_a_stated_energy_outside_its_quantiles_is_no_median_and_is_marked():
    """The regression for converters lies below the tenth percentile of the survey at 7 nm."""
    stated = adc_survey.plugin(NODES[7], 8, 100e6).energy
    low, high = adc_survey.band(NODES[7], 8, 100e6)
    assert stated < low
    part = Part(energy=stated, low=low, high=high)
    assert not part.inside and part.median == close(sqrt(low * high))
    assert part.at(np.array([-Z90, Z90])) == close(np.array([low, high]))
    found = drawn({"adc": part, "driver": Part(energy=1e-13)})
    assert not found.tornado.loc["adc", "inside"] and found.tornado.loc["driver", "inside"]
    assert found.tornado.loc["adc", "low"] == close(1e-13 + low)
    assert found.quantiles["P10"] > found.stated


def test_one_more_component_moves_the_draws_of_no_other():
    a, b = Part(energy=1.0, scatter=0.4), Part(energy=1.0, scatter=0.4)
    alone, both = drawn({"a": a}, 100).totals, drawn({"b": b, "a": a}, 100).totals
    assert (both - alone > 0).all()
    np.testing.assert_allclose(both - alone, drawn({"b": b}, 100).totals, rtol=1e-12)


def test_two_layers_share_the_draw_of_a_kind():
    """Twice the energy of one kind is twice every draw: layers do not average out."""
    one, two = (
        drawn({"a": Part(energy=1.0, scatter=1.0)}),
        drawn({"a": Part(energy=2.0, scatter=1.0)}),
    )
    np.testing.assert_allclose(two.totals, 2 * one.totals, rtol=1e-12)


@given(
    energy=st.floats(1e-15, 1e-9), below=st.floats(0, 4), above=st.floats(0, 4),
    shift=st.floats(-6, 6),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_quantiles_that_were_given_are_kept_wherever_the_stated_energy_lies(
    energy, below, above, shift
):
    low, high = energy * exp(shift - below), energy * exp(shift + above)
    part = Part(energy=energy, low=low, high=high)
    assert part.at(np.array([-Z90, Z90])) == close(np.array([low, high]), 1e-6)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"energy": -1e-12}, "energy is -1 pJ; it must be at least 0 J"),
        ({"energy": float("nan")}, "energy is nan"),
        ({"energy": 1e-12, "scatter": -0.1}, "scatter is -0.1"),
        ({"energy": 1e-12, "low": 1e-12}, "high is missing"),
        ({"energy": 1e-12, "low": 2e-12, "high": 1e-12}, "high is 1 pJ; it must be at least 2 pJ"),
        ({"energy": 1e-12, "low": 0.0, "high": 1e-12}, "cannot take nothing"),
        ({"energy": 1e-12, "low": 1e-20, "high": 1e-12}, "may differ by 10 nats"),
    ],
)
def test_impossible_parts_are_refused(given, told):
    with pytest.raises(SpecError, match=told):
        Part(**given)


def test_nothing_to_draw_is_refused():
    with pytest.raises(SpecError, match="parts is empty"):
        drawn({})
    with pytest.raises(SpecError, match="a is 1.0; expected"):
        drawn({"a": 1.0})
    with pytest.raises(SpecError, match="samples is 10"):
        drawn({"a": Part(energy=1.0)}, 10)


def test_the_figure_has_both_halves_of_each_bar():
    parts = {"adc": Part(energy=1e-12, low=2e-12, high=3e-11), "dac": Part(energy=1e-12, scatter=1)}
    found = drawn(parts, 1000)
    axes = tornado(found)
    bars = [p for p in axes.patches if p.get_height() == pytest.approx(0.62)]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["adc *", "dac"]
    ends = {(k, round(b.get_x() * 1e15), round((b.get_x() + b.get_width()) * 1e15))
            for k, b in enumerate(bars)}  # fmt: skip
    table, stated = (found.tornado * 1e15), round(found.stated * 1e15)
    low, high = (np.rint(table[c].astype(float)).astype(int) for c in ("low", "high"))
    assert ends == {(0, stated, stated), (1, low["dac"], stated), (2, low["adc"], high["adc"]),
                    (3, stated, high["dac"])}  # fmt: skip
    axes.figure.canvas.draw()
