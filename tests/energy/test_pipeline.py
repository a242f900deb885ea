"""Times of stages follow from the machine's components."""

import numpy as np
import pytest
from small_chips import close, network

from xbarsim.crossbar import Wires
from xbarsim.energy import Machine, estimate
from xbarsim.energy.component import Fixed
from xbarsim.energy.on_chip import pitch_of
from xbarsim.energy.parts import component
from xbarsim.energy.pipeline import settled, times_of
from xbarsim.energy.settling import settle_time

SLOW = Wires(r_word=2000.0, r_bit=2000.0)


def timed(machine=None, **settings):
    """Hardware, times and report."""
    built = network(**settings)
    reads = estimate(built, np.random.default_rng(1).uniform(0, 1, (6, 20)))
    chip, told = reads.chip(machine or Machine()), []
    times = times_of(reads, chip.machine, chip.ledger, told)
    return built.placement.hardware, times, chip


def test_digital_parts_take_a_period_of_the_clock_at_least():
    _, fast, _ = timed(Machine(clock=1e11))
    _, slow, _ = timed(Machine(clock=1e8))
    for name in ("accumulate", "buffer_read", "buffer_write", "activation"):
        assert getattr(slow, name) == close(1e-8)
        assert 0 < getattr(fast, name) < 1e-8


def test_samples_take_their_time_where_something_converts_them():
    hardware, times, chip = timed()
    one = component("sample_hold").cost(hardware.node, bits=8.0)
    assert times.hold == close(one.time)
    assert (chip.stages["hold"] == times.hold).all()
    assert timed(adc=None)[1].hold == 0


def test_reads_last_until_outputs_have_settled():
    hardware, times, chip = timed(wires=SLOW, t_read=1e-10)
    assert times.settle == close(settle_time(hardware))
    np.testing.assert_allclose(chip.stages["read"], settle_time(hardware))
    assert any("count the longer of the two" in told for told in chip.warnings)
    longer = settle_time(hardware) / 1e-10
    cells = chip.ledger[chip.ledger["component"] == "cells"]["energy"].sum()
    assert cells == close(longer * chip.reads.totals()["cells"])
    long = timed(wires=SLOW, t_read=1e-6)[2]
    assert (long.stages["read"] == 1e-6).all()
    assert not any("to settle" in told for told in long.warnings)


def test_outputs_that_are_sampled_before_they_settle_take_no_longer():
    _, times, chip = timed(wires=SLOW, t_read=1e-10, settling=True)
    assert times.settle == 0
    assert not any("to settle" in told for told in chip.warnings)


def test_conversions_go_on_during_the_next_read_where_told():
    apart, over = (timed(Machine(overlap=o))[1].overlapped for o in (False, True))
    assert (apart, over) == (False, True)


@pytest.mark.parametrize(("word", "access", "values"), [(8, 64, 8), (12, 64, 5), (64, 32, 1)])
def test_accesses_hold_whole_values(word, access, values):
    assert timed(Machine(word=word, access=access))[1].values_per_word == values


@pytest.mark.parametrize("together", [1, 16])
def test_a_hop_is_a_share_of_a_router_and_a_pitch_of_wire(together):
    machine = Machine(arrays_per_router=together, components={"router": Fixed(time=8e-9)})
    hardware, times, chip = timed(machine)
    length = pitch_of(chip.ledger, machine, chip.reads.placement)
    wire = component("wire").cost(hardware.node, length=length).time
    assert times.hop == close(8e-9 / together**0.5 + wire)
    assert timed(Machine(links="none"))[1].hop == 0


def test_lines_that_are_broken_have_no_time_to_settle_which_is_told():
    word = np.ones((8, 7))
    word[2, 3] = np.inf
    told = []
    hardware = network(wires=Wires(r_word=word, r_bit=1.0)).placement.hardware
    assert settled(hardware, told) == 0
    assert told[0].startswith("how long outputs take to settle is not counted: wires hold a broken")
