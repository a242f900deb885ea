"""The model of memristive macros: physics that must hold whatever the constants."""

import math

import numpy as np
import pytest

from xbarsim.energy.macros import load, names
from xbarsim.energy.macros.array import (
    area,
    column_conductance,
    invocation,
    memory,
    node_of,
    quantiles,
    spread,
)
from xbarsim.energy.macros.cells import mean_conductance, resistances
from xbarsim.errors import SpecError

FREE = [n for n in names() if load(n).set != "calibrated"]


def macro_of(**changes):
    return load("yoon_2022").model_copy(update=changes)


def point_of(**changes):
    return load("yoon_2022").points[0].model_copy(update=changes)


@pytest.mark.parametrize("name", FREE)
def test_parts_add_up_to_the_whole(name):
    macro = load(name)
    for point in macro.points:
        told = memory(macro, point, {})
        parts = sum(v for k, v in told.items() if k.startswith("joule_per_mac_"))
        assert parts * told["tops_per_watt"] == pytest.approx(2e-12, rel=1e-12)


@pytest.mark.parametrize("name", FREE)
def test_throughput_counts_two_operations_a_product(name):
    macro = load(name)
    for point in macro.points:
        weights = macro.converters / point.conversions_per_weight
        products = macro.cores * macro.rows_on * weights
        told = memory(macro, point, {})["tops"]
        assert told * 1e12 * point.cycle_time * point.cycles == pytest.approx(2 * products)


def test_twice_the_cycle_doubles_the_cells_energy_and_no_line_s():
    short, long = (invocation(macro_of(), point_of(cycle_time=t)) for t in (10e-9, 20e-9))
    assert long["cells"] == pytest.approx(2 * short["cells"])
    assert long["word_lines"] == short["word_lines"]
    assert long["registers"] == short["registers"]


def test_twice_the_supply_quadruples_what_capacitances_take_and_doubles_the_cells():
    one, two = (invocation(macro_of(v_dd=v), point_of()) for v in (0.6, 1.2))
    for part in ("word_lines", "converters", "registers"):
        assert two[part] == pytest.approx(4 * one[part])
    assert two["cells"] == pytest.approx(2 * one["cells"])


def test_cells_energy_goes_with_the_read_voltage():
    one, two = (invocation(macro_of(v_read=v), point_of())["cells"] for v in (0.1, 0.2))
    assert two == pytest.approx(2 * one)


def test_energy_of_a_product_does_not_depend_on_the_number_of_cores():
    one, many = (memory(macro_of(cores=c), point_of(), {}) for c in (1, 8))
    assert one["tops_per_watt"] == pytest.approx(many["tops_per_watt"])
    assert many["tops"] == pytest.approx(8 * one["tops"])
    assert many["tops_per_mm2"] == pytest.approx(one["tops_per_mm2"])


def test_more_pulses_and_columns_cost_what_they_drive():
    base = invocation(macro_of(), point_of())
    pulses = invocation(macro_of(), point_of(pulses=8))
    columns = invocation(macro_of(), point_of(columns_per_conversion=4))
    assert pulses["word_lines"] == pytest.approx(8 * base["word_lines"])
    assert columns["cells"] == pytest.approx(4 * base["cells"])
    assert columns["converters"] == base["converters"]


def test_a_column_with_wires_is_what_nodal_analysis_gives():
    macro = macro_of(rows=256, rows_on=256, cell="rram")
    at = node_of(macro)
    cell = mean_conductance(resistances(macro), at, 0.5) * 0.5
    wire = 1 / (2 * at.r_segment[1])  # bit line and source line in series
    matrix = np.diag(np.full(256, 2 * wire + cell)) - wire * (np.eye(256, k=1) + np.eye(256, k=-1))
    matrix[-1, -1] = wire + cell
    source = np.zeros(256)
    source[0] = wire  # 1 V at the near end
    current = wire * (1 - np.linalg.solve(matrix, source)[0])
    assert column_conductance(macro) == pytest.approx(current, rel=0.01)
    assert current < 0.7 * 256 * cell  # the wires matter here


def test_published_resistances_take_the_place_of_the_class():
    own = macro_of(r_on=50e3, r_off=500e3)
    assert resistances(own) == (50e3, 500e3)
    at = node_of(own)
    series = 0.8e-3 / (2 * 40e-9)  # ohm m over m
    wanted = 0.5 / (50e3 + series) + 0.5 / (500e3 + series)
    assert mean_conductance((50e3, 500e3), at, 0.5) == pytest.approx(wanted)


def test_area_grows_with_cores_and_rows():
    assert area(macro_of(cores=4)) == pytest.approx(4 * area(macro_of()))
    assert 1.9 < area(macro_of(rows=512)) / area(macro_of()) < 2.0


def test_the_band_is_symmetric_in_the_logarithm_and_as_wide_as_the_spread():
    low, high = quantiles(10.0, 0.7)
    assert low * high == pytest.approx(100)
    assert math.log(high / low) == pytest.approx(2 * 1.2815515655446004 * 0.7)


def test_the_spread_is_that_of_data_and_of_the_part_that_dominates():
    macro = macro_of(rows_on=256)
    point = point_of(cycle_time=1e-3)
    shares = invocation(macro, point)
    cells, control = shares["cells"], shares["control"]
    assert cells > 0.8 * sum(shares.values())
    total = cells + control
    own = 0.7 * math.hypot(cells, control) / total
    assert spread(macro, point) == pytest.approx(math.hypot(own, 0.5), rel=1e-3)


def test_an_unknown_cell_or_converter_is_refused():
    with pytest.raises(SpecError, match=r"cell is 'rramm'; did you mean 'rram'"):
        invocation(macro_of(cell="rramm"), point_of())
    with pytest.raises(SpecError, match=r"converter is 'flush'; did you mean 'flash'"):
        invocation(macro_of(converter="flush"), point_of())


def test_bits_beyond_a_converters_range_are_refused():
    with pytest.raises(SpecError, match="bits is 12"):
        invocation(macro_of(converter_bits=12), point_of())


def test_a_node_beyond_the_table_is_refused():
    with pytest.raises(SpecError, match="180 nm"):
        invocation(macro_of(technology_node=180e-9), point_of())
