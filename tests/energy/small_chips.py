"""A network of two layers on small arrays, whose chip is worked out."""

import numpy as np
import pytest

from xbarsim import Adc, Dac, Hardware, Network, Strategy, load_device, map_network
from xbarsim.mapping import Dense
from xbarsim.technology import node


def close(value, rel=1e-9):
    """`pytest.approx` takes a picojoule for nothing."""
    return pytest.approx(value, rel=rel, abs=0)


def network(strategy=None, **settings):
    rng = np.random.default_rng(0)
    layers = [
        Dense(name="a", weights=rng.standard_normal((12, 20)), bias=np.zeros(12),
              activation="relu"),
        Dense(name="b", weights=rng.standard_normal((5, 12)), bias=np.zeros(5)),
    ]  # fmt: skip
    given = {"rows": 8, "cols": 8, "dac": Dac(), "adc": Adc(), "node": node(65e-9)} | settings
    hardware = Hardware(device=load_device("wan_2022"), **given)
    built = Network(map_network(layers, hardware, strategy=strategy or Strategy()))
    built.program()
    return built
