import numpy as np
import pytest
from nodal import nodal_analysis

from xbarsim.crossbar import Wires, solve
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.wires import Lines, lines_of
from xbarsim.errors import ConvergenceError, SpecError

OHM = Wires(r_word=2.5, r_bit=1.5, r_source=20.0, r_sense=3.0)


@pytest.fixture
def g(streams):
    return 10 ** streams.rng().uniform(-7, -3, (9, 13))


@pytest.mark.parametrize(("sides", "sense_sides"), [(1, 1), (1, 2), (2, 1), (2, 2)])
@pytest.mark.parametrize("shape", [(1, 1), (2, 7), (9, 3), (37, 30)], ids=str)
@pytest.mark.parametrize("ohms", [0.0, 1e-6, 100.0])
def test_nodes_agree_with_nodal_analysis(shape, ohms, sides, sense_sides, streams):
    rng = streams.rng()
    g, v = 10 ** rng.uniform(-7, -3, shape), rng.uniform(-1, 1, shape[0])
    wires = Wires(r_word=ohms, r_bit=ohms, r_sense=2.0, sides=sides, sense_sides=sense_sides)
    i, word, bit = nodal_analysis(g, v, wires)
    s = solve(g, v, wires)
    assert np.abs(s.i_out - i).max() < 1e-9 * np.abs(i).max()
    assert np.abs(s.v_word - word).max() < 1e-9 * np.abs(v).max()
    assert np.abs(s.v_bit - bit).max() < 1e-9 * np.abs(v).max()


def test_what_enters_at_the_ends_leaves_at_the_ends(g):
    wires = Wires(r_word=2.5, r_bit=1.5, r_sense=3.0, sides=2, sense_sides=2)
    nodes = line_solve(g, lines_of(wires, g.shape), Ends(left=0.3, right=0.1))
    entering = nodes.i_word_left.sum() + nodes.i_word_right.sum()
    leaving = nodes.i_top.sum() + nodes.i_bottom.sum()
    assert abs(entering - leaving) < 1e-12 * abs(entering)


def test_a_source_beside_a_cell_and_a_word_line_source_are_reciprocal(g):
    lines = lines_of(OHM, g.shape)
    injected = np.zeros((1, *g.shape))
    injected[0, 4, 7] = 1.0
    forced = line_solve(g, lines, Ends(), injected=injected)
    driven = line_solve(g, lines, Ends(left=np.eye(len(g))))
    drop = (driven.v_word - driven.v_bit)[:, 4, 7]
    np.testing.assert_allclose(forced.i_word_left[0], drop, atol=1e-8 * np.abs(drop).max())


def test_scaling_inputs_by_a_power_of_two_scales_every_bit(g):
    lines = lines_of(OHM, g.shape)
    once, tiny = (line_solve(g, lines, Ends(left=x)).v_bit for x in (1.0, 2.0**-30))
    assert (tiny == once * 2.0**-30).all()


def test_many_problems_equal_one_by_one(streams):
    rng = streams.rng()
    g, v = rng.uniform(1e-6, 1e-4, (6, 80, 70)), rng.uniform(0, 1, (6, 80))
    lines = lines_of(OHM, (80, 70))
    together = line_solve(g, lines, Ends(left=v)).v_bit
    for k in range(6):
        alone = line_solve(g[k], lines, Ends(left=v[k])).v_bit[0]
        np.testing.assert_array_equal(alone, together[k])


def test_a_start_near_the_answer_saves_steps(streams):
    g = streams.rng().uniform(1e-6, 1e-4, (100, 100))
    lines = lines_of(OHM, g.shape)
    cold = line_solve(g, lines, Ends(left=1.0))
    warm = line_solve(g, lines, Ends(left=1.0), start=cold.v_bit)
    assert warm.iterations < cold.iterations / 2


def test_floating_parts_are_refused(g):
    lines = lines_of(OHM, g.shape)
    word, bit = lines.word.copy(), lines.bit.copy()
    word[:, 0] = np.inf
    bit[-1] = np.inf
    with pytest.raises(SpecError, match=r"cell \(0, 0\) conducts"):
        line_solve(g, Lines(word, bit), Ends(left=1.0))


def test_open_word_line_follows_its_bit_lines():
    """A word line that nothing drives carries the sneak current between two bit lines."""
    g = np.array([[1e-4, 1e-4]])
    lines = Lines(np.array([[np.inf, 0.0, np.inf]]), np.array([[np.inf, np.inf], [0.0, 0.0]]))
    nodes = line_solve(g, lines, Ends(bottom=np.array([1.0, 0.0])))
    np.testing.assert_allclose(nodes.v_word[0], [[0.5, 0.5]], rtol=1e-12)
    np.testing.assert_allclose(nodes.i_bottom[0], [-5e-5, 5e-5], rtol=1e-12)


def test_too_few_iterations_are_an_error_not_an_answer(streams):
    g = streams.rng().uniform(1e-6, 1e-3, (100, 100))
    with pytest.raises(ConvergenceError, match="left over after 1 iter"):
        line_solve(g, lines_of(OHM, g.shape), Ends(left=1.0), max_iterations=1)


def test_ends_of_solve_may_be_open(g):
    """With nan where `wires` leaves an end open, `ends` describes the ordinary array."""
    ends = Ends(left=0.0, right=np.nan, top=np.nan, bottom=0.0)
    v = np.linspace(-0.2, 0.3, len(g))
    found, expected = solve(g, v, OHM, ends=ends).i_out, solve(g, v, OHM).i_out
    np.testing.assert_allclose(found, expected, atol=1e-10 * np.abs(expected).max())


def test_outputs_alone_are_the_same(g, streams):
    v = streams.rng().uniform(-1, 1, (40, len(g)))
    alone, whole = solve(g, v, OHM, nodes=False), solve(g, v, OHM)
    assert alone.v_word is None
    np.testing.assert_allclose(alone.i_out, whole.i_out, atol=1e-9 * np.abs(whole.i_out).max())
