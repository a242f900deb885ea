import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from placed_networks import dense, hardware, lenet

from xbarsim import SpecError
from xbarsim.crossbar import Wires, transfer_matrix
from xbarsim.mapping import Strategy, map_network
from xbarsim.mapping.packing import diagonal

DIAGONAL = Strategy(packing="diagonal")
SIZES = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 20)), min_size=1, max_size=40)


def test_hand_worked_packing_of_three_layers():
    # rows and columns: a 40 x 16, b 8 x 12, c 6 x 4; on 64 x 64 they lie along one diagonal
    layers = [dense(8, 40, "a"), dense(6, 8, "b"), dense(2, 6, "c")]
    placement = map_network(layers, hardware(rows=64, cols=64), strategy=DIAGONAL)
    table = placement.table.set_index("layer")
    assert placement.arrays == 1
    assert table["row0"].to_dict() == {"a": 24, "b": 16, "c": 10}
    assert table["col0"].to_dict() == {"a": 0, "b": 16, "c": 28}
    assert placement.offsets("a").tolist() == [[[0, 0]]]
    assert placement.offsets("b").tolist() == [[[16, 40]]]
    assert placement.offsets("c").tolist() == [[[28, 48]]]
    assert placement.utilisation == pytest.approx((40 * 16 + 8 * 12 + 6 * 4) / 64**2)


def test_first_fit_decreasing_by_hand():
    # by larger share of 10 x 10: 9x1, 7x7, 3x3, 2x2, 1x1; only 3x3 fits beside 7x7 exactly
    sizes = [(2, 2), (7, 7), (9, 1), (3, 3), (1, 1)]
    assert diagonal(sizes, 10, 10) == [(0, 0, 0), (1, 0, 0), (2, 0, 0), (1, 7, 7), (2, 1, 9)]


def test_pieces_that_fill_rows_or_columns_stay_alone():
    assert [s.array for s in diagonal([(10, 1), (1, 10), (1, 1)], 10, 10)] == [0, 1, 2]


@given(SIZES)
def test_blocks_of_an_array_share_no_row_and_no_column(sizes):
    spots = diagonal(sizes, 12, 20)
    used = {}
    for spot, (rows, cols) in zip(spots, sizes, strict=True):
        in_rows, in_cols = used.setdefault(spot.array, (set(), set()))
        own_rows = set(range(spot.after, spot.after + rows))
        own_cols = set(range(spot.before, spot.before + cols))
        assert max(own_rows) < 12 and max(own_cols) < 20
        assert not (own_rows & in_rows or own_cols & in_cols)
        in_rows |= own_rows
        in_cols |= own_cols
    assert sorted(used) == list(range(len(used)))


@given(SIZES)
def test_packing_takes_no_more_arrays_than_pieces_and_no_fewer_than_their_lines(sizes):
    arrays = 1 + max(spot.array for spot in diagonal(sizes, 12, 20))
    rows, cols = np.sum(sizes, axis=0)
    assert max(rows / 12, cols / 20) <= arrays <= len(sizes)


def test_packed_blocks_are_electrically_apart():
    placement = map_network([dense(3, 5, "a"), dense(1, 3, "b")], hardware(rows=10, cols=8),
                            strategy=DIAGONAL)  # fmt: skip
    rng, g = np.random.default_rng(0), np.zeros((10, 8))
    blocks = {}
    for slot in placement.table.itertuples():
        rows = slice(slot.row0, slot.row0 + slot.used_rows)
        cols = slice(slot.col0, slot.col0 + slot.used_cols)
        blocks[slot.layer] = rows, cols
        g[rows, cols] = rng.uniform(1e-6, 1e-4, (slot.used_rows, slot.used_cols))
    wires = Wires(r_word=10.0, r_bit=10.0, r_source=50.0, r_sense=50.0)
    together, held = transfer_matrix(g, wires), np.zeros((10, 8), dtype=bool)
    for place in blocks.values():
        alone = np.zeros_like(g)
        alone[place] = g[place]
        np.testing.assert_allclose(together[place], transfer_matrix(alone, wires)[place], rtol=1e-9)
        held[place] = True
    assert abs(together[~held]).max() < 1e-9 * together.max()


def test_copies_of_a_small_layer_share_an_array():
    strategy = Strategy(packing="diagonal", copies={"a": 3})
    placement = map_network([dense(2, 5, "a")], hardware(rows=16, cols=16), strategy=strategy)
    assert placement.arrays == 1
    assert [placement.offsets("a", copy=k).tolist() for k in range(3)] == [
        [[[0, 0]]], [[[4, 5]]], [[[8, 10]]]
    ]  # fmt: skip


def test_packing_takes_fewer_arrays_for_lenet():
    alone, packed = (
        map_network(lenet(), hardware(), strategy=strategy) for strategy in (None, DIAGONAL)
    )
    assert packed.arrays < alone.arrays
    assert packed.table["used_cells"].sum() == alone.table["used_cells"].sum()


@pytest.mark.parametrize(
    ("wires", "named"),
    [
        (Wires(r_word=1.0, sides=2), "driven or sensed at both ends"),
        (Wires(r_word=1.0, sense_sides=2), "driven or sensed at both ends"),
        (Wires(r_bit=np.ones((9, 8))), "wires whose r_bit differs from line to line"),
    ],
)
def test_packing_needs_lines_that_are_alike_and_driven_once(wires, named):
    arrays = hardware(rows=10, cols=8, wires=wires)
    with pytest.raises(SpecError, match=f"strategy.packing is 'diagonal'; .*{named}"):
        map_network([dense(2, 5)], arrays, strategy=DIAGONAL)
    assert map_network([dense(2, 5)], arrays).arrays == 1
