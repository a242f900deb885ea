"""The table of nodes against its sources, and what lies between and beyond them."""

import math

import numpy as np
import pytest

from xbarsim.errors import SpecError
from xbarsim.technology import NODES, node


@pytest.mark.parametrize(
    ("nm", "factor"),
    [(130, 5.09), (90, 2.55), (65, 1.65), (32, 0.60), (22, 0.20), (16, 0.14), (14, 0.11),
     (10, 0.087), (7, 0.064)],
)  # fmt: skip
def test_digital_scaling_is_stillmaker_and_baas(nm, factor):
    assert NODES[nm].energy_from(45) == pytest.approx(factor, rel=0.02)


@pytest.mark.parametrize(("nm", "volt"), [(130, 1.2), (16, 0.86), (10, 0.83), (7, 0.80)])
def test_nominal_energy_is_that_at_the_nominal_supply(nm, volt):
    assert NODES[nm].energy_at(volt) == pytest.approx(NODES[nm].energy_from(45), rel=1e-12)


@pytest.mark.parametrize(
    ("nm", "area"), [(130, 6.4), (90, 2.8), (65, 1.5), (32, 0.46), (22, 0.21), (7, 0.059)]
)
def test_area_ratio_is_stillmaker_and_baas(nm, area):
    assert NODES[nm].area_from(45) == pytest.approx(area, rel=1e-12)


@pytest.mark.parametrize(
    ("nm", "ohm", "farad"),
    [(130, (0.34, 1.0), (0.14, 0.42)), (45, (0.83, 2.5), (0.064, 0.19)),
     (22, (1.9, 5.6), (0.032, 0.096)), (7, (5.6, 16.7), (0.016, 0.048))],
)  # fmt: skip
def test_wire_of_one_cell_pitch(nm, ohm, farad):
    assert NODES[nm].r_segment == pytest.approx(ohm, rel=0.025)
    assert np.array(NODES[nm].c_segment) * 1e15 == pytest.approx(farad, rel=0.015)


def test_delay_at_65_nm_is_stillmaker_and_baas():
    """-53.3 V^3 + 230.4 V^2 - 333.9 V + 178.6, by hand."""
    ratio = NODES[65].delay_at(0.85) / NODES[65].delay_at(1.2)
    assert ratio == pytest.approx(28.517 / 17.598, rel=1e-3)


@pytest.mark.parametrize("nm", [*NODES, 28, 40, 55])
def test_delay_falls_with_the_supply_until_it_is_held_and_is_1_at_the_nominal_one(nm):
    made = node(nm * 1e-9)
    low, high = made.supplies
    delays = [made.delay_at(v) for v in np.linspace(low, high, 60)]
    assert (np.diff(delays) <= 1e-3 * delays[-1]).all()
    assert delays[0] > 1.2 > delays[-1] > 0
    assert made.delay_at(made.v_nominal) == 1.0


def test_a_node_at_another_supply_has_its_energy_delay_and_capacitors_charge():
    low = NODES[65].supplied(0.85)
    assert low.v_dd == 0.85
    assert low.energy_from(45) == pytest.approx(NODES[65].energy_at(0.85), rel=1e-12)
    assert low.fo4 / NODES[65].fo4 == pytest.approx(NODES[65].delay_at(0.85), rel=1e-12)
    assert (low.r_segment, low.c_word) == (NODES[65].r_segment, NODES[65].c_word)


def test_a_node_beyond_its_supplies_goes_with_their_square_when_asked():
    told = []
    high = NODES[130].supplied(1.8, extrapolate=True, told=told)
    expected = NODES[130].energy_at(1.8, extrapolate=True)
    assert high.energy_from(45) == pytest.approx(expected, rel=1e-12)
    assert high.fo4 < NODES[130].fo4
    assert len(told) == 1
    with pytest.raises(SpecError, match="supply is 1.8 V"):
        NODES[130].supplied(1.8)


def test_gate_delay_is_four_tenths_of_a_picosecond_a_nanometre():
    assert NODES[45].fo4 == pytest.approx(18e-12, rel=1e-12, abs=0)


@pytest.mark.parametrize("nm", list(NODES))
def test_nodes_of_the_table_are_not_interpolated(nm):
    assert node(nm * 1e-9) is NODES[nm]
    assert not NODES[nm].interpolated


@pytest.mark.parametrize("nm", [28, 40, 55, 100])
def test_nodes_between_two_lie_on_a_line_of_logarithms(nm):
    made = node(nm * 1e-9)
    above = min(n for n in NODES if n > nm)
    below = max(n for n in NODES if n < nm)
    part = math.log(nm / below) / math.log(above / below)
    assert made.interpolated
    for name in ("metal_width", "wire_resistance", "v_dd", "v_nominal", "area_ratio"):
        ends = (getattr(NODES[below], name), getattr(NODES[above], name))
        line = ends[0] ** (1 - part) * ends[1] ** part
        assert getattr(made, name) == pytest.approx(line, rel=1e-12, abs=0)
    v = made.v_nominal
    line = NODES[below].energy_at(v) ** (1 - part) * NODES[above].energy_at(v) ** part
    assert made.energy_at(v) == pytest.approx(line, rel=1e-12)


@pytest.mark.parametrize("nm", [28, 40, 55])
@pytest.mark.parametrize("volt", [0.7, 0.9, 1.1])
def test_energy_between_two_nodes_lies_between_theirs_at_any_supply(nm, volt):
    above = min(n for n in NODES if n > nm)
    below = max(n for n in NODES if n < nm)
    assert NODES[below].energy_at(volt) < node(nm * 1e-9).energy_at(volt)
    assert node(nm * 1e-9).energy_at(volt) < NODES[above].energy_at(volt)


def test_energy_at_nominal_supply_falls_with_every_nanometre():
    energies = [node(nm * 1e-9).energy_from(45) for nm in range(7, 131)]
    assert (np.diff(energies) > 0).all()


@pytest.mark.parametrize("nm", [130, 65, 40, 22, 7])
def test_energy_rises_with_the_supply_within_its_range(nm):
    low, high = node(nm * 1e-9).supplies
    energies = [node(nm * 1e-9).energy_at(v) for v in np.linspace(low, high, 50)]
    assert (np.diff(energies) > 0).all()


def test_supply_beyond_the_range_is_refused_with_the_range():
    with pytest.raises(SpecError, match=r"supply is 1\.8 V at 130 nm; .* 500 mV to 1\.56 V"):
        NODES[130].energy_at(1.8)


def test_supply_beyond_the_range_goes_with_its_square_when_asked_and_is_told():
    told = []
    top = NODES[130].energy_at(1.56)
    high = NODES[130].energy_at(1.8, extrapolate=True, told=told)
    assert high == pytest.approx(top * (1.8 / 1.56) ** 2, rel=1e-12)
    assert len(told) == 1
    assert NODES[130].energy_at(1.8, extrapolate=True, told=told) == high
    assert len(told) == 1


@pytest.mark.parametrize("volt", [0.0, -1.0, math.nan, "1 V"])
def test_what_is_no_supply_is_refused(volt):
    with pytest.raises(SpecError, match="supply"):
        NODES[45].energy_at(volt, extrapolate=True)


@pytest.mark.parametrize("nm", [180, 5, 131, 6.9])
def test_nodes_outside_the_table_are_refused(nm):
    with pytest.raises(SpecError, match="must lie from 7 nm to 130 nm"):
        node(nm * 1e-9)


@pytest.mark.parametrize("length", [math.nan, math.inf, None, "28 nm", True])
def test_what_is_no_length_is_refused(length):
    with pytest.raises(SpecError, match="technology_node is .*number"):
        node(length)
