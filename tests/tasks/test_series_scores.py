"""Errors of predictions, and predictions that feed themselves."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.tasks.series import (
    LORENZ_EXPONENT,
    free_run,
    henon_orbit,
    nmse,
    nrmse,
    nrmse_after,
    valid_time,
)


class Henon:
    """Knows the map, and remembers one value."""

    before = 0.0

    def step(self, u):
        y = 1 - 1.4 * u**2 + 0.3 * self.before
        self.before = u
        return y


class Always:
    def __init__(self, *outputs):
        self.outputs = iter(outputs)
        self.seen = []

    def step(self, u):
        self.seen.append(np.array(u))
        return np.atleast_1d(next(self.outputs))


def test_error_is_counted_by_hand():
    truth, said = np.array([0.0, 2.0, 4.0]), np.array([1.0, 2.0, 2.0])
    assert nmse(truth, said) == pytest.approx((1 + 0 + 4) / (4 + 0 + 4))
    assert nrmse(truth, said) == pytest.approx(math.sqrt(5 / 8))


def test_error_of_several_outputs_is_the_mean_of_theirs():
    rng = np.random.default_rng(0)
    y, p = rng.random((50, 3)), rng.random((50, 3))
    want = np.mean([nmse(y[:, k], p[:, k]) for k in range(3)])
    assert nmse(y, p) == pytest.approx(want, rel=1e-14)


series = arrays(float, (12,), elements=st.integers(-50, 50).map(float)).filter(
    lambda a: np.ptp(a) > 0
)


@settings(max_examples=50, deadline=None)
@given(series, series, st.floats(0.1, 100), st.floats(-100, 100))
def test_error_knows_neither_scale_nor_offset(y, p, scale, offset):
    assert nmse(scale * y + offset, scale * p + offset) == pytest.approx(nmse(y, p), rel=1e-8)


@settings(max_examples=50, deadline=None)
@given(series)
def test_truth_has_no_error_and_its_mean_has_an_error_of_one(y):
    assert nmse(y, y) == 0
    assert nmse(y, np.full_like(y, y.mean())) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize(
    ("truth", "said", "match"),
    [
        ([1.0, 1.0], [1.0, 2.0], "output 0 of truth is 1 at every one of 2 steps"),
        ([1.0, 2.0], [1.0, math.nan], "predicted is nan at step 1"),
        ([1.0, math.inf], [1.0, 2.0], "truth is inf at step 1"),
        ([1.0, 2.0], [1.0], "predicted has shape"),
        ([], [], "shape"),
        (np.ones((3, 1)), np.ones(3), "predicted has shape"),
    ],
)
def test_what_has_no_error_is_refused(truth, said, match):
    with pytest.raises(SpecError, match=match):
        nmse(truth, said)


def test_valid_time_counts_steps_before_the_first_that_is_lost():
    truth = np.ones((10, 2)) * [3.0, 4.0]
    said = truth.copy()
    said[4, 0] += 2.01  # rms is 5, and 0.4 of it 2
    said[3, 0] += 1.99
    assert valid_time(truth, said, dt=0.5, exponent=2.0) == 4.0
    assert valid_time(truth, said, dt=0.02) == pytest.approx(4 * 0.02 * LORENZ_EXPONENT)
    assert valid_time(truth, said, dt=0.5, exponent=2.0, rms=4.9) == 3.0
    assert valid_time(truth, said, dt=0.5, exponent=2.0, threshold=0.5) == 10.0


def test_valid_time_of_a_wrong_beginning_is_zero():
    assert valid_time(np.ones((5, 1)), -np.ones((5, 1)), dt=0.1) == 0


@pytest.mark.parametrize("name", ["dt", "exponent", "threshold", "rms"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan])
def test_valid_time_refuses_settings_that_are_not_above_zero(name, value):
    with pytest.raises(SpecError, match=f"{name} is"):
        valid_time(np.ones((5, 1)), np.ones((5, 1)), **({"dt": 0.1} | {name: value}))


def test_a_free_run_of_the_map_itself_stays_on_the_orbit():
    x = henon_orbit(0.1, 0.2, np.zeros(60))[:, None]
    said = free_run(Henon(), x[:30], 20)
    np.testing.assert_allclose(said, x[30:50], rtol=1e-6)


def test_a_free_run_is_fed_with_its_own_outputs_after_the_truth():
    stepper = Always(1.0, 2.0, 3.0, 4.0)
    said = free_run(stepper, np.array([[7.0], [8.0]]), 3)
    assert said.tolist() == [[2.0], [3.0], [4.0]]
    assert np.ravel(stepper.seen).tolist() == [7.0, 8.0, 2.0, 3.0]


def test_a_free_run_that_diverges_says_when():
    with pytest.raises(ConvergenceError, match="free run diverges: outputs are .*inf.* at step 2"):
        free_run(Always(1.0, 2.0, math.inf), np.ones((1, 1)), 3)


def test_a_free_run_needs_as_many_outputs_as_inputs():
    with pytest.raises(SpecError, match=r"shape \(1,\); fed back they must be 2"):
        free_run(Always(1.0, 2.0), np.ones((1, 2)), 3)
    with pytest.raises(SpecError, match="warm_up is nan at step 0"):
        free_run(Always(1.0), np.full((1, 1), np.nan), 3)


def test_error_after_a_horizon_is_counted_by_hand():
    """Outputs twice their input: after three steps eight times the last of the warm-up."""

    class Twice:
        def step(self, u):
            return 2 * u

    x = np.random.default_rng(0).random((40, 1))
    ends = [(x[10 * k + 9] - 8 * x[10 * k + 6]).item() for k in range(4)]
    want = math.sqrt(np.mean(np.square(ends)) / x.var())
    assert nrmse_after(Twice(), x, horizon=3, warm_up=7, runs=4) == pytest.approx(want, rel=1e-12)


def test_error_after_a_horizon_needs_a_series_that_is_long_enough():
    with pytest.raises(SpecError, match=r"x has shape \(40, 1\); 5 runs of 7 steps.*\(50, 1\)"):
        nrmse_after(Henon(), np.random.default_rng(0).random((40, 1)), horizon=3, warm_up=7, runs=5)
    with pytest.raises(SpecError, match="varying series"):
        nrmse_after(Henon(), np.ones((40, 1)), horizon=3, warm_up=7, runs=4)
