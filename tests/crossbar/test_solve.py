import numpy as np
import pytest
from nodal import nodal_analysis

from xbarsim.backend import to_numpy
from xbarsim.crossbar import Ends, Wires, solve, transfer_matrix
from xbarsim.crossbar.laws import SinhCell
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


@pytest.mark.parametrize("scale", [1e-160, 1e160])
def test_voltages_whose_squares_are_no_numbers_are_refused(array, scale):
    g, v = array
    v[2] *= scale
    with pytest.raises(SpecError, match=r"voltage of v is .* V; .* within 1e-100..1e\+100 V"):
        solve(g, v, WIRES[0])


@pytest.mark.parametrize("scale", [1e-99, 1e99])
def test_voltages_may_be_almost_anything(array, scale):
    g, v = array
    found, expected = solve(g, scale * v, WIRES[0]).i_out, scale * solve(g, v, WIRES[0]).i_out
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("side", ["right", "top", "bottom"])
def test_ends_that_are_not_finite_are_refused(array, side):
    g, v = array
    with pytest.raises(SpecError, match=f"ends.{side} holds .* not finite"):
        solve(g, v, WIRES[0], ends=Ends(**{side: np.inf}))
    with pytest.raises(SpecError, match=f"voltage of ends.{side} is 1e-160 V"):
        solve(g, v, WIRES[0], ends=Ends(**{side: 1e-160}))


@pytest.mark.parametrize("v", [np.ones(7, complex), np.array(list("abcdefg"))], ids=str)
def test_voltages_that_are_no_real_numbers_are_refused(array, v):
    with pytest.raises(SpecError, match="v has dtype"):
        solve(array[0], v, WIRES[0])


@pytest.mark.parametrize("law", [None, SinhCell(beta=1.0)], ids=str)
@pytest.mark.parametrize("rtol", [np.nan, -1e-9, 0.0, 1.0])
def test_tolerances_that_are_none_are_refused(array, law, rtol):
    with pytest.raises(SpecError, match="rtol is"):
        solve(*array, WIRES[0], law=law, rtol=rtol)


@pytest.mark.parametrize("kind", [">f8", ">f4"])
def test_either_byte_order_is_read(array, kind):
    g, v = array[0].astype(kind), array[1]
    expected = g.astype(kind[1:])
    assert (solve(g, v.astype(">f8"), WIRES[0]).i_out == solve(expected, v, WIRES[0]).i_out).all()
    assert (transfer_matrix(g, WIRES[0]) == transfer_matrix(expected, WIRES[0])).all()


@pytest.mark.parametrize("nodes", [True, False])
@pytest.mark.parametrize("law", [None, SinhCell(beta=1.0)], ids=str)
def test_no_inputs_give_no_outputs(array, law, nodes):
    g, _ = array
    for cells, leading in ((g, (0,)), (g, (2, 0)), (np.stack([g, g]), (2, 0))):
        s = solve(cells, np.empty((*leading, 7)), WIRES[0], law=law, nodes=nodes)
        assert s.i_out.shape == (*leading, 10)
        assert s.residual == 0
        if nodes:
            assert s.v_word.shape == s.v_bit.shape == s.i_cell.shape == (*leading, 7, 10)


@pytest.mark.parametrize("law", [None, SinhCell(beta=1.0)], ids=str)
@pytest.mark.parametrize("count", [3, 30])
def test_single_precision_is_that_of_the_answer_alone(array, streams, law, count):
    g, v = array[0].astype(np.float32), streams.rng().uniform(-0.3, 0.3, (count, 7))
    alone, whole = (solve(g, v, WIRES[0], law=law, nodes=nodes) for nodes in (False, True))
    expected = solve(g.astype(float), v, WIRES[0], law=law).i_out
    assert alone.v_word is alone.v_bit is alone.i_cell is None
    assert whole.v_word.dtype == whole.i_cell.dtype == np.float32
    for found in (alone.i_out, whole.i_out):
        assert found.dtype == np.float32
        assert np.abs(found - expected).max() < 6e-8 * np.abs(expected).max()


def test_a_cell_without_segments_is_solved_for_any_number_of_inputs(streams):
    """The transfer matrix refuses it."""
    r_word, r_bit = np.zeros((3, 3)), np.zeros((2, 4))
    r_word[1, 1] = r_bit[1, 2] = np.inf  # to the left of cell (1, 2), and below it
    wires = Wires(r_word=r_word, r_bit=r_bit, r_source=9.0, r_sense=8.0, sides=2, sense_sides=2)
    g, v = streams.rng().uniform(1e-5, 1e-3, (3, 4)), streams.rng().uniform(-1, 1, (30, 3))
    found = solve(g, v, wires, nodes=False).i_out
    expected = np.stack([nodal_analysis(g, each, wires)[0] for each in v])
    np.testing.assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())


def test_stack_with_unmatched_inputs_is_refused():
    with pytest.raises(SpecError, match=r"\(3, 'k', 5\)"):
        solve(np.ones((3, 5, 6)), np.ones((2, 5)), WIRES[0])


def test_array_larger_than_memory_is_refused_before_it_is_computed(array, monkeypatch):
    monkeypatch.setattr("xbarsim.backend.free_memory", lambda xp: 1000.0)
    monkeypatch.setattr("xbarsim.backend._NO_MATTER", 0)
    with pytest.raises(ResourceError, match="solving an array"):
        solve(*array, WIRES[0])


def test_nodes_that_do_not_fit_are_refused_for_the_whole_stack(monkeypatch):
    g, v = np.full((40, 30, 30), 1e-6), np.ones((40, 20, 30))
    monkeypatch.setattr("xbarsim.backend.free_memory", lambda xp: 20e6)
    assert solve(g, v, WIRES[0], nodes=False).i_out.shape == (40, 20, 30)
    with pytest.raises(ResourceError, match=r"all nodes of arrays of \(40, 30, 30\)"):
        solve(g, v, WIRES[0])
