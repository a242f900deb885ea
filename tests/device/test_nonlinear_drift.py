"""Drift with a power of the voltage: current, closed forms, an independent integration."""

from math import exp, sinh

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import simulate


@pytest.mark.parametrize("w", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("v", [-1.2, 0.0, 0.3, 1.0])
def test_current_is_tunnelling_beside_a_rectifier(w, v):
    # Kvatinsky 2013, equation 9 with figure 6: n 2, beta 0.9 uA, alpha 2, chi 1e-4 uA, gamma 4
    law = load_device("lehtonen_2010")
    expected = w**2 * 0.9e-6 * sinh(2 * v) + 1e-10 * (exp(4 * v) - 1)
    found = law.current(np.array([v]), np.array([[w]]), 300.0)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-25)


@pytest.mark.parametrize("v", [-1.0, -0.6, 0.0, 0.7, 1.0])
def test_flow_is_what_integration_gives(v):
    law = load_device("lehtonen_2010")
    start = np.array([[0.3]])
    for dt in (0.1, 0.5, 3.0):
        found = simulate(law, [0.0, dt], [v, v], tolerance=1e-9).state[-1]
        np.testing.assert_allclose(law.flow(np.array([v]), dt, start, 300.0)[0], found, atol=1e-9)


def test_flow_follows_an_odd_power_and_stops_at_the_ends():
    law = load_device("lehtonen_2010")
    v = np.array([0.5, -0.5, 2.0, -2.0])
    found = law.flow(v, 2.0, np.full((1, 4), 0.3), 300.0)[0]
    np.testing.assert_allclose(found, [0.3 + 2 / 32, 0.3 - 2 / 32, 1.0, 0.0], rtol=1e-14)


def test_simplest_window_gives_a_logistic_curve():
    # p = 1: dw/dt = 4 a w (1 - w)
    law = load_device("lehtonen_2010_joglekar", p=1)
    t = np.linspace(0.0, 2.0, 21)
    found = simulate(law, t, np.ones_like(t), tolerance=1e-9).state[:, 0]
    np.testing.assert_allclose(found, 1 / (1 + (1 / 0.3 - 1) * np.exp(-4 * t)), rtol=1e-7)


@pytest.mark.parametrize("m", [1, 3, 5])
def test_agrees_with_an_independent_integration(m):
    changed = {"m": m, "speed": 2.0, "p": 3, "w_start": 0.7, "n": 1.5}
    law = load_device("lehtonen_2010_joglekar", **changed)
    t = np.array([0.0, 0.2, 0.5, 0.9, 1.0, 1.6])
    v = np.array([0.0, -1.0, -0.8, 1.3, 1.3, -0.2])

    def slope(time, w):
        return 2.0 * np.interp(time, t, v) ** m * (1 - (2 * w - 1) ** 6)

    w, exact = [0.7], [0.7]
    for a, b in zip(t[:-1], t[1:], strict=True):
        w = solve_ivp(slope, (a, b), w, method="LSODA", rtol=1e-9, atol=1e-12).y[:, -1]
        exact.append(w[0])
    np.testing.assert_allclose(simulate(law, t, v).state[:, 0], exact, atol=2e-6)


def test_even_exponents_are_refused():
    with pytest.raises(SpecError, match=r"m is 4\.0; it must be an odd whole number"):
        load_device("lehtonen_2010", m=4)


def test_voltages_beyond_computable_exponentials_are_refused():
    law = load_device("lehtonen_2010")
    with pytest.raises(SpecError, match="holds from -175 V to 175 V"):
        simulate(law, [0.0, 1.0], [0.0, 200.0])
    assert np.isfinite(law.current(np.array([-175.0, 175.0]), np.ones((1, 2)), 300.0)).all()


def test_arrays_of_either_library_are_taken(xp):
    law = load_device("lehtonen_2010_joglekar")
    v, w = xp.linspace(-1, 1, 5), xp.full((1, 5), 0.3)
    assert isinstance(law.rate(v, w, 300.0), xp.ndarray)
    assert isinstance(law.current(v, w, 300.0), xp.ndarray)
