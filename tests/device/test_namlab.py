"""NaMLab cell: two periods of its sine, its implicit current, another integrator."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from xbarsim.device import load_device
from xbarsim.transient import simulate


def conductance(x, u):
    sign, root = np.sign(u), np.sqrt(abs(u))
    first = 4.7447e-8 * x * np.exp(2.6831 * sign * root / np.sqrt(x))
    return first + 1.1253e-8 * x * np.exp(-9.3348 * sign * root)


def core(x, v):
    """Voltage of the core, found by bisection."""
    if v == 0:
        return 0.0
    return brentq(
        lambda u: u + 278.0 * u * (conductance(x, u) + 1 / 8e6) - v,
        min(v, 0),
        max(v, 0),
        xtol=1e-15,
    )


@pytest.mark.parametrize("v", [-4.9, -3.0, -0.4, -1e-3, 1e-3, 0.7, 3.0, 4.9])
def test_current_solves_the_circuit(v):
    d = load_device("schroedter_2022")
    x = np.array([0.08, 0.1, 0.2, 0.3])
    expected = [(v - core(s, v)) / 278.0 for s in x]
    found = d.current(np.full(4, v), x[None], 300.0)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.long
def test_two_periods_of_the_published_sine():
    # DEVICES 7.3: x from 0.1 to 0.28514 and back to 0.0997; 0.653 mA and -2.869 mA in the core
    t = np.linspace(0.0, 100.0, 801)
    d = load_device("schroedter_2022")
    trace = simulate(d, t, 3.0 * np.sin(2 * np.pi * 0.02 * t))
    x = trace.state[:, 0]
    assert x.max() == pytest.approx(0.28514, abs=2e-5)
    assert x[-1] == pytest.approx(0.0997, abs=5e-5)
    assert trace.i.max() == pytest.approx(0.653e-3, abs=1e-6)
    assert trace.i.min() == pytest.approx(-2.869e-3, abs=1.5e-6)


def test_another_integrator_finds_the_same():
    d = load_device("schroedter_2022", x_start=0.2)
    corners, volts = [0.0, 10.0, 25.0, 30.0], [0.0, 2.8, -2.5, 0.0]

    def rate(s, x):
        u = core(x[0], np.interp(s, corners, volts))
        drive = x[0] * u * conductance(x[0], u)
        up = np.exp(57414 * drive - np.exp((x[0] - 0.284) * 1000))
        down = np.exp(-11103 * drive - np.exp(-(x[0] - 0.1) * 1000))
        return [2.9457e-4 * (up - down)]

    t = np.linspace(0.0, 30.0, 151)
    ode = solve_ivp(rate, (0, 30.0), [0.2], "LSODA", t, rtol=1e-8, atol=1e-10, max_step=0.2)
    trace = simulate(d, t, np.interp(t, corners, volts))
    assert np.ptp(ode.y[0]) > 0.02
    np.testing.assert_allclose(trace.state[:, 0], ode.y[0], atol=2e-5)
