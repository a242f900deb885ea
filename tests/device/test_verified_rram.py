"""The Milo sheet against CrossSim's fits of Milo 2021, Figs. 1 and 4."""

import numpy as np
import pytest
from scipy.stats import kstest

from xbarsim import load_device
from xbarsim.crossbar import Wires, solve
from xbarsim.crossbar.laws import ConductanceCell
from xbarsim.errors import SpecError

N = 200_000
LEVELS = [50e-6, 62.5e-6, 76.2e-6, 93.9e-6, 110e-6, 160e-6, 225e-6]


@pytest.fixture
def device():
    return load_device("milo_2021")


@pytest.fixture
def law(device):
    return ConductanceCell(
        quadratic=device.quadratic,
        cubic=device.cubic,
        g_low=device.g_min,
        g_high=device.g_max,
        v_high=device.v_high,
    )


def published_current(u, g):
    """CrossSim RRAM_Milo.py, nonlinear_current, in SI."""
    log_g = np.log10(g)
    n2 = np.polyval([0.0001388, 0.001541, 0.005711, 0.007063], log_g)
    n3 = np.polyval([8.8710e-05, 6.7919e-04, 1.2968e-03], log_g)
    return g * u + n2 * u**2 + n3 * u**3


@pytest.mark.parametrize("level", LEVELS)
def test_programming_spread_is_the_published_one(device, level, streams):
    g = device.program(np.full(N, level), streams.normal((N,)))
    sigma = (4.782321 - 0.009107 * level * 1e6) * 1e-6
    assert abs(g.std() - sigma) < 5 * sigma / np.sqrt(2 * N)
    assert abs(g.mean() - level) < 5 * sigma / np.sqrt(N)
    assert kstest((g - level) / sigma, "norm").pvalue > 1e-4


@pytest.mark.parametrize("level", LEVELS)
def test_read_current_is_the_published_cubic(law, level):
    u = np.linspace(-0.5, 0.5, 41)
    i, _ = law.current(u, np.full(41, level))
    np.testing.assert_allclose(i, published_current(u, level), rtol=1e-12, atol=1e-20)


@pytest.mark.parametrize("level", LEVELS)
def test_read_current_never_falls_and_goes_on_straight_beyond_the_fit(law, level):
    u = np.linspace(-1.5, 1.5, 601)
    i, slope = law.current(u, np.full(601, level))
    assert (np.diff(i) > 0).all()
    assert np.ptp(slope[u < -0.5]) == 0 == np.ptp(slope[u > 0.5])


def test_cells_that_were_never_formed_carry_nothing(law):
    i, slope = law.current(np.array([-0.3, 0.4]), np.zeros(2))
    assert not i.any() and not slope.any()


def test_array_without_wire_resistance_sums_the_published_currents(law, streams):
    g = 50e-6 + 175e-6 * streams.rng().random((6, 4))
    v = streams.rng().random(6) * 0.5
    i = solve(g, v, Wires(), law=law).i_out
    np.testing.assert_allclose(i, published_current(v[:, None], g).sum(axis=0), rtol=1e-9)


def test_a_law_that_falls_is_refused():
    with pytest.raises(SpecError, match="slope of the current falls"):
        ConductanceCell(quadratic=(1e-3,), cubic=(0.0,), g_low=5e-5, g_high=2e-4, v_high=0.5)


def test_conductance_stays_and_reads_without_noise(device, streams):
    g, z = np.full(50, 1e-4), streams.normal((50,))
    assert device.age(g, 1e6, z) is g
    assert not device.read_noise(g, 1e-6, z).any()
