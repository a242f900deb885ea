"""States reach a bound, are held there and leave it when the rate has them do so."""

from dataclasses import dataclass

import numpy as np
import pytest

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
    """Rate -2 x sqrt(-ln x): from x0 to exp(-(sqrt(-ln x0) + t)^2), slowly to 0 past the bound."""

    def bounds(self, v):
        return np.full((1, 1), 1e-3), np.ones((1, 1))

    def rate(self, v, state, temperature):
        return (-2.0 * state[0] * np.sqrt(-np.log(state[0])))[None]


@pytest.mark.parametrize("t", [0.3, 0.809, 1.5])
def test_a_long_step_ends_at_a_bound_only_if_it_is_reached(t):
    x = simulate(Fading(), [0.0, t], [1.0, 1.0], state=[0.1], tolerance=1e-8).state[-1, 0]
    exact = np.exp(-((np.sqrt(-np.log(0.1)) + t) ** 2))
    assert x == pytest.approx(max(exact, 1e-3), rel=1e-5)
