import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.encode import Encoding
from xbarsim.partition import Partition

SIZES = st.integers(1, 40)


def partitions(data):
    inputs, outputs, rows, cols = data
    return [
        Partition(
            inputs=inputs, outputs=outputs, rows=rows, cols=cols, encoding=Encoding(kind=kind)
        )
        for kind in ("differential", "offset")
    ]


@given(st.tuples(SIZES, SIZES, SIZES, st.integers(2, 40)))
@settings(max_examples=60, deadline=None)
def test_every_weight_has_its_cells_and_no_array_overflows(data):
    for p in partitions(data):
        held = np.zeros((p.inputs, p.outputs), dtype=int)
        for piece in p.pieces:
            held[np.ix_(piece.inputs, piece.outputs)] += 1
        assert (held == 1).all()
        sizes = [(len(q.inputs), p.encoding.columns(len(q.outputs))) for q in p.pieces]
        assert all(0 < rows <= p.rows and 0 < cols <= p.cols for rows, cols in sizes)
        assert int(p.formed.sum()) == sum(rows * cols for rows, cols in sizes)


@given(st.tuples(SIZES, SIZES, SIZES, st.integers(2, 40)))
@settings(max_examples=60, deadline=None)
def test_blocks_multiply_to_the_whole_product(data):
    rng = np.random.default_rng(0)
    for p in partitions(data):
        w, x = rng.standard_normal((p.outputs, p.inputs)), rng.standard_normal((3, p.inputs))
        blocks, parts = p.split_weights(w, np), p.split_inputs(x, np)
        y = np.einsum("rni,rcoi->rcno", parts, blocks)
        np.testing.assert_allclose(p.join_outputs(y, np), x @ w.T, atol=1e-12)


def test_hand_worked_partition():
    p = Partition(inputs=784, outputs=256, rows=128, cols=128, encoding=Encoding())
    assert p.shape == (7, 4, 112, 128)
    assert len(p.pieces) == 28
    assert (p.formed.sum(axis=(2, 3)) == 112 * 128).all()


@pytest.mark.parametrize(("encoding", "arrays"), [("differential", 2), ("offset", 1)])
def test_encoding_decides_how_many_outputs_fit(encoding, arrays):
    p = Partition(inputs=10, outputs=10, rows=16, cols=16, encoding=Encoding(kind=encoding))
    assert len(p.pieces) == arrays


def test_unused_rows_are_far_from_the_sense_amplifiers():
    p = Partition(inputs=5, outputs=1, rows=3, cols=2, encoding=Encoding())
    assert p.formed[:, 0, :, 0].tolist() == [[True, True, True], [False, True, True]]


GROUPS = st.tuples(
    st.integers(2, 7), st.integers(1, 9), st.integers(1, 6), st.integers(1, 20), st.integers(2, 20)
)


@pytest.mark.parametrize("kind", ["differential", "offset"])
@given(GROUPS)
@settings(max_examples=40, deadline=None)
def test_independent_matrices_keep_to_themselves(kind, sizes):
    groups, n_in, n_out, rows, cols = sizes
    p = Partition(inputs=groups * n_in, outputs=groups * n_out, rows=rows, cols=cols,
                  encoding=Encoding(kind=kind), groups=groups)  # fmt: skip
    rng = np.random.default_rng(0)
    w, x = rng.standard_normal((p.outputs, n_in)), rng.standard_normal((3, p.inputs))
    y = np.einsum("rni,rcoi->rcno", p.split_inputs(x, np), p.split_weights(w, np))
    expected = np.concatenate(
        [x[:, g * n_in : (g + 1) * n_in] @ w[g * n_out : (g + 1) * n_out].T for g in range(groups)],
        axis=1,
    )
    np.testing.assert_allclose(p.join_outputs(y, np), expected, atol=1e-12)
    each = Encoding(kind=kind).columns_each
    outside = p.formed[..., Encoding(kind=kind).references :].sum()
    assert outside == groups * n_in * n_out * each
    for piece in p.pieces:
        weights = len(piece.inputs) * len(piece.outputs) * each // piece.groups
        references = len(piece.inputs) * Encoding(kind=kind).references
        assert int(p.formed[piece.row, piece.column].sum()) == weights + references


def test_small_independent_matrices_share_an_array():
    """9 inputs and 1 output each: 14 fit into 128 rows, so that 64 take five arrays."""
    p = Partition(inputs=64 * 9, outputs=64, rows=128, cols=128, encoding=Encoding(), groups=64)
    assert (p.together, p.stack, p.down, p.across) == (14, 5, 1, 1)
    assert [piece.groups for piece in p.pieces] == [13, 13, 13, 13, 12]
    assert p.shape == (5, 1, 13 * 9, 26)
