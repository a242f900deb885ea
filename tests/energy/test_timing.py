from dataclasses import fields, replace

import numpy as np
import pytest
from timed_networks import IMAGE, conv, digital, hardware, linear, pool, small

from xbarsim import Adc, Dac, SpecError
from xbarsim.encode import Encoding
from xbarsim.energy.read_time import PARTS
from xbarsim.energy.timing import Times, stages
from xbarsim.layers import Node
from xbarsim.mapping import Graph, Strategy, map_network, multiply_adds, schedule

SERIAL = Dac(bits=4, coding="bit_serial")
SHARED = Adc(rate=1e8, columns_per_adc=4)
ALL = Times(decode=1e-9, word_line=2e-9, settle=3e-8, hold=4e-9, convert=5e-9, accumulate=1e-9,
            buffer_read=2e-10, buffer_write=3e-10, hop=7e-10, activation=8e-10,
            values_per_word=4)  # fmt: skip


def table(graph=None, times=ALL, example=IMAGE, strategy=None, **settings):
    placed = hardware(**{"rows": 32, "cols": 32, "dac": SERIAL, "adc": SHARED, **settings})
    placement = map_network(graph or small(), placed, strategy=strategy or Strategy())
    return stages(placement, times, example)


def one(outputs=8, inputs=20, **settings):
    graph = Graph(nodes=(linear("a", "x", outputs, inputs),))
    return table(graph, example=np.ones((1, inputs)), **settings).iloc[0]


def close(value):
    return pytest.approx(value, rel=1e-12, abs=0)


@pytest.mark.parametrize("adc", [None, SHARED, Adc(rate=3e8, columns_per_adc=7)])
@pytest.mark.parametrize("sums", ["digital", "analog"])
def test_without_times_beside_reads_and_conversions_it_is_the_schedule(adc, sums):
    strategy = Strategy(copies={"conv1": 5})
    placed = hardware(rows=32, cols=32, dac=SERIAL, adc=adc, phase_sums=sums)
    placement = map_network(small(), placed, strategy=strategy)
    expected, found = schedule(placement, IMAGE), stages(placement, Times(), IMAGE)
    for name in expected:
        assert found[name].tolist() == expected[name].tolist(), name
    for name in ("interval", "latency"):
        assert found.attrs[name] == expected.attrs[name]


@pytest.mark.parametrize("overlapped", [False, True])
@pytest.mark.parametrize("sums", ["digital", "analog"])
def test_parts_sum_to_a_product_and_products_to_the_stage(overlapped, sums):
    found = table(times=replace(ALL, overlapped=overlapped), phase_sums=sums)
    # the last sends nothing on; `fc1` adds several arrays up whatever its phases do
    assert (found.loc[2, list(PARTS)] > 0).all()
    np.testing.assert_allclose(found["mvm"], found[list(PARTS)].sum(axis=1) - found["hidden"],
                               rtol=1e-14)  # fmt: skip
    if overlapped:
        assert (found["time"] <= found["series"] * found["mvm"] * (1 + 1e-14)).all()
    else:
        assert (found["hidden"] == 0).all()
        np.testing.assert_allclose(found["time"], found["series"] * found["mvm"], rtol=1e-14)


def test_hand_worked_parts_of_a_product():
    # 45 inputs on two arrays of 23 and 22, 8 outputs; 4 phases of inputs that are never negative
    row = one(inputs=45, t_read=1e-8)
    assert row["phases"] == 4 and row["conversions"] == 16
    assert row["decode"] == close(4e-9) and row["word_line"] == close(8e-9)
    assert row["read"] == close(4 * 3e-8)  # settling takes longer than the read
    assert row["hold"] == close(16e-9) and row["convert"] == close(80e-9)
    assert row["accumulate"] == close(2e-9)  # the last value's own, and two arrays added up
    assert row["buffer"] == close(6 * 2e-10 + 2 * 3e-10)  # 23 and 8 values, 4 a word
    assert row["network"] == close((0.5 + 2 - 1) * 7e-10)  # partial sums, to themselves or beside
    assert row["activation"] == 0


def test_what_stays_on_its_array_takes_no_hop():
    chain = Graph(nodes=(linear("a", "x", 8, 10), linear("b", "a", 4, 8)))
    x = np.ones((1, 10))
    apart = table(chain, example=x)
    assert apart["network"].tolist() == [close((1 + 2 - 1) * 7e-10), 0]
    together = table(chain, example=x, strategy=Strategy(packing="diagonal"))
    assert together["network"].tolist() == [0, 0]


def test_a_read_is_never_shorter_than_the_hardware_says():
    assert one(t_read=1e-7)["read"] == close(4e-7)
    assert one(t_read=1e-9)["read"] == close(4 * 3e-8)


def test_sums_that_are_slower_than_conversions_hold_those_up():
    slow = one(times=replace(ALL, accumulate=6e-9))
    assert slow["accumulate"] == close(16 * 1e-9 + 6e-9)


def test_activations_stand_behind_each_converter():
    graph = Graph(nodes=(linear("a", "x", 8, 20), digital("r", "tanh", "a")))
    row = table(graph, example=np.ones((1, 20))).iloc[0]
    assert row["activation"] == close(4 * 8e-10)
    code = Encoding(kind="differential", slices=2, cell_bits=2)
    sliced = table(graph, example=np.ones((1, 20)), rows=64, cols=64, encoding=code).iloc[0]
    assert sliced["activation"] == close(2 * 8e-10)


@pytest.mark.parametrize(("front", "conversions"), [(1e-8, 4e-8), (4e-8, 1e-8), (2e-8, 2e-8)])
@pytest.mark.parametrize("sums", ["digital", "analog"])
def test_overlapped_rounds_take_as_long_as_a_simulated_two_stage_pipeline(front, conversions, sums):
    graph = Graph(nodes=(linear("a", "x", 8, 20),))
    times = Times(convert=conversions / 4, overlapped=True)
    vectors = 5
    found = table(graph, times, np.ones((1, vectors, 20)), t_read=front, phase_sums=sums).iloc[0]
    reads, converts, last = 0.0, 0.0, 0.0
    rounds = [front] * 4 * vectors if sums == "digital" else [4 * front] * vectors
    for length in rounds:  # a read may begin once the one before it has been taken over
        reads = max(reads, last) + length
        last = max(converts, reads)
        converts = last + conversions
    assert found["time"] == close(converts)


def test_throughput_is_one_over_the_slowest_stage():
    found = table()
    assert found.attrs["throughput"] == close(1 / found["time"].max())
    assert found["share"].max() == 1


def test_copies_shorten_the_latency_and_leave_the_reads():
    single = table()
    double = table(strategy=Strategy(copies={"conv1": 2}))
    assert double["reads"].tolist() == single["reads"].tolist()
    assert double["operations"].tolist() == single["operations"].tolist()
    assert double.loc[0, "series"] == single.loc[0, "series"] / 2
    assert double.attrs["latency"] < single.attrs["latency"]
    assert double.attrs["latency_streamed"] < single.attrs["latency_streamed"]


def test_twice_the_columns_of_a_converter_are_twice_the_conversions():
    once, twice = (table(adc=Adc(rate=1e8, columns_per_adc=n)) for n in (2, 4))
    assert (twice["conversions"] == 2 * once["conversions"]).all()
    np.testing.assert_allclose(twice["convert"], 2 * once["convert"], rtol=1e-14)


def test_overlap_shortens_and_never_below_reads_or_conversions():
    serial, overlapped = table(), table(times=replace(ALL, overlapped=True))
    assert (overlapped["time"] < serial["time"]).all()
    front = overlapped[["decode", "word_line", "read", "hold"]].sum(axis=1)
    for part in (front, overlapped["convert"]):
        assert (overlapped["time"] >= overlapped["series"] * part).all()


def test_operations_are_two_for_each_multiplication():
    found = table().groupby("layer")["operations"].sum()
    assert found.to_dict() == {k: 2 * n for k, n in multiply_adds(small(), IMAGE).items()}


def test_what_comes_from_outside_and_leaves():
    outside = table().set_index("layer")["outside"]
    assert outside.to_dict() == {"conv1": IMAGE.size, "conv2": 0, "fc1": 0, "fc2": 10}


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding"),
    [(9, 3, 1, 0), (9, 3, 1, 1), (9, 3, 2, 1), (10, 5, 3, 2), (8, 1, 2, 0), (7, 4, 2, 3)],
)
def test_reads_are_the_positions_of_torchs_output_and_operations_fvcores(
    size, kernel, stride, padding
):
    torch = pytest.importorskip("torch")
    layer = torch.nn.Conv2d(2, 3, kernel, stride, padding)
    x = torch.zeros(1, 2, size, size + 1)
    y = layer(x)
    graph = Graph(nodes=(conv("c", "x", 3, 2, kernel, stride, padding),))
    row = table(graph, example=x.numpy(), rows=64, cols=64).iloc[0]
    assert row["reads"] == y.shape[2] * y.shape[3]
    fvcore = pytest.importorskip("fvcore.nn")
    counted = fvcore.FlopCountAnalysis(layer.eval(), x).total()  # of multiply-adds
    assert row["operations"] == 2 * counted


def test_a_first_window_is_enough_for_a_convolution_to_begin():
    # 6 rows of 10 reads each; the second layer's row needs 3 rows, 1 of padding above and below
    graph = Graph(nodes=(conv("a", "x", 2, 2, 1), conv("b", "a", 2, 2, 3, pad=1)))
    found = table(graph, Times(), np.zeros((1, 2, 6, 10)), dac=None, adc=None, t_read=1e-6)
    assert found["time"].tolist() == [close(60e-6)] * 2
    assert found.attrs["latency"] == close(120e-6)
    # rows of `b` begin after rows 2, 3, 4, 5, 6, 6 of `a`, each 10 us: the last at 60 + 10
    assert found.attrs["latency_streamed"] == close(80e-6)


def test_a_strided_layer_waits_for_the_rows_that_it_needs_and_a_faster_one_for_each():
    graph = Graph(nodes=(conv("a", "x", 2, 2, 1), digital("r", "relu", "a"), pool("p", "r"),
                         conv("b", "p", 2, 2, 1)))  # fmt: skip
    found = table(graph, Times(), np.zeros((1, 2, 6, 6)), dac=None, adc=None, t_read=1e-6)
    assert found["time"].tolist() == [close(36e-6), close(9e-6)]
    assert found.attrs["latency_streamed"] == close(36e-6 + 3e-6)  # the last row of three


def test_a_dense_layer_waits_for_all_and_a_branch_for_the_slower():
    found = table()
    times = found.set_index("layer")["time"]
    assert found.attrs["latency"] == close(times.sum())
    streamed = found.attrs["latency_streamed"]
    assert times.max() < streamed < found.attrs["latency"]
    chain = Graph(nodes=(linear("a", "x", 8, 20), linear("b", "a", 8, 8)))
    dense = table(chain, example=np.ones((1, 20)))
    assert dense.attrs["latency_streamed"] == close(dense.attrs["latency"])
    branches = Graph(nodes=(conv("a", "x", 2, 2, 3, pad=1), conv("b", "x", 2, 2, 1),
                            digital("s", "add", "a", "b")))  # fmt: skip
    both = table(branches)
    assert both.attrs["latency_streamed"] == close(both["time"].max())


@pytest.mark.parametrize("seed", range(5))
def test_streaming_never_takes_longer_than_the_longest_path_nor_less_than_the_slowest(seed):
    rng = np.random.default_rng(seed)
    nodes, last, channels = [], "x", 2
    for k in range(4):
        side, stride, pad = (int(n) for n in rng.integers([1, 1, 0], [4, 3, 3]))
        nodes.append(conv(f"c{k}", last, 3, channels, side, stride, min(pad, side - 1)))
        last, channels = f"c{k}", 3
    found = table(Graph(nodes=tuple(nodes)), example=np.zeros((1, 2, 40, 40)))
    streamed = found.attrs["latency_streamed"]
    assert found.attrs["interval"] * (1 - 1e-12) <= streamed <= found.attrs["latency"]


def test_a_layer_that_runs_twice_runs_twice():
    first = linear("cell", "x", 6, 6)
    again = Node(name="cell#2", op="linear", inputs=("cell",), arrays=first.arrays,
                 settings={"shared": "cell"})  # fmt: skip
    found = table(Graph(nodes=(first, again)), example=np.ones((1, 6)))
    runs = found.attrs["runs"]
    assert [(run.layer, run.after) for run in runs] == [("cell", ()), ("cell", (0,))]
    assert sum(run.time for run in runs) == close(found["time"].sum())


def test_wrong_times_are_refused_all_at_once():
    with pytest.raises(SpecError) as caught:
        Times(decode=-1e-9, hold=float("nan"), convert=-1.0, values_per_word=0, overlapped=1)
    assert caught.value.faults == [
        "times.decode is -1 ns; it must be at least 0 s",
        "times.hold is nan; it must be at least 0 s",
        "times.convert is -1 s; it must be at least 0 s",
        "times.values_per_word is 0; it must be a whole number from 1",
        "times.overlapped is 1; it must be true or false",
    ]


def test_every_time_makes_a_network_slower():
    base = table(times=Times()).attrs["latency"]
    for field in fields(Times):
        if field.name not in ("values_per_word", "overlapped"):
            slower = table(times=Times(**{field.name: 1e-6})).attrs["latency"]
            assert slower > base, field.name
