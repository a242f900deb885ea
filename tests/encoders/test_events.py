import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbarsim.encoders import Binning, Events, bin_events
from xbarsim.errors import SpecError


def drawn(rng, n, width=34, height=20, end=0.3):
    return Events(
        x=rng.integers(width, size=n),
        y=rng.integers(height, size=n),
        p=rng.integers(2, size=n),
        t=np.sort(rng.integers(int(end * 1e6), size=n)) * 1e-6,
        width=width,
        height=height,
    )


@given(st.integers(0, 200), st.integers(1, 40), st.sampled_from([None, 0.3, 1.0]))
def test_no_event_is_lost_or_counted_twice(n, bins, span):
    events = drawn(np.random.default_rng(n), n)
    settings = {"bins": bins, "span": span, "clip": False}
    both = bin_events(events, Binning(**settings))
    assert both.shape == (bins, 2 * 34 * 20) and both.sum() == n
    on, off = (bin_events(events, Binning(**settings, polarity=p)) for p in ("on", "off"))
    assert (both == np.hstack([on, off])).all()
    assert (bin_events(events, Binning(**settings, polarity="merged")) == on + off).all()
    assert (bin_events(events, Binning(bins=bins, span=span)) == (both > 0)).all()


def test_bins_agree_with_a_histogram(streams):
    events = drawn(streams.rng(), 5000)
    found = bin_events(events, Binning(bins=7, span=0.3, polarity="merged", clip=False))
    edges = [np.linspace(0, 0.3, 8), np.arange(21), np.arange(35)]
    expected, _ = np.histogramdd(np.stack([events.t, events.y, events.x], 1), bins=edges)
    assert (found == expected.reshape(7, -1)).all()


def test_an_event_on_an_edge_belongs_behind_it():
    ticks = np.arange(0, 300_000, 6000)
    none = np.zeros(len(ticks), int)
    events = Events(x=none, y=none, p=none, t=ticks * 1e-6, width=1, height=1)
    found = bin_events(events, Binning(bins=50, span=0.3, polarity="off", clip=False))
    assert (found == 1).all()


def test_the_crop_is_the_middle_and_blocks_add_up():
    x, y = (k.ravel() for k in np.meshgrid(np.arange(34), np.arange(34)))
    events = Events(x=x, y=y, p=(x == 9) & (y == 24), t=x * 0.0, width=34, height=34)
    crop = bin_events(events, Binning(bins=1, crop=16, polarity="on"))
    assert crop.shape == (1, 256) and np.flatnonzero(crop[0]).tolist() == [15 * 16]
    blocks = bin_events(events, Binning(bins=1, downsample=5, polarity="merged", clip=False))
    assert blocks.shape == (1, 36) and (blocks == 25).all()


def test_without_a_span_the_last_event_is_in_the_last_bin_and_with_one_late_events_are_left_out():
    one = np.ones(3, int)
    events = Events(x=one, y=one, p=one, t=np.array([0.0, 0.5, 2.0]), width=2, height=2)
    assert bin_events(events, Binning(bins=4))[:, 3].tolist() == [1, 1, 0, 1]
    assert bin_events(events, Binning(bins=4, span=1.0))[:, 3].tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"x": [0, 4]}, "events.x is 4; it must lie from 0 to 3"),
        ({"y": [0, -1]}, "events.y is -1; it must lie from 0 to 3"),
        ({"p": [0, 2]}, "events.p is 2; it must lie from 0 to 1"),
        ({"t": [0.0, float("nan")]}, "not finite"),
        ({"t": [0.0]}, "events have shapes"),
        ({"x": [0.0, 1.5]}, "events.x holds float64; expected whole numbers"),
    ],
)
def test_events_that_cannot_be_are_refused(changes, said):
    with pytest.raises(SpecError, match=said):
        Events(
            **{"x": [0, 1], "y": [0, 1], "p": [0, 1], "t": [0.0, 1.0], **changes}, width=4, height=4
        )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"bins": 0}, "binning.bins is 0"),
        ({"bins": 5, "span": 0.0}, "binning.span is 0 s"),
        ({"bins": 5, "crop": 0}, "binning.crop is 0"),
        ({"bins": 5, "crop": 21}, "binning.crop is 21; the sensor has"),
        ({"bins": 5, "downsample": 21}, "binning.downsample is 21"),
        ({"bins": 1_000_000}, "with 1360 channels more than"),
        ({"bins": 5, "polarity": "up"}, "binning.polarity is 'up'; known: both, merged, off, on"),
    ],
)
def test_settings_out_of_range_are_named(settings, said):
    with pytest.raises(SpecError, match=said):
        bin_events(drawn(np.random.default_rng(0), 3), Binning(**settings))
