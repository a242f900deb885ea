"""Crosstalk of heat against the dense matrix, and in time."""

import numpy as np
import pytest
from scipy.integrate import simpson

from xbarsim import load_device
from xbarsim.backend import to_numpy
from xbarsim.effects.thermal import crosstalk_kernel, temperature_rise, warmed
from xbarsim.errors import SpecError


def dense(rows, cols, r_thermal, coupling, reach):
    """Thermal resistance between all pairs of cells, written down from the distances."""
    y, x = (a.ravel() for a in np.mgrid[:rows, :cols])
    dy, dx = (abs(a[:, None] - a) for a in (y, x))
    alpha = coupling ** np.hypot(dy, dx)
    return np.where((dy <= reach) & (dx <= reach), alpha, 0.0) * r_thermal


@pytest.mark.parametrize(("rows", "cols", "reach"), [(5, 7, 2), (3, 4, 6), (1, 9, 1), (6, 6, 0)])
def test_rise_is_the_product_with_the_dense_matrix(rows, cols, reach, streams, xp):
    power = streams.rng().random((rows, cols)) * 1e-5
    kernel = crosstalk_kernel(2e6, 0.1, reach)
    rise = to_numpy(temperature_rise(xp.asarray(power), kernel))
    expected = dense(rows, cols, 2e6, 0.1, reach) @ power.ravel()
    np.testing.assert_allclose(rise.ravel(), expected, rtol=1e-12)


def test_without_coupling_cells_heat_only_themselves_bit_for_bit(streams):
    power = streams.rng().random((8, 9)) * 1e-5
    rise = temperature_rise(power, crosstalk_kernel(2e6, 0.0, 3))
    np.testing.assert_array_equal(rise, 2e6 * power)


def test_cells_without_power_stay_at_the_temperature_of_the_surroundings():
    rise = temperature_rise(np.zeros((4, 4)), crosstalk_kernel(2e6, 0.3, 2))
    assert not rise.any()


def test_an_aggressor_warms_its_next_neighbour_by_alpha(streams):
    power = np.zeros((5, 5))
    power[2, 2] = 1e-5
    rise = temperature_rise(power, crosstalk_kernel(2e6, 0.1, 2))
    assert rise[2, 2] == pytest.approx(20.0)
    assert rise[2, 3] == rise[1, 2] == pytest.approx(2.0)
    assert rise[1, 1] == pytest.approx(20.0 * 0.1 ** np.sqrt(2))


def test_matrix_is_reciprocal(streams):
    kernel = crosstalk_kernel(2e6, 0.2, 3)
    one, other = np.zeros((6, 6)), np.zeros((6, 6))
    one[1, 2], other[3, 4] = 1.0, 1.0
    assert temperature_rise(one, kernel)[3, 4] == temperature_rise(other, kernel)[1, 2]


def test_batches_of_arrays_do_not_heat_each_other(streams):
    power = streams.rng().random((3, 4, 5))
    kernel = crosstalk_kernel(1.0, 0.2, 2)
    rise = temperature_rise(power, kernel)
    for k in range(3):
        np.testing.assert_array_equal(rise[k], temperature_rise(power[k], kernel))


def test_warming_is_exponential_and_independent_of_the_steps():
    start, steady = np.array([0.0, 50.0]), np.array([100.0, 20.0])
    once = warmed(start, steady, 3e-9, 2e-9)
    np.testing.assert_allclose(once, steady + (start - steady) * np.exp(-1.5), rtol=1e-12)
    twice = warmed(warmed(start, steady, 1e-9, 2e-9), steady, 2e-9, 2e-9)
    np.testing.assert_allclose(once, twice, rtol=1e-12)
    np.testing.assert_array_equal(warmed(start, steady, 0.0, 2e-9), start)


def test_kernels_and_times_that_cannot_be_are_refused():
    with pytest.raises(SpecError, match="coupling below 1"):
        crosstalk_kernel(1e6, 1.0, 2)
    with pytest.raises(SpecError, match="two odd sides"):
        temperature_rise(np.zeros((3, 3)), np.ones((2, 2)))
    with pytest.raises(SpecError, match="tau above 0"):
        warmed(np.zeros(1), np.zeros(1), 1.0, 0.0)


@pytest.mark.parametrize(("coupling", "faster"), [(0.1, 17.223e-3 / 643.57e-6), (0.0, 1.0)])
def test_an_aggressor_speeds_its_neighbour_up_as_warm_surroundings_do(coupling, faster):
    """DEVICES 6: SET at -0.6 V takes 17.223 ms at 293 K and 643.57 us at 333 K."""
    law = load_device("cuppers_2019")
    power = np.zeros((3, 3))
    power[1, 1] = 400.0 / law.thermal_resistance
    rise = temperature_rise(power, crosstalk_kernel(law.thermal_resistance, coupling, 1))
    x = np.linspace(np.log(0.008), 0.0, 1501)
    times = [
        simpson(1.0 / law.rate(np.full(1501, -0.6), x[None], kelvin)[0], x=x)
        for kelvin in (293.0, 293.0 + rise[1, 2])
    ]
    if coupling == 0:
        assert times[0] == times[1]
    assert times[0] / times[1] == pytest.approx(faster, rel=2e-4)
