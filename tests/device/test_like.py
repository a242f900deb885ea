"""A device in front of another."""

from dataclasses import dataclass

import numpy as np
import pytest

import xbarsim as xs
from xbarsim.device import Like, StatisticalDevice
from xbarsim.streams import Streams
from xbarsim.tile import Tile


@pytest.mark.parametrize("name", ["wan_2022", "joshi_2020"])
def test_a_device_like_another_is_programmed_ages_and_is_read_as_that_one(name):
    other = xs.load_device(name)
    device = Like(device=other)
    assert isinstance(device, StatisticalDevice)
    assert (device.window, device.ages) == (other.window, other.ages)
    rng = np.random.default_rng(0)
    w, x = rng.standard_normal((5, 7)), rng.random((4, 7))
    found = []
    for each in (other, device):
        tile = Tile(w, xs.Hardware(device=each), Streams(0))
        tile.program()
        tile.age(3600.0)
        found.append(tile(x))
    np.testing.assert_array_equal(*found)


def test_what_a_derived_device_does_itself_it_does_not_ask_for():
    @dataclass(frozen=True, kw_only=True)
    class Still(Like):
        def age(self, g, t, z):
            return g

    other = xs.load_device("wan_2022")
    g, z = np.full(3, 20e-6), np.ones(3)
    np.testing.assert_array_equal(Still(device=other).age(g, 86400.0, z), g)
    assert (other.age(g, 86400.0, z) != g).all()
    np.testing.assert_array_equal(Still(device=other).program(g, z), other.program(g, z))
