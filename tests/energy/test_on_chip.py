"""Links and memory outside, against counts by hand."""

import numpy as np
import pytest
from small_chips import close, network

from xbarsim.energy import Machine, estimate
from xbarsim.mapping.traffic import distances


@pytest.fixture
def reads():
    return estimate(network(), np.random.default_rng(1).uniform(0, 1, (6, 20)))


@pytest.mark.parametrize("word", [8, 12])
def test_inputs_and_outputs_come_from_and_go_outside(reads, word):
    chip = reads.chip(Machine(word=word))
    count = chip.ledger.set_index("component")["count"]
    assert count["off_chip"] == word * (20 + 5)
    assert "off_chip" not in reads.chip(Machine(off_chip=False)).ledger["component"].to_numpy()


@pytest.mark.parametrize("together", [1, 4, 16])
def test_a_bit_meets_a_router_each_width_of_it_and_wire_all_the_way(reads, together):
    """13 arrays, so 13, 4 and 1 routers."""
    chip = reads.chip(Machine(arrays_per_router=together))
    table = distances(reads.placement, *reads.example)
    bits = np.where(table["from"] == table["to"], 16, 8)  # sums within a layer are wider
    way = float((bits * table["values"] * table["hops"]).sum())
    rows = chip.ledger.groupby("component")[["count", "instances"]].sum()
    assert rows["count"]["link"] == close(way)
    assert rows["count"]["router"] == close(way / together**0.5)
    assert rows["instances"]["router"] == -(-13 // together)
