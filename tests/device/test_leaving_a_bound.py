"""States reach a bound, are held there and leave it when the rate has them do so."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.transient import simulate

K = 8.0


@dataclass(frozen=True)
class Pushed:
    """Rate v + K (x - 1): away from 1, whatever way it went."""

    ambient = 300.0
    states = ("x",)
    valid = (-10.0, 10.0)
    volatile = False
    breakpoints = (0.0,)

    def initial_state(self):
        return (1.0,)

    def bounds(self, v):
        return np.zeros((1, 1)), np.ones((1, 1))

    def current(self, v, state, temperature):
        return v * state[0]

    def rate(self, v, state, temperature):
        return (v - 1.0 + K * (state[0] - 1.0))[None]


@pytest.mark.parametrize("tolerance", [1e-5, 1e-7])
def test_the_state_leaves_when_the_rate_turns(tolerance):
    """v falls through 1, where the rate turns and no kink is announced, at t = 1."""
    t = np.array([0.0, 1.5])
    x = simulate(Pushed(), t, 2.0 - t, tolerance=tolerance).state[-1, 0]
    since = K * 0.5
    assert 1 - x == pytest.approx((np.exp(since) - 1 - since) / K**2, rel=300 * tolerance)


@dataclass(frozen=True)
class Fading(Pushed):
    """Rate -K (x - 0.1) sqrt(x - 0.09): towards 0.1, above a bound at 0.1 - 1e-4."""

    def bounds(self, v):
        return np.full((1, 1), 0.0999), np.ones((1, 1))

    def rate(self, v, state, temperature):
        return (-K * (state[0] - 0.1) * np.sqrt(np.maximum(state[0] - 0.09, 0.0)))[None]


def test_a_long_step_does_not_end_at_a_bound_that_is_never_reached():
    x = simulate(Fading(), [0.0, 0.9], [1.0, 1.0], tolerance=1e-8).state[-1, 0]
    exact = solve_ivp(lambda t, x: Fading().rate(1.0, x[None], 300.0)[0], (0, 0.9), [1.0],
                      rtol=1e-10, atol=1e-12).y[0, -1]  # fmt: skip
    assert x == pytest.approx(exact, rel=1e-6)
