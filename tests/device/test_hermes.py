"""The HERMES sheets against closed forms of the fits that aihwkit publishes for the chip."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from xbarsim import load_device
from xbarsim.errors import SpecError

N = 200_000
DAY, YEAR = 86400.0, 365.25 * 86400.0
#: aihwkit hermes.py: g_max in uS, t_0 in s, programming error in uS, highest order last
CHIPS = {
    "legallo_2023_one_device": (10.35, 200.0, [0.15781817, 2.32443916, -2.16310839, 0.68841818]),
    "legallo_2023_two_devices": (20.7, 300.0, [0.16603222, 4.71806468, -8.48101252, 4.68961419]),
}
NAMES = sorted(CHIPS)
LEVELS = [0.03, 0.12, 0.25, 0.6, 0.95]


def published_exponent(name, g):
    """Mean and standard deviation at relative conductance g."""
    low = np.clip(-0.0387 * np.log(g) - 0.0182, 0.0720, 0.13)
    mean = low if g < 0.0945 else -0.0436 * g**2 - 0.0126 * g + 0.0736
    if name.endswith("one_device"):
        low = np.clip(-0.0120 * np.log(g) - 0.0023, 0.0124, 0.04)
        return mean, low if g < 0.3039 else -0.0165 * g**2 + 0.0116 * g + 0.0104
    low = np.clip(-0.0117 * np.log(g) - 0.0057, 0.0091, 0.04)
    return mean, low if g < 0.3055 else -0.0118 * g**2 + 0.0093 * g + 0.0073


def published_depth(name, g):
    if name.endswith("one_device"):
        low = np.clip(-0.0078 * np.log(g) + 0.0038, 0.0179, 0.04)
        return low if g < 0.1591 else 0.0664 * g**3 - 0.1352 * g**2 + 0.0768 * g + 0.0088
    low = np.clip(-0.0117 * np.log(g) - 0.0069, 0.015, 0.04)
    return low if g < 0.16 else 0.0069 * g**3 - 0.0280 * g**2 + 0.0211 * g + 0.0123


def mean_exponent(name, g):
    """Mean of a folded normal."""
    mu, s = published_exponent(name, g)
    return s * np.sqrt(2 / np.pi) * np.exp(-((mu / s) ** 2) / 2) + mu * (1 - 2 * norm.cdf(-mu / s))


def mean_retention(name, g, t):
    """E[(t/t0)^-|nu|] for a normal nu: the moment-generating function of a folded normal."""
    (mu, s), x = published_exponent(name, g), np.log(t / CHIPS[name][1])
    up = np.exp(-x * mu + (x * s) ** 2 / 2) * norm.cdf(mu / s - x * s)
    return up + np.exp(x * mu + (x * s) ** 2 / 2) * norm.cdf(-mu / s - x * s)


@pytest.fixture(params=NAMES)
def chip(request):
    return request.param, load_device(request.param)


@pytest.mark.parametrize("level", [0.3, 0.6, 0.9])
def test_programming_spread_is_the_published_one(chip, level, streams):
    name, device = chip
    g_max, _, error = CHIPS[name]
    target = level * g_max * 1e-6
    g = device.program(np.full(N, target), streams.normal((N,)))
    sigma = np.polyval(error[::-1], level) * 1e-6
    assert abs(g.std() - sigma) < 5 * sigma / np.sqrt(2 * N)
    assert abs(g.mean() - target) < 5 * sigma / np.sqrt(N)
    assert kstest((g - target) / sigma, "norm").pvalue > 1e-4


@pytest.mark.parametrize("level", LEVELS)
def test_log_log_slope_of_the_mean_is_the_mean_exponent(chip, level, streams):
    name, device = chip
    times = np.geomspace(2 * CHIPS[name][1], YEAR, 12)
    g = np.full(N, level * CHIPS[name][0] * 1e-6)
    z = streams.normal((N,))
    logs = [np.log(device.age(g, t, z)).mean() for t in times]
    slope, _ = np.polyfit(np.log(times), logs, 1)
    _, spread = published_exponent(name, level)
    assert abs(slope + mean_exponent(name, level)) < 5 * spread / np.sqrt(N)


@pytest.mark.parametrize("level", [0.25, 0.6, 0.95])
@pytest.mark.parametrize("t", [3600.0, DAY, YEAR])
def test_spread_of_log_conductance_grows_with_log_time(chip, level, t, streams):
    name, device = chip
    g = np.full(N, level * CHIPS[name][0] * 1e-6)
    sigma = np.log(device.age(g, t, streams.normal((N,)))).std()
    _, spread = published_exponent(name, level)
    expected = spread * np.log(t / CHIPS[name][1])
    assert abs(sigma - expected) < 5 * expected / np.sqrt(2 * N) + 2e-3 * expected


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("t", [3600.0, DAY, YEAR])
def test_mean_conductance_follows_the_drift_law(chip, level, t, streams):
    name, device = chip
    g = np.full(N, level * CHIPS[name][0] * 1e-6)
    ratio = device.age(g, t, streams.normal((N,))) / g
    assert abs(ratio.mean() - mean_retention(name, level, t)) < 5 * ratio.std() / np.sqrt(N)


@pytest.mark.parametrize("level", LEVELS)
def test_read_noise_is_the_published_one(chip, level):
    name, device = chip
    g = np.array([level * CHIPS[name][0] * 1e-6])
    depth = np.sqrt(np.log((DAY + 512e-9) / (2 * 512e-9)))
    expected = g * published_depth(name, level) * depth
    np.testing.assert_allclose(device.read_noise(g, 512e-9, np.ones(1), DAY), expected, rtol=1e-12)


def test_two_devices_program_and_drift_with_less_spread_than_one():
    one, two = (load_device(name) for name in NAMES)
    for level in (0.3, 0.6, 0.9):
        relative = [
            (d.program(np.array([level * d.g_max]), np.ones(1))[0] / d.g_max) - level
            for d in (one, two)
        ]
        assert relative[1] < relative[0]
        spread = [
            d.drift_exponent(np.array([level * d.g_max]), np.ones(1))
            - d.drift_exponent(np.array([level * d.g_max]), np.zeros(1))
            for d in (one, two)
        ]
        assert spread[1] < spread[0]


def test_exponents_stay_those_of_g_max_beyond_it(chip):
    _, device = chip
    z = np.array([0.7, 0.7])
    at, beyond = device.drift_exponent(np.array([1.0, 1.3]) * device.g_max, z)
    assert at == beyond


@pytest.mark.parametrize("t", [1e-9, 1e-6, 1.0])
def test_read_noise_is_a_number_however_long_the_read(chip, t):
    _, device = chip
    assert np.isfinite(device.read_noise(np.array([5e-6]), 1.0, np.ones(1), t)).all()


def test_law_without_a_polynomial_is_refused():
    with pytest.raises(SpecError, match="noise has 5 values; it takes at least 6"):
        load_device(NAMES[0], noise=[0.1, 0.1, 0.1, 0.1, 0.1])


def test_nothing_is_lost_within_the_first_second_after_the_first_read(chip):
    """MemTorch's default t0 of 1e-12 s loses a factor of 16 there."""
    _, device = chip
    g = np.full(3, 5e-6)
    after = device.age(g, device.t_first + 1.0, np.array([-2.0, 0.0, 2.0]))
    np.testing.assert_allclose(after, g, rtol=1e-3)
