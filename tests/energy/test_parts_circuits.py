"""Models of encoders, drivers and analogue parts against the figures they were taken from."""

from itertools import product

import numpy as np
import pytest

from xbarsim.energy.parts import component
from xbarsim.energy.parts.dac import ladder
from xbarsim.energy.parts.drivers import bit_line_capacitance, word_line_capacitance
from xbarsim.technology import NODES, WIRE_CAPACITANCE

BOLTZMANN = 1.380649e-23


def close(value, rel=1e-6):
    """`pytest.approx` takes a picojoule for nothing."""
    return pytest.approx(value, rel=rel, abs=0)


def cost(kind, nm, model=None, **sizes):
    return component(kind, model).cost(NODES[nm], **sizes)


def test_word_line_of_256_cells_is_the_measured_layouts():
    assert word_line_capacitance(NODES[130], 256) == close(585.6e-15)


def test_bit_line_has_no_gates_but_a_longer_wire():
    per_cell = bit_line_capacitance(NODES[130], 2) - bit_line_capacitance(NODES[130], 1)
    assert per_cell == close(0.46e-15 + WIRE_CAPACITANCE * 12 * 175e-9)


@pytest.mark.parametrize(
    ("kind", "capacitance"),
    [("word_line", word_line_capacitance), ("bit_line", bit_line_capacitance)],
)
def test_line_energy_is_capacitance_times_supply_times_swing(kind, capacitance):
    c = capacitance(NODES[65], 128)
    assert cost(kind, 65, cells=128, swing=0.2).energy == close(c * 1.1 * 0.2 * 4 / 3)
    lifted = cost(kind, 65, cells=128, swing=0.2, voltage=2.2).energy
    assert lifted == close(c * 2.2 * 0.2 * 4 / 3)


def test_long_lines_take_longer_than_their_wire_alone():
    n = NODES[22]
    for cells in (64, 256, 1024):
        wire = 0.38 * n.r_segment[0] * cells * word_line_capacitance(n, cells)
        assert cost("word_line", 22, cells=cells, swing=0.9).time > wire


def test_level_shifter_goes_with_the_square_of_its_voltage():
    low, high = (cost("level_shifter", 130, voltage=v).energy for v in (1.5, 3.0))
    assert high == close(4 * low)


def test_pump_loses_what_its_efficiency_leaves():
    made = cost("charge_pump", 130, energy=1e-12)
    assert (made.energy, made.low, made.high) == close((1.5e-12, 1e-12, 1e-12 * 7 / 3))
    for efficiency, joules in ((1.0, 0.0), (0.1, 9e-12)):
        other = cost("charge_pump", 130, energy=1e-12, efficiency=efficiency)
        assert (other.energy, other.low, other.high) == (close(joules), None, None)


@pytest.mark.parametrize("kind", ["decoder", "mux"])
def test_choosing_among_more_lines_costs_more(kind):
    size = "rows" if kind == "decoder" else "ways"
    made = [cost(kind, 65, **{size: n}) for n in (2, 8, 64, 256)]
    for part in ("energy", "time", "area", "leakage"):
        assert (np.diff([getattr(c, part) for c in made]) > 0).all()


def test_capacitive_dac_charges_fifty_femtofarad_a_bit():
    assert cost("dac", 45, bits=8).energy == close(8 * 50e-15)


def test_single_bit_needs_no_converter():
    """What ISAAC's takes with the line is the driver's, and no quantile of the switch."""
    made = cost("dac", 32, "single_bit")
    assert made.energy == 0.0
    assert made.low is None and made.high is None
    assert made.area == close(0.166e-12)


def test_published_encoders_at_their_own_node():
    made = cost("dac", 65, "pulse_width", bits=8)
    assert (made.energy, made.area) == close((37.5e-15, 240e-12))
    assert cost("row_buffer", 65, rows=3).energy == close(3 * 0.62e-15)
    chen = component("dac", "chen_2018")
    ratio = chen.cost(NODES[32], bits=9).energy / chen.cost(NODES[32], bits=8).energy
    assert ratio == close(2.0)


def brute_force(bits):
    """Mean of sum_i b_i (1 - v_i) over all codes, from nodal analysis of each."""
    y = np.zeros((bits, bits))
    for i in range(bits):
        y[i, i] += 1.0 + (i == 0)
        if i:
            y[i, i] += 2.0
            y[i - 1, i - 1] += 2.0
            y[i, i - 1] = y[i - 1, i] = -2.0
    codes = np.array(list(product((0.0, 1.0), repeat=bits)))
    volts = np.linalg.solve(y, codes.T).T
    return (codes * (1 - volts)).sum(axis=1).mean(), codes, volts


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_charge_of_a_ladder_is_the_mean_of_all_codes(bits):
    mean, codes, volts = brute_force(bits)
    assert ladder(bits) == close(mean)
    output = codes @ 2.0 ** np.arange(bits) / 2**bits
    np.testing.assert_allclose(volts[:, -1], output, atol=1e-12)


def test_ladders_charge_capacitors_or_pass_current_for_a_time():
    n = NODES[22]
    base = cost("dac", 22, "c2c", bits=6, capacitance=0.0).energy
    made = cost("dac", 22, "c2c", bits=6, capacitance=2e-15, voltage=0.5).energy
    assert made - base == close(2e-15 * 0.25 * ladder(6))
    short, long = (cost("dac", 22, "r2r", bits=6, time=t).energy for t in (1e-9, 3e-9))
    assert long - short == close(n.v_dd**2 / 20e3 * ladder(6) * 2e-9)


def test_sample_capacitor_is_noise_limited_at_high_resolution_only():
    assert cost("sample_hold", 45, bits=6).energy == close(10e-15)
    assert cost("sample_hold", 45, bits=12).energy == close(12 * BOLTZMANN * 300 * 4**12)


def test_isaac_sample_holds_a_femtojoule():
    made = cost("sample_hold", 32, "isaac")
    assert made.energy == close(0.977e-15, rel=1e-3)
    assert made.area == close(0.039e-12)


def test_integrator_is_neurrams():
    assert cost("integrator", 130, steps=1).energy == close(1.45e-12)
    made = cost("integrator", 130, steps=7, voltage=0.9)
    assert made.energy == close((1.2e-12 + 7 * 0.25e-12) / 4)
    assert made.time == close(7 * 0.27e-6)


def test_amplifiers_energy_is_set_by_what_it_must_settle_not_by_the_time():
    expected = 1.0 * 50e-15 * np.log(2**9) / 15
    for t in (1e-9, 1e-7):
        assert cost("amplifier", 45, bits=8, time=t).energy == close(expected)


def test_time_domain_parts_are_timelys():
    assert cost("decision", 65, "timely").energy == close(41.7e-15)
    assert cost("current_adder", 65).energy == close(36.8e-15)
    assert cost("sum_buffer", 65).energy == close(2.3e-15)


def test_a_sample_settles_to_half_a_level_through_its_switch():
    made = cost("sample_hold", 22, bits=6)
    assert made.time == close(np.log(2**7) * 10e3 * 10e-15)


def test_a_multiplexer_switches_two_selections_and_loads_its_common_node():
    gate = 1.6e-15 * 22 / 45
    per_way = cost("mux", 22, ways=9).energy - cost("mux", 22, ways=8).energy
    v = NODES[22].v_dd
    assert per_way == close(0.6 * gate * v**2)
    assert cost("mux", 22, ways=8).energy == close((4 + 8 * 0.6) * gate * v**2)


def test_a_line_adds_its_distributed_delay_to_that_of_its_driver():
    at = NODES[130]
    c = word_line_capacitance(at, 512)
    stages = np.log(c / (1.6e-15 * 130 / 45)) / np.log(4)
    made = cost("word_line", 130, cells=512, swing=0.2)
    assert made.time == close(stages * at.fo4 + 0.38 * 512 * at.r_segment[0] * c)


def test_a_level_shifter_is_four_gates_of_four_times_the_size():
    made = cost("level_shifter", 45, voltage=2.5)
    assert made.energy == close(16 * 3 * 1.6e-15 * 2.5**2)
    assert made.area == close(1.44 * 16 * 0.798e-12)


def test_a_decoder_loads_half_its_lines_with_half_its_bits():
    made = cost("decoder", 45, rows=256)
    assert made.energy == close((8 / 2 * 256 / 2 + 2 * 3) * 1.6e-15)
    assert made.area == close(256 * 4 * 0.798e-12)


def test_a_ladder_has_three_capacitors_a_bit_but_one_and_latches_half_of_which_change():
    made, held = cost("dac", 45, "c2c", bits=6), cost("register", 45, bits=6)
    assert made.area == close((3 * 6 - 1) * 1e-15 / 2e-3 + held.area)
    assert made.energy == close(1e-15 * ladder(6) + held.energy / 2)
