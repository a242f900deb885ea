import io
import shutil

import numpy as np
import pytest
from nodal import nodal_analysis
from scipy.optimize import root

from xbarsim.crossbar import Ends, Wires, solve, transfer_matrix
from xbarsim.crossbar.laws import PolynomialCell, SinhCell, ThresholdSelector
from xbarsim.crossbar.netlist import node_names, solve_with_ngspice, write_spice
from xbarsim.errors import ConvergenceError, SpecError

ngspice = pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")

OHMS = {"r_word": 2.5, "r_bit": 1.5, "r_source": 20.0, "r_sense": 3.0}
ZEROS = [{}, *({name: 0.0} for name in OHMS), dict.fromkeys(OHMS, 0.0)]
SHAPES = [(1, 1), (1, 5), (7, 3), (16, 16)]


def an_array(rng, shape):
    return 10 ** rng.uniform(-7, -3, shape), rng.uniform(-0.3, 0.3, shape[0])


def deck_of(*arguments, **options):
    file = io.StringIO()
    write_spice(file, *arguments, **options)
    return file.getvalue().splitlines()


def assert_same_answer(spice, g, v, wires):
    i, word, bit = nodal_analysis(g, v, wires)
    np.testing.assert_allclose(spice.i_out, i, rtol=0, atol=1e-11 * np.abs(i).max())
    np.testing.assert_allclose(spice.v_word, word, rtol=0, atol=1e-11)
    np.testing.assert_allclose(spice.v_bit, bit, rtol=0, atol=1e-11)


@ngspice
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("sense_sides", [1, 2])
def test_netlist_has_the_currents_of_the_transfer_matrix(streams, shape, sides, sense_sides):
    g, v = an_array(streams.rng(), shape)
    for zeros in ZEROS:
        wires = Wires(**(OHMS | zeros), sides=sides, sense_sides=sense_sides)
        spice = solve_with_ngspice(g, v, wires)
        assert_same_answer(spice, g, v, wires)
        expected = v @ transfer_matrix(g, wires)
        np.testing.assert_allclose(
            spice.i_out, expected, rtol=0, atol=1e-11 * np.abs(expected).max()
        )


@ngspice
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_netlist_has_the_node_voltages_of_a_solve(streams, shape):
    g, v = an_array(streams.rng(), shape)
    wires = Wires(**OHMS, sides=2)
    spice, ours = solve_with_ngspice(g, v, wires), solve(g, v, wires)
    np.testing.assert_allclose(spice.v_word, ours.v_word, rtol=0, atol=1e-9)
    np.testing.assert_allclose(spice.v_bit, ours.v_bit, rtol=0, atol=1e-9)


@ngspice
@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("sense_sides", [1, 2])
def test_netlist_of_graded_and_broken_lines_has_the_currents_of_the_transfer_matrix(
    streams, sides, sense_sides
):
    rng = streams.rng()
    g, v = an_array(rng, (7, 5))
    word, bit = rng.uniform(0, 50, (7, 4)), rng.uniform(0, 50, (6, 5))
    word[2, 1] = bit[3, 4] = np.inf
    word[4, 0] = bit[0, 2] = 0.0
    wires = Wires(
        r_word=word,
        r_bit=bit,
        r_source=rng.uniform(1, 9, 7),
        r_sense=rng.uniform(1, 9, 5),
        sides=sides,
        sense_sides=sense_sides,
    )
    spice = solve_with_ngspice(g, v, wires)
    expected = v @ transfer_matrix(g, wires)
    np.testing.assert_allclose(spice.i_out, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


@ngspice
@pytest.mark.parametrize("law", [SinhCell(beta=3.0), PolynomialCell(coefficients=(0.2, 4.0))])
def test_netlist_of_nonlinear_cells_solves_their_circuit(law):
    g, v = np.array([[1e-4, 3e-5], [2e-5, 5e-4]]), np.array([0.8, -0.5])
    spice = solve_with_ngspice(g, v, Wires(r_source=1e3, r_sense=2e3), law=law)

    def mismatch(x):
        word, bit = x[:2], x[2:]
        i = law.current(word[:, None] - bit, g)[0]
        return np.concatenate([(v - word) - 1e3 * i.sum(axis=1), bit - 2e3 * i.sum(axis=0)])

    x = root(mismatch, np.zeros(4), tol=1e-13).x
    np.testing.assert_allclose(spice.v_word, np.outer(x[:2], [1, 1]), rtol=1e-10)
    np.testing.assert_allclose(spice.v_bit, np.outer([1, 1], x[2:]), rtol=1e-10)
    np.testing.assert_allclose(spice.i_out, x[2:] / 2e3, rtol=1e-10)


@ngspice
@pytest.mark.parametrize("law", [None, SinhCell(beta=3.0)], ids=str)
@pytest.mark.parametrize("r_sense", [0.0, 3.0])
def test_netlist_of_driven_and_open_ends_has_the_currents_of_a_solve(streams, law, r_sense):
    rng = streams.rng()
    g, v = rng.uniform(1e-5, 1e-4, (4, 5)), rng.uniform(-0.3, 0.3, 4)
    ends = Ends(
        right=np.array([0.2, np.nan, 0.0, np.nan]),
        top=np.array([np.nan, 0.1, np.nan, 0.0, np.nan]),
        bottom=np.array([0.0, np.nan, 0.3, -0.1, 0.0]),
    )
    wires = Wires(r_word=20.0, r_bit=10.0, r_source=5.0, r_sense=r_sense)
    spice = solve_with_ngspice(g.tolist(), v.tolist(), wires, law=law, ends=ends)
    ours = solve(g, v, wires, law=law, ends=ends, rtol=1e-11)
    for name in ("i_out", "v_word", "v_bit"):
        expected = getattr(ours, name)
        np.testing.assert_allclose(
            getattr(spice, name), expected, rtol=0, atol=1e-9 * np.abs(expected).max()
        )


@ngspice
def test_part_without_a_path_to_ground_is_an_error():
    wires = Wires(r_word=1.0, r_bit=np.array([[1.0], [np.inf]]), r_sense=1.0)
    with pytest.raises(ConvergenceError, match="no operating point"):
        solve_with_ngspice(np.array([[0.0], [0.0], [1.0]]), np.ones(3), wires)


def test_node_that_nothing_reaches_is_nan_in_the_answer(tmp_path):
    program = tmp_path / "ngspice"
    program.write_text("#!/bin/sh\necho 's0 = 1.0e+00'\necho 'vo0#branch = 2.5e-01'\n")
    program.chmod(0o755)
    spice = solve_with_ngspice(
        np.zeros((1, 1)), np.ones(1), Wires(r_sense=1.0), program=str(program)
    )
    assert spice.v_word == [[1.0]]
    assert np.isnan(spice.v_bit).all()
    assert spice.i_out == [0.25]


def test_every_number_reads_back_to_the_last_bit(streams):
    g, v = an_array(streams.rng(), (1, 1))
    deck = deck_of(g, v, Wires(r_source=1 / 3, r_sense=0.1))
    values = {line.split()[0]: float(line.split()[-1]) for line in deck if line[0] in "vr"}
    assert values == {
        "vs0": v[0],
        "vo0": 0.0,
        "rw0_0": 1 / 3,
        "rb0_1": 0.1,
        "rc0_0": 1 / g[0, 0],
    }


def test_netlist_holds_no_cell_of_zero_conductance_and_no_resistor_of_zero_or_infinite_ohm():
    wires = Wires(r_word=np.array([[0.0, np.inf]]), r_source=5.0)
    deck = deck_of(np.array([[1e-6, 0.0, 1e-6]]), np.ones(1), wires, title="three cells")
    assert deck[0] == "* three cells"
    assert [line for line in deck if line.startswith("r")] == [
        "rw0_0 s0 w0_0 5.0",
        "rc0_0 w0_0 o0 1000000.0",
        "rc0_2 w0_2 o2 1000000.0",
    ]


def test_nodes_joined_by_zero_ohm_bear_one_name():
    word, bit = node_names((2, 3), Wires(r_word=np.array([[0.0, 1.0], [1.0, 0.0]]), r_bit=1.0))
    assert word.tolist() == [["s0", "s0", "w0_2"], ["s1", "w1_1", "w1_1"]]
    assert bit.tolist() == [["b0_0", "b0_1", "b0_2"], ["o0", "o1", "o2"]]


def test_both_ends_of_a_line_are_one_node():
    wires = Wires(r_word=1.0, r_bit=1.0, sides=2, sense_sides=2)
    word, bit = node_names((3, 3), wires)
    assert word[1].tolist() == ["s1", "w1_1", "s1"]
    assert bit[:, 1].tolist() == ["o1", "b1_1", "o1"]


def test_netlist_is_written_to_a_path_as_to_a_file(tmp_path):
    path = tmp_path / "array.cir"
    g, v, wires = np.full((2, 2), 1e-5), np.ones(2), Wires(**OHMS)
    write_spice(path, g, v, wires)
    assert path.read_text().splitlines() == deck_of(g, v, wires)


@pytest.mark.parametrize(
    ("g", "v", "options", "fault"),
    [
        (np.ones((2, 2, 2)), np.ones(2), {}, "one array"),
        (-np.ones((2, 2)), np.ones(2), {}, "-1 S"),
        (np.ones((2, 2)), np.ones(3), {}, r"\(rows,\) = \(2,\)"),
        (np.ones((2, 2)), np.array([0.0, np.nan]), {}, r"v\[1\] is nan V"),
        (np.ones((2, 2)), np.ones(2), {"title": "a\n.end"}, "one line"),
        (np.full((2, 2), 1e-310), np.ones(2), {}, "g holds 1e-310 S"),
        (np.ones((2, 2)), np.ones(2), {"ends": Ends(right=1.0)}, "without any resistance"),
        (np.ones((2, 2)), np.ones(2), {"ends": Ends(right=np.ones(3))}, "ends.right has shape"),
        (
            np.ones((2, 2)),
            np.ones(2),
            {"law": ThresholdSelector(threshold=0.5, width=0.05, leakage=1e-3)},
            "law is ThresholdSelector",
        ),
    ],
)
def test_what_no_netlist_can_hold_is_refused(g, v, options, fault):
    with pytest.raises(SpecError, match=fault):
        deck_of(g, v, Wires(), **options)


def test_refused_netlist_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "array.cir"
    path.write_text("earlier")
    law = ThresholdSelector(threshold=0.5, width=0.05, leakage=1e-3)
    for options in ({"wires": Wires(), "law": law}, {"wires": Wires(r_source=np.ones(7))}):
        with pytest.raises(SpecError):
            write_spice(path, np.ones((2, 2)), np.ones(2), **options)
    assert path.read_text() == "earlier"
