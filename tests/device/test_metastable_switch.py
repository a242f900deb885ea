"""Metastable switches: closed form, published figures, scatter of their number."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device
from xbarsim.transient import simulate

VT = 1.380649e-23 * 298.5 / 1.602176634e-19


@pytest.fixture
def cell():
    return load_device("nugent_2014")


def test_a_step_of_voltage_relaxes_exponentially(cell):
    # DEVICES 7.5: 0.4 V, time constant 1.0064e-4 s; the state after 1 ms
    up, down = cell.jumps(np.array([0.4]), 298.5)
    assert 1 / (up + down)[0] == pytest.approx(1.0064e-4, rel=1e-4)
    for x in (
        simulate(cell, [0.0, 1e-3], [0.4, 0.4], state=[0.0]).state[-1, 0],
        cell.flow(np.array([0.4]), 1e-3, np.zeros((1, 1)), 298.5)[0, 0],
    ):
        assert x == pytest.approx(0.9999516, abs=5e-7)


def test_largest_current_of_a_sine(cell):
    # DEVICES 7.5: 0.5 V, 100 Hz
    t = np.linspace(0.0, 20e-3, 801)
    trace = simulate(cell, t, 0.5 * np.sin(2 * np.pi * 100 * t), state=[0.0])
    assert trace.i.max() == pytest.approx(1.0000e-3, rel=1e-4)


@pytest.mark.parametrize("v", [-0.5, -0.2, 0.0, 0.3])
def test_closed_form_is_what_the_integrator_finds(cell, v):
    t = np.linspace(0.0, 1e-3, 9)
    trace = simulate(cell, t, np.full(9, v), state=[0.6])
    exact = [cell.flow(np.array([v]), s, np.full((1, 1), 0.6), 298.5)[0, 0] for s in t]
    np.testing.assert_allclose(trace.state[:, 0], exact, atol=2e-6)


def test_barriers_so_high_that_hardly_a_switch_jumps():
    """Both rates are below 1e-30 of the attempts; their ratio is that of the voltages."""
    cell = load_device("nugent_2014", v_on="2 V", v_off="2.02 V", x_start=0.5)
    up, down = cell.jumps(np.zeros(1), 298.5)
    assert up / down == pytest.approx(np.exp(0.02 / VT), rel=1e-9)
    end = cell.flow(np.zeros(1), 1.0, np.full((1, 1), 0.5), 298.5)
    assert end[0, 0] == pytest.approx(0.5, rel=1e-12)
    assert simulate(cell, [0.0, 1.0], [0.0, 0.0]).state[-1, 0] == pytest.approx(0.5, rel=1e-12)


def test_another_integrator_finds_the_same(cell):
    cell = load_device("nugent_2014", v_on="0.2 V", v_off="0.1 V", tau="50 us", x_start=0.3)
    corners, volts = [0.0, 1e-3, 3e-3, 4e-3], [0.0, 0.4, -0.5, 0.0]

    def rate(s, x):
        v = np.interp(s, corners, volts)
        on = 1 / (1 + np.exp(-(v - 0.2) / VT))
        off = 1 - 1 / (1 + np.exp(-(v + 0.1) / VT))
        return ((1 - x) * on - x * off) / 50e-6

    t = np.linspace(0.0, 4e-3, 201)
    ode = solve_ivp(rate, (0, 4e-3), [0.3], "LSODA", t, rtol=1e-9, atol=1e-12, max_step=1e-5)
    trace = simulate(cell, t, np.interp(t, corners, volts))
    np.testing.assert_allclose(trace.state[:, 0], ode.y[0], atol=1e-5)


def test_many_cells_scatter_as_binomial_numbers(cell, streams):
    n, v = 50, np.full(20000, -0.02)
    x = np.full((1, 20000), 0.5)
    up, down = cell.jumps(v[:1], 298.5)
    for k in range(20):
        z = (streams / k).normal(20000)
        x = cell.scatter(v, 0.5 / (up + down), x, 298.5, n, z)
    rest = (up / (up + down))[0]
    assert x.mean() == pytest.approx(rest, abs=1e-3)
    assert x.var() == pytest.approx(rest * (1 - rest) / n, rel=0.05)
    assert cell.variance(v[:1], 298.5, n)[0] == pytest.approx(rest * (1 - rest) / n)
