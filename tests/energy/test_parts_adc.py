"""Models of converters against the figures they were taken from."""

import numpy as np
import pytest

from xbarsim.energy.component import cost_of
from xbarsim.energy.parts import component, required_bits
from xbarsim.energy.parts.adc_sar import conventional_switching, monotonic_switching
from xbarsim.errors import SpecError
from xbarsim.technology import node


def close(value, rel=1e-6):
    """`pytest.approx` takes a picojoule for nothing."""
    return pytest.approx(value, rel=rel, abs=0)


def cost(model, nm=28, **sizes):
    return component("adc", model).cost(node(nm * 1e-9), **sizes)


@pytest.mark.parametrize(
    ("nm", "picojoule"),
    [(130, 23.9), (65, 6.49), (40, 2.61), (28, 1.33), (22, 0.847), (14, 0.362), (7, 0.098)],
)
def test_plugin_energy_at_each_node(nm, picojoule):
    assert cost("plugin", nm, bits=8, rate=100e6).energy == close(picojoule * 1e-12, rel=5e-3)


@pytest.mark.parametrize(
    ("bits", "picojoule"), [(4, 0.72), (5, 0.73), (6, 0.83), (7, 1.02), (8, 1.33), (10, 2.57)]
)
def test_plugin_energy_for_each_resolution(bits, picojoule):
    assert cost("plugin", bits=bits, rate=1e8).energy == close(picojoule * 1e-12, rel=7e-3)


@pytest.mark.parametrize(("rate", "picojoule"), [(1e8, 1.71), (1.2e9, 1.85)])
def test_plugin_energy_is_flat_up_to_a_gigahertz(rate, picojoule):
    assert cost("plugin", 32, bits=8, rate=rate).energy == close(picojoule * 1e-12, rel=0.01)


def test_plugin_area_spans_what_was_computed():
    areas = [cost("plugin", bits=b, rate=1e8).area for b in (4, 10)]
    assert areas == close([2660e-12, 3900e-12], rel=0.01)


@pytest.mark.parametrize("model", ["plugin", "survey"])
def test_energy_below_four_bits_is_held(model):
    assert cost(model, bits=2, rate=1e8) == cost(model, bits=4, rate=1e8)


def test_survey_quantiles_at_28_nm():
    got = cost("survey", bits=8, rate=1e8)
    assert got.energy == close(5.4e-12, rel=0.01)
    assert got.low == close(0.53e-12, rel=0.01)
    assert got.high == close(5.4e-12 * np.exp(1.2816 * 1.42), rel=0.01)
    assert got.area == close(np.exp(9.195 + 0.8) * 1e-12)


def test_survey_energy_grows_with_rate_only_above_100_megahertz():
    slow, base, fast = (cost("survey", bits=8, rate=f).energy for f in (1e6, 1e8, 1e9))
    assert slow == base
    assert fast == close(base * 10**0.105)


def test_switching_energies_are_the_published_sums():
    assert conventional_switching(10) == close(1363.3, rel=1e-4)
    assert monotonic_switching(10) == 255.5


def test_sar_energy_is_its_parts():
    n = node(28e-9)
    without = cost("sar", bits=10, voltage=1.0, capacitance=0.0).energy
    made = cost("sar", bits=10, voltage=1.0, capacitance=2e-15)
    assert made.energy - without == close(1363.33 * 2e-15, rel=1e-4)
    low = cost("sar_monotonic", bits=10, voltage=1.0, capacitance=2e-15).energy
    assert low - without == close(255.5 * 2e-15)
    logic = 10 * 10 * 3 * 1.6e-15 * 28 / 45 * n.v_dd**2
    assert without == close(10 * 10e-15 + logic)
    assert made.area > cost("sar", bits=10, voltage=1.0, capacitance=1e-15).area


def test_sar_unit_capacitor_grows_where_noise_asks_for_it():
    def units(bits):
        held = cost("sar", bits=bits, voltage=1.0).energy
        return held - cost("sar", bits=bits, voltage=1.0, capacitance=0.0).energy

    assert units(8) == close(conventional_switching(8) * 1e-15)
    noise = 12 * 1.380649e-23 * 300 * 4**16 / 2**16
    assert units(16) == close(conventional_switching(16) * noise)


def test_switched_converters_lie_above_the_floor_of_noise():
    for bits in range(1, 17):
        floor = cost("floor", bits=bits).energy
        assert floor == close(12 * 1.380649e-23 * 300 * 4**bits)
        assert cost("sar", bits=bits).energy > floor
        assert cost("sar_monotonic", bits=bits).energy > 0.249 * floor


def test_flash_has_a_comparator_for_every_level():
    n = node(28e-9)
    energies = [cost("flash", bits=b).energy for b in (1, 3)]
    assert energies[0] == close(10e-15)
    assert energies[1] == close(7 * 10e-15 + 4 * 3 * 1.6e-15 * 28 / 45 * n.v_dd**2)


def test_ramp_takes_a_step_for_every_level_and_draws_current_meanwhile():
    base = cost("ramp", bits=8, step=1e-9)
    more = cost("ramp", bits=8, step=1e-9, current=3e-6)
    assert base.time == close(256e-9)
    assert more.energy - base.energy == close(2e-6 * node(28e-9).v_dd * 256e-9)
    assert cost("ramp", bits=8, step=1e-9, cols=256).energy < base.energy


def test_counter_at_14_nm_takes_300_picoseconds_a_level():
    assert cost("counter", 14, bits=8).time == close(256 * 300e-12)
    half, full = (cost("counter", 14, bits=8, activity=a).energy for a in (0.5, 1.0))
    assert full == close(2 * half)
    gate = 3 * 1.6e-15 * 14 / 45 * node(14e-9).v_dd ** 2  # up and down once
    assert full == close(256 * (6 + 5) * gate)


def test_charge_decrement_is_neurrams():
    assert cost("charge_decrement", 130, bits=6).energy == close(2.4e-12)
    assert cost("charge_decrement", 130, bits=6).time == close(1.8e-6)
    assert cost("charge_decrement", 130, bits=6).area == close((400 + 170) * 1e-12)
    assert cost("charge_decrement", 130, bits=6, voltage=1.2).energy == close(2.4e-12 * 4 / 9)


def test_zigzag_at_22_nm_and_8_bits():
    assert cost("zigzag", 22, bits=8, rows=128, voltage=0.82).energy == close(0.55e-12, rel=0.06)
    made = cost("zigzag", bits=8, rows=128, voltage=1.0)
    assert made.energy == close(0.8e-12 + 65536e-18)
    assert made.time == close(8 * (0.00653 * 128 + 0.64) * 1e-9)
    assert made.area == close(10 ** (1.206 - 0.2952) * 256e-12)


def test_time_converter_is_timelys():
    assert cost("timely", 65, bits=8).energy == close(145e-15)
    assert cost("timely", 65, bits=9).area == close(620e-12)


@pytest.mark.parametrize(
    ("rows", "b_in", "b_cell", "bits"),
    [(128, 2, 2, 11), (128, 1, 2, 9), (1, 1, 1, 1), (2, 1, 1, 2), (3, 1, 1, 2), (4, 1, 1, 3)],
)
def test_bits_that_tell_all_sums_apart(rows, b_in, b_cell, bits):
    assert required_bits(rows, b_in, b_cell) == bits


@pytest.mark.parametrize(
    ("model", "sizes"),
    [("plugin", {"rate": 1e8}), ("survey", {"rate": 1e8}), ("sar", {}), ("sar_monotonic", {}),
     ("flash", {}), ("ramp", {}), ("counter", {}), ("zigzag", {"rows": 64}), ("floor", {}),
     ("timely", {})],
)  # fmt: skip
def test_energy_and_area_grow_with_every_bit_from_four(model, sizes):
    made = [cost(model, bits=b, **sizes) for b in range(4, 11)]
    assert (np.diff([c.energy for c in made]) > 0).all()
    assert (np.diff([c.area for c in made]) > 0).all()


@pytest.mark.parametrize(
    ("model", "nm", "sizes", "told"),
    [("plugin", 28, {"bits": 17, "rate": 1e8}, "bits is 17; the model was made for 1 to 16"),
     ("survey", 28, {"bits": 8, "rate": 1e10}, "rate is 10 GHz; .* 100 kHz to 5 GHz"),
     ("zigzag", 65, {"bits": 8, "rows": 64}, "node is 65 nm; .* 22 nm to 32 nm"),
     ("charge_decrement", 22, {"bits": 8}, "node is 22 nm; .* 130 nm to 130 nm"),
     ("flash", 28, {"bits": 9}, "bits is 9")],
)  # fmt: skip
def test_sizes_outside_a_models_range_are_refused_unless_asked_for(model, nm, sizes, told):
    held, warned = component("adc", model), []
    with pytest.raises(SpecError, match=told):
        cost_of("adc", held, node(nm * 1e-9), **sizes)
    cost_of("adc", held, node(nm * 1e-9), extrapolate=True, told=warned, **sizes)
    assert len(warned) == 1


def test_a_size_that_is_needed_and_missing_is_named():
    with pytest.raises(SpecError, match="adc: plugin needs rate, which is missing"):
        cost_of("adc", component("adc"), node(28e-9), bits=8)


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), "fast", None, True])
def test_sizes_that_are_no_numbers_are_refused(rate):
    with pytest.raises(SpecError, match=r"adc \(plugin\): rate is"):
        cost_of("adc", component("adc"), node(28e-9), bits=8, rate=rate, extrapolate=True)


def test_sizes_for_which_a_formula_has_no_value_are_refused_even_when_extrapolating():
    with pytest.raises(SpecError, match=r"adc \(plugin\) has no cost for these sizes: .*"):
        cost_of("adc", component("adc"), node(28e-9), bits=8, rate=0.0, extrapolate=True)
