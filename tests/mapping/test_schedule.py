from collections import Counter

import numpy as np
import pytest
from placed_networks import conv, dense, digital, hardware, lenet, linear

from xbarsim import Adc, Dac, SpecError
from xbarsim.layers import Node
from xbarsim.mapping import Graph, Strategy, map_network, schedule
from xbarsim.mapping.activity import activity_of
from xbarsim.mapping.copies import in_series, pace

IMAGE = np.zeros((1, 1, 28, 28), dtype=np.float32)


def lstm(name, source, inputs, hidden):
    rng = np.random.default_rng(0)
    arrays = {
        "w_ih": rng.standard_normal((4 * hidden, inputs)),
        "w_hh": rng.standard_normal((4 * hidden, hidden)),
    }
    return Node(name=name, op="lstm", inputs=(source,), arrays=arrays)


def test_hand_worked_reads_of_lenet():
    table = schedule(map_network(lenet(), hardware(t_read=50e-9)), IMAGE)
    assert table["layer"].tolist() == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    assert table["reads"].tolist() == [28 * 28, 10 * 10, 1, 1, 1]
    np.testing.assert_allclose(table["time"], 50e-9 * table["reads"])
    assert table.attrs["interval"] == pytest.approx(784 * 50e-9)
    assert table.attrs["latency"] == pytest.approx(887 * 50e-9)
    assert table["share"].tolist()[:2] == [1.0, pytest.approx(100 / 784)]


def test_a_read_takes_its_phases_and_the_conversions_of_one_converter():
    # 8 bits of inputs that are never negative, one by one; 16 columns for each converter
    placed = hardware(dac=Dac(bits=8, coding="bit_serial"), t_read=100e-9,
                      adc=Adc(rate=1e8, columns_per_adc=16))  # fmt: skip
    table = schedule(map_network([dense(30, 20)], placed), np.ones((1, 20)))
    assert table[["phases", "conversions"]].to_numpy().tolist() == [[8, 8 * 16]]
    assert table["time"].tolist() == [pytest.approx(8 * 100e-9 + 128 / 1e8)]


def test_signed_inputs_take_a_phase_fewer_and_analog_sums_convert_once():
    placed = hardware(dac=Dac(bits=8, coding="bit_serial"), phase_sums="analog",
                      adc=Adc(columns_per_adc=16))  # fmt: skip
    table = schedule(map_network([dense(30, 20)], placed), -np.ones((1, 20)))
    assert table[["phases", "conversions"]].to_numpy().tolist() == [[7, 16]]


def test_converters_shared_by_more_columns_than_there_are_convert_those():
    table = schedule(map_network([dense(30, 20)], hardware(adc=Adc(columns_per_adc=99))),
                     np.ones((1, 20)))  # fmt: skip
    assert table["conversions"].tolist() == [30]


def test_copies_share_vectors_that_are_known_at_once():
    strategy = Strategy(copies={"conv1": 5, "fc1": 2})
    table = schedule(map_network(lenet(), hardware(), strategy=strategy), IMAGE).set_index("layer")
    assert table.loc["conv1", "series"] == 157  # 784 / 5, rounded up
    assert table.loc["fc1", "series"] == 1
    assert table["copies"].tolist() == [5, 1, 2, 1, 1]


def test_copies_do_not_help_a_recurrent_matrix():
    graph = Graph(nodes=(lstm("lstm", "x", 3, 4),))
    placement = map_network(graph, hardware(), strategy=Strategy(copies={"lstm": 4}))
    table = schedule(placement, np.ones((1, 10, 3))).set_index("block")
    assert table["reads"].to_dict() == {"ih": 10, "hh": 10}
    assert table["series"].to_dict() == {"ih": 3, "hh": 10}


def test_latency_is_that_of_the_longest_branch():
    graph = Graph(
        nodes=(
            conv("short", "x", 4, 2, 3, stride=2, pad=1),
            conv("first", "x", 4, 2, 3, pad=1),
            conv("second", "first", 4, 4, 3, stride=2, pad=1),
            digital("sum", "add", "short", "second"),
        )
    )
    table = schedule(map_network(graph, hardware(t_read=1e-6)), np.ones((1, 2, 6, 6)))
    assert table["reads"].tolist() == [9, 36, 9]
    assert table.attrs["latency"] == pytest.approx(45e-6)


def test_a_layer_that_runs_twice_is_read_twice():
    first = linear("cell", "x", 6, 6)
    again = Node(name="cell#2", op="linear", inputs=("cell",), arrays=first.arrays,
                 settings={"shared": "cell"})  # fmt: skip
    table = schedule(map_network(Graph(nodes=(first, again)), hardware(t_read=1e-6)),
                     np.ones((1, 6), dtype=np.float32))  # fmt: skip
    assert table["reads"].tolist() == [2]
    assert table.attrs["latency"] == table.attrs["interval"] == pytest.approx(2e-6)


def greedy(placement, example, max_arrays):
    """A copy more for the slowest matrix, again and again, as long as there are arrays."""
    activity = activity_of(placement.graph, example)
    parts, placed = placement.partitions, placement.hardware
    copies = dict.fromkeys(parts, 1)

    def time(key, number):
        one = pace(parts[key], placed, activity.signed[key]).time
        return one * in_series(activity.calls[key], number)

    while True:
        slowest = max(parts, key=lambda key: time(key, copies[key]))
        more = next((n for n in range(copies[slowest] + 1, 1000)
                     if time(slowest, n) < time(slowest, copies[slowest])), None)  # fmt: skip
        if more is None:
            return copies
        wanted = {**copies, slowest: more}
        if sum(n * parts[key].arrays for key, n in wanted.items()) > max_arrays:
            return copies
        copies = wanted


@pytest.mark.parametrize("max_arrays", [14, 15, 20, 37, 100, 2000])
def test_balance_is_where_greedy_on_the_bottleneck_ends(max_arrays):
    placed = hardware(adc=Adc(columns_per_adc=4))
    strategy = Strategy(copies="balance", max_arrays=max_arrays)
    placement = map_network(lenet(), placed, strategy=strategy, example=IMAGE)
    expected = greedy(map_network(lenet(), placed), IMAGE, max_arrays)
    found = {key: placement.copies(*key) for key in placement.partitions}
    assert found == expected
    assert placement.arrays <= max_arrays


def test_balance_uses_the_room_that_packing_makes():
    intervals = {}
    for packing in ("none", "diagonal"):
        strategy = Strategy(copies="balance", max_arrays=40, packing=packing)
        placement = map_network(lenet(), hardware(), strategy=strategy, example=IMAGE)
        assert placement.arrays <= 40
        intervals[packing] = schedule(placement, IMAGE).attrs["interval"]
    assert intervals["diagonal"] < 0.5 * intervals["none"]


def test_balance_needs_an_example_and_enough_arrays_for_one_of_each():
    with pytest.raises(SpecError, match="balance needs an example"):
        map_network(lenet(), hardware(), strategy=Strategy(copies="balance", max_arrays=99))
    with pytest.raises(SpecError, match="max_arrays is 13; the network needs 14 arrays"):
        map_network(lenet(), hardware(), strategy=Strategy(copies="balance", max_arrays=13),
                    example=IMAGE)  # fmt: skip


@pytest.mark.parametrize(
    ("example", "named"),
    [
        ((), "has 1 inputs, x; the example holds 0"),
        ((IMAGE, IMAGE), "the example holds 2"),
        ((np.zeros((2, 1, 28, 28)),), r"shape \(2, 1, 28, 28\); it must hold one inference"),
        ((3.0,), r"has shape \(\)"),
        ((np.zeros((1, 1, 9, 9)),), r"does not take an example of \(1, 1, 9, 9\)"),
    ],
)
def test_examples_that_do_not_fit_are_refused(example, named):
    with pytest.raises(SpecError, match=named):
        schedule(map_network(lenet(), hardware()), *example)


def test_calls_and_signs_are_counted():
    graph = Graph(nodes=(lstm("lstm", "x", 3, 4), linear("out", "lstm", 2, 4)))
    activity = activity_of(graph, np.full((1, 5, 3), 0.5))
    assert activity.calls["lstm", "ih"] == Counter({5: 1})
    assert activity.calls["lstm", "hh"] == Counter({1: 5})
    assert activity.reads(("out", "")) == 5 and activity.values["lstm"] == 20
    assert not activity.signed["lstm", "ih"] and activity.signed["lstm", "hh"]


def test_a_network_that_runs_in_time_is_read_in_every_step():
    nir = pytest.importorskip("nir")
    lif = nir.LIF(tau=np.full(4, 1e-2), r=np.ones(4), v_leak=np.zeros(4), v_threshold=np.ones(4))
    ones = np.ones((4, 4))
    network = nir.NIRGraph(
        nodes={"input": nir.Input(np.array([4])), "in": nir.Linear(ones), "lif": lif,
               "loop": nir.Linear(ones), "output": nir.Output(np.array([4]))},
        edges=[("input", "in"), ("in", "lif"), ("lif", "loop"), ("loop", "lif"), ("lif", "output")],
    )  # fmt: skip
    placement = map_network(network, hardware(t_read=1e-6), strategy=Strategy(order="short"))
    table = schedule(placement, np.ones((1, 7, 4))).set_index("layer")
    assert table["reads"].to_dict() == {"in": 7, "loop": 7}
    assert table.attrs["interval"] == table.attrs["latency"] == pytest.approx(7e-6)
    digital = placement.digital.set_index("name")
    assert digital.loc["lif", "why"] == "keeps a state from step to step"
