"""The breakdown sheet against the measured arrays of Wang 2023 (ESGNN) and closed forms."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from xbarsim import load_device
from xbarsim.errors import SpecError

N = 200_000


@pytest.fixture
def device():
    return load_device("wang_2023")


def test_statistics_are_those_of_the_measured_chip(device, streams):
    """DEVICES 11: V_BD 3.433 +- .114 V; 12.35 +- 1.86 uS, sigma of ln G .149; .507 whole."""
    z = (streams / "voltage").normal((N,))
    g = device.form(device.voltage_for(1 - 0.507), z, (streams / "conductance").normal((N,)))
    broken = g[g > 0] * 1e6
    assert device.v_mean == pytest.approx(3.433, abs=5e-4)
    assert device.v_spread == pytest.approx(0.114, abs=5e-4)
    assert (g == 0).mean() == pytest.approx(0.507, abs=5 * 0.5 / np.sqrt(N))
    assert broken.mean() == pytest.approx(12.35, abs=5e-3 + 5 * 1.86 / np.sqrt(N / 2))
    assert broken.std() == pytest.approx(1.86, abs=5e-3 + 0.01 + 5 * 1.86 / np.sqrt(N))
    assert np.log(broken).std() == pytest.approx(0.149, abs=5e-4 + 5 * 0.149 / np.sqrt(N))
    assert g.std() * 1e6 == pytest.approx(6.31, rel=0.01)  # hidden weights, zeros included


def test_quantiles_of_broken_cells_are_those_of_the_measured_array(device, streams):
    """ESGNN, Figure_1.xlsx, hidden weight, 1232 broken cells; 5 standard errors of a quantile."""
    measured = {0.05: 9.5386, 0.25: 11.0505, 0.5: 12.1755, 0.75: 13.4817, 0.95: 15.7311}
    g = device.program(np.full(N, device.g_mean), streams.normal((N,))) * 1e6
    for p, value in measured.items():
        density = norm.pdf(norm.ppf(p)) / (0.149 * value)
        error = np.sqrt(p * (1 - p) / 1232) / density
        assert abs(np.quantile(g, p) - value) < 5 * error


def test_conductance_of_broken_cells_is_lognormal(device, streams):
    g = device.program(np.full(N, device.g_mean), streams.normal((N,)))
    x = (np.log(g / device.g_mean) + device.g_spread**2 / 2) / device.g_spread
    assert kstest(x, "norm").pvalue > 1e-4


@pytest.mark.parametrize("v", [3.2, 3.4, 3.433, 3.6])
def test_fraction_broken_follows_the_voltage(device, v, streams):
    expected = norm.cdf((v - device.v_mean) / device.v_spread)
    assert device.fraction_broken(v) == pytest.approx(expected, rel=1e-12)
    fraction = device.broken(v, streams.normal((N,))).mean()
    assert abs(fraction - expected) < 5 * np.sqrt(expected * (1 - expected) / N)


@pytest.mark.parametrize("fraction", [0.01, 0.3, 0.5, 0.9])
def test_voltage_for_a_fraction_breaks_that_fraction(device, fraction):
    assert device.fraction_broken(device.voltage_for(fraction)) == pytest.approx(fraction)


def test_cells_that_broke_stay_broken_at_higher_voltages(device, streams):
    z = streams.normal((1000,))
    assert (device.broken(3.6, z) >= device.broken(3.4, z)).all()


def test_cells_left_whole_insulate(device, streams):
    assert not device.program(np.zeros(100), streams.normal((100,))).any()


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5])
def test_fractions_that_no_voltage_gives_are_refused(device, fraction):
    with pytest.raises(SpecError, match="above 0 and below 1"):
        device.voltage_for(fraction)
