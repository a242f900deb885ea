"""States at bounds: soft ends, bounds that recede with the voltage, ways back from a bound."""

from dataclasses import dataclass

import numpy as np
import pytest

from xbarsim.transient import simulate


@dataclass(frozen=True)
class Law:
    """A state between 0 and 1 that begins at `start`."""

    states, valid, breakpoints = ("x",), (-np.inf, np.inf), (0.0,)
    ambient, volatile = 300.0, False

    def initial_state(self):
        return (self.start,)

    def bounds(self, v):
        return np.zeros((1, 1)), np.ones((1, 1))

    def current(self, v, state, temperature):
        return v * state[0]


class SoftEnd(Law):
    """Straight up to 0.3, then ever slower towards 1."""

    start = 0.11

    def rate(self, v, state, temperature):
        return 5.0 * v * np.minimum((1.0 - state) / 0.7, 1.0)


class Runaway(Law):
    """Leaves 1 slowly and gains speed."""

    start = 1.0

    def rate(self, v, state, temperature):
        return -1e-3 * v * np.exp(20.0 * (1.0 - state))


class Follower(Law):
    """Goes fast to the size of the voltage, and no further."""

    start = 0.0

    def bounds(self, v):
        return 0.0 * v[None], abs(v)[None]

    def rate(self, v, state, temperature):
        return np.where(state <= abs(v), 1e6, 0.0)


def test_a_long_step_does_not_end_at_a_bound_that_is_never_reached():
    trace = simulate(SoftEnd(), [0.0, 0.4], [1.0, 1.0])
    expected = 1.0 - 0.7 * np.exp(-(0.4 - 0.038) * 5.0 / 0.7)
    assert trace.state[-1, 0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("dt", [1.0, 49.0, 60.0, 1e4])
def test_a_state_that_gains_speed_leaves_its_bound(dt):
    trace = simulate(Runaway(), [0.0, dt], [1.0, 1.0])
    gone = -np.log(max(1.0 - 0.02 * dt, np.exp(-20.0))) / 20.0
    assert trace.state[-1, 0] == pytest.approx(1.0 - min(gone, 1.0), abs=1e-4)


@pytest.mark.parametrize("points", [3, 21])
def test_a_state_follows_a_bound_that_recedes_and_stays_when_it_returns(points):
    t = np.linspace(0.0, 2.0, points)
    v = np.interp(t, [0.0, 1.0, 2.0], [0.0, 1.0, 0.0])
    trace = simulate(Follower(), t, v)
    np.testing.assert_allclose(trace.state[:, 0], np.where(t < 1, v, 1.0), atol=1e-9)
    assert trace.energy[-1] == pytest.approx(1 / 4 + 1 / 3, rel=1e-3)
