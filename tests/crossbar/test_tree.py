"""The ways in which an array is cut, made and put together all say the same."""

import numpy as np
import pytest

from xbarsim.crossbar import Wires, solve, transfer_matrix, tree
from xbarsim.crossbar.tree import Terminated, cut, grown, levels
from xbarsim.crossbar.wires import lines_of
from xbarsim.errors import ConvergenceError

SHAPES = [(1, 1), (1, 7), (16, 16), (33, 20), (70, 130), (9, 150)]
WIRES = Wires(r_word=2.0, r_bit=1.0, r_source=30.0, r_sense=10.0)
TWO_SIDED = Wires(r_word=2.0, r_bit=1.0, r_source=30.0, r_sense=10.0, sides=2, sense_sides=2)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("wires", [WIRES, TWO_SIDED], ids=["one side", "two sides"])
def test_cells_joined_as_arrays_are_the_compiled_leaves(shape, wires, streams):
    """What cupy's arrays do, on numpy's."""
    g = streams.rng().uniform(0, 1e-3, (2, *shape))
    grid = cut(g, lines_of(wires, shape), compiled=False)
    t = Terminated(grid, grown(grid)).transfer()[..., -shape[0] :, : shape[1]]
    np.testing.assert_allclose(t, transfer_matrix(g, wires), rtol=1e-11, atol=1e-16)


@pytest.mark.parametrize("cores", [1, 2, 3, 16])
def test_the_number_of_cores_changes_nothing(cores, monkeypatch, streams):
    g = streams.rng().uniform(0, 1e-3, (1, 150, 260))
    lines = lines_of(WIRES, g.shape[1:])
    monkeypatch.setattr(tree, "blas_threads", lambda: cores)
    grid = cut(g, lines)
    parts = levels(grid)[-1]
    assert len(parts) == min({1: 1, 2: 2, 3: 4, 16: 16}[cores], grid.leaves[0] * grid.leaves[1])
    t = Terminated(grid, grown(grid)).transfer()[0, -150:, :260]
    expected = transfer_matrix(g[0], WIRES)
    np.testing.assert_allclose(t, expected, rtol=1e-12, atol=1e-12 * expected.max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_that_overflow_are_refused(dtype):
    g = np.full((20, 20), 0.9 * np.finfo(dtype).max, dtype=dtype)
    with np.errstate(all="ignore"), pytest.raises(ConvergenceError, match=f"{dtype.__name__} can"):
        transfer_matrix(g, Wires(r_sense=1.0))


@pytest.mark.parametrize("name", ["r_source", "r_sense", "r_word"])
@pytest.mark.parametrize("ohms", [1e8, 1e12, 1e16, 1e20, 1e25])
def test_large_resistances_are_right_or_refused(name, ohms):
    g = 1e-4 * (1 + np.arange(36).reshape(6, 6) / 36)
    one = np.full((6, 5) if name == "r_word" else 6, 2.0)
    one[3] = ohms
    wires = Wires(**{"r_word": 2.0, "r_bit": 2.0, "r_source": 2.0, "r_sense": 2.0, name: one})
    expected = solve(g, np.eye(6), wires, rtol=1e-11).i_out
    try:
        error = np.abs(transfer_matrix(g, wires) - expected).max() / expected.max()
    except ConvergenceError as refused:
        assert ohms >= 1e14
        assert "Call solve" in str(refused)
    else:
        assert error < 2e-9


def test_the_smallest_conductances_do_not_vanish():
    t = transfer_matrix(np.full((5, 5), 5.56e-309), Wires(r_word=1.0))
    np.testing.assert_allclose(t, 5.56e-309, rtol=1e-6)


def test_the_largest_conductances_do_not_vanish():
    wires = Wires(r_word=1.0, r_bit=1.0, r_source=1.0, r_sense=1.0)
    expected = transfer_matrix(np.full((12, 12), 1e12), wires)
    with np.errstate(all="ignore"):
        found = transfer_matrix(np.full((12, 12), 0.9 * np.finfo(float).max), wires)
    assert abs(found - expected).max() < 1e-9 * expected.max()
