"""Nanowire junction: the published update, the balance of both rates, what is refused."""

import numpy as np
import pytest

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import simulate


@pytest.fixture
def law():
    return load_device("milano_2022")


def published_update(g, v, dt):
    """Milano et al. 2022, functions.py, as printed there."""
    kp, kd = 1e-4 * np.exp(10 * abs(v)), 0.5 * np.exp(-abs(v))
    decay = np.exp(-(kp + kd) * dt)
    g = kp / (kp + kd) * (1 - (1 - (1 + kd / kp) * g) * decay)
    return g, 1e-3 * (1 - g) + 0.1 * g


def test_the_flow_is_the_published_update(law, streams):
    g, state = np.zeros(50), np.zeros((1, 50))
    for v in streams.rng().uniform(-1.2, 1.2, (100, 50)):
        g, conductance = published_update(g, v, 0.05)
        state = law.flow(v, 0.05, state, 300.0)
        np.testing.assert_allclose(state[0], g, rtol=1e-12, atol=1e-16)
        np.testing.assert_allclose(law.current(v, state, 300.0), conductance * v, rtol=1e-12)


def test_a_long_pulse_ends_where_both_rates_balance(law):
    v = np.array([0.6, -0.6])
    state = law.flow(v, 1e3, np.zeros((1, 2)), 300.0)
    assert abs(law.rate(v, state, 300.0)).max() < 1e-15
    assert state[0, 0] == state[0, 1]


def test_a_line_of_voltage_agrees_with_short_steps(law):
    t = np.linspace(0.0, 0.5, 20001)
    v = 1.8 * t
    trace = simulate(law, [0.0, 0.5], [0.0, 0.9], tolerance=1e-8)
    state = np.zeros((1, 1))
    for k in range(len(t) - 1):
        state = law.flow(0.5 * (v[k : k + 1] + v[k + 1]), t[k + 1] - t[k], state, 300.0)
    assert trace.state[-1, 0] == pytest.approx(state[0, 0], rel=1e-5)


def test_voltages_whose_exponentials_overflow_are_refused(law):
    with pytest.raises(SpecError, match="Nanowire holds from -10 V to 10 V"):
        simulate(law, [0.0, 1e-6], [0.0, 10.5])
