"""The SONOS sheet against CrossSim's fits of Agrawal 2022, Figs. 10 and 11."""

import numpy as np
import pytest

from xbarsim import load_device
from xbarsim.errors import SpecError

N = 200_000
DAY = 86400.0
#: CrossSim SONOS.py: A and B by day, nA
SPREAD = [(19.88665, 176.3115), (25.59102, 186.85544), (28.72753, 193.56834),
          (31.04318, 198.90332), (33.76214, 204.77023), (34.57909, 207.34309)]  # fmt: skip
#: change of the mean by day at 100, 800 and 1600 nA, nA: CrossSim's polynomials in fractions
SHIFT = {
    1: (1.73520898, -3.82677866, -11.53222854),
    2: (2.43045770, -8.00162121, -22.37233793),
    3: (3.62122746, -9.31255153, -26.90586955),
    4: (3.61766579, -13.89064116, -38.27150128),
    5: (4.11776281, -15.17310673, -40.69844975),
}
V_READ = 0.1


def conductance(current):
    return current * 1e-9 / V_READ


@pytest.fixture
def device():
    return load_device("agrawal_2022")


def published_spread(mean, day):
    height, width = SPREAD[day]
    return height * (1 - np.exp(-mean / width))


@pytest.mark.parametrize("current", [20.0, 400.0, 1600.0])
def test_programming_spread_is_the_published_one(device, current, streams):
    g = device.program(np.full(N, conductance(current)), streams.normal((N,)))
    sigma = conductance(published_spread(current, 0))
    assert abs(g.std() - sigma) < 5 * sigma / np.sqrt(2 * N)
    assert abs(g.mean() - conductance(current)) < 5 * sigma / np.sqrt(N)


@pytest.mark.parametrize("day", range(6))
@pytest.mark.parametrize("current", [5.0, 100.0, 1600.0])
def test_deviation_is_the_published_one_on_each_day(device, day, current):
    sigma = device.deviation(np.array([conductance(current)]), day * DAY)[0]
    assert sigma == pytest.approx(conductance(published_spread(current, day)), rel=1e-12)


@pytest.mark.parametrize("day", sorted(SHIFT))
def test_mean_drifts_by_the_published_polynomials(device, day):
    g = conductance(np.array([100.0, 800.0, 1600.0]))
    np.testing.assert_allclose(device.shift(g, day * DAY), conductance(np.array(SHIFT[day])),
                               rtol=1e-6)  # fmt: skip


@pytest.mark.parametrize("day", [1, 3, 5])
@pytest.mark.parametrize("current", [5.0, 20.0, 100.0, 400.0, 1000.0, 1600.0])
def test_cells_on_a_later_day_are_spread_as_published(device, day, current, streams):
    target = np.full(N, conductance(current))
    g = device.program(target, (streams / "program").normal((N,)))
    aged = device.age(g, day * DAY, (streams / "drift").normal((N,)))
    mean = current + device.shift(target[:1], day * DAY)[0] / conductance(1.0)
    sigma = conductance(published_spread(mean, day))
    assert aged.std() == pytest.approx(sigma, rel=0.01)
    assert abs(aged.mean() - conductance(mean)) < 5 * sigma / np.sqrt(N) + 0.003 * sigma


def test_drift_between_days_is_interpolated_and_past_the_last_is_held(device):
    g = conductance(np.array([50.0, 700.0]))
    between = device.shift(g, 2.5 * DAY)
    np.testing.assert_allclose(2 * between, device.shift(g, 2 * DAY) + device.shift(g, 3 * DAY))
    np.testing.assert_array_equal(device.shift(g, 400 * DAY), device.shift(g, 5 * DAY))


def test_spread_between_days_is_interpolated_and_past_the_last_is_held(device):
    g = conductance(np.array([50.0, 700.0]))
    height, width = np.mean([SPREAD[2], SPREAD[3]], axis=0)
    expected = height * (1 - np.exp(-np.array([50.0, 700.0]) / width))
    np.testing.assert_allclose(device.deviation(g, 2.5 * DAY), conductance(expected))
    np.testing.assert_array_equal(device.deviation(g, 400 * DAY), device.deviation(g, 5 * DAY))


def test_drift_beyond_the_fit_stays_that_of_its_end(device):
    beyond = device.shift(conductance(np.array([1800.0, 2500.0])), DAY)
    assert beyond[0] == beyond[1]


def test_cells_that_are_off_neither_scatter_nor_read_noisily(device, streams):
    z = streams.normal((100,))
    assert not device.program(np.zeros(100), z).any()
    assert not device.read_noise(np.zeros(100), 1e-6, z).any()


@pytest.mark.parametrize("current", [20.0, 400.0, 1600.0])
def test_read_noise_is_the_published_one(device, current):
    sigma = device.read_noise(np.array([conductance(current)]), 1e-6, np.ones(1))[0]
    expected = 12.58037 * (1 - np.exp(-current / 215.36557))
    assert sigma == pytest.approx(conductance(expected), rel=1e-12)


def test_currents_beyond_the_fit_of_the_drift_are_refused():
    with pytest.raises(SpecError, match="fitted up to 1.8e-06 A"):
        load_device("agrawal_2022", g_max="20 uS")
    assert load_device("agrawal_2022", g_max="28 uS", v_read="60 mV").window[1] == 28e-6


def test_tables_of_unequal_length_are_refused():
    with pytest.raises(SpecError, match="spread_width has 2 entries"):
        load_device("agrawal_2022", spread_width=["1 nA", "2 nA"])
