import numpy as np
import pytest

from xbarsim.crossbar._leaf import grow
from xbarsim.crossbar.blocks import PAIRS, above, beside, cells


def joined(g, left, below):
    """A block made of one cell after another, rows first."""
    m, n = g.shape
    single = cells(g[None], left, below)

    def one(i, j):
        return {pair: matrix[:, i, j] for pair, matrix in single.items()}

    rows = []
    for i in range(m):
        row = one(i, 0)
        for j in range(1, n):
            row = beside(row, one(i, j)).block()
        rows.append(row)
    whole = rows[-1]
    for row in rows[-2::-1]:
        whole = above(whole, row).block()
    return whole


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (16, 13), (9, 40)], ids=str)
@pytest.mark.parametrize("ohms", [0.0, 1.0, 1e4])
def test_compiled_leaves_are_cells_joined(shape, ohms, streams):
    rng = streams.rng()
    g = 10 ** rng.uniform(-7, -3, shape)
    left, below = rng.uniform(0, 1, (2, *shape)) * ohms
    expected, found = joined(g, left, below), grow(g[None], left, below)
    for pair in PAIRS:
        scale = np.abs(expected[pair]).max() or 1.0
        assert np.abs(found[pair] - expected[pair]).max() < 1e-12 * scale, pair


def test_blocks_are_reciprocal(streams):
    """What a join leaves of Y and Z is symmetric: neither direction is privileged."""
    rng = streams.rng()
    g = rng.uniform(0, 1e-3, (6, 7))
    block = joined(g, *rng.uniform(0, 100, (2, 6, 7)))
    for pair in ("LL", "BB", "RR", "TT"):
        np.testing.assert_allclose(block[pair], block[pair].swapaxes(-1, -2), rtol=1e-9, atol=1e-15)
