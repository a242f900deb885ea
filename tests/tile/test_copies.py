"""Tiles are copied and kept in files."""

import copy
import pickle

import numpy as np
import pytest

from xbarsim import Adc, Dac, Hardware, Tile, load_device
from xbarsim.crossbar import Wires
from xbarsim.effects import Effects, Flicker, Stuck


@pytest.fixture
def x(streams):
    return (streams / "x").normal((20, 12))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda tile: pickle.loads(pickle.dumps(tile))])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("wires", [None, Wires(r_word=2.0, r_bit=2.0)])
def test_copy_of_a_tile_goes_on_as_the_tile_does(streams, x, copied, dtype, wires):
    hardware = Hardware(
        device=load_device("joshi_2020"),
        wires=wires,
        dac=Dac(bits=8),
        adc=Adc(bits=8, noise=0.5),
        effects=Effects(stuck=Stuck(low=0.05), flicker=Flicker(amplitude=1e-4)) if wires else None,
    )
    tile = Tile((streams / "weights").normal((7, 12)), hardware, seed=1)
    tile.program()
    x = x.astype(dtype)
    tile(x)
    other = copied(tile)
    assert (other(x) == tile(x)).all()
    tile.age(1e6)
    assert not np.array_equal(tile.g, other.g)
    other.age(1e6)
    assert (other(x) == tile(x)).all()
    assert other.ledger == tile.ledger
