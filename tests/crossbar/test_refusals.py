"""What must not pass as an answer, and what must be answered although it looks odd."""

import numpy as np
import pytest

from xbarsim.crossbar import Ends, Wires, gradient, noisy_read, solve, transfer_matrix
from xbarsim.crossbar.laws import SinhCell
from xbarsim.crossbar.noise import first_order_read
from xbarsim.energy.dissipation import dissipation
from xbarsim.errors import ConvergenceError, SpecError

OHM = Wires(r_word=2.5, r_bit=2.5, r_source=1.0, r_sense=1.0)


@pytest.fixture
def g(streams):
    return streams.rng().uniform(1e-6, 1e-4, (6, 5))


@pytest.fixture
def v(streams):
    return streams.rng().uniform(-1, 1, 6)


def alike(ohm):
    return Wires(r_word=ohm, r_bit=ohm, r_source=ohm, r_sense=ohm)


def one_row(side):
    v = np.zeros(side)
    v[0] = 1.0
    return v


@pytest.mark.parametrize(
    ("g", "v", "wires"),
    [
        (np.full((64, 64), 1e-3), one_row(64), alike(100.0)),
        (np.full((96, 96), 1e-3), one_row(96), alike(10.0)),
        (np.full((20, 30), 1e-5), np.ones(20), Wires(r_word=2.5, r_bit=2.5, r_sense=1e7)),
        (np.array([[1.3e-7]]), np.ones(1), Wires(r_sense=1e12)),
    ],
    ids=["heavy", "weak row", "large sense", "one cell"],
)
def test_outputs_are_within_the_tolerance_where_they_are_small_beside_the_currents(g, v, wires):
    expected, found = v @ transfer_matrix(g, wires), solve(g, v, wires)
    error = np.abs(found.i_out - expected).max() / np.abs(expected).max()
    assert error <= 1e-9
    assert found.residual <= 1e-9


@pytest.mark.parametrize("ends", [Ends(top=np.inf), Ends(right=np.nan, bottom=-np.inf)])
def test_infinite_line_ends_are_refused_by_name(g, v, ends):
    with pytest.raises(SpecError, match=r"ends\.(top|bottom)"):
        solve(g, v, OHM, ends=ends)


@pytest.mark.parametrize("scale", [1e-160, 1e160])
def test_voltages_whose_squares_are_no_numbers_are_refused(g, v, scale):
    with pytest.raises(SpecError, match=r"1e-100\.\.1e\+100 V"):
        solve(g, scale * v, OHM)


@pytest.mark.parametrize("rtol", [0.0, -1.0, np.nan, 1.0])
def test_tolerances_that_mean_nothing_are_refused_by_name(g, v, rtol):
    with pytest.raises(SpecError, match="rtol"):
        solve(g, v, OHM, rtol=rtol)


def test_no_inputs_give_no_outputs(g):
    assert solve(g, np.zeros((0, 6)), OHM).i_out.shape == (0, 5)


def test_whole_numbers_of_volts_are_read_as_such(g):
    whole, volts = (
        noisy_read(g, np.ones((1, 6), kind), np.zeros((1, 6, 5)), OHM).i_out
        for kind in (int, float)
    )
    assert whole == pytest.approx(volts)
    assert whole.all()


def test_first_order_says_so_where_effects_cancel_to_first_order_only(g, v):
    rng = np.random.default_rng(3)
    inputs, dg = np.stack([v, v]), np.zeros((2, 6, 5))
    dg[0] = 1e-4 * g
    plain = first_order_read(g, inputs, dg, OHM, rtol=0.9)
    large = 0.8 * g * rng.choice([-1.0, 1.0], g.shape)
    dg[1] = large
    exact = np.array([solve(g + d, v, OHM).i_out for d in dg])
    found = first_order_read(g, inputs, dg, OHM, rtol=0.9)
    error = (np.abs(found.i_out - exact).max(axis=1) / np.abs(exact).max(axis=1)).max()
    assert plain.error < 1e-6
    assert 0 < error <= found.error
    assert np.abs(first_order_read(g, inputs, dg, OHM, rtol=1e-9).i_out - exact).max() < 1e-9


def test_broken_lines_that_only_the_iteration_takes_are_answered_however_many_inputs():
    word, bit = np.ones((3, 2)), np.ones((2, 3))
    word[1, 0] = bit[1, 1] = np.inf
    wires = Wires(r_word=word, r_bit=bit, sides=2, sense_sides=2)
    few, many = (
        solve(np.full((3, 3), 1e-4), np.ones((k, 3)), wires, nodes=False).i_out for k in (19, 20)
    )
    assert many[:19] == pytest.approx(few)


def test_outputs_alone_of_nonlinear_cells_come_alone(g, v):
    s = solve(g, v, OHM, law=SinhCell(beta=2.0), nodes=False)
    assert s.i_out.shape == (5,)
    assert s.v_word is None


def test_powers_of_impossible_cells_are_refused_without_wires_too(g, v):
    with pytest.raises(SpecError, match="conductance"):
        dissipation(-g, v[None], Wires())


@pytest.mark.parametrize(
    ("wires", "name"),
    [(Wires(sides=2), "r_source"), (Wires(r_word=2.0, sense_sides=2), "r_sense")],
)
def test_derivatives_that_nothing_decides_are_nan(g, v, wires, name):
    found = gradient(g, v, wires, np.ones(5))
    assert np.isnan(getattr(found.wires, name))
    assert np.isfinite(found.g).all()


def test_a_route_that_is_none_is_refused(g, v):
    with pytest.raises(SpecError, match="route"):
        gradient(g, v, OHM, np.ones(5), route="foo")


def test_float32_that_holds_equal_inputs_alone_is_refused():
    g = np.array([[8.9e4], [1.9e5], [9e-6], [2e-5]], np.float32)
    wires = Wires(r_bit=np.array([[0.0], [0.0], [1e6]]), r_source=1e-9, sides=2)
    with pytest.raises(ConvergenceError, match="float64"):
        transfer_matrix(g, wires)


def test_resistances_beyond_float32_are_refused_by_name(g):
    with pytest.raises(SpecError, match="r_word"):
        transfer_matrix(g.astype(np.float32), Wires(r_word=1e39))


def test_wires_without_resistance_are_equal_whatever_the_sign_of_zero():
    assert hash(Wires(r_word=0.0)) == hash(Wires(r_word=-0.0))
