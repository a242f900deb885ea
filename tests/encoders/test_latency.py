import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbarsim.encoders import Latency, first_spike_times, latency
from xbarsim.errors import SpecError


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=20),
    st.sampled_from(["linear", "log"]),
    st.integers(1, 40),
)
def test_larger_values_spike_no_later_and_once_at_most(values, law, steps):
    values = np.array(values)
    spikes = latency(values, Latency(steps=steps, law=law))
    assert spikes.shape == (steps, len(values)) and spikes.sum(axis=0).max() <= 1
    times = np.where(spikes.any(axis=0), spikes.argmax(axis=0), steps)
    assert (np.diff(times[np.argsort(values)]) <= 0).all()


def test_linear_times_run_from_the_first_to_the_last_step():
    times = first_spike_times([1.0, 0.5, 0.25, 0.0], Latency(steps=5, threshold=0))
    assert times.tolist() == [0, 2, 3, np.inf]


def test_log_times_are_those_of_a_leaky_integrator():
    spec = Latency(steps=100, law="log", threshold=0.2, tau=10)
    x = np.array([0.25, 0.6, 1.0])
    reached = x * (1 - np.exp(-first_spike_times(x, spec) / spec.tau))
    assert reached == pytest.approx(0.2, rel=1e-12)


def test_values_at_the_threshold_and_too_late_ones_never_spike():
    spec = Latency(steps=3, law="log", threshold=0.2, tau=10)
    assert np.isinf(first_spike_times([0.2, 0.1, 0.21], spec)).all()
    assert not latency([0.2, 0.1, 0.21], spec).any()


def test_arrays_stay_in_their_library(xp):
    spikes = latency(xp.asarray([0.0, 1.0]), Latency(steps=2))
    assert isinstance(spikes, xp.ndarray) and spikes.tolist() == [[0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"steps": 0}, "latency.steps is 0"),
        ({"steps": 5, "law": "exp"}, "latency.law is 'exp'; known: linear, log"),
        ({"steps": 5, "law": "log", "threshold": 0.0}, "it must be above 0 and below 1"),
        ({"steps": 5, "threshold": 1.0}, "it must be at least 0 and below 1"),
        ({"steps": 5, "tau": float("inf")}, "latency.tau is inf steps"),
    ],
)
def test_settings_out_of_range_are_named(settings, said):
    with pytest.raises(SpecError, match=said):
        Latency(**settings)


@pytest.mark.parametrize(
    ("values", "said"),
    [([0.5, 1.1], "outside"), ([float("nan")], "outside"), ([[0.5]], "expected"), ([], "expected")],
)
def test_values_without_a_time_are_refused(values, said):
    with pytest.raises(SpecError, match=said):
        latency(values, Latency(steps=5))
