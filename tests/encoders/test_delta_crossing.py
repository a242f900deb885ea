"""Encoders of changes: delta, sigma-delta and threshold crossing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xbarsim.encoders import delta, sigma_delta, sigma_delta_decode, threshold_crossing
from xbarsim.errors import SpecError

series = arrays(
    float, st.tuples(st.integers(1, 20), st.integers(1, 4)), elements=st.floats(-100, 100)
)


@given(series, st.floats(0.01, 50), st.integers(1, 5))
def test_sigma_delta_can_be_undone_within_a_threshold(x, theta, substeps):
    events = sigma_delta(x, theta, substeps=substeps)
    assert events.shape == ((len(x) - 1) * substeps + 1, 2 * x.shape[1])
    back = sigma_delta_decode(events, theta, x[0])
    assert abs(back[::substeps] - x).max() < theta * (1 + 1e-9)


@given(series, st.floats(0.01, 50))
def test_a_channel_is_never_on_and_off_at_once(x, theta):
    on, off = np.split(sigma_delta(x, theta), 2, axis=1)
    assert not (on * off).any()


def test_sigma_delta_of_whole_numbers_gives_their_steps():
    x = np.array([[3, 0], [5, 0], [4, 7], [4, 0]])
    assert sigma_delta(x, 1).tolist() == [[0, 0, 0, 0], [2, 0, 0, 0], [0, 7, 1, 0], [0, 0, 0, 7]]


def test_sigma_delta_adds_slow_changes_up_where_delta_does_not(xp):
    ramp = 0.25 * xp.arange(9.0)[:, None]
    assert sigma_delta(ramp, 1.0)[:, 0].tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 1]
    assert not delta(ramp, 1.0).any()


def test_substeps_spread_the_events_of_a_jump():
    events = sigma_delta([[0.0], [4.0]], 1.0, substeps=4)
    assert events.tolist() == [[0, 0], [1, 0], [1, 0], [1, 0], [1, 0]]


def test_delta_marks_steps_of_the_threshold(xp):
    x = xp.asarray([[0.0, 0.0], [1.0, -0.9], [0.0, -2.0]])
    assert delta(x, 1.0).tolist() == [[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 1, 1]]


def test_delta_marks_changes_beyond_all_numbers():
    assert delta([[1e308], [-1e308]], 1.0).tolist() == [[0, 0], [0, 1]]


@given(series, st.lists(st.floats(-100, 100), min_size=1, max_size=6, unique=True))
def test_crossings_add_up_to_the_levels_between_start_and_end(x, levels):
    levels = sorted(levels)
    spikes = threshold_crossing(x, levels)
    assert spikes.shape == (len(x), 2 * x.shape[1] * len(levels))
    on, off = np.split(spikes.astype(int), 2, axis=1)
    below = (x[:, :, None] >= np.array(levels)).sum(axis=2)
    net = (on - off).reshape(len(x), x.shape[1], -1).sum(axis=(0, 2))
    assert (net == below[-1] - below[0]).all()


def test_each_level_has_a_neuron_for_each_direction(xp):
    x = xp.asarray([[0.0], [1.5], [2.0], [0.5]])
    spikes = threshold_crossing(x, [1.0, 2.0])
    assert spikes.tolist() == [[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]]


@pytest.mark.parametrize("encode", [delta, sigma_delta])
@pytest.mark.parametrize(
    ("x", "theta", "said"),
    [
        (np.zeros((0, 2)), 1.0, "not one step"),
        (np.zeros((2, 0)), 1.0, "not one channel"),
        (np.zeros(3), 1.0, r"x has shape \(3,\); expected \(time, channels\)"),
        ([[0.0], [float("nan")]], 1.0, "x is nan at step 1, channel 0"),
        ([[0.0], [-float("inf")]], 1.0, "x is -inf at step 1"),
        ([["a"]], 1.0, "x holds values of type"),
        ([[0.0], [1.0, 2.0]], 1.0, "x is no array of numbers"),
        ([[0.0]], 0.0, "theta is 0 units of x; it must be above 0"),
        ([[0.0]], float("nan"), "theta is nan"),
        ([[0.0]], "1 V", "theta is '1 V'; it must be a number above 0 units of x"),
    ],
)
def test_nonsense_is_refused(encode, x, theta, said):
    with pytest.raises(SpecError, match=said):
        encode(x, theta)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: sigma_delta([[0.0], [1.0]], 1e-6), "1e[+]06 events in a step"),
        (lambda: sigma_delta([[0.0], [1.0]], 1e-20), "too small for a signal"),
        (lambda: sigma_delta([[1e308], [-1e308]], 1.0, substeps=2), "too small for a signal"),
        (lambda: sigma_delta([[0.0]], 1.0, substeps=0), "substeps is 0"),
        (lambda: sigma_delta_decode([[1.0]], 1.0), "events has 1 channels"),
        (lambda: sigma_delta_decode([[1.0, 0.0]], 1.0, [1.0, 2.0]), r"start has shape \(2,\); exp"),
        (lambda: threshold_crossing([[0.0]], [1.0, 1.0]), "levels must rise"),
        (lambda: threshold_crossing([[0.0]], []), r"levels has shape \(0,\)"),
    ],
)
def test_settings_that_say_nothing_are_refused(call, said):
    with pytest.raises(SpecError, match=said):
        call()
