"""What writing costs, by hand, and from what devices count."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim import Adc, Hardware, SpecError, Tile, load_device
from xbarsim.effects import Effects, Endurance
from xbarsim.energy.parts import adc_survey, analogue, drivers
from xbarsim.energy.pulses import PRESETS, Pulse, Writing
from xbarsim.energy.writing import (
    WRITE_PARTS,
    WriteCircuit,
    joined,
    write_cost,
)
from xbarsim.programming import WriteVerify, WrittenDevice, programming_transfer
from xbarsim.systems.l2mu.verified import Verified
from xbarsim.technology import NODES

ONE = Writing(pulses=(Pulse(number=3.0, voltage=1.0, duration=50e-9),), gate=1.0)


def close(joules, rel=1e-9):
    return pytest.approx(joules, rel=rel, abs=0)


def made(device="ideal", weights=None, **hardware):
    if weights is None:
        weights = np.random.default_rng(0).uniform(-1, 1, (6, 10))
    device = load_device(device) if isinstance(device, str) else device
    tile = Tile(weights, Hardware(device=device, **{"rows": 16, "cols": 16} | hardware))
    tile.program()
    return tile


def test_neurram_takes_half_a_nanojoule_in_a_cell_of_20_microsiemens():
    (pulse,) = PRESETS["neurram"].pulses
    assert pulse.in_cell(20e-6) == close(61.25e-12)
    assert pulse.number * pulse.in_cell(20e-6) == close(0.522e-9, 1e-3)


def test_published_cells_that_need_no_conductance():
    (rram,) = PRESETS["rram"].pulses
    assert rram.in_cell(1.0) == 0.6e-12
    reset, set_ = PRESETS["pcm"].pulses
    assert reset.in_cell(1.0) == close(1.5 * 300e-6 * 40e-9)
    assert set_.in_cell(1.0) == close(1.5 * 150e-6 * 150e-9)


def test_each_part_is_the_formula_times_pulses_and_cells():
    tile = made(adc=Adc(), node=NODES[45])
    cost, node, n = write_cost(tile, ONE), NODES[45], 6 * 10 * 2
    assert cost.cells == n and cost.pulses == cost.verifies == 3.0
    parts = cost.energies
    assert parts["write_cells"] == close(3 * tile.g.sum() * 50e-9)
    word = drivers.word_line_capacitance(node, 16)
    assert parts["write_word_lines"] == close(3 * n * word)
    bit = drivers.word_line_capacitance(node, 0) + 16 * node.c_bit
    assert (
        parts["write_bit_lines"]
        == close(3 * n * bit)
        == close(3 * n * drivers.bit_line_capacitance(node, 16))
    )
    assert parts["write_half_selected"] == 0.0 == parts["write_pump"]
    row = tile.g.sum() / 10
    assert parts["verify_cells"] == close(3 * n * 0.2**2 * row * 100e-9)
    assert parts["verify_word_lines"] == close(3 * n * drivers.word_line(node, 16, 0.2).energy)
    one = adc_survey.plugin(node, 8, 100e6).energy + analogue.sample_hold(node, 8).energy
    assert parts["verify_adc"] == close(3 * n * one)
    assert cost.time == close(n * 3 * (60e-9 + 100e-9 + 10e-9))


def test_the_pump_loses_what_its_efficiency_says_above_the_supply_only():
    """1.3 V at 130 nm: a pulse of 2 V is pumped, a gate of 1.2 V is not."""
    how = Writing(pulses=(Pulse(number=1.0, voltage=2.0, duration=1e-6),), gate=1.2)
    parts = write_cost(made(), how, WriteCircuit(pump=0.4)).energies
    pumped = parts["write_cells"] + parts["write_bit_lines"]
    assert parts["write_pump"] == close(pumped * (1 / 0.4 - 1))
    both = write_cost(made(), replace(how, gate=2.2), WriteCircuit(pump=0.5)).energies
    assert both["write_pump"] == close(sum(v for k, v in both.items() if k in (
        "write_cells", "write_bit_lines", "write_word_lines")))  # fmt: skip
    low = replace(how, pulses=(Pulse(number=1.0, voltage=1.2, duration=1e-6),))
    assert write_cost(made(), low).energies["write_pump"] == 0.0


def test_half_selected_cells_see_a_quarter_of_the_power():
    tile = made()
    parts = write_cost(tile, ONE, WriteCircuit(passive=True)).energies
    mean = tile.g.sum() / 256
    assert parts["write_half_selected"] == close(3 * 120 * 30 * mean * 0.25 * 50e-9)
    given_ = write_cost(tile, ONE, WriteCircuit(passive=True, half_conductance=1e-9)).energies
    assert given_["write_half_selected"] == close(3 * 120 * 30 * 1e-9 * 0.25 * 50e-9)


def test_cells_of_a_row_together_take_less_time_and_share_their_word_line():
    one, four = (write_cost(made(), ONE, WriteCircuit(parallel=p)) for p in (1, 4))
    assert four.time == close(one.time / 4)
    for name in WRITE_PARTS:
        shared = name in ("write_word_lines", "verify_cells", "verify_word_lines")
        assert four.energies[name] == close(one.energies[name] / (4 if shared else 1))


def test_arrays_at_once_save_time_but_no_energy_and_no_more_than_there_are():
    tile = made(weights=np.ones((6, 40)))
    times = [write_cost(tile, ONE, WriteCircuit(at_once=k)).time for k in (1, 3, 100)]
    assert times == close([times[0], times[0] / 3, times[0] / 3])


def test_a_device_that_says_nothing_is_refused_without_pulses():
    with pytest.raises(SpecError, match=r"GaussianCell\) says nothing .* neurram, rram, pcm"):
        write_cost(made())
    tile = Tile(np.ones((2, 2)), Hardware(device=load_device("ideal")))
    with pytest.raises(SpecError, match="call program"):
        write_cost(tile, ONE)
    with pytest.raises(SpecError, match="parallel is 17; a word line has 16 cells"):
        write_cost(made(), ONE, WriteCircuit(parallel=17))


@pytest.fixture(scope="module")
def law():
    levels = np.concatenate([-np.linspace(1.0, 1.8, 12)[::-1], np.linspace(1.3, 2.4, 12)])
    transfer = programming_transfer(
        load_device("jiang_2014_hfox_demo"), levels, 10e-9, 0.2, states=201
    )
    scheme = WriteVerify(window=2e-6, read_noise=0.005, read_time=40e-9)
    return WrittenDevice(library=(transfer,), scheme=scheme, g_min=6e-6, g_max=90e-6)


def test_a_switching_law_brings_its_own_pulses_and_energy(law):
    tile = made(law, adc=Adc())
    tile.program()
    cost = write_cost(tile)
    assert tile.ledger["cells_programmed"] == 240 and cost.cells == 120
    assert cost.energies["write_cells"] == close(tile.ledger["write_energy"] / 2)
    assert cost.pulses == close(tile.ledger["write_pulses"] / 240)
    assert cost.verifies == close(cost.pulses + 1)
    word = drivers.word_line_capacitance(NODES[130], 16)
    assert cost.energies["write_word_lines"] == close(cost.pulses * 120 * word * 1.3**2)
    assert cost.energies["write_bit_lines"] == close(
        cost.pulses * 120 * drivers.bit_line_capacitance(NODES[130], 16) * 2.4**2
    )
    assert cost.time == close(120 * (cost.pulses * 20e-9 + cost.verifies * 50e-9))


def test_verify_reads_of_a_law_are_the_ones_that_it_made(law):
    """Every cell is looked at once before its first pulse and once behind each."""
    rng = np.random.default_rng(0)
    target = rng.uniform(8e-6, 80e-6, (8, 8))
    done = law.write(target, rng.standard_normal((8, 8)))
    assert (done.reads == done.pulses + 1).all()


def test_a_device_that_counts_writes_but_no_energy_takes_that_of_the_given_pulse():
    device = Verified(device=load_device("wan_2022"), near=0.02, tries=50)
    tile = made(device)
    with pytest.raises(SpecError, match=r"Verified\) counts its pulses, but says nothing"):
        write_cost(tile)
    cost = write_cost(tile, ONE)
    mean = tile.ledger["write_pulses"] / 120
    assert mean > 1 and cost.pulses == close(mean)
    assert cost.energies["write_cells"] == close(mean * tile.g.sum() * 50e-9)
    with pytest.raises(SpecError, match="how has no pulses"):
        write_cost(tile, Writing(pulses=(Pulse(number=0.0, voltage=1.0, duration=0.0),)))


def test_wear_is_the_share_of_the_pulses_that_a_cell_endures():
    assert write_cost(made(), ONE).wear is None
    assert write_cost(made(), replace(ONE, endurance=1e6)).wear == close(3e-6)


def test_wear_of_effects_counts_programmings_that_are_left():
    effects = Effects(endurance=Endurance(cycles=4e5, scale=5e5, start=6e5, exponent=0.1))
    assert write_cost(made(effects=effects), ONE).wear == close(1e-5)
    gone = Effects(endurance=Endurance(cycles=5e5, scale=5e5))
    assert write_cost(made(effects=gone), ONE).wear == float("inf")


def test_tiles_together_add_up():
    a = write_cost(made(), replace(ONE, endurance=1e6))
    b = write_cost(made(weights=np.ones((2, 3))), replace(ONE, endurance=1e5))
    both = joined([a, b])
    assert both.energy == close(a.energy + b.energy) and both.cells == a.cells + b.cells
    assert both.time == close(a.time + b.time) and both.wear == b.wear
    assert joined([a, b], at_once=True).time == max(a.time, b.time)
    assert joined([a, write_cost(made(), ONE)]).wear is None
    with pytest.raises(SpecError, match="costs is empty"):
        joined([])


def test_rows_add_up_to_the_total():
    cost = write_cost(made(adc=Adc()), PRESETS["neurram"])
    table = cost.rows("fc")
    assert table["energy"].sum() == close(cost.energy)
    assert list(table["component"]) == list(WRITE_PARTS)
    assert table["count"].tolist() == close([8.52 * 120] * 8)


TILE = made()


@given(
    number=st.floats(0.5, 20), voltage=st.floats(0.1, 4), duration=st.floats(1e-9, 1e-5),
    more=st.floats(1, 10), passive=st.booleans(),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_energy_rises_with_pulses_voltage_and_duration(number, voltage, duration, more, passive):
    circuit = WriteCircuit(passive=passive)

    def energy(**changed):
        given_ = {"number": number, "voltage": voltage, "duration": duration} | changed
        return write_cost(TILE, Writing(pulses=(Pulse(**given_),), verifies=0.0), circuit).energy

    least = energy()
    for changed in ({"number": number * more}, {"voltage": voltage * more},
                    {"duration": duration * more}):  # fmt: skip
        assert energy(**changed) >= least * (1 - 1e-12)
    assert energy(number=2 * number) == close(2 * least)


def test_no_pulses_and_no_reads_take_no_energy():
    how = Writing(pulses=(Pulse(number=0.0, voltage=2.0, duration=1e-6),))
    cost = write_cost(made(adc=Adc()), how)
    assert cost.energy == 0.0 == cost.time


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Pulse(number=-1, voltage=1, duration=1e-9), "number is -1"),
        (lambda: Pulse(number=1, voltage=-2.0, duration=1e-9), "voltage is -2 V; it must be at"),
        (lambda: Pulse(number=1, voltage=1, duration=1e-9, energy=1e-12, current=1e-6),
         "energy and current are both given"),
        (lambda: Writing(pulses=()), "expected a tuple of at least one Pulse"),
        (lambda: Writing(pulses=ONE.pulses, endurance=0.0), "endurance is 0"),
        (lambda: WriteCircuit(pump=0.0), "pump is 0; it must be above 0 and at most 1"),
        (lambda: WriteCircuit(t_verify=-1e-9), "t_verify is -1 ns"),
        (lambda: WriteCircuit(half_conductance=1e-9), "no cell sees half"),
    ],
)  # fmt: skip
def test_impossible_settings_are_refused(make, told):
    with pytest.raises(SpecError, match=told):
        make()
