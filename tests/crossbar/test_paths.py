"""The way to one cell, beside the solved circuit in which no other cell conducts."""

import numpy as np
import pytest

from xbarsim.crossbar import Wires, solve
from xbarsim.crossbar.paths import path_resistance

ROWS, COLS, G = 5, 7, 1e-3


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("sense_sides", [1, 2])
def test_the_path_is_what_a_single_cell_sees(sides, sense_sides, streams):
    rng = streams.rng()
    wires = Wires(
        r_word=rng.uniform(1, 5, (ROWS, COLS - 1)),
        r_bit=rng.uniform(1, 5, (ROWS - 1, COLS)),
        r_source=rng.uniform(10, 50, ROWS),
        r_sense=rng.uniform(10, 50, COLS),
        sides=sides,
        sense_sides=sense_sides,
    )
    path = path_resistance(wires, ROWS, COLS)
    for row, col in [(0, 0), (2, 3), (ROWS - 1, COLS - 1), (4, 1)]:
        g, v = np.zeros((ROWS, COLS)), np.zeros(ROWS)
        g[row, col], v[row] = G, 1.0
        i = solve(g, v, wires).i_out[col]
        assert 1.0 / i - 1.0 / G == pytest.approx(path[row, col], rel=1e-8)


def test_uniform_lines_add_up():
    path = path_resistance(Wires(r_word=2.0, r_bit=3.0, r_source=10.0, r_sense=20.0), ROWS, COLS)
    row, col = np.indices((ROWS, COLS))
    np.testing.assert_allclose(path, 30.0 + 2.0 * col + 3.0 * (ROWS - 1 - row))


def test_a_broken_line_leads_nowhere_and_a_second_side_goes_round():
    r_word = np.full((ROWS, COLS - 1), 2.0)
    r_word[1, 3] = np.inf
    one = path_resistance(Wires(r_word=r_word, r_bit=1.0), ROWS, COLS)
    assert np.isinf(one[1, 4:]).all() and np.isfinite(one[1, :4]).all()
    both = path_resistance(Wires(r_word=r_word, r_bit=1.0, sides=2), ROWS, COLS)
    assert np.isfinite(both).all()
    assert both[1, 4] == pytest.approx(2.0 * 2 + 3.0)  # two segments from the far end
