"""Ferroelectric tunnel junction: growth in closed form, Merz's law, another integrator."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device, with_parameters
from xbarsim.transient import simulate


@pytest.fixture
def law():
    return load_device("chanthbouala_2012")


@pytest.mark.parametrize("avrami", [1.0, 2.0, 3.5])
def test_the_flow_is_that_of_the_equations(law, avrami):
    law = with_parameters(law, {"avrami": avrami})
    v = np.array([-3.0, -2.0, -0.5, 0.0, 0.5, 2.0, 2.5, 3.0])
    start = np.linspace(0.1, 0.8, 8)[None]
    trace = simulate(law, [0.0, 12e-9], np.tile(v, (2, 1)), state=start, tolerance=1e-8)
    np.testing.assert_allclose(law.flow(v, 12e-9, start, 300.0), trace.state[-1], atol=1e-6)


def test_the_flow_grows_as_avrami_has_it(law):
    law = with_parameters(law, {"nuclei": 1e-9})
    tau = 0.1e-9 * np.exp(15 / 2.5)
    t = np.linspace(0.1, 2.0, 20) * tau
    found = law.flow(np.full(20, 2.5), t, np.full((1, 20), 1e-9), 300.0)[0]
    np.testing.assert_allclose(found, 1 - np.exp(-((t / tau) ** 2)), atol=1e-4)


def test_time_follows_merz(law):
    v = np.array([1.5, 2.0, 3.0])
    rates = law.rate(v, np.full((1, 3), 0.3), 300.0)[0]
    np.testing.assert_allclose(np.log(rates[1:] / rates[0]), 15 / 1.5 - 15 / v[1:], rtol=1e-10)


def test_a_sweep_agrees_with_another_integrator(law):
    law = with_parameters(law, {"activation_down": 11.0, "avrami": 1.5, "nuclei": 1e-2})
    t = np.linspace(0.0, 60e-9, 61)
    v = 3.2 * np.sin(2 * np.pi * t / 60e-9)
    trace = simulate(law, t, v)

    def rate(at, s):
        held = np.clip(s, 0.01, 0.99)
        found = law.rate(np.interp(at, t, v), held, 300.0)[0]
        return np.where(((s >= 0.99) & (found > 0)) | ((s <= 0.01) & (found < 0)), 0.0, found)

    exact = solve_ivp(rate, (0, t[-1]), [0.01], method="LSODA", t_eval=t, rtol=1e-9, atol=1e-11,
                      max_step=1e-11).y[0]  # fmt: skip
    assert abs(trace.state[:, 0] - exact).max() < 1e-3
    assert np.ptp(exact) > 0.3


def test_conductance_is_that_of_all_domains_at_the_ends(law):
    g = law.current(np.ones(2), np.array([[0.0, 1.0]]), 300.0)
    np.testing.assert_allclose(g, [0.0217e-6, 6.25e-6])
