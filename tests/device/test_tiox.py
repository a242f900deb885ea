"""TiOx: the published step, its continuation in time, what is refused."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import simulate


@pytest.fixture
def law():
    return load_device("zhong_2021")


def published_step(v, g):
    """Zhong et al. 2021, DynamicMemristor.m: current in uA and the next state."""
    pull = 0.23 * abs(v) / (0.23 * abs(v) + 1)
    g = 0.99 * g + 0.01 * 0.5 + pull * ((v > 0) - g)
    return g * (9.13 * np.maximum(v, 0) ** 3 + 0.32 * np.minimum(v, 0) ** 3), g


def test_the_flow_over_a_step_is_the_published_one(law, streams):
    g, state = np.full(50, 0.5), np.full((1, 50), 0.5)
    for v in streams.rng().uniform(-3, 3, (200, 50)):
        i, g = published_step(v, g)
        state = law.flow(v, law.step, state, 300.0)
        np.testing.assert_allclose(state[0], g, rtol=1e-13)
        np.testing.assert_allclose(law.current(v, state, 300.0), 1e-6 * i, rtol=1e-13)


def test_the_state_fades_within_the_measured_time(law):
    left = law.flow(np.zeros(1), 400e-6, np.array([[0.9]]), 300.0)
    assert left[0, 0] - 0.5 == pytest.approx(0.4 / np.e, rel=1e-3)


@pytest.mark.parametrize("v", [-2.0, -0.3, 0.0, 0.7, 3.0])
def test_the_flow_solves_the_rate(law, v):
    dt = 50e-6
    exact = solve_ivp(
        lambda _, s: law.rate(np.full(1, v), s[:, None], 300.0)[0], (0, dt), [0.2],
        method="Radau", rtol=1e-11, atol=1e-13,
    )  # fmt: skip
    found = law.flow(np.full(1, v), dt, np.array([[0.2]]), 300.0)
    assert found[0, 0] == pytest.approx(exact.y[0, -1], rel=1e-8)


def test_steps_that_overshoot_are_refused():
    with pytest.raises(SpecError, match="it must be below r, 0.3"):
        load_device("zhong_2021", r=0.3)


def test_voltages_beyond_the_fit_are_refused(law):
    with pytest.raises(SpecError, match="Tiox holds from -3 V to 3 V"):
        simulate(law, [0.0, 1e-6], [0.0, 3.1])
