"""Masks: levels and their shares, sequences that are maximal, sections, what is refused."""

import numpy as np
import pytest

from xbarsim.errors import SpecError
from xbarsim.reservoirs.masks import (
    checked_mask,
    maximal_sequence,
    random_mask,
    section_mask,
    sequence_mask,
)


def test_levels_have_the_same_chance(streams):
    levels = (-1.0, 0.0, 0.25, 1.0)
    mask = random_mask(30, 20, 50, streams.rng(), levels)
    values, counts = np.unique(mask, return_counts=True)
    assert tuple(values) == levels
    assert abs(counts / mask.size - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / mask.size)


def test_a_mask_follows_from_its_stream(streams):
    one, same = (random_mask(3, 4, 5, streams.rng()) for _ in range(2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, random_mask(3, 4, 5, (streams / "other").rng()))


@pytest.mark.parametrize("order", range(2, 17))
def test_a_sequence_is_orthogonal_to_its_shifts_but_for_one(order):
    """The two values of its autocorrelation are what makes a sequence maximal."""
    s = maximal_sequence(order)
    assert len(s) == 2**order - 1
    assert set(s) == {-1.0, 1.0}
    correlation = np.fft.ifft(abs(np.fft.fft(s)) ** 2).real
    assert correlation[0] == pytest.approx(len(s))
    np.testing.assert_allclose(correlation[1:], -1.0, atol=1e-6)


@pytest.mark.parametrize(("devices", "nodes", "channels"), [(1, 1, 1), (3, 7, 1), (4, 5, 13)])
def test_devices_and_channels_have_pieces_of_their_own(devices, nodes, channels):
    mask = sequence_mask(devices, 7 * nodes, channels)
    assert mask.shape == (devices, 7 * nodes, channels)
    pieces = np.moveaxis(mask, 1, 2).reshape(devices * channels, -1)
    assert len(np.unique(pieces, axis=0)) == devices * channels


def test_sections_take_every_channel_once_and_in_order():
    mask = section_mask(20, 4)
    streams = mask @ np.arange(20)
    assert np.array_equal(streams, np.arange(20).reshape(5, 4))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: section_mask(21, 4), "21 channels cannot be cut into streams of 4"),
        (lambda: random_mask(0, 4, 1, None), "devices is 0"),
        (lambda: random_mask(2, 2.5, 1, None), "nodes is 2.5"),
        (lambda: random_mask(2, 2, 1, None, (1.0, 1.0)), "at least two different numbers"),
        (lambda: random_mask(2, 2, 1, None, (0.0, np.nan)), "at least two different numbers"),
        (lambda: random_mask(2, 2, 1, None, 1.0), "levels are 1.0; expected at least two"),
        (lambda: maximal_sequence(17), "order is 17"),
        (lambda: sequence_mask(1000, 4, 1000), "take a sequence of 1000000 places"),
        (lambda: checked_mask(np.ones((2, 3)), 3), r"mask has shape \(2, 3\)"),
        (lambda: checked_mask(np.ones((2, 3, 4)), 3), "mask is for 4 channels; series have 3"),
        (lambda: checked_mask(np.full((2, 3, 4), np.inf), 4), "values that are not finite"),
        (lambda: checked_mask([["a"]], 1), "mask"),
    ],
)
def test_what_makes_no_mask_is_refused(make, said):
    with pytest.raises(SpecError, match=said):
        make()
