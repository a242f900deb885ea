"""Component models against the figures they were taken from."""

from dataclasses import replace

import numpy as np
import pytest

from xbarsim.energy import components
from xbarsim.errors import SpecError
from xbarsim.technology import NODES, node


def close(joules, rel=1e-6):
    """`pytest.approx` takes a picojoule for nothing."""
    return pytest.approx(joules, rel=rel, abs=0)


def at(nm):
    return replace(NODES[22], length=nm * 1e-9)


@pytest.mark.parametrize(
    ("nm", "picojoule"),
    [(130, 23.9), (65, 6.49), (40, 2.61), (28, 1.33), (22, 0.847), (14, 0.362), (7, 0.098)],
)
def test_converter_energy_at_each_node(nm, picojoule):
    assert components.adc(at(nm), 8, 100e6) == close(picojoule * 1e-12, rel=5e-3)


@pytest.mark.parametrize(
    ("bits", "picojoule"), [(4, 0.72), (5, 0.73), (6, 0.83), (7, 1.02), (8, 1.33), (10, 2.57)]
)
def test_converter_energy_for_each_resolution(bits, picojoule):
    assert components.adc(at(28), bits, 100e6) == close(picojoule * 1e-12, rel=7e-3)


def test_converter_energy_below_four_bits_is_held():
    assert components.adc(at(28), 2, 1e8) == components.adc(at(28), 4, 1e8)


def test_converter_band_at_28_nm_is_the_surveys():
    low, high = components.adc_band(at(28), 8, 100e6)
    assert low == close(0.53e-12, rel=0.01)
    assert high == close(5.4e-12 * np.exp(1.2816 * 1.42), rel=0.01)


def test_word_line_of_256_cells_is_the_measured_layouts():
    assert components.word_line_capacitance(NODES[130], 256) == close(585.6e-15)


def test_word_line_energy_is_capacitance_times_supply_times_swing():
    c = components.word_line_capacitance(NODES[65], 128)
    assert components.word_line(NODES[65], 128, 0.2) == close(c * 1.1 * 0.2 * 4 / 3)


def test_capacitive_dac_charges_fifty_femtofarad_a_bit():
    assert components.dac(NODES[45], 8) == close(8 * 50e-15)


def test_sample_capacitor_is_noise_limited_at_high_resolution_only():
    assert components.sample_and_hold(NODES[45], 6) == close(10e-15)
    assert components.sample_and_hold(NODES[45], 12) == close(12 * 1.380649e-23 * 300 * 4**12)


def test_digital_energy_at_its_own_node_is_the_published_figure():
    assert components.shift_and_add(NODES[32]) == close(21e-15)
    assert components.digital_mac(NODES[45]) == close(0.3e-12)
    assert components.comparator(NODES[45]) == close(29.5e-15)


@pytest.mark.parametrize(
    ("nm", "factor"),
    [(130, 5.09), (90, 2.55), (65, 1.65), (32, 0.60), (22, 0.20), (16, 0.14), (10, 0.087),
     (7, 0.064)],
)  # fmt: skip
def test_digital_scaling_is_stillmaker_and_baas(nm, factor):
    ratio = NODES[nm].switching_factor / NODES[45].switching_factor
    assert ratio == close(factor, rel=0.015)


@pytest.mark.parametrize(
    ("nm", "ohm", "farad"),
    [(130, (0.34, 1.0), (0.14, 0.42)), (45, (0.83, 2.5), (0.064, 0.19)),
     (22, (1.9, 5.6), (0.032, 0.096)), (7, (5.6, 16.7), (0.016, 0.048))],
)  # fmt: skip
def test_wire_of_one_cell_pitch(nm, ohm, farad):
    assert NODES[nm].r_segment == close(ohm, rel=0.025)
    assert np.array(NODES[nm].c_segment) * 1e15 == close(farad, rel=0.015)


def test_unknown_node_names_the_known_ones():
    with pytest.raises(SpecError, match="33 nm; known nodes: 130 nm, 90 nm"):
        node(33e-9)
