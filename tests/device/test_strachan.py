"""TaOx memristor: its equations against another integrator, its slow and fast sides."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device
from xbarsim.transient import simulate


def current(x, v):
    return v * (0.025 * x + 7.2e-6 * np.exp(4.7 * np.sqrt(abs(v))) * (1 - x))


def rate(x, v):
    """The ports' equation in their own units."""
    p = current(x, v) * v
    if v < 0:
        return 1e-10 * np.sinh(v / 0.013) * np.exp(-((0.4 / x) ** 2)) * np.exp(1 / (1 + 500 * p))
    return 1e-4 * np.sinh(v / 0.45) * np.exp(-((x / 0.06) ** 2)) * np.exp(p / 4e-5)


@pytest.mark.parametrize("amplitude", [0.42, 0.45])
def test_another_integrator_finds_the_same(amplitude):
    corners, volts = [0.0, 0.5, 1.5, 2.0], [0.0, amplitude, -0.9 * amplitude, 0.0]
    t = np.linspace(0.0, 2.0, 401)
    v = np.interp(t, corners, volts)
    ode = solve_ivp(
        lambda s, x: [rate(x[0], np.interp(s, corners, volts))],
        (0.0, 2.0), [0.1], method="LSODA", t_eval=t, rtol=1e-9, atol=1e-12, max_step=1e-3,
    )  # fmt: skip
    trace = simulate(load_device("strachan_2013"), t, v)
    assert np.ptp(ode.y[0]) > 0.02
    np.testing.assert_allclose(trace.state[:, 0], ode.y[0], atol=2e-5)
    i = current(ode.y[0], v)
    np.testing.assert_allclose(trace.i, i, atol=1e-4 * np.ptp(i))


def test_rate_where_both_exponents_are_known():
    d = load_device("strachan_2013")
    for x, v in ((0.2, 0.3), (0.35, -0.4), (0.05, 0.1)):
        found = d.rate(np.array([v]), np.array([[x]]), 300.0)[0, 0]
        assert found == pytest.approx(rate(x, v), rel=1e-12)
