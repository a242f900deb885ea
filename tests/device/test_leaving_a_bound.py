"""A state held at a bound leaves it when the rate turns, not a step later."""

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
