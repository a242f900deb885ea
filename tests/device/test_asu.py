"""RRAM of ASU: voltages of a ramp, its thermal node, another integrator."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import simulate

NM = 1e-9


@pytest.mark.long
def test_voltages_at_which_a_ramp_switches():
    # DEVICES 5.1: 2 kV/s, 1.942 V and -1.044 V; here the gap has halved, and has doubled
    d = load_device("chen_2015_hfox")
    t = np.linspace(0.0, 1e-3, 501)
    closing = simulate(d, t, 2000.0 * t, state=[1.7e-9, 0.0]).state[:, 0]
    opening = simulate(d, t, -2000.0 * t).state[:, 0]
    assert np.interp(-0.85 * NM, -closing, 2000.0 * t) == pytest.approx(1.942, abs=4e-3)
    assert np.interp(0.2 * NM, opening, -2000.0 * t) == pytest.approx(-1.044, abs=4e-3)


def test_temperature_settles_at_power_times_resistance():
    d = load_device("chen_2015_hfox")
    trace = simulate(d, [0.0, 5e-9], [-0.3, -0.3])
    resistance = d.tau_th / d.c_th
    warm = abs(trace.i[-1] * 0.3) * resistance
    assert trace.state[-1, 1] == pytest.approx(warm, rel=1e-5)
    assert trace.state[0, 1] == 0.0


def test_another_integrator_finds_the_same():
    d = load_device("chen_2015_hfox", tau_th="5 ns", beta=1.1, g_start="0.3 nm")
    corners, volts = [0.0, 40e-9, 100e-9], [0.0, -1.9, 0.0]

    def rate(s, y):
        g, w, v = y[0], y[1], np.interp(s, corners, volts)
        kt = 8.617333262e-5 * (298.0 + w)
        push = (16.5 - 1.1 * g**3) * 0.25 / 5 * v
        i = 61.4e-6 * np.exp(-g / 0.27505) * np.sinh(v / 0.43)
        moved = -150e9 * (np.exp(-(1.501 - push) / kt) - np.exp(-(1.5 + push) / kt))
        return [moved, abs(v * i) / 3.1825e-16 - w / 5e-9]

    t = np.linspace(0.0, 100e-9, 201)
    ode = solve_ivp(rate, (0, t[-1]), [0.3, 0.0], "Radau", t, rtol=1e-9, atol=1e-11, max_step=1e-9)
    trace = simulate(d, t, np.interp(t, corners, volts))
    assert ode.y[0, -1] > 0.5
    np.testing.assert_allclose(trace.state[:, 0] / NM, ode.y[0], atol=5e-5)
    np.testing.assert_allclose(trace.state[:, 1], ode.y[1], atol=1e-3 * ode.y[1].max())


def test_the_smallest_gap_is_below_the_largest():
    with pytest.raises(SpecError, match="must be below g_max"):
        load_device("chen_2015_hfox", g_min="2 nm")
