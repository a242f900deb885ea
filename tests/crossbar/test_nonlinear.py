import subprocess
from pathlib import Path
from shutil import which

import numpy as np
import pytest
from cells import LAWS, gate_of, names
from nodal import nodal_analysis

from xbarsim.backend import to_numpy
from xbarsim.crossbar.laws import (
    SinhCell,
)
from xbarsim.crossbar.nonlinear import solve_nonlinear
from xbarsim.crossbar.wires import Wires
from xbarsim.errors import ConvergenceError, ResourceError, SpecError

WIRES = [
    Wires(r_word=2.5, r_bit=1.5, r_source=20.0, r_sense=3.0),
    Wires(r_word=250.0, r_bit=150.0, r_source=90.0, r_sense=400.0, sides=2),
    Wires(r_word=250.0, r_bit=150.0, r_source=9.0, r_sense=40.0, sides=2, sense_sides=2),
]


@pytest.fixture
def array(streams):
    rng = streams.rng()
    return 10 ** rng.uniform(-6, -4, (5, 7)), rng.uniform(-1.0, 1.0, (3, 5))


def wire_conductances(shape, wires):
    """Conductance matrix of the wires alone and the nodes' shares of the sources.

    Word-line nodes first, row by row, then the bit-line nodes.
    """
    m, n = shape
    word, bit = np.arange(2 * m * n).reshape(2, m, n)
    matrix, source = np.zeros((2 * m * n, 2 * m * n)), np.zeros((2 * m * n, m))

    def join(a, b, ohm):
        for p, q in ((a, b), (b, a)):
            matrix[p, p] += 1 / ohm
            matrix[p, q] -= 1 / ohm

    for i in range(m):
        for j in range(n):
            if j:
                join(word[i, j - 1], word[i, j], wires.r_word)
            if i:
                join(bit[i - 1, j], bit[i, j], wires.r_bit)
        for end in [0, -1][: wires.sides]:
            matrix[word[i, end], word[i, end]] += 1 / wires.r_source
            source[word[i, end], i] += 1 / wires.r_source
    for j in range(n):
        for end in [-1, 0][: wires.sense_sides]:
            matrix[bit[end, j], bit[end, j]] += 1 / wires.r_sense
    return matrix, source


def dense_newton(g, v, wires, law, gate):
    """Newton's method on every node of one array under one input, the source raised in steps."""
    size = g.size
    matrix, source = wire_conductances(g.shape, wires)
    x = np.zeros(2 * size)
    for part in np.linspace(0.05, 1, 20):
        for _ in range(40):
            i, slope = law.current((x[:size] - x[size:]).reshape(g.shape), g, gate)
            mismatch = matrix @ x - source @ (part * v) + np.concatenate([i.ravel(), -i.ravel()])
            s = np.diag(slope.ravel())
            step = np.linalg.solve(matrix + np.block([[s, -s], [-s, s]]), mismatch)
            x -= step
            if np.abs(step).max() < 1e-14:
                break
        else:
            raise AssertionError("the reference did not converge")
    word, bit = x.reshape(2, *g.shape)
    return law.current(word - bit, g, gate)[0].sum(axis=0), word, bit


@pytest.mark.parametrize("law", LAWS, ids=names)
@pytest.mark.parametrize("wires", WIRES, ids=range(len(WIRES)))
def test_every_node_agrees_with_a_dense_newton_method(array, wires, law):
    g, v = array
    s = solve_nonlinear(g, v, wires, law, gate=gate_of(law), rtol=1e-12)
    for k in range(len(v)):
        i, word, bit = dense_newton(g, v[k], wires, law, gate_of(law))
        np.testing.assert_allclose(s.v_word[k], word, atol=1e-10 * np.abs(v).max())
        np.testing.assert_allclose(s.v_bit[k], bit, atol=1e-10 * np.abs(v).max())
        np.testing.assert_allclose(s.i_out[k], i, atol=1e-10 * np.abs(i).max())


@pytest.mark.parametrize("law", LAWS, ids=names)
def test_current_is_conserved_at_every_node(array, law):
    g, v = array
    wires = WIRES[1]
    s = solve_nonlinear(g, v, wires, law, gate=gate_of(law))
    i, _ = law.current(s.v_word - s.v_bit, g, gate_of(law))
    np.testing.assert_allclose(s.i_cell, i, rtol=1e-12, atol=1e-20)
    matrix, source = wire_conductances(g.shape, wires)
    for k in range(len(v)):
        nodes = np.concatenate([s.v_word[k].ravel(), s.v_bit[k].ravel()])
        drawn = np.concatenate([i[k].ravel(), -i[k].ravel()])
        mismatch = np.abs(matrix @ nodes - source @ v[k] + drawn).max()
        fed = np.abs(v[k] - s.v_word[k][:, [0, -1]].T).max() / wires.r_source
        assert mismatch <= 1e-10 * fed
    sensed = s.v_bit[:, -1] / wires.r_sense
    np.testing.assert_allclose(s.i_out, sensed, atol=1e-10 * np.abs(s.i_out).max())


@pytest.mark.parametrize("law", LAWS, ids=names)
def test_without_wires_the_currents_of_the_cells_add_up(array, law):
    g, v = array
    s = solve_nonlinear(g, v, Wires(), law, gate=gate_of(law))
    i, _ = law.current(np.broadcast_to(v[:, :, None], (3, 5, 7)), g, gate_of(law))
    np.testing.assert_allclose(s.i_out, i.sum(axis=1), rtol=1e-12)


@pytest.mark.parametrize("wires", [Wires(r_word=90.0), Wires(r_bit=90.0, sense_sides=2)])
def test_wires_of_which_some_have_no_resistance_are_the_limit_of_small_ones(array, wires):
    g, v = array
    tiny = {
        name: max(getattr(wires, name), 1e-7) for name in ("r_word", "r_bit", "r_source", "r_sense")
    }
    close = Wires(**tiny, sides=wires.sides, sense_sides=wires.sense_sides)
    i, near = (solve_nonlinear(g, v, w, SinhCell(beta=4.0)).i_out for w in (wires, close))
    np.testing.assert_allclose(i, near, rtol=1e-7)


@pytest.mark.parametrize("wires", WIRES, ids=range(len(WIRES)))
def test_sinh_cells_of_no_steepness_are_ohmic(array, wires):
    g, v = array
    s = solve_nonlinear(g, v, wires, SinhCell(beta=1e-9))
    for k in range(len(v)):
        i, _, _ = nodal_analysis(g, v[k], wires)
        np.testing.assert_allclose(s.i_out[k], i, atol=1e-10 * np.abs(i).max())


@pytest.mark.parametrize("law", [LAWS[0], LAWS[2]], ids=[names[0], names[2]])
def test_symmetric_cells_answer_a_reversed_input_with_reversed_currents(array, law):
    g, v = array
    there, back = (solve_nonlinear(g, s * v, WIRES[1], law).i_out for s in (1, -1))
    np.testing.assert_allclose(back, -there, rtol=1e-9, atol=1e-16)


def test_twice_the_input_gives_more_than_twice_the_current_of_sinh_cells(array):
    g, v = array
    once, twice = (solve_nonlinear(g, s * np.abs(v), WIRES[0], LAWS[0]).i_out for s in (1, 2))
    assert (twice > 3 * once).all()


@pytest.mark.parametrize("scale", [1e-9, 1e-3])
def test_small_inputs_are_solved_as_exactly_as_large_ones(array, scale):
    g, v = array
    s = solve_nonlinear(g, scale * v, WIRES[1], SinhCell(beta=1e-6 / scale))
    for k in range(len(v)):
        i, _, _ = nodal_analysis(g, scale * v[k], WIRES[1])
        np.testing.assert_allclose(s.i_out[k], i, atol=1e-10 * np.abs(i).max())


def test_zero_input_gives_zero_beside_others(array):
    g, v = array
    v[1] = 0
    s = solve_nonlinear(g, v, WIRES[0], LAWS[0])
    assert not s.i_out[1].any()
    assert s.i_out[0].all()


@pytest.mark.parametrize("law", LAWS, ids=names)
@pytest.mark.parametrize("ohm", [1.0, 100.0, 1e4])
def test_steep_and_heavily_loaded_arrays_converge_quickly(law, ohm, streams):
    rng = streams.rng()
    g, v = 10 ** rng.uniform(-6, -3, (20, 30)), rng.uniform(-1, 1, (4, 20))
    wires = Wires(r_word=ohm, r_bit=ohm, r_source=ohm, r_sense=ohm)
    s = solve_nonlinear(g, v, wires, law, gate=0.7 if law.needs_gate else None)
    assert s.residual <= 1e-10
    assert s.iterations <= 16


def test_hopeless_starts_still_converge(streams):
    """Currents at the start are 1e17 times those of the solution."""
    rng = streams.rng()
    g, v = 10 ** rng.uniform(-5, -4, (12, 12)), np.full(12, 2.0)
    wires = Wires(r_word=10.0, r_bit=10.0, r_source=10.0, r_sense=10.0)
    assert solve_nonlinear(g, v, wires, SinhCell(beta=25.0)).residual <= 1e-10


def test_inputs_are_solved_one_by_one_as_together(array, monkeypatch):
    g, v = array
    together = solve_nonlinear(g, v, WIRES[1], LAWS[0])
    monkeypatch.setattr("xbarsim.crossbar.nonlinear._CHUNK_CELLS", 1)
    apart = solve_nonlinear(g, v, WIRES[1], LAWS[0])
    np.testing.assert_allclose(apart.i_out, together.i_out, rtol=1e-9)
    np.testing.assert_allclose(apart.v_bit, together.v_bit, atol=1e-10)


def test_leading_axes_of_v_are_kept(array):
    g, _ = array
    v = np.linspace(-1, 1, 30).reshape(2, 3, 5)
    whole = solve_nonlinear(g, v, WIRES[0], LAWS[0])
    assert whole.i_out.shape == (2, 3, 7)
    assert whole.v_word.shape == whole.v_bit.shape == whole.i_cell.shape == (2, 3, 5, 7)
    one = solve_nonlinear(g, v[1, 2], WIRES[0], LAWS[0]).i_out
    assert one.shape == (7,)
    np.testing.assert_allclose(whole.i_out[1, 2], one, rtol=1e-9)


def test_stack_of_arrays_is_matched_as_in_a_matrix_product(streams, xp):
    rng = streams.rng()
    g, v = 10 ** rng.uniform(-6, -4, (3, 5, 6)), rng.uniform(-1, 1, (3, 2, 5))
    s = solve_nonlinear(xp.asarray(g), xp.asarray(v), WIRES[1], LAWS[0])
    assert isinstance(s.i_out, xp.ndarray)
    for k in range(3):
        one = solve_nonlinear(g[k], v[k], WIRES[1], LAWS[0]).i_out
        np.testing.assert_allclose(to_numpy(s.i_out)[k], one, atol=1e-9 * np.abs(one).max())


def test_gate_of_each_input_selects_its_rows(array):
    g, v = array[0], np.abs(array[1])
    gate = np.zeros((3, 5, 1))
    gate[0, 2] = gate[2, 4] = 3.0
    s = solve_nonlinear(g, v, WIRES[0], LAWS[5], gate=gate)
    drawn = np.abs(s.i_cell).max(axis=2)
    assert drawn[0].argmax() == 2
    assert drawn[2].argmax() == 4
    assert drawn[1].max() < 1e-3 * min(drawn[0, 2], drawn[2, 4])
    alone = solve_nonlinear(g, v[2], WIRES[0], LAWS[5], gate=gate[2, :, 0])
    np.testing.assert_allclose(s.i_out[2], alone.i_out, rtol=1e-8)


@pytest.mark.parametrize("steps", [1, 3])
def test_what_is_not_solved_in_the_steps_allowed_is_an_error_not_an_answer(array, steps):
    with pytest.raises(ConvergenceError, match=rf"within {steps} Newton steps: .* missed by \d"):
        solve_nonlinear(*array, WIRES[2], LAWS[0], max_iterations=steps)


def test_missing_gate_is_refused(array):
    with pytest.raises(SpecError, match="gate is missing; TransistorCell"):
        solve_nonlinear(*array, WIRES[0], LAWS[5])


def test_gate_for_cells_without_one_is_refused(array):
    with pytest.raises(SpecError, match="SinhCell has two terminals"):
        solve_nonlinear(*array, WIRES[0], LAWS[0], gate=1.0)


@pytest.mark.parametrize("gate", [np.ones(7), np.ones((4, 5, 7)), np.ones((1, 3, 5, 7))])
def test_gate_of_another_shape_is_refused(array, gate):
    with pytest.raises(SpecError, match=r"gate has shape .* with \(3, 5, 7\)"):
        solve_nonlinear(*array, WIRES[0], LAWS[5], gate=gate)


def test_gate_that_is_not_finite_is_refused(array):
    with pytest.raises(SpecError, match="gate holds 1"):
        solve_nonlinear(*array, WIRES[0], LAWS[5], gate=np.nan)


def test_inputs_of_another_length_are_refused(array):
    with pytest.raises(SpecError, match="word lines"):
        solve_nonlinear(array[0], np.ones(6), WIRES[0], LAWS[0])


def test_array_larger_than_memory_is_refused_before_it_is_computed(array, monkeypatch):
    monkeypatch.setattr("xbarsim.backend.free_memory", lambda xp: 1000.0)
    monkeypatch.setattr("xbarsim.backend._NO_MATTER", 0)
    with pytest.raises(ResourceError, match="solving 3 inputs of nonlinear"):
        solve_nonlinear(*array, WIRES[0], LAWS[0])


def deck(g, v, wires, beta):
    """A netlist of sinh cells that prints the current into the ground of each bit line."""
    m, n = g.shape
    cards = ["sinh cells", ".options reltol=1e-12 abstol=1e-18 vntol=1e-14 gmin=1e-20"]
    for i in range(m):
        cards += [f"vs{i} s{i} 0 {v[i]!r}", f"rs{i} s{i} w{i}_0 {wires.r_source}"]
        cards += [f"rw{i}_{j} w{i}_{j - 1} w{i}_{j} {wires.r_word}" for j in range(1, n)]
        cards += [
            f"bc{i}_{j} w{i}_{j} b{i}_{j} "
            f"i={float(g[i, j]) / beta!r}*sinh({beta}*v(w{i}_{j},b{i}_{j}))"
            for j in range(n)
        ]
    for j in range(n):
        cards += [f"rb{i}_{j} b{i - 1}_{j} b{i}_{j} {wires.r_bit}" for i in range(1, m)]
        cards += [f"re{j} b{m - 1}_{j} e{j} {wires.r_sense}", f"ve{j} e{j} 0 0"]
    prints = [f"print i(ve{j})" for j in range(n)]
    control = [".control", "set numdgt=15", "op", *prints, "quit", ".endc", ".end"]
    return "\n".join([*cards, *control]) + "\n"


@pytest.mark.skipif(which("ngspice") is None, reason="ngspice is not installed")
@pytest.mark.parametrize("beta", [3.0, 10.0])
def test_ngspice_finds_the_same_currents(array, beta, tmp_path):
    g, v = array
    file = Path(tmp_path) / "cells.cir"
    file.write_text(deck(g, v[0].tolist(), WIRES[0], beta), encoding="ascii")
    run = subprocess.run(
        ["ngspice", "-b", str(file)], capture_output=True, text=True, timeout=60, check=False
    )
    lines = [line for line in run.stdout.splitlines() if line.startswith("i(ve")]
    expected = np.array([float(line.split("=")[1]) for line in lines])
    i = solve_nonlinear(g, v[0], WIRES[0], SinhCell(beta=beta)).i_out
    np.testing.assert_allclose(i, expected, atol=1e-9 * np.abs(expected).max())
