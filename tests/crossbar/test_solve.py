import numpy as np
import pytest
from nodal import nodal_analysis

from xbarsim.backend import to_numpy
from xbarsim.crossbar import Wires, solve, transfer_matrix
from xbarsim.errors import ConvergenceError, ResourceError, SpecError

WIRES = [
    Wires(r_word=2.5, r_bit=1.5, r_source=20.0, r_sense=3.0),
    Wires(r_word=2.5, r_bit=1.5, sides=2),
    Wires(r_word=2.5, r_bit=1.5, r_source=20.0, r_sense=3.0, sides=2, sense_sides=2),
    Wires(r_word=90.0),
    Wires(r_bit=90.0, sense_sides=2),
    Wires(),
]


@pytest.fixture
def array(streams):
    rng = streams.rng()
    return 10 ** rng.uniform(-7, -3, (7, 10)), rng.uniform(-0.3, 0.3, (4, 7))


@pytest.mark.parametrize("wires", WIRES, ids=range(len(WIRES)))
def test_every_node_voltage_agrees_with_nodal_analysis(array, wires):
    g, v = array
    s = solve(g, v, wires)
    for k in range(len(v)):
        i, word, bit = nodal_analysis(g, v[k], wires)
        np.testing.assert_allclose(s.v_word[k], word, atol=1e-10 * np.abs(v).max())
        np.testing.assert_allclose(s.v_bit[k], bit, atol=1e-10 * np.abs(v).max())
        np.testing.assert_allclose(s.i_out[k], i, atol=1e-10 * np.abs(i).max())


@pytest.mark.parametrize("wires", WIRES, ids=range(len(WIRES)))
def test_outputs_equal_the_transfer_matrix(array, wires):
    g, v = array
    np.testing.assert_allclose(
        solve(g, v, wires).i_out, v @ transfer_matrix(g, wires), rtol=1e-9, atol=1e-18
    )


@pytest.mark.parametrize("wires", WIRES[:3], ids=range(3))
def test_current_is_conserved_at_every_node(array, wires):
    g, v = array
    s = solve(g, v, wires)
    np.testing.assert_allclose(s.i_cell, g * (s.v_word - s.v_bit), atol=1e-12 * s.i_cell.max())
    inner = (s.v_word[:, :, :-1] - s.v_word[:, :, 1:]) / wires.r_word
    drawn = inner[:, :, :-1] - inner[:, :, 1:]
    np.testing.assert_allclose(drawn, s.i_cell[:, :, 1:-1], atol=1e-9 * np.abs(inner).max())


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_solution_is_exactly_linear_in_the_inputs(array, scale):
    g, v = array
    once, scaled = (solve(g, s * v, WIRES[0]).i_out for s in (1.0, scale))
    np.testing.assert_allclose(scaled, scale * once, rtol=1e-12)


def test_superposition_holds(array):
    g, v = array
    together = solve(g, v[0] + v[1], WIRES[1]).i_out
    apart = solve(g, v[0], WIRES[1]).i_out + solve(g, v[1], WIRES[1]).i_out
    np.testing.assert_allclose(together, apart, rtol=1e-11, atol=1e-18)


def test_answers_do_not_depend_on_what_was_solved_before(array):
    g, v = array
    first = solve(g, v, WIRES[0]).i_out
    solve(2 * g, -v, WIRES[2])
    assert (solve(g, v, WIRES[0]).i_out == first).all()


def test_leading_axes_of_v_are_kept(array):
    g, v = array
    whole = solve(g, v.reshape(2, 2, 7), WIRES[0])
    assert whole.i_out.shape == (2, 2, 10)
    assert whole.v_word.shape == whole.v_bit.shape == whole.i_cell.shape == (2, 2, 7, 10)
    assert solve(g, v[0], WIRES[0]).i_out.shape == (10,)
    np.testing.assert_allclose(whole.i_out[1, 0], solve(g, v[2], WIRES[0]).i_out, rtol=1e-11)


def test_stack_of_arrays_is_matched_as_in_a_matrix_product(streams, xp):
    rng = streams.rng()
    g, v = (
        xp.asarray(10 ** rng.uniform(-6, -4, (3, 5, 6))),
        xp.asarray(rng.uniform(0, 1, (3, 2, 5))),
    )
    s = solve(g, v, WIRES[0])
    assert s.i_out.shape == (3, 2, 6)
    np.testing.assert_allclose(
        to_numpy(s.i_out), to_numpy(v @ transfer_matrix(g, WIRES[0])), rtol=1e-10
    )


def test_residual_is_returned(array):
    g, v = array
    s = solve(g, v, WIRES[0])
    assert 0 < s.residual < 1e-10
    assert 0 < s.iterations < 10


def test_what_the_precision_cannot_hold_is_an_error_not_an_answer():
    g = np.array([[1e12, 1e-12], [1e-12, 1e12]])
    with pytest.raises(ConvergenceError, match="too far apart"):
        solve(g, np.array([1.0, -1.0]), Wires(r_word=1e6, r_bit=1e6, r_source=1e6, r_sense=1e6))


def test_zero_input_gives_zero(array):
    g, v = array
    assert not solve(g, 0 * v, WIRES[0]).i_out.any()


@pytest.mark.parametrize("v", [np.ones(6), np.ones((2, 8)), np.float64(1.0)])
def test_inputs_of_another_length_are_refused(array, v):
    with pytest.raises(SpecError, match="word lines"):
        solve(array[0], np.asarray(v), WIRES[0])


def test_voltages_that_are_not_finite_are_refused(array):
    g, v = array
    v[1, 1] = np.nan
    with pytest.raises(SpecError, match="not finite"):
        solve(g, v, WIRES[0])


def test_stack_with_unmatched_inputs_is_refused():
    with pytest.raises(SpecError, match=r"\(3, 'k', 5\)"):
        solve(np.ones((3, 5, 6)), np.ones((2, 5)), WIRES[0])


def test_array_larger_than_memory_is_refused_before_it_is_computed(array, monkeypatch):
    monkeypatch.setattr("xbarsim.backend.free_memory", lambda xp: 1000.0)
    monkeypatch.setattr("xbarsim.backend._NO_MATTER", 0)
    with pytest.raises(ResourceError, match="solving an array"):
        solve(*array, WIRES[0])
