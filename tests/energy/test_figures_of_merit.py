"""Figures that depend on bits and on whether layers work at once."""

import numpy as np
import pytest
from small_chips import close, network

from xbarsim import Dac
from xbarsim.encode import Encoding
from xbarsim.energy import Machine, estimate


def chip(machine=None, **settings):
    x = np.random.default_rng(1).uniform(0, 1, (6, 20))
    return estimate(network(**settings), x).chip(machine or Machine())


@pytest.mark.parametrize(
    ("settings", "machine", "bits"),
    [({"dac": Dac(bits=4)}, {}, 4 * 8), ({"dac": None}, {"word": 6}, 6 * 6),
     ({"dac": Dac(bits=4)}, {"weight_bits": 3}, 4 * 3),
     ({"encoding": Encoding(slices=2, cell_bits=2)}, {}, 8 * 4)],
)  # fmt: skip
def test_one_bit_efficiency_counts_bits_of_inputs_and_of_weights(settings, machine, bits):
    s = chip(Machine(**machine), **settings).summary
    assert s["tops_per_watt_1b"] == close(bits * s["tops_per_watt"])


@pytest.mark.parametrize("pipelined", [True, False])
def test_power_is_energy_over_the_time_of_an_inference(pipelined):
    s = chip(Machine(pipelined=pipelined)).summary
    time = s["interval"] if pipelined else s["latency"]
    assert s["power"] == close(s["energy"] / time)
    assert s["tops"] == close(2e-12 * s["macs"] / time)
    assert s["latency"] > s["interval"]
