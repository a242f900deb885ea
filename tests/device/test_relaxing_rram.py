"""The analogue RRAM sheet against the published spreads, within sampling error."""

import numpy as np
import pytest

from xbarsim import load_device

N = 200_000
DAY, YEAR = 86400.0, 365.25 * 86400.0
#: Wan 2022, Extended Data Fig. 3d, as fitted in aihwkit's reram.py: uS against G / 40 uS
FITS = {
    1.0: [-16.815, 45.393, -43.853, 16.030, 0.348],
    DAY: [-16.458, 47.095, -50.773, 22.086, 0.701],
    2 * DAY: [-11.934, 37.062, -43.507, 20.274, 0.782],
}


@pytest.fixture
def device():
    return load_device("wan_2022")


@pytest.mark.parametrize("level", [10e-6, 20e-6, 35e-6])
def test_programming_spread_is_the_published_one(device, level, streams):
    g = device.program(np.full(N, level), streams.normal((N,)))
    sigma = np.polyval(FITS[1.0], level / 40e-6) * 1e-6
    assert abs(g.std() - sigma) < 5 * sigma / np.sqrt(2 * N)


@pytest.mark.parametrize("level", [10e-6, 20e-6, 30e-6])
@pytest.mark.parametrize("t", [DAY, 2 * DAY])
def test_spread_after_relaxation_is_the_published_one(device, level, t, streams):
    g = device.program(np.full(N, level), (streams / "program").normal((N,)))
    aged = device.age(g, t, (streams / "drift").normal((N,)))
    sigma = np.polyval(FITS[t], level / 40e-6) * 1e-6
    # the added part is taken at the programmed conductance, not at the target: 2 % is its effect
    assert aged.std() == pytest.approx(sigma, rel=0.02)


def test_departure_at_the_lower_end_of_the_window_is_as_documented(device, streams):
    g = device.program(np.full(N, 1e-6), (streams / "program").normal((N,)))
    aged = device.age(g, DAY, (streams / "drift").normal((N,)))
    sigma = np.polyval(FITS[DAY], 1 / 40) * 1e-6
    assert aged.std() / sigma == pytest.approx(0.89, abs=0.02)
    assert aged.mean() / 1e-6 == pytest.approx(1.13, abs=0.02)


@pytest.mark.parametrize("t", [3600.0, DAY, YEAR])
def test_mean_conductance_stays_at_its_target(device, t, streams):
    g = device.program(np.full(N, 20e-6), (streams / "program").normal((N,)))
    aged = device.age(g, t, (streams / "drift").normal((N,)))
    assert abs(aged.mean() - 20e-6) < 5 * aged.std() / np.sqrt(N)


def test_spread_between_the_ages_lies_on_the_line_in_log_time(device):
    g = np.array([20e-6])
    early, late = device.deviation(g, 1.0), device.deviation(g, DAY)
    middle = device.deviation(g, float(np.sqrt(DAY)))
    np.testing.assert_allclose(middle, (early + late) / 2)


def test_spread_is_held_past_the_last_age(device):
    g = np.linspace(1e-6, 40e-6, 20)
    np.testing.assert_array_equal(device.deviation(g, YEAR), device.deviation(g, 2 * DAY))


def test_spread_is_never_negative_outside_the_fit(device):
    assert (device.deviation(np.linspace(0, 80e-6, 200), DAY) >= 0).all()


def test_another_range_rescales_the_spread():
    full, half = load_device("wan_2022"), load_device("wan_2022", g_max="20 uS")
    np.testing.assert_allclose(
        half.deviation(np.array([10e-6]), 1.0), full.deviation(np.array([20e-6]), 1.0) / 2
    )


def test_read_noise_is_off_until_set(device, streams):
    g, z = np.full(N, 20e-6), streams.normal((N,))
    assert not device.read_noise(g, 1e-7, z).any()
    noisy = load_device("wan_2022", read_noise=0.01).read_noise(g, 1e-7, z)
    assert noisy.std() == pytest.approx(0.01 * 20e-6, rel=0.01)


def test_gaussian_cell_has_the_stated_spread(streams):
    device = load_device("gaussian", sigma_absolute="0.3 uS", sigma_relative=0.02)
    g = device.program(np.full(N, 20e-6), streams.normal((N,)))
    assert g.std() == pytest.approx(np.hypot(0.3e-6, 0.4e-6), rel=0.01)


def test_ideal_cell_is_exact(streams):
    device = load_device("ideal")
    g, z = np.linspace(1e-6, 40e-6, 30), streams.normal((30,))
    assert (device.age(device.program(g, z), YEAR, z) == g).all()
