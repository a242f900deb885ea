import numpy as np
import pytest
from placed_networks import conv, dense, digital, hardware, lenet, linear, resnet18

from xbarsim import SpecError
from xbarsim.encode import Encoding
from xbarsim.layers import Node
from xbarsim.mapping import Graph, Placement, Slot, Strategy, map_network

MLP = [dense(256, 784, "first", activation="relu"), dense(10, 256, "second")]


def test_hand_worked_placement_of_a_perceptron():
    # 784 inputs on seven arrays of 112 rows, 256 outputs in pairs on four; 256 inputs on two of 128
    placement = map_network(MLP, hardware(rows=128, cols=128))
    table = placement.table
    assert placement.arrays == len(table) == 30
    assert (table.groupby("layer", sort=False).size() == [28, 2]).all()
    first, second = table[table["layer"] == "first"], table[table["layer"] == "second"]
    assert set(first["used_rows"]) == {112} and set(first["row0"]) == {16}
    assert set(first["used_cols"]) == {128} and set(first["used_cells"]) == {112 * 128}
    assert second["first_input"].tolist() == [0, 128]
    assert second["last_input"].tolist() == [127, 255]
    assert second["used_cols"].tolist() == [20, 20] and second["row0"].tolist() == [0, 0]
    assert (table["col0"] == 0).all()
    cells = 2 * 256 * 784 + 2 * 10 * 256
    assert placement.utilisation == pytest.approx(cells / (30 * 128 * 128))


def test_digital_layers_are_listed_with_why():
    digital = map_network(lenet(), hardware()).digital
    assert digital["name"].tolist() == [
        "relu1",
        "pool1",
        "relu2",
        "pool2",
        "flat",
        "relu3",
        "relu4",
    ]
    assert digital["op"].tolist()[1] == "max_pool"
    assert set(digital["why"]) == {"has no weights"}


def test_convolutions_stand_as_matrices_of_their_windows():
    table = map_network(lenet(), hardware()).table.set_index("layer")
    assert table.loc["conv1", ["used_rows", "used_cols"]].tolist() == [25, 12]
    assert table.loc["conv2"][["used_rows", "used_cols"]].to_numpy().tolist() == [[75, 32]] * 2


def test_depthwise_channels_share_arrays_along_the_diagonal():
    # 8 channels of 9 rows and 2 columns; 64 rows take 7 of them, so there are 4 on each of two
    graph = Graph(nodes=(conv("depthwise", "x", 8, 8, 3, groups=8),))
    table = map_network(graph, hardware(rows=64, cols=16)).table
    assert table["groups"].tolist() == [4, 4]
    assert table["used_rows"].tolist() == [36, 36] and table["used_cols"].tolist() == [8, 8]
    assert table["used_cells"].tolist() == [4 * 9 * 2] * 2


@pytest.mark.parametrize("kind", ["differential", "balanced", "offset", "single"])
@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("settings", [{}, {"slices": 2, "cell_bits": 2}, {"copies": 2}])
def test_used_cells_are_those_that_are_formed(kind, groups, settings):
    graph = Graph(nodes=(conv("c", "x", 12, 8, 3, groups=groups),))
    placed = hardware(rows=40, cols=24, encoding=Encoding(kind=kind, **settings))
    placement = map_network(graph, placed)
    formed = placement.partitions["c", ""].formed
    assert placement.table["used_cells"].tolist() == [
        formed[row, column].sum()
        for row, column in placement.table[["row_block", "col_block"]].to_numpy()
    ]
    assert set(placement.table["slices"]) == {settings.get("slices", 1)}


def test_uneven_pieces_stand_at_the_sensed_end():
    placement = map_network([dense(3, 129)], hardware(rows=128, cols=128))
    assert placement.table["used_rows"].tolist() == [65, 64]
    assert placement.table["row0"].tolist() == [63, 64]
    assert not placement.offsets("layer").any()
    assert placement.offsets("layer").shape == (2, 1, 2)


def test_a_bias_may_have_rows_of_its_own():
    bare = Graph(nodes=(linear("bare", "x", 4, 10),))
    assert map_network([dense(4, 10)], hardware(bias_rows=2)).table["used_rows"].tolist() == [12]
    assert map_network(bare, hardware(bias_rows=2)).table["used_rows"].tolist() == [10]


def test_every_matrix_of_a_recurrent_layer_is_placed():
    rng = np.random.default_rng(0)
    arrays = {"w_ih": rng.standard_normal((20, 3)), "w_hh": rng.standard_normal((20, 5))}
    graph = Graph(nodes=(Node(name="lstm", op="lstm", inputs=("x",), arrays=arrays),))
    table = map_network(graph, hardware()).table
    assert table["layer"].tolist() == ["lstm", "lstm"] and table["block"].tolist() == ["ih", "hh"]
    assert table["used_rows"].tolist() == [3, 5]


def test_a_layer_that_runs_twice_stands_once():
    first = linear("cell", "x", 6, 6)
    again = Node(name="cell#2", op="linear", inputs=("cell",), arrays=first.arrays,
                 settings={"shared": "cell"})  # fmt: skip
    placement = map_network(Graph(nodes=(first, again)), hardware())
    assert placement.table["layer"].tolist() == ["cell"] and placement.arrays == 1


def test_copies_stand_on_arrays_of_their_own():
    placement = map_network(MLP, hardware(), strategy=Strategy(copies={"second": 3}))
    assert placement.arrays == 28 + 3 * 2
    assert placement.copies("first") == 1 and placement.copies("second") == 3
    second = placement.table.query("layer == 'second'")
    assert second["copy"].tolist() == [0, 0, 1, 1, 2, 2]
    assert second["array"].nunique() == 6


def test_too_few_arrays_say_how_many_are_needed():
    with pytest.raises(SpecError, match=r"max_arrays is 29; the network needs 30 arrays of 128 x"):
        map_network(MLP, hardware(), strategy=Strategy(max_arrays=29))
    assert map_network(MLP, hardware(), strategy=Strategy(max_arrays=30)).arrays == 30


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"packing": "tight"}, "strategy.packing is 'tight'; known: none, diagonal"),
        ({"order": "spiral"}, "strategy.order is 'spiral'; known: row, snake, short"),
        ({"max_arrays": 0}, "strategy.max_arrays is 0"),
        ({"grid_cols": 2.5}, "strategy.grid_cols is 2.5"),
        ({"copies": "many"}, "strategy.copies is 'many'"),
        ({"copies": {"fc": 0}}, "copies of layer fc is 0"),
        ({"copies": "balance"}, "needs strategy.max_arrays"),
    ],
)
def test_strategies_that_mean_nothing_are_refused(settings, named):
    with pytest.raises(SpecError, match=named):
        Strategy(**settings)


def test_copies_of_an_unknown_layer_name_the_nearest():
    with pytest.raises(SpecError, match="no layer 'frist'.*did you mean 'first'"):
        map_network(MLP, hardware(), strategy=Strategy(copies={"frist": 2}))


def test_a_network_without_weights_is_refused():
    with pytest.raises(SpecError, match="no layer with weights"):
        map_network(Graph(nodes=(digital("relu", "relu", "x"),)), hardware())


def test_slots_that_cannot_be_are_refused():
    placement = map_network([dense(4, 6, "a"), dense(3, 4, "b")], hardware(rows=8, cols=8))
    a, b = placement.slots

    def placed(*slots):
        return Placement(graph=placement.graph, hardware=placement.hardware, slots=slots)

    for slots, named in [
        ((a,), "piece 0,0 of copy 0 of b has no slot"),
        ((a, b, b), "copy 0 of b has 2 slots"),
        ((a, b, b._replace(row=1)), "there is no piece 1,0 of copy 0 of b"),
        ((a, b._replace(copy=1)), "copy 0 of b has no slot"),
        (
            (a._replace(row0=3), b),
            r"row 3, column 0 and takes 6 x 8 cells; that is not within 8 x 8",
        ),
        ((a._replace(col0=-1), b), "that is not within 8 x 8"),
        ((a, b._replace(array=0, x=0)), "on array 0 .* overlap in their rows"),
        ((a, b._replace(array=2)), "not numbered from 0 to 1"),
        ((a, b._replace(x=0)), r"2 arrays stand at \(0, 0\)"),
        ((a, b._replace(x=-1)), r"an array stands at \(-1, 0\)"),
    ]:
        with pytest.raises(SpecError, match=named):
            placed(*slots)
    assert placed(a, b).slots == (a, b) and isinstance(a, Slot)


def test_a_network_of_eleven_million_weights_is_placed_at_once():
    placement = map_network(resnet18(), hardware(rows=256, cols=256))
    table = placement.table
    weights = sum(block.weights.size for block in placement.graph.blocks().values())
    assert weights == 11_678_912 and table["used_cells"].sum() == 2 * weights
    assert placement.arrays == 370
    assert not any("formed" in vars(part) for part in placement.partitions.values())
