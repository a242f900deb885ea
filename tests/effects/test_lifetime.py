"""Retention and endurance against their closed forms."""

import numpy as np
import pytest
from scipy.stats import kstest, weibull_min

from xbarsim.effects.lifetime import (
    Wear,
    acceleration,
    closing_window,
    cycles_to_failure,
    middle_resistance,
    retained,
    retention_time,
    worn,
)
from xbarsim.errors import SpecError

N = 100_000
#: TiN/Hf(Al)O/Hf/TiN of 10 nm: coreylammie/SST-Reproducibility, simulate_6A.py
ON = Wear(p0=10.0, p1=0.6907755278982137, p3=0.01761938501608977)
OFF = Wear(p0=10.0, p1=0.6907755278982137, p3=-0.022953419050669107)


@pytest.mark.parametrize(("energy", "ratio"), [(1.0, 25.9), (1.5, 132.0)])
def test_retention_at_85_and_125_celsius(energy, ratio):
    assert acceleration(energy, 358.15, 398.15) == pytest.approx(ratio, rel=2e-3)
    cool, hot = (retention_time(np.zeros(1), 1e-9, energy, t)[0] for t in (358.15, 398.15))
    assert cool / hot == pytest.approx(acceleration(energy, 358.15, 398.15), rel=1e-12)


def test_retention_times_are_lognormal(streams):
    t = retention_time(streams.normal((N,)), 1e-12, 1.4, 398.15, 0.8)
    median = 1e-12 * np.exp(1.4 * 1.602176634e-19 / (1.380649e-23 * 398.15))
    assert kstest(np.log(t / median) / 0.8, "norm").pvalue > 1e-4


def test_cells_keep_their_state_until_they_lose_it():
    g = retained(np.array([2e-5, 3e-5]), 10.0, np.array([5.0, 50.0]), 1e-6)
    np.testing.assert_array_equal(g, [1e-6, 3e-5])


@pytest.mark.parametrize("shape", [0.7, 2.5])
def test_hard_failures_are_weibull_distributed(shape, streams):
    x = cycles_to_failure(streams.normal((N,)), 1e8, shape)
    assert kstest(x, weibull_min(shape, scale=1e8).cdf).pvalue > 1e-4
    assert (x < 1e8).mean() == pytest.approx(1 - np.exp(-1), abs=5 * 0.5 / np.sqrt(N))


@pytest.mark.parametrize("z", [-30.0, 30.0])
def test_failures_of_extreme_cells_are_finite(z):
    x = cycles_to_failure(np.array([z]), 1e8, 1.0)
    assert np.isfinite(x).all() and (x >= 0).all()


def test_weibull_parameters_are_checked():
    with pytest.raises(SpecError, match="above 0"):
        cycles_to_failure(np.zeros(1), 1e8, 0.0)


def test_window_closes_as_a_power_of_the_cycles():
    g = np.array([1e-6, 2e-5, 4e-5])
    np.testing.assert_array_equal(closing_window(g, 100.0, 1e4, 0.2, 2e-5), g)
    closed = closing_window(g, 1e9, 1e4, 0.2, 2e-5)
    np.testing.assert_allclose(closed - 2e-5, (g - 2e-5) * 0.1, atol=1e-20)


def test_wear_begins_at_its_threshold_and_is_straight_in_logarithms():
    assert ON.threshold(10) == pytest.approx(1e4, rel=1e-9)
    x = np.array([1.0, 1e4, 1e5, 1e9])
    slope = 0.01761938501608977 * 6.907755278982137
    expected = np.log10(4400.0) + slope * np.array([0.0, 0.0, 1.0, 5.0])
    np.testing.assert_allclose(np.log10(ON(np.full(4, 4400.0), x, 10)), expected, rtol=1e-9)


def test_resistances_wear_towards_each_other():
    r = np.array([4400.0, 65000.0])
    boundary = middle_resistance(*r)
    ratio = [np.divide(*worn(r, x, ON, OFF, boundary, 10, 298.0)) for x in (1e4, 1e5, 1e7)]
    assert ratio[0] == r[0] / r[1]
    assert ratio[0] < ratio[1] < ratio[2] < 1


def test_states_part_in_the_middle():
    """MemTorch's precedence puts it at r_on + r_off / 2, where cells that are off count as on."""
    assert middle_resistance(1e4, 2e4) == 1.5e4
    r = np.array([1.8e4])
    x = 1e8
    after = worn(r, x, ON, OFF, middle_resistance(1e4, 2e4), 10, 298.0)
    assert after == OFF(r, x, 10) and after < r
    assert worn(r, x, ON, OFF, 1e4 + 2e4 / 2, 10, 298.0) > r


def test_heat_brings_the_threshold_forward_and_cold_does_not_delay_it():
    """MemTorch calls np.min(ratio, 1), which takes 1 for an axis and fails."""
    wear = Wear(p0=4.764e-17, p1=0.0, p2=76.47, p3=0.014)  # retention in seconds: simulate_6G.py
    cold, at, hot = (wear.threshold(10, t) for t in (250.0, 298.0, 473.0))
    assert cold == at > hot
    assert hot / at == pytest.approx(np.exp(76.47 * (298 / 473 - 1)), rel=1e-9, abs=0)
