"""Nonlinear cells between line ends that are driven, grounded, open or sensed."""

import re
import subprocess
from shutil import which

import numpy as np
import pytest
from cells import LAWS, gate_of, names

from xbarsim.crossbar import Ends, Wires, solve
from xbarsim.crossbar.floating import unwired_drops
from xbarsim.crossbar.laws import (
    DiodeCell,
    SinhCell,
    ThresholdSelector,
)
from xbarsim.crossbar.nonlinear import gates_of, solve_lines, solve_nonlinear
from xbarsim.crossbar.passive import half_select
from xbarsim.crossbar.solve import lines_with
from xbarsim.crossbar.wires import lines_of
from xbarsim.errors import ConvergenceError, SpecError

WIRES = Wires(r_word=250.0, r_bit=150.0, r_source=90.0, r_sense=400.0)
OPEN = np.nan
ENDS = {
    "shifted ground": Ends(right=OPEN, top=OPEN, bottom=0.3),
    "two drivers a line": Ends(right=-0.2, top=0.4, bottom=0.0),
    "one line sensed": Ends(right=OPEN, top=OPEN, bottom=np.array([OPEN] * 4 + [0.0, OPEN, OPEN])),
    "some of each": Ends(
        right=np.array([OPEN, 0.5, OPEN, OPEN, 0.0]),
        top=np.array([OPEN, OPEN, 0.1, OPEN, 0.0, OPEN, -0.4]),
        bottom=np.array([0.0, OPEN, OPEN, 0.2, 0.0, OPEN, OPEN]),
    ),
}


@pytest.fixture
def array(streams):
    rng = streams.rng()
    return 10 ** rng.uniform(-6, -4, (5, 7)), rng.uniform(-1.0, 1.0, (3, 5))


def eliminated(matrix, right):
    """Solution of a linear system, in the precision of its numbers."""
    matrix, x = matrix.copy(), right.copy()
    for k in range(len(x)):
        factors = matrix[k + 1 :, k] / matrix[k, k]
        matrix[k + 1 :, k:] -= factors[:, None] * matrix[k, k:]
        x[k + 1 :] -= factors * x[k]
    for k in reversed(range(len(x))):
        x[k] = (x[k] - matrix[k, k + 1 :] @ x[k + 1 :]) / matrix[k, k]
    return x


def wire_matrix(lines, ends):
    """Conductances between all nodes, word lines first, and what the ends feed into each."""
    m, n = lines.bit.shape[0] - 1, lines.word.shape[1] - 1
    word, bit = np.arange(2 * m * n).reshape(2, m, n)
    matrix, fed = (
        np.zeros((2 * m * n, 2 * m * n), np.longdouble),
        np.zeros(2 * m * n, np.longdouble),
    )
    runs = [
        *((word[i], lines.word[i], ends.left[i], ends.right[i]) for i in range(m)),
        *((bit[:, j], lines.bit[:, j], ends.top[j], ends.bottom[j]) for j in range(n)),
    ]
    for nodes, ohms, near, far in runs:
        for node, ohm, volt in ((nodes[0], ohms[0], near), (nodes[-1], ohms[-1], far)):
            if ohm < np.inf:
                matrix[node, node] += 1 / np.longdouble(ohm)
                fed[node] += volt / np.longdouble(ohm)
        for p, q, ohm in zip(nodes, nodes[1:], ohms[1:], strict=False):
            siemens = 1 / np.longdouble(ohm)
            matrix[[p, q], [p, q]] += siemens
            matrix[[p, q], [q, p]] -= siemens
    return matrix, fed


def refined(g, lines, ends, law, gate, word, bit):
    """The solution near `word` and `bit`, by Newton's method on all nodes in extended precision.

    No law falls, so that there is no other one: what it is near to is right.
    """
    matrix, fed = wire_matrix(lines, ends)
    x = np.concatenate([word.ravel(), bit.ravel()]).astype(np.longdouble)
    for _ in range(5):
        i, slope = law.current((x[: g.size] - x[g.size :]).reshape(g.shape), g, gate)
        mismatch = matrix @ x - fed + np.concatenate([i.ravel(), -i.ravel()])
        s = np.diag(slope.ravel()).astype(np.longdouble)
        step = eliminated(matrix + np.block([[s, -s], [-s, s]]), mismatch)
        x -= step
        if np.abs(step).max() < 1e-15:
            word, bit = x.reshape(2, *g.shape)
            return word, bit, law.current(word - bit, g, gate)[0]
    raise AssertionError("the reference did not converge")


def ends_at(ends, v, shape):
    """All ends of one input as arrays; open ones are of no account."""
    sides = {"left": v, "right": ends.right, "top": ends.top, "bottom": ends.bottom}
    sizes = {"left": shape[0], "right": shape[0], "top": shape[1], "bottom": shape[1]}
    return Ends(**{name: np.broadcast_to(volts, sizes[name]) for name, volts in sides.items()})


@pytest.mark.parametrize("law", LAWS, ids=names)
@pytest.mark.parametrize("kind", ENDS)
def test_every_node_obeys_kirchhoff_between_any_ends(array, law, kind):
    (g, v), ends = array, ENDS[kind]
    s = solve(g, v, WIRES, law=law, gate=gate_of(law), ends=ends, rtol=1e-12)
    lines = lines_with(WIRES, ends, g.shape)
    for k in range(len(v)):
        at = ends_at(ends, v[k], g.shape)
        word, bit, i = refined(g, lines, at, law, gate_of(law), s.v_word[k], s.v_bit[k])
        np.testing.assert_allclose(s.v_word[k], word.astype(float), atol=1e-10)
        np.testing.assert_allclose(s.v_bit[k], bit.astype(float), atol=1e-10)
        largest = np.abs(i).sum(axis=1).max()
        np.testing.assert_allclose(s.i_cell[k], i.astype(float), atol=1e-10 * largest)
        np.testing.assert_allclose(s.i_out[k], i.sum(axis=0).astype(float), atol=1e-10 * largest)


def under_bias(g, law, wires, scheme="floating", volt=1.0, **options):
    """One array with its upper right cell selected, and what refining makes of the answer."""
    bias = half_select(*g.shape, (0, g.shape[1] - 1), volt, scheme)
    lines, gate = bias.lines(wires), gate_of(law)
    gates = gates_of(law, gate, (), g.shape)
    s = solve_lines(g[None], lines, bias.ends, law, gates=gates, rtol=1e-11, **options)
    return s, refined(g, lines, bias.ends, law, gate, s.v_word[0], s.v_bit[0])


@pytest.mark.parametrize("law", LAWS, ids=names)
@pytest.mark.parametrize("volt", [1.0, -1.0])
@pytest.mark.parametrize("scheme", ["V/2", "V/3", "floating", "grounded"])
def test_every_node_obeys_kirchhoff_with_one_cell_selected(array, law, volt, scheme):
    s, (word, bit, i) = under_bias(array[0], law, WIRES, scheme, volt)
    np.testing.assert_allclose(s.v_word[0], word.astype(float), atol=1e-10)
    np.testing.assert_allclose(s.v_bit[0], bit.astype(float), atol=1e-10)
    largest = np.abs(i).sum(axis=1).max()
    np.testing.assert_allclose(s.i_cell[0], i.astype(float), atol=1e-10 * largest)


@pytest.mark.parametrize("leakage", [1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("width", [0.03, 0.01])
def test_currents_of_floating_lines_are_right_however_small_they_are(array, leakage, width):
    """At the steeper and tighter end they are 14 orders below the driver's current."""
    law = ThresholdSelector(threshold=0.6, width=width, leakage=leakage)
    s, (word, _, i) = under_bias(array[0], law, WIRES)
    np.testing.assert_allclose(s.v_word[0], word.astype(float), atol=1e-10)
    np.testing.assert_allclose(s.i_cell[0], i.astype(float), rtol=1e-7)
    assert np.abs(s.i_cell[0].sum(axis=1)[1:] / np.abs(s.i_cell[0]).sum(axis=1)[1:]).max() < 1e-9


def test_exponential_cells_between_floating_lines_converge_from_far_away(streams):
    """Currents at the first guess are up to 1e30 times those of the solution."""
    g = 10 ** streams.rng().uniform(-6, -4, (20, 20))
    bias = half_select(20, 20, (0, 19), 2.0, "floating")
    for beta in (10.0, 50.0, 150.0):
        s = solve_lines(g[None], bias.lines(WIRES), bias.ends, SinhCell(beta=beta))
        assert s.residual <= 1e-10
        assert s.iterations <= 60


def test_an_array_that_is_solved_sooner_than_others_beside_it_takes_no_more_steps():
    """It is linearised about points that the linear solver, loose for the others' sake, left."""
    g = np.where(np.random.default_rng(1).random((1000, 4, 4)) < 0.5, 1e-4, 1e-6)
    wires = Wires(r_word=200.0, r_bit=200.0, r_source=50.0, r_sense=50.0)
    bias = half_select(4, 4, (0, 3), 1.0, "floating")
    s = solve_lines(g, bias.lines(wires), bias.ends, SinhCell(beta=5.0), rtol=1e-11)
    assert s.iterations <= 15


def test_diodes_that_hold_floating_lines_by_their_leakage_converge():
    """Currents of floating lines are 10 orders below those that cross the array."""
    rng = np.random.default_rng(3)
    for _ in range(60):
        law = DiodeCell(saturation_current=10 ** rng.uniform(-14, -10))
        g, v = 10 ** rng.uniform(-7, -3, (4, 12)), rng.uniform(-1, 1, (3, 4))
        bottom = np.where(rng.random(12) < 0.5, OPEN, rng.uniform(-1, 1, 12))
        ends = Ends(right=OPEN, top=OPEN, bottom=bottom)
        wires = Wires(r_word=0.3, r_bit=0.3, r_source=0.3, r_sense=0.3)
        assert solve(g, v, wires, law=law, ends=ends).iterations <= 40


def test_a_part_behind_a_break_finds_its_own_voltage(array):
    g, v = array
    r_bit = np.full((4, 7), 150.0)
    r_bit[1, 3] = np.inf
    wires = Wires(r_word=250.0, r_bit=r_bit, r_source=90.0, r_sense=400.0)
    law = ThresholdSelector(threshold=0.6, width=0.02, leakage=1e-8)
    s = solve_nonlinear(g, v[0], wires, law)
    at = ends_at(Ends(), v[0], g.shape)
    lines = lines_of(wires, g.shape)
    _, bit, i = refined(g, lines, at, law, None, s.v_word, s.v_bit)
    np.testing.assert_allclose(s.v_bit, bit.astype(float), atol=1e-10)
    np.testing.assert_allclose(s.i_cell[:2, 3], i[:2, 3].astype(float), rtol=1e-6)


@pytest.mark.parametrize("kind", ENDS)
def test_sinh_cells_of_no_steepness_are_ohmic_between_any_ends(array, kind):
    g, v = array
    ohmic = solve(g, v, WIRES, ends=ENDS[kind])
    s = solve(g, v, WIRES, law=SinhCell(beta=1e-9), ends=ENDS[kind])
    np.testing.assert_allclose(s.v_word, ohmic.v_word, atol=1e-9)
    np.testing.assert_allclose(s.i_out, ohmic.i_out, atol=1e-9 * np.abs(ohmic.i_out).max())


def test_ends_that_repeat_the_wires_change_nothing(array):
    g, v = array
    plain = Ends(right=OPEN, top=OPEN, bottom=0.0)
    found, expected = (solve(g, v, WIRES, law=LAWS[0], ends=e).i_out for e in (plain, None))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_voltages_are_counted_from_anywhere(array):
    g, v = array
    found = solve(g, v + 3.0, WIRES, law=LAWS[0], ends=Ends(right=OPEN, top=OPEN, bottom=3.0))
    expected = solve(g, v, WIRES, law=LAWS[0])
    np.testing.assert_allclose(found.v_bit - 3.0, expected.v_bit, atol=1e-9)


def test_ends_may_differ_from_input_to_input(array):
    g, v = array
    bottom = np.linspace(-0.2, 0.2, 21).reshape(3, 7)
    together = solve(g, v, WIRES, law=LAWS[0], ends=Ends(right=OPEN, top=OPEN, bottom=bottom))
    stack = solve(
        np.stack([g, 2 * g]), np.stack([v, v]), WIRES, law=LAWS[0],
        ends=Ends(right=OPEN, top=OPEN, bottom=bottom),
    )  # fmt: skip
    np.testing.assert_allclose(stack.i_out[0], together.i_out, atol=1e-14)
    for k in range(3):
        ends = Ends(right=OPEN, top=OPEN, bottom=bottom[k])
        alone = solve(g, v[k], WIRES, law=LAWS[0], ends=ends).i_out
        np.testing.assert_allclose(together.i_out[k], alone, atol=1e-14)


def test_a_driver_that_need_not_give_any_current_is_solved_as_well():
    """A word line halfway between two bit lines: all current flows from one to the other."""
    g, ends = np.full((1, 2), 1e-5), Ends(right=OPEN, top=OPEN, bottom=np.array([0.0, 1.0]))
    wires = Wires(r_source=90.0, r_sense=400.0)
    s = solve(g, np.array([0.5]), wires, law=SinhCell(beta=4.0), ends=ends)
    assert s.i_out[0] == pytest.approx(-s.i_out[1], rel=1e-9)
    assert s.i_out[0] > 8e-6


def test_cells_at_rest_on_a_floating_line_rest():
    g = np.full((3, 4), 1e-5)
    ends = Ends(right=OPEN, top=OPEN, bottom=np.array([0.7, 0.7, OPEN, 0.7]))
    s = solve(g, np.full(3, 0.7), WIRES, law=LAWS[2], ends=ends)
    np.testing.assert_allclose(s.v_bit, 0.7, rtol=1e-14)
    np.testing.assert_allclose(s.i_cell, 0, atol=1e-20)


@pytest.mark.parametrize("law", [None, LAWS[0]], ids=["ohmic", "sinh"])
@pytest.mark.parametrize(
    ("ends", "message"),
    [
        (Ends(bottom=np.zeros(5)), r"ends.bottom has shape \(5,\); expected \(k, 7\)"),
        (Ends(top=np.array([[0.0], [np.nan], [0.0]]) + np.zeros(7)), "open .* for some inputs"),
        (Ends(bottom=np.zeros((2, 7))), "(shape|problems)"),
    ],
)
def test_ends_that_do_not_fit_are_refused(array, law, ends, message):
    with pytest.raises(SpecError, match=message):
        solve(*array, WIRES, law=law, ends=ends)


def test_floating_line_whose_transistors_are_all_shut_is_an_error_not_an_answer(array):
    g, v = array
    ends = Ends(right=OPEN, top=OPEN, bottom=np.array([0.0] * 6 + [OPEN]))
    with pytest.raises(ConvergenceError, match="nothing decides its voltage"):
        solve(g, v, WIRES, law=LAWS[5], gate=-3.0, ends=ends)
    assert solve(g, v, WIRES, law=LAWS[5], gate=0.2, ends=ends).residual <= 1e-10


def test_floating_line_without_cells_disturbs_nothing(array):
    g, v = array
    g[:, 2] = 0
    ends = Ends(right=OPEN, top=OPEN, bottom=np.array([0.0, 0.0, OPEN, 0.0, 0.0, 0.0, 0.0]))
    found = solve(g, v, WIRES, law=LAWS[0], ends=ends).i_out
    np.testing.assert_allclose(found, solve(g, v, WIRES, law=LAWS[0]).i_out, atol=1e-14)


def test_what_floating_lines_still_miss_is_told(array):
    law = ThresholdSelector(threshold=0.6, width=0.01, leakage=1e-9)
    with pytest.raises(ConvergenceError, match=r"by \S+ of that of a line that floats; at most"):
        under_bias(array[0], law, WIRES, max_iterations=6)


def test_cells_without_wires_share_the_voltage_over_floating_lines():
    bias = half_select(3, 4, (0, 3), 0.9, "floating")
    ends = Ends(**{name: getattr(bias.ends, name)[None] for name in vars(bias.ends)})
    u = unwired_drops(ends, bias.lines(WIRES))[0]
    expected = [[0.3, 0.3, 0.3, 0.9], *[[-0.3, -0.3, -0.3, 0.3]] * 2]
    np.testing.assert_allclose(u, expected)


@pytest.mark.skipif(which("ngspice") is None, reason="ngspice is not installed")
@pytest.mark.parametrize("beta", [3.0, 10.0])
def test_ngspice_finds_the_same_currents_between_floating_lines(array, beta, tmp_path):
    g = array[0]
    m, n = g.shape
    cards = ["one cell selected", ".options reltol=1e-12 abstol=1e-20 vntol=1e-15 gmin=1e-22"]
    cards += ["vs s 0 1", f"rs s w0_0 {WIRES.r_source}"]
    cards += [f"re b{m - 1}_{n - 1} e {WIRES.r_sense}", "ve e 0 0"]
    for i, j in np.ndindex(m, n):
        cards += [f"rw{i}_{j} w{i}_{j - 1} w{i}_{j} {WIRES.r_word}"] * (j > 0)
        cards += [f"rb{i}_{j} b{i - 1}_{j} b{i}_{j} {WIRES.r_bit}"] * (i > 0)
        drop = f"v(w{i}_{j},b{i}_{j})"
        cards.append(f"bc{i}_{j} w{i}_{j} b{i}_{j} i={float(g[i, j]) / beta!r}*sinh({beta}*{drop})")
    printed = ["i(ve)", *(f"v(w{i}_0)" for i in range(m)), *(f"v(b0_{j})" for j in range(n))]
    control = [".control", "set numdgt=15", "op", *(f"print {p}" for p in printed)]
    file = tmp_path / "selected.cir"
    file.write_text("\n".join([*cards, *control, "quit", ".endc", ".end"]) + "\n", "ascii")
    run = subprocess.run(
        ["ngspice", "-b", str(file)], capture_output=True, text=True, timeout=60, check=False
    )
    values = [float(x) for x in re.findall(r"^[iv]\(.*\) = (\S+)$", run.stdout, re.MULTILINE)]
    s, _ = under_bias(g, SinhCell(beta=beta), WIRES)
    assert s.i_out[0, -1] == pytest.approx(values[0], rel=1e-9)
    np.testing.assert_allclose(s.v_word[0, :, 0], values[1 : 1 + m], atol=1e-9)
    np.testing.assert_allclose(s.v_bit[0, 0], values[1 + m :], atol=1e-9)
