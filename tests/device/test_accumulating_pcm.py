"""The accumulation sheets against means and standard deviations after n pulses."""

import numpy as np
import pytest

from xbarsim import load_device
from xbarsim.errors import SpecError

N = 200_000
#: DEVICES 9.2, 1e6 cells: mean and standard deviation in uS after n pulses from 0.1 uS
CHECK = {1: (2.057, 1.519), 5: (5.916, 2.376), 10: (7.831, 2.468), 20: (9.403, 2.665)}
#: the recursion of the mean without limits, uS
UNLIMITED = {1: 1.925, 5: 5.805, 10: 7.759, 20: 9.380}


def pulsed(device, g, n, streams):
    for k in range(1, n + 1):
        g = device.pulse(g, k, (streams / k).normal(g.shape))
    return g


@pytest.fixture
def device():
    return load_device("nandakumar_2018")


@pytest.mark.parametrize("n", sorted(CHECK))
def test_mean_and_spread_after_n_pulses(device, n, streams):
    g = pulsed(device, np.full(N, 0.1e-6), n, streams) * 1e6
    mean, sigma = CHECK[n]
    error = 5 * sigma * np.sqrt(1 / N + 1e-6) + 5e-4
    assert abs(g.mean() - mean) < error
    assert abs(g.std() - sigma) < error


@pytest.mark.parametrize("n", sorted(UNLIMITED))
def test_mean_without_limits_follows_the_recursion(n):
    device = load_device("nandakumar_2018", g_min=0, g_max="1 mS")
    g = np.array([0.1e-6])
    for k in range(1, n + 1):
        g = g + device.step(g, k)[0]
    assert g[0] * 1e6 == pytest.approx(UNLIMITED[n], abs=5e-4)


@pytest.mark.parametrize("n", [1, 5, 20])
def test_moments_of_the_memoryless_variant_follow_their_recursion(n, streams):
    """With a floor far below, mean and variance close: z is independent of the conductance."""
    device = load_device("nandakumar_2018_memoryless", g_min=0, g_max="1 mS")
    mean, variance = 8.0, 0.0
    for _ in range(n):
        a, b = 0.09, 0.575
        variance = (1 - 0.084) ** 2 * variance + (a * mean + b) ** 2 + a**2 * variance
        mean += -0.084 * mean + 0.892
    g = pulsed(device, np.full(N, 8e-6), n, streams) * 1e6
    assert abs(g.mean() - mean) < 5 * np.sqrt(variance / N)
    assert g.std() == pytest.approx(np.sqrt(variance), rel=0.01)


def test_memoryless_variant_does_not_count_pulses(streams):
    device = load_device("nandakumar_2018_memoryless")
    g, z = np.full(50, 5e-6), streams.normal((50,))
    np.testing.assert_array_equal(device.pulse(g, 1, z), device.pulse(g, 17, z))


def test_pulses_keep_within_the_range(device, streams):
    g = pulsed(device, np.full(1000, 15e-6), 30, streams)
    assert g.min() >= 0.1e-6 and g.max() <= 20e-6


def test_drift_is_a_power_law_from_the_first_read(device):
    g = np.array([2e-6, 10e-6])
    assert (device.age(g, 38.6) == g).all()
    np.testing.assert_allclose(device.age(g, 38.6e3), g * 1e3**-0.04, rtol=1e-12)
    with pytest.raises(SpecError, match="precedes the first read"):
        device.age(g, 1.0)


def test_reads_see_the_drifted_conductance(device):
    """Demirag's port drifts the conductance and then reads the one before."""
    g = np.array([10e-6])
    aged = device.age(g, 1e6)
    assert aged[0] < 0.7 * g[0]
    assert device.read_noise(aged, 1e-6, np.ones(1))[0] == pytest.approx(
        0.03 * aged[0] + 0.13e-6, rel=1e-12
    )


def test_reset_has_the_stated_spread(device, streams):
    g = device.reset(streams.normal((N,)))
    assert g.mean() == pytest.approx(0.1e-6, rel=1e-3)
    assert g.std() == pytest.approx(0.01e-6, rel=0.01)


def test_pulses_are_counted_from_one(device):
    with pytest.raises(SpecError, match="counted from 1"):
        device.pulse(np.array([1e-6]), 0, np.zeros(1))


def test_same_noise_gives_the_same_cell_on_every_array_library(device, xp, streams):
    from xbarsim.backend import to_numpy

    z = streams.normal((20,))
    ours = device.pulse(xp.full(20, 5e-6), 3, xp.asarray(z))
    np.testing.assert_allclose(to_numpy(ours), device.pulse(np.full(20, 5e-6), 3, z), rtol=1e-12)
