"""The phase-change sheet against the closed forms of Joshi 2020, within sampling error."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from xbarsim import load_device

N = 200_000
DAY, YEAR = 86400.0, 365.25 * 86400.0


@pytest.fixture
def device():
    return load_device("joshi_2020")


def published_error(g):
    """Joshi 2020, Methods: standard deviation in uS for g = G / 25 uS."""
    return max(-1.1731 * g**2 + 1.9650 * g + 0.26348, 0.0)


def published_exponent(g):
    mean = np.clip(-0.0155 * np.log(g) + 0.0244, 0.049, 0.1)
    spread = np.clip(-0.0125 * np.log(g) - 0.0059, 0.008, 0.045)
    return mean, spread


def mean_retention(g, t):
    """E[(t/t0)^-|nu|] for a normal nu: the moment-generating function of a folded normal."""
    (mu, s), x = published_exponent(g), np.log(t / 20.0)
    up = np.exp(-x * mu + (x * s) ** 2 / 2) * norm.cdf(mu / s - x * s)
    return up + np.exp(x * mu + (x * s) ** 2 / 2) * norm.cdf(-mu / s - x * s)


@pytest.mark.parametrize("level", [0.2, 0.5, 0.9])
def test_programming_spread_is_the_published_one(device, level, streams):
    target = np.full(N, level * 25e-6)
    g = device.program(target, streams.normal((N,)))
    sigma = published_error(level) * 1e-6
    assert abs(g.std() - sigma) < 5 * sigma / np.sqrt(2 * N)
    assert abs(g.mean() - target[0]) < 5 * sigma / np.sqrt(N)
    assert kstest((g - target) / sigma, "norm").pvalue > 1e-4


def test_error_agrees_with_a_fit_of_the_same_figure_by_others():
    """CrossSim PCM_Joshi.py fits Joshi 2020, Fig. 3b, at 27.36 s; the fits part towards RESET."""
    for level, accuracy in ((0.0, 0.1), (0.2, 0.02), (0.5, 0.02), (0.9, 0.02)):
        other = np.polyval([-0.00178767, 0.07585724, 0.28638599], 25 * level)
        assert published_error(level) == pytest.approx(other, rel=accuracy)


def test_reset_state_stays_at_or_above_zero(device, streams):
    g = device.program(np.zeros(N), streams.normal((N,)))
    assert g.min() == 0.0
    half_normal = 0.26348e-6 / np.sqrt(2 * np.pi)
    assert g.mean() == pytest.approx(half_normal, rel=0.02)


@pytest.mark.parametrize("level", [0.1, 0.4, 0.9])
@pytest.mark.parametrize("t", [3600.0, DAY, YEAR])
def test_mean_conductance_follows_the_drift_law(device, level, t, streams):
    g = np.full(N, level * 25e-6)
    ratio = device.age(g, t, streams.normal((N,))) / g
    assert abs(ratio.mean() - mean_retention(level, t)) < 5 * ratio.std() / np.sqrt(N)


@pytest.mark.parametrize(
    ("level", "expected"),
    [(0.4, {3600: 0.776, DAY: 0.665, 30 * DAY: 0.564, YEAR: 0.500}),
     (0.1, {3600: 0.737, DAY: 0.615, 30 * DAY: 0.510, YEAR: 0.446})],
)  # fmt: skip
def test_mean_conductance_agrees_with_an_independent_monte_carlo(level, expected):
    for t, ratio in expected.items():
        assert mean_retention(level, t) == pytest.approx(ratio, abs=1.5e-3)


def test_spread_of_log_conductance_grows_with_log_time(device, streams):
    level = 0.6
    g = np.full(N, level * 25e-6)
    z = streams.normal((N,))
    _, spread = published_exponent(level)
    for t in (3600.0, DAY, YEAR):
        sigma = np.log(device.age(g, t, z)).std()
        assert sigma == pytest.approx(spread * np.log(t / 20.0), rel=0.01)


def test_a_cell_keeps_its_exponent_through_all_ages(device, streams):
    g, z = np.full(100, 10e-6), streams.normal((100,))
    nu = -np.log(device.age(g, DAY, z) / g) / np.log(DAY / 20)
    later = -np.log(device.age(g, YEAR, z) / g) / np.log(YEAR / 20)
    np.testing.assert_allclose(nu, later, rtol=1e-9)


@pytest.mark.parametrize("t", [20.0, DAY])
def test_read_noise_grows_as_the_published_one_over_f(device, t):
    g = np.array([2e-6, 12.5e-6, 25e-6])
    t_read = 250e-9
    depth = np.minimum(0.0088 * (g / 25e-6) ** -0.65, 0.2)
    expected = g * depth * np.sqrt(np.log((t + t_read) / (2 * t_read)))
    np.testing.assert_allclose(device.read_noise(g, t_read, np.ones(3), t), expected)


def test_read_noise_depth_follows_the_programmed_conductance(device):
    before, after = np.array([10e-6]), np.array([5e-6])
    aged = device.read_noise(after, 250e-9, np.ones(1), DAY, before)
    fresh = device.read_noise(before, 250e-9, np.ones(1), DAY)
    np.testing.assert_allclose(aged / after, fresh / before)


def test_another_range_rescales_the_error():
    full, half = load_device("joshi_2020"), load_device("joshi_2020", g_max="12.5 uS")
    z = np.ones(1)
    error = full.program(np.array([10e-6]), z) - 10e-6
    np.testing.assert_allclose(half.program(np.array([5e-6]), z) - 5e-6, error / 2)


def test_scales_of_zero_switch_effects_off(streams):
    device = load_device("joshi_2020", error_scale=0, drift_scale=0, noise_scale=0)
    g, z = np.linspace(0, 25e-6, 50), streams.normal((50,))
    assert (device.program(g, z) == g).all()
    assert (device.age(g, YEAR, z) == g).all()
    assert not device.read_noise(g, 1e-7, z).any()


def test_nothing_is_lost_within_the_first_second_after_the_first_read(device, streams):
    """MemTorch's default t0 of 1e-12 s loses a factor of 16 there at an exponent of 0.1."""
    g = np.full(1000, 5e-6)
    after = device.age(g, 21.0, streams.normal((1000,)))
    assert (after <= g).all() and (after > 0.98 * g).all()
