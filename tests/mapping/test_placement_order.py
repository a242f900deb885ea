from itertools import combinations

import numpy as np
import pytest
from placed_networks import conv, dense, digital, hardware, lenet, linear, resnet18

from xbarsim.mapping import Graph, Strategy, distances, map_network
from xbarsim.mapping.grid import by_rows, short, snake


def way(placement, *example):
    table = distances(placement, *example)
    return float((table["values"] * table["hops"]).sum())


def cost(places, shares, sent):
    """Sum over pairs of layers and of arrays, term by term."""
    apart = abs(places[:, None] - places).sum(axis=-1)
    return float(np.einsum("ai,ij,bj,ab->", shares, sent, shares, apart))


def test_rows_and_snakes_by_hand():
    assert by_rows(5, 2).tolist() == [[0, 0], [1, 0], [0, 1], [1, 1], [0, 2]]
    assert snake(5, 2).tolist() == [[0, 0], [1, 0], [1, 1], [0, 1], [0, 2]]


def test_neighbours_of_a_snake_are_neighbours_on_the_grid():
    assert (abs(np.diff(snake(23, 5), axis=0)).sum(axis=1) == 1).all()


def test_the_grid_is_about_square_unless_it_is_given():
    layers = [dense(40, 30)]
    placement = map_network(layers, hardware(rows=10, cols=10))
    assert placement.arrays == 24 and placement.places.max(axis=0).tolist() == [4, 4]
    strategy = Strategy(grid_cols=12, order="row")
    wide = map_network(layers, hardware(rows=10, cols=10), strategy=strategy)
    assert wide.table[["x", "y"]].to_numpy()[13].tolist() == [1, 1]


def test_hand_worked_distances():
    # a on array 0 at (0, 0), b on arrays 1 and 2 at (1, 0) and (1, 1): hops 1 and 2
    layers = [dense(12, 4, "a"), dense(2, 12, "b")]
    placement = map_network(layers, hardware(rows=10, cols=24))
    assert placement.places.tolist() == [[0, 0], [1, 0], [1, 1]]
    table = distances(placement).set_index(["from", "to"])
    assert table.loc[("a", "b"), ["values", "hops"]].tolist() == [12, 1.5]
    word, bit = placement.hardware.node.cell_pitch
    assert table.loc[("a", "b"), "metres"] == pytest.approx(24 * word + 0.5 * 10 * bit)
    assert table.loc[("b", "b"), ["values", "hops"]].tolist() == [2, 0.5]


def test_analog_partial_sums_are_not_sent():
    layers = [dense(12, 4, "a"), dense(2, 12, "b")]
    placement = map_network(layers, hardware(rows=10, cols=24, partial_sums="analog"))
    assert distances(placement)["to"].tolist() == ["b"]


def test_values_are_counted_where_digital_work_leaves_them():
    # the pool stands by the first convolution: 6 x 14 x 14 values leave it, not 6 x 28 x 28
    table = distances(map_network(lenet(), hardware()), np.zeros((1, 1, 28, 28)))
    sent = {(r["from"], r["to"]): r["values"] for r in table.to_dict("records")}
    assert sent["conv1", "conv2"] == 6 * 14 * 14
    assert sent["conv2", "fc1"] == 400 and sent["fc2", "fc3"] == 84
    assert sent["conv2", "conv2"] == 16 * 10 * 10  # partial sums of two arrays at 100 positions


def test_a_sum_is_made_where_the_later_layer_stands():
    graph = Graph(
        nodes=(
            conv("a", "x", 4, 2, 3, pad=1),
            conv("b", "a", 4, 4, 3, pad=1),
            digital("sum", "add", "b", "a"),
            conv("c", "sum", 2, 4, 3, pad=1),
        )
    )
    table = distances(map_network(graph, hardware()), np.zeros((1, 2, 5, 5)))
    sent = {(r["from"], r["to"]): r["values"] for r in table.to_dict("records")}
    assert sent == {("a", "b"): 200, ("b", "c"): 100}


def test_short_stops_where_no_exchange_of_two_arrays_helps():
    rng = np.random.default_rng(1)
    shares = rng.random((12, 4)) * (rng.random((12, 4)) < 0.5)
    shares[np.arange(12), np.arange(12) % 4] += 0.1
    sent = rng.random((4, 4))
    found = short(snake(12, 4), shares, sent)
    best = cost(found, shares, sent)
    assert best < cost(snake(12, 4), shares, sent)
    for a, b in combinations(range(12), 2):
        other = found.copy()
        other[[a, b]] = other[[b, a]]
        assert cost(other, shares, sent) >= best * (1 - 2e-3)


def test_short_is_the_shortest_for_a_chain_out_of_order():
    chain = np.zeros((4, 4))
    for a, b in [(0, 2), (2, 1), (1, 3)]:
        chain[a, b] = 1.0
    found = short(snake(4, 4), np.eye(4), chain)
    assert cost(found, np.eye(4), chain) == 3


def test_short_saves_way_for_resnet_and_is_the_same_again():
    arrays = hardware(rows=256, cols=256)
    plain = map_network(resnet18(), arrays)
    again = [map_network(resnet18(), arrays, strategy=Strategy(order="short")) for _ in range(2)]
    assert way(again[0]) < 0.8 * way(plain)
    assert again[0].slots == again[1].slots
    assert sorted(map(tuple, again[0].places)) == sorted(map(tuple, plain.places))


def test_the_way_is_what_distances_add_up_to():
    graph = Graph(nodes=(linear("a", "x", 30, 20), linear("b", "a", 20, 30)))
    strategy = Strategy(packing="diagonal", copies={"b": 2})
    placement = map_network(graph, hardware(rows=16, cols=16), strategy=strategy)
    shares = np.zeros((placement.arrays, 2))
    for slot in placement.slots:
        shares[slot.array, "ab".index(slot.layer)] += 1
    sent = np.array([[30.0, 30.0], [0.0, 20.0]])  # both matrices stand on two rows of arrays
    assert way(placement) == pytest.approx(cost(placement.places, shares / shares.sum(0), sent))
