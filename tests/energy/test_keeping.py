"""What programming a chip and keeping its weights costs, of all its copies together."""

import numpy as np
import pytest
from small_chips import close, network

from xbarsim import Strategy
from xbarsim.energy import estimate
from xbarsim.energy.pulses import PRESETS
from xbarsim.energy.refresh import refresh_interval
from xbarsim.energy.writing import write_cost

HOW = PRESETS["neurram"]


@pytest.fixture
def chip():
    x = np.random.default_rng(1).uniform(0, 1, (6, 20))
    return estimate(network(Strategy(copies={"a": 3})), x).chip()


def test_every_copy_is_written(chip):
    a, b = (write_cost(done.tile, HOW).energy for done in chip.reads.done.values())
    assert chip.keeping(how=HOW).write.energy == close(3 * a + b)


def test_the_matrix_that_changes_soonest_calls_for_a_refresh(chip):
    found = [refresh_interval(done.tile, 0.01).interval for done in chip.reads.done.values()]
    assert found[0] != found[1]
    assert chip.keeping(0.01, HOW).refresh.interval == min(found)


def test_a_chip_that_rests_shares_its_upkeep_among_fewer_inferences(chip):
    full = chip.keeping(how=HOW).upkeep.energy
    assert chip.keeping(how=HOW, rate=chip.summary["throughput"]).upkeep.energy == close(full)
    assert chip.keeping(how=HOW, rate=chip.summary["throughput"] / 2).upkeep.energy > full
