import math

import numpy as np
import pytest
from timed_networks import IMAGE, hardware, linear, small

from xbarsim import Adc, SpecError
from xbarsim.energy.area import CELLS, ROUTING, array_area, breakdown, cell_area, utilisation
from xbarsim.energy.read_time import Times
from xbarsim.energy.timing import stages
from xbarsim.mapping import Graph, Strategy, map_network
from xbarsim.technology import NODES

PERIPHERY = [("adc", 16, 3e-9), ("driver", 256, 5e-11), ("buffer", 0.25, 1e-8)]


def close(value):
    return pytest.approx(value, rel=1e-12, abs=0)


@pytest.mark.parametrize("nm", NODES)
def test_a_cell_is_as_large_as_the_pitch_its_wires_are_of(nm):
    across, down = NODES[nm].cell_pitch
    assert cell_area(NODES[nm]) == close(across * down)


def test_cells_of_the_literature():
    width = NODES[22].metal_width
    for name, squares in CELLS.items():
        assert cell_area(NODES[22], name) == close(squares * width**2)
    assert CELLS["crossbar"] == 4 and CELLS["1T1R"] == 48
    assert cell_area(NODES[130], 126.0) == close(126 * 175e-9**2)


def test_an_array_is_as_large_as_its_cells():
    placed = hardware(rows=64, cols=32, node=NODES[45])
    assert array_area(placed, "crossbar") == close(64 * 32 * 4 * 80e-9**2)


def test_the_breakdown_sums_to_its_total():
    table = breakdown(hardware(), 7, PERIPHERY)
    assert table["name"].tolist() == ["cells", "adc", "driver", "buffer", "routing"]
    assert table["area"].sum() == table.attrs["total"]
    placed = 7 * array_area(hardware()) + 16 * 3e-9 + 256 * 5e-11 + 0.25 * 1e-8
    assert table.attrs["total"] == close(ROUTING * placed)
    assert math.fsum(table["share"]) == close(1.0)


def test_without_routing_it_takes_no_area():
    table = breakdown(hardware(), 1, [], cell="crossbar", routing=1.0)
    assert table.attrs["total"] == array_area(hardware(), "crossbar")


def timed(copies=1, packing="none", times=Times(), **settings):  # noqa: B008
    placed = hardware(rows=32, cols=32, adc=Adc(columns_per_adc=8), **settings)
    strategy = Strategy(copies={"conv1": copies}, packing=packing)
    placement = map_network(small(), placed, strategy=strategy)
    return placement, stages(placement, times, IMAGE)


def test_spatial_utilisation_is_the_placements():
    placement, table = timed()
    found = utilisation(placement, table)
    assert len(found) == placement.arrays
    assert found.attrs["spatial"] == close(placement.utilisation)


def test_arrays_of_the_slowest_stage_are_never_idle_and_others_wait_their_share():
    placement, table = timed()
    found = utilisation(placement, table).set_index("array")
    shares = table.set_index("layer")["share"]
    for slot in placement.slots:
        assert found.loc[slot.array, "temporal"] == close(shares[slot.layer])
    assert found["temporal"].max() == 1.0
    assert found["both"].tolist() == close((found["spatial"] * found["temporal"]).tolist())


def test_copies_that_do_not_divide_the_reads_idle_in_the_last_round():
    placement, table = timed(copies=5)
    found = utilisation(placement, table)
    share = table.set_index("layer").loc["conv1", "share"] * 144 / (5 * 29)
    of_conv1 = {slot.array for slot in placement.slots if slot.layer == "conv1"}
    assert found.loc[sorted(of_conv1), "temporal"].tolist() == close([share] * len(of_conv1))


def test_matrices_on_one_array_are_weighted_by_their_cells():
    graph = Graph(nodes=(linear("a", "x", 4, 8), linear("b", "a", 2, 4)))
    strategy = Strategy(packing="diagonal")
    placement = map_network(graph, hardware(rows=32, cols=32), strategy=strategy)
    table = stages(placement, Times(), np.ones((1, 3, 8)))
    assert placement.arrays == 1
    row = utilisation(placement, table).iloc[0]
    assert row["spatial"] == close((8 * 8 + 4 * 4) / 32**2)
    assert row["temporal"] == 1 and row["both"] == close(row["spatial"])


def test_wrong_areas_are_refused_all_at_once():
    wrong = [("adc", -1, 1e-9), ("adc", 1, -1e-12), ("cells", 1, float("inf"))]
    with pytest.raises(SpecError) as caught:
        breakdown(hardware(), 0, wrong, routing=0.9)
    assert caught.value.faults == [
        "arrays is 0; it must be a whole number from 1",
        "routing is 0.9; it must be at least 1",
        "adc: instances is -1; it must be at least 0",
        "adc: area is -1e-12 m^2; it must be at least 0 m^2",
        "cells: area is inf; it must be at least 0 m^2 and finite",
        "two components are called 'adc'",
        "two components are called 'cells'",
    ]


def test_unknown_and_impossible_cells_are_refused():
    with pytest.raises(SpecError, match="cell is '1T1S'.*1T1R"):
        cell_area(NODES[22], "1T1S")
    with pytest.raises(SpecError, match="cell is 3.9; it must be at least 4"):
        cell_area(NODES[22], 3.9)


def test_a_table_of_another_network_is_refused():
    placement, _ = timed()
    other = map_network(Graph(nodes=(linear("a", "x", 4, 8),)), hardware())
    table = stages(other, Times(), np.ones((1, 8)))
    with pytest.raises(SpecError, match="stages is about 1 matrices; the placement has 4"):
        utilisation(placement, table)
