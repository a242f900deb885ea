"""What must hold for every array, whatever its cells and wires."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.crossbar import Wires, solve, transfer_matrix
from xbarsim.crossbar.iteration import Ends, line_solve
from xbarsim.crossbar.wires import lines_of
from xbarsim.errors import ConvergenceError, SpecError

MODES = list(itertools.product((1, 2), (1, 2)))
OHMS = st.sampled_from([0.0, 1e-6, 0.3, 2.5, 100.0])
ARRAYS = {
    "m": st.integers(1, 9),
    "n": st.integers(1, 9),
    "seed": st.integers(0, 2**32 - 1),
    "mode": st.sampled_from(MODES),
    "ohms": st.tuples(OHMS, OHMS, OHMS, OHMS),
}
every_array = given(**ARRAYS)
few = settings(max_examples=60, deadline=None)


def wires_of(ohms, mode):
    names = ("r_word", "r_bit", "r_source", "r_sense")
    return Wires(**dict(zip(names, ohms, strict=True)), sides=mode[0], sense_sides=mode[1])


def graded(rng, m, n, mode):
    return Wires(
        r_word=rng.uniform(0, 50, (m, n - 1)),
        r_bit=rng.uniform(0, 50, (m - 1, n)),
        r_source=rng.uniform(0, 50, m),
        r_sense=rng.uniform(0, 50, n),
        sides=mode[0],
        sense_sides=mode[1],
    )


def turned(wires):
    """The same circuit with sources and senses exchanged: both axes mirrored, then transposed."""

    def turn(ohms):
        return ohms[::-1, ::-1].T if np.ndim(ohms) == 2 else ohms[::-1] if np.ndim(ohms) else ohms

    return Wires(
        r_word=turn(wires.r_bit),
        r_bit=turn(wires.r_word),
        r_source=turn(wires.r_sense),
        r_sense=turn(wires.r_source),
        sides=wires.sense_sides,
        sense_sides=wires.sides,
    )


@every_array
@few
def test_sources_and_senses_may_be_exchanged(m, n, seed, mode, ohms):
    rng = np.random.default_rng(seed)
    g = 10 ** rng.uniform(-7, -3, (m, n))
    for wires in (wires_of(ohms, mode), graded(rng, m, n, mode)):
        t = transfer_matrix(g, wires)
        back = transfer_matrix(g[::-1, ::-1].T.copy(), turned(wires))
        np.testing.assert_allclose(back, t[::-1, ::-1].T, rtol=1e-10, atol=1e-12 * t.max())


@every_array
@few
def test_solutions_add_up(m, n, seed, mode, ohms):
    rng = np.random.default_rng(seed)
    g, v = 10 ** rng.uniform(-7, -3, (m, n)), rng.uniform(-1, 1, (3, m))
    wires = wires_of(ohms, mode)
    parts, whole = solve(g, v, wires), solve(g, 2 * v[0] - v[1] + 3 * v[2], wires)
    for name in ("i_out", "v_word", "v_bit"):
        a, b, c = getattr(parts, name)
        scale = 6 * np.abs(parts.i_out if name == "i_out" else v).max()
        np.testing.assert_allclose(2 * a - b + 3 * c, getattr(whole, name), atol=1e-9 * scale)


@every_array
@few
def test_currents_balance_at_every_node(m, n, seed, mode, ohms):
    rng = np.random.default_rng(seed)
    g, v = 10 ** rng.uniform(-7, -3, (m, n)), rng.uniform(-1, 1, m)
    ohms = tuple(r or 0.7 for r in ohms)  # what flows in a resistor of 0 ohm its voltage hides
    s = solve(g, v, wires_of(ohms, mode), rtol=1e-13)
    lines = lines_of(wires_of(ohms, mode), (m, n))
    word = np.concatenate([v[:, None], s.v_word, v[:, None]], axis=1)
    bit = np.concatenate([np.zeros((1, n)), s.v_bit, np.zeros((1, n))])
    into_word = np.diff(np.diff(word, axis=1) / lines.word, axis=1)
    into_bit = np.diff(np.diff(bit, axis=0) / lines.bit, axis=0)
    scale = 1e-14 * np.abs(v).max() / min(ohms) + 1e-9 * np.abs(s.i_cell).max()
    np.testing.assert_allclose(into_word, s.i_cell, atol=scale)
    np.testing.assert_allclose(into_bit, -s.i_cell, atol=scale)


@every_array
@few
def test_mirrored_arrays_give_mirrored_answers(m, n, seed, mode, ohms):
    rng = np.random.default_rng(seed)
    g = 10 ** rng.uniform(-7, -3, (m, n))
    g = g + g[:, ::-1] + g[::-1] + g[::-1, ::-1]
    t = transfer_matrix(g, wires_of(ohms, (2, 2)))
    np.testing.assert_allclose(t, t[:, ::-1], rtol=1e-9, atol=1e-12 * t.max())
    np.testing.assert_allclose(t, t[::-1], rtol=1e-9, atol=1e-12 * t.max())


@every_array
@few
def test_a_second_drive_never_lowers_an_output_of_equal_cells_and_inputs(m, n, seed, mode, ohms):
    g = np.full((m, n), 10 ** np.random.default_rng(seed).uniform(-7, -3))
    wires = wires_of(ohms, (1, mode[1]))
    one, two = (transfer_matrix(g, replace(wires, sides=k)).sum(axis=0) for k in (1, 2))
    assert (two >= one * (1 - 1e-12)).all()


@pytest.mark.parametrize("shape", [(5, 8), (6, 6)])
def test_both_orientations(streams, shape):
    g = 10 ** streams.rng().uniform(-6, -4, shape)
    wires = Wires(r_word=20.0, r_bit=3.0, r_source=50.0)
    v = streams.rng().uniform(0, 1, shape)
    np.testing.assert_allclose(
        v[:, 0] @ transfer_matrix(g, wires), solve(g, v[:, 0], wires).i_out, rtol=1e-9
    )
    flipped = transfer_matrix(g.T.copy(), wires)
    assert np.abs(flipped - transfer_matrix(g, wires).T).max() > 1e-3 * flipped.max()


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1e9])
def test_answers_scale_with_the_input_and_remember_nothing(streams, scale):
    rng = streams.rng()
    g, v = 10 ** rng.uniform(-6, -4, (12, 7)), rng.uniform(0, 1, 12)
    wires = Wires(r_word=20.0, r_bit=30.0)
    first = solve(g, v, wires).i_out
    solve(10 * g, -5 * v, wires)
    np.testing.assert_allclose(solve(g, scale * v, wires).i_out, scale * first, rtol=1e-12)
    np.testing.assert_array_equal(solve(g, v, wires).i_out, first)


@pytest.mark.parametrize("end", ["word", "bit"])
def test_a_line_without_resistance_cannot_join_two_voltages(end):
    lines = lines_of(Wires(r_source=1.0 * (end == "bit"), sides=2, sense_sides=2), (2, 3))
    ends = Ends(left=1.0) if end == "word" else Ends(left=1.0, right=1.0, top=0.5)
    with pytest.raises(SpecError, match=f"{end} line 0 has no resistance"):
        line_solve(np.full((2, 3), 1e-5), lines, ends)
    same = Ends(left=1.0, right=1.0, top=0.5, bottom=0.5)
    line_solve(np.full((2, 3), 1e-5), lines, same)


@pytest.mark.parametrize("spread", [1e-3, 1.0, 1e3, 1e6, 1e9])
@pytest.mark.parametrize("side", [7, 40])
def test_float32_is_right_or_refused(streams, spread, side):
    """`spread` is the conductance of a cell times the resistance of a segment."""
    g = 10 ** streams.rng().uniform(-7, -3, (2, side, side))
    ohm = spread / 1e-5
    wires = Wires(r_word=ohm, r_bit=ohm, r_source=ohm, r_sense=ohm)
    try:
        exact = transfer_matrix(g, wires)
    except ConvergenceError:  # not even float64 holds this
        assert spread >= 1e9
        return
    v = np.concatenate([streams.rng().choice([-1.0, 1.0], (20, side)), np.eye(side)])
    usual = np.sqrt((exact**2).sum(axis=-2)).max(axis=-1)
    try:
        t = transfer_matrix(g.astype(np.float32), wires)
    except ConvergenceError as error:
        assert "float64" in str(error) and spread > 1
    else:
        assert (np.abs(v @ t - v @ exact).max(axis=(1, 2)) < 1e-5 * usual).all()


def test_float32_that_overflows_is_refused():
    g, wires = np.full((12, 12), 2e38), Wires(r_sense=1.0)
    assert np.isfinite(transfer_matrix(g, wires)).all()
    with np.errstate(all="ignore"), pytest.raises(ConvergenceError, match="Pass g as float64"):
        transfer_matrix(g.astype(np.float32), wires)


def test_float32_that_is_right_for_equal_inputs_alone_is_refused():
    g = np.array([[8.9e4], [1.9e5], [9e-6], [2e-5]])
    wires = Wires(r_bit=[[0.0], [0.0], [1e6]], r_source=1e-9, sides=2)
    with pytest.raises(ConvergenceError, match="Pass g as float64"):
        transfer_matrix(g.astype(np.float32), wires)


def test_resistances_that_float32_would_take_for_breaks_are_refused():
    g, wires = np.full((2, 3), 1e-39), Wires(r_word=[[1e39, np.inf], [0.0, 1.0]])
    assert transfer_matrix(g, wires)[0, 1] > 0
    with pytest.raises(SpecError, match="r_word holds 1e[+]39 ohm"):
        transfer_matrix(g.astype(np.float32), wires)


def test_one_wrong_array_of_a_stack_is_refused(streams):
    """Each is compared by itself."""
    g = streams.rng().uniform(1e-6, 1e-4, (5, 4, 1))
    g[3] = [[8.9e4], [1.9e5], [9e-6], [2e-5]]
    wires = Wires(r_bit=[[0.0], [0.0], [1e6]], r_source=1e-9, sides=2)
    with pytest.raises(ConvergenceError, match="of 1 of 5 arrays"):
        transfer_matrix(g.astype(np.float32), wires)
