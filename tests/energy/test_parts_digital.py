"""Models of logic, memory, links and neurons against the figures they were taken from."""

import numpy as np
import pytest

from xbarsim.energy.component import cost_of
from xbarsim.energy.parts import component
from xbarsim.energy.parts.links import h_tree_arms
from xbarsim.errors import SpecError
from xbarsim.technology import NODES, node


def close(value, rel=1e-6):
    """`pytest.approx` takes a picojoule for nothing."""
    return pytest.approx(value, rel=rel, abs=0)


def cost(kind, nm, model=None, **sizes):
    return component(kind, model).cost(node(nm * 1e-9), **sizes)


@pytest.mark.parametrize(
    ("kind", "femtojoule", "square_micron"),
    [("adder", 210, 278), ("counter", 250.74, 495.5), ("comparator", 29.5, 71),
     ("multiplier", 12680, 6350), ("register", 288, 191.36)],
)  # fmt: skip
def test_32_bit_units_are_aladdins(kind, femtojoule, square_micron):
    made = cost(kind, 40, bits=32)
    assert made.energy == close(femtojoule * 1e-15)
    assert made.area == close(square_micron * 1e-12)
    assert made.time > 0
    assert made.leakage > 0


def test_a_multiplier_goes_with_the_product_of_its_widths():
    base = cost("multiplier", 45, bits=8).energy
    assert cost("multiplier", 45, bits=16, bits_b=8).energy == close(2 * base)


def test_shift_and_add_at_their_own_nodes():
    assert cost("shift_add", 32, bits=16).energy == close(21e-15)
    assert cost("shift_add", 32, bits=16).area == close(60e-12)
    assert cost("shift_add", 32, bits=24).energy == close(31.5e-15)
    assert cost("shift_add", 130, "neurram").energy == close(0.1e-12)
    assert cost("shift_add", 65, "jia", bits=8).energy == close(2.25e-12)


@pytest.mark.parametrize(
    ("model", "sizes", "picojoule", "square_micron"),
    [("horowitz", {"bits": 8}, 0.3, 419), ("horowitz", {"bits": 32}, 3.3, 4649),
     ("fp16", {}, 1.5, 3000), ("fp32", {}, 4.6, 11884)],
)  # fmt: skip
def test_macs_at_45_nm_are_horowitz(model, sizes, picojoule, square_micron):
    made = cost("mac", 45, model, **sizes)
    assert (made.energy, made.area) == close((picojoule * 1e-12, square_micron * 1e-12))


def test_relu_is_a_comparison_and_a_table_is_a_read():
    assert cost("activation", 45, bits=32) == cost("comparator", 45, bits=32)
    read = cost("sram", 32, capacity=256, bits=8)
    assert cost("activation", 32, "lookup", bits=8) == read
    assert cost("activation", 32, "sigmoid").energy == close(0.26e-3 / 1.2e9)


def test_sram_of_16_kb_and_64_bits_at_32_nm():
    read = cost("sram", 32, capacity=16 * 1024)
    assert read.energy == close(2.37e-12)
    assert read.time == close(0.683e-9)
    assert read.area == close(0.0309e-6)
    assert read.leakage == close(27e-6 * 16)
    assert cost("sram", 32, capacity=16 * 1024, writes=1.0).energy == close(2.65e-12)
    mixed = cost("sram", 32, capacity=16 * 1024, writes=0.25).energy
    assert mixed == close(0.75 * 2.37e-12 + 0.25 * 2.65e-12)


def test_sram_follows_its_exponents():
    base = cost("sram", 32, capacity=16 * 1024, bits=64)
    made = cost("sram", 64, capacity=32 * 1024, bits=128)
    assert made.energy / base.energy == close(2 ** (1.68 + 0.56 + 0.63))
    assert made.time / base.time == close(2 ** (1.26 + 0.26 - 0.11))
    assert made.area / base.area == close(2 ** (1.92 + 0.96 + 0.10))


@pytest.mark.parametrize(
    ("nm", "sizes"),
    [(16, {"capacity": 4096}), (32, {"capacity": 512}), (32, {"capacity": 4096, "bits": 8})],
)
def test_sram_beyond_its_fit_is_refused(nm, sizes):
    with pytest.raises(SpecError, match="the model was made for"):
        cost_of("sram", component("sram"), node(nm * 1e-9), **sizes)


def test_registers_and_edram():
    assert cost("register_file", 40, bits=64).energy == close(64 * 9e-15)
    assert cost("edram", 32, bits=256).energy == close(20.45e-12)
    assert cost("edram", 32).area == close(0.083e-6)


@pytest.mark.parametrize(
    ("model", "picojoule"),
    [("lpddr4", 8), ("ddr3", 40), ("hbm2", 6.25), ("hbm3", 4.05), ("hbm4", 3.2),
     ("hypertransport", 50.8), ("hypertransport_low", 0.2)],
)  # fmt: skip
def test_off_chip_energy_of_a_bit(model, picojoule):
    made = cost("off_chip", 22, model, bits=1000)
    assert made.energy == close(1000 * picojoule * 1e-12, rel=0.02)
    assert made.time > 0


def test_a_millimetre_of_wire_at_one_volt_is_a_tenth_of_a_picojoule_for_each_toggle():
    made = cost("wire", 45, length=1e-3, toggle=0.18)
    assert made.energy == close(0.18 * 0.1e-12)
    assert cost("wire", 45, length=1e-3, bits=8, voltage=0.5).energy == close(8 * 0.05e-12 / 4)


def test_repeaters_make_delay_linear_in_length_and_cost_half_as_much_again_to_twice():
    one, two = (cost("wire", 22, "repeated", length=length) for length in (2e-3, 4e-3))
    assert two.time == close(2 * one.time)
    plain = [cost("wire", 22, length=length) for length in (2e-3, 4e-3)]
    assert plain[1].time == close(4 * plain[0].time)
    assert (one.low, one.high) == close((1.5 * plain[0].energy, 1.9 * plain[0].energy))
    assert one.area > 0


def test_no_other_size_or_distance_of_repeaters_is_faster():
    """The stated law, minimised by brute force, is the model's delay."""
    n, c = NODES[22], 0.2e-15 / 1e-6
    r, c0 = n.wire_resistance / 16, 1.6e-15 * 22 / 45
    r0 = n.fo4 / 3.5 / c0
    stage, size = np.meshgrid(np.geomspace(1e-6, 1e-2, 801), np.geomspace(1, 1e4, 801))
    delay = 0.7 * (r0 / size * (size * c0 + c * stage) + 0.54 * r * c * stage**2
                   + r * stage * size * c0) / stage  # fmt: skip
    assert cost("wire", 22, "repeated", length=1.0).time == close(delay.min(), rel=1e-3)


def test_h_tree_over_powers_of_four_is_side_minus_pitch():
    for leaves in (1, 4, 16, 256):
        assert sum(h_tree_arms(leaves, 1.0)) == close(leaves**0.5 - 1) or leaves == 1
    way = cost("wire", 22, "repeated", length=3e-3)
    assert cost("h_tree", 22, leaves=16, pitch=1e-3).energy == close(way.energy)
    assert cost("h_tree", 22, leaves=16, pitch=1e-3).area > way.area
    assert cost("h_tree", 22, leaves=1, pitch=1e-3).energy == 0.0


def test_mesh_is_routers_and_wires():
    router = cost("router", 32, bits=256)
    assert router.energy == close(20.7e-12)
    way = cost("wire", 32, "repeated", length=1e-3, bits=256)
    made = cost("mesh", 32, hops=3, pitch=1e-3)
    assert made.energy == close(3 * (router.energy + way.energy))
    assert made.time == close(3 * (router.time + way.time))
    assert cost("mesh", 32, hops=0, pitch=1e-3).energy == 0.0
    assert cost("bus", 32, bits=1).energy == close(0.054e-12)


@pytest.mark.parametrize(
    ("kind", "model", "sizes", "part", "value"),
    [
        ("router", "isaac", {}, "time", 3e-9),
        ("router", "isaac", {}, "area", 0.15e-6),
        ("bus", "isaac", {"bits": 1}, "energy", 0.054e-12),
        ("bus", "isaac", {"bits": 1}, "area", 29.3e-12),
        ("edram", "isaac", {}, "time", 1e-9),
        ("edram", "isaac", {}, "area", 0.083e-6),
        ("shift_add", "isaac", {}, "area", 60e-12),
        ("activation", "sigmoid", {}, "energy", 0.26e-3 / 1.2e9),
        ("sram", "cacti", {"capacity": 1024.0}, "leakage", 27e-6),
    ],
)
def test_figures_at_32_nm_are_those_of_the_source(kind, model, sizes, part, value):
    assert getattr(cost(kind, 32, model, **sizes), part) == close(value)


def test_a_plain_wire_is_as_slow_as_its_distributed_line():
    ohm_per_metre = NODES[22].wire_resistance / 16  # four times as wide and as thick
    made = cost("wire", 22, "plain", length=2e-3)
    assert made.time == close(0.38 * ohm_per_metre * 0.2e-9 * 2e-3**2)


def test_a_router_leaks_as_logic_on_a_tenth_of_its_area_and_four_tiles_share_it():
    router, wire = cost("router", 22), cost("wire", 22, "repeated", length=1e-3, bits=256)
    leaking = cost("leakage", 22, area=0.1 * router.area).leakage
    assert router.leakage == close(leaking)
    tile = cost("mesh", 22, hops=5, pitch=1e-3)
    assert tile.area == close(router.area / 4 + wire.area)
    assert tile.leakage == close(router.leakage / 4 + wire.leakage)


def test_clock_falls_with_the_share_that_is_gated():
    made = [cost("clock", 45, registers=1000, gating=g).energy for g in (0.0, 0.25, 1.0)]
    assert made == close([4.8e-12, 3.6e-12, 0.0])


def test_logic_leaks_as_the_gates_that_fill_it():
    gates = cost("leakage", 45, "gates", count=1000)
    assert gates.leakage == close(17.39e-6)
    assert cost("leakage", 45, area=1000 * 0.798e-12).leakage == close(gates.leakage)
    assert cost("leakage", 22, "gates", count=1).leakage < 17.39e-9


def test_digital_neurons_logic_lies_where_it_is_quoted():
    made, state = cost("neuron", 45), cost("register", 45, bits=16)
    assert 0.10e-12 < made.energy - 2 * state.energy < 0.15e-12


def test_analogue_neuron_is_charge_and_static_current():
    none = cost("neuron", 45, "analogue", capacitance=0.0)
    for farad, femtojoule in ((50e-15, 12.5), (500e-15, 125)):
        made = cost("neuron", 45, "analogue", capacitance=farad)
        assert made.energy - none.energy == close(femtojoule * 1e-15)
    drawing = cost("neuron", 45, "analogue", current=2e-6)
    assert drawing.leakage - cost("neuron", 45, "analogue", current=1e-6).leakage == close(1e-6)


def test_an_event_is_as_long_as_its_address():
    bits = cost("mesh", 22, hops=2, pitch=1e-3, bits=11)
    assert cost("event", 22, neurons=1024, hops=2).energy == close(bits.energy)


@pytest.mark.parametrize("kind", ["adder", "mac", "shift_add", "register", "router", "edram"])
def test_scaled_energy_and_area_shrink_with_the_node(kind):
    sizes = {"bits": 32}
    made = [cost(kind, nm, **sizes) for nm in (130, 90, 65, 45, 40, 32, 28, 22, 16, 14, 10, 7)]
    assert (np.diff([c.energy for c in made]) < 0).all()
    assert (np.diff([c.area for c in made]) < 0).all()
