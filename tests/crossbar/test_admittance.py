import itertools

import numpy as np
import pytest

from xbarsim.backend import to_numpy
from xbarsim.crossbar import Wires, solve, source_admittance, transfer_matrix
from xbarsim.errors import SpecError

MODES = list(itertools.product((1, 2), (1, 2)))


def random_array(rng, m, n):
    return 10 ** rng.uniform(-7, -3, (m, n))


def source_currents(g, v, wires):
    return solve(g, v, wires, rtol=1e-13).i_cell.sum(axis=-1)


@pytest.mark.parametrize(("sides", "sense_sides"), MODES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (9, 5), (35, 20), (70, 130)], ids=str)
def test_voltages_times_the_matrix_are_the_currents_of_the_sources(
    shape, sides, sense_sides, streams
):
    rng = streams.rng()
    g, v = random_array(rng, *shape), rng.uniform(-0.3, 0.3, (4, shape[0]))
    wires = Wires(
        r_word=2.5, r_bit=1.7, r_source=50.0, r_sense=7.0, sides=sides, sense_sides=sense_sides
    )
    expected = source_currents(g, v, wires)
    np.testing.assert_allclose(
        v @ source_admittance(g, wires), expected, rtol=0, atol=1e-11 * abs(expected).max()
    )


@pytest.mark.parametrize(("sides", "sense_sides"), MODES)
def test_graded_lines_have_a_matrix_too(sides, sense_sides, streams):
    rng = streams.rng()
    g, v = random_array(rng, 20, 33), rng.uniform(-0.3, 0.3, (4, 20))
    wires = Wires(
        r_word=rng.uniform(0, 30, (20, 32)),
        r_bit=rng.uniform(0, 30, (19, 33)),
        r_source=rng.uniform(0, 30, 20),
        sides=sides,
        sense_sides=sense_sides,
    )
    expected = source_currents(g, v, wires)
    np.testing.assert_allclose(
        v @ source_admittance(g, wires), expected, rtol=0, atol=1e-11 * abs(expected).max()
    )


@pytest.mark.parametrize("broken", [np.inf, 1e12], ids=["broken", "nearly"])
def test_broken_segments_are_solved(broken, streams):
    rng = streams.rng()
    g, v = random_array(rng, 6, 7), rng.uniform(-0.3, 0.3, (4, 6))
    r_word, r_bit = np.full((6, 6), 2.0), np.full((5, 7), 3.0)
    r_word[1, 2] = r_bit[3, 0] = r_word[4, 5] = broken
    wires = Wires(r_word=r_word, r_bit=r_bit, r_source=4.0)
    expected = source_currents(g, v, wires)
    np.testing.assert_allclose(
        v @ source_admittance(g, wires), expected, rtol=0, atol=1e-8 * abs(expected).max()
    )


def test_a_cell_between_two_broken_lines_carries_nothing_and_does_not_disturb():
    g = np.full((3, 3), 1e-4)
    r_word, r_bit = np.full((3, 2), 2.0), np.full((2, 3), 3.0)
    r_word[0, 1] = r_bit[0, 2] = np.inf
    g[0, 2] = 0.0
    wires = Wires(r_word=r_word, r_bit=r_bit)
    v = np.eye(3)
    np.testing.assert_allclose(
        source_admittance(g, wires), source_currents(g, v, wires), rtol=0, atol=1e-12
    )


def test_the_matrix_is_symmetric_and_its_power_positive(streams):
    y = source_admittance(random_array(streams.rng(), 40, 50), Wires(r_word=3.0, r_bit=5.0))
    np.testing.assert_allclose(y, y.T, rtol=0, atol=1e-15 * y.max())
    assert np.linalg.eigvalsh(y).min() > 0


def test_without_wires_each_source_feeds_its_row():
    g = np.array([[1e-5, 2e-5], [3e-5, 4e-5]])
    np.testing.assert_allclose(source_admittance(g, Wires()), np.diag([3e-5, 7e-5]))


def test_all_currents_of_sources_arrive_at_the_outputs(streams):
    g, wires = random_array(streams.rng(), 30, 18), Wires(r_word=3.0, r_bit=5.0, r_sense=60.0)
    np.testing.assert_allclose(
        source_admittance(g, wires).sum(axis=1), transfer_matrix(g, wires).sum(axis=1)
    )


def test_a_stack_is_the_arrays_one_by_one(streams, xp):
    g, wires = random_array(streams.rng(), 24, 18).reshape(3, 8, 18), Wires(r_word=3.0, r_bit=5.0)
    found = to_numpy(source_admittance(xp.asarray(g), wires))
    for one, y in zip(g, found, strict=True):
        np.testing.assert_allclose(y, source_admittance(one, wires), rtol=1e-12)


def test_what_is_no_array_is_refused():
    with pytest.raises(SpecError, match="is -1e-06 S"):
        source_admittance(np.array([[1e-5, -1e-6]]), Wires(r_word=1.0))
