import numpy as np
import pytest
from nodal import Circuit

from xbarsim.crossbar import solve
from xbarsim.crossbar.laws import DiodeCell, SinhCell, ThresholdSelector, TransistorCell
from xbarsim.crossbar.passive import (
    access,
    half_select,
    margins,
    read_cell,
    read_margin,
    worst_cell,
    write_voltage,
)
from xbarsim.crossbar.wires import Wires
from xbarsim.errors import SpecError

SCHEMES = ["V/2", "V/3", "floating", "grounded"]
IDEAL = Wires()
WIRED = Wires(r_word=3.0, r_bit=2.0, r_source=20.0, r_sense=10.0)
WIRES = [
    IDEAL,
    WIRED,
    Wires(r_word=500.0, r_bit=300.0),
    Wires(r_word=3.0, r_bit=2.0, r_source=20.0, r_sense=10.0, sides=2),
    Wires(r_word=3.0, r_bit=2.0, r_source=20.0, r_sense=10.0, sides=2, sense_sides=2),
]
SINH = SinhCell(beta=3.0)
SELECTOR = ThresholdSelector(threshold=0.8, width=0.05, leakage=1e-5)


@pytest.fixture
def g(streams):
    return 10 ** streams.rng().uniform(-6, -3, (5, 7))


def nodal_cells(g, wires, bias):
    """Voltage across every cell, from a circuit in which a floating line simply has no driver."""
    m, n = g.shape
    circuit, held = Circuit(), {}
    for i in range(m):
        for j in range(n - 1):
            circuit.resistor(("word", i, j), ("word", i, j + 1), wires.r_word)
        if not bias.word_floats[i]:
            for j in [0, n - 1][: wires.sides]:
                circuit.resistor(("driver", i), ("word", i, j), wires.r_source)
            held["driver", i] = bias.v_word[i]
    for j in range(n):
        for i in range(m - 1):
            circuit.resistor(("bit", i, j), ("bit", i + 1, j), wires.r_bit)
        if not bias.bit_floats[j]:
            for i in [m - 1, 0][: wires.sense_sides]:
                circuit.resistor(("sense", j), ("bit", i, j), wires.r_sense)
            held["sense", j] = bias.v_bit[j]
    for i, j in np.argwhere(g > 0):
        circuit.resistor(("word", i, j), ("bit", i, j), 1 / g[i, j])
    x = circuit.voltages(held)
    return np.array([[x["word", i, j] - x["bit", i, j] for j in range(n)] for i in range(m)])


@pytest.mark.parametrize("wires", WIRES, ids=["ideal", "wired", "thin", "2 sides", "4 sides"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_cells_see_what_dense_nodal_analysis_says(g, wires, scheme):
    bias = half_select(*g.shape, (1, 4), -1.7, scheme)
    found = access(g, wires, bias)
    v_cell = nodal_cells(g, wires, bias)
    np.testing.assert_allclose(found.v_cell, v_cell, atol=1.7e-9)
    largest = np.abs(g * v_cell).sum(axis=1).max()
    np.testing.assert_allclose(found.i_cell, g * v_cell, atol=1e-9 * largest)
    np.testing.assert_allclose(found.i_word, (g * v_cell).sum(axis=1), atol=1e-9 * largest)
    np.testing.assert_allclose(found.i_bit, (g * v_cell).sum(axis=0), atol=1e-9 * largest)
    assert 0 <= found.residual < 1e-9


@pytest.mark.parametrize("wires", WIRES[1:], ids=["wired", "thin", "2 sides", "4 sides"])
def test_grounded_lines_are_an_ordinary_read_of_one_word_line(g, wires):
    found = read_cell(g, wires, (3, 2), 0.2, "grounded")
    np.testing.assert_allclose(found.i_bit, solve(g, 0.2 * np.eye(5)[3], wires).i_out, rtol=1e-7)


def test_lines_may_float_one_by_one(g):
    bias = half_select(*g.shape, (1, 4), 1.0, "V/2")
    bias.word_floats[3] = bias.bit_floats[0] = True
    found = access(g, WIRED, bias)
    np.testing.assert_allclose(found.v_cell, nodal_cells(g, WIRED, bias), atol=1e-9)
    assert abs(found.i_word[3]) < 1e-12
    assert abs(found.i_bit[0]) < 1e-12


def test_a_cell_in_open_wires_sees_its_divider():
    found = write_voltage(np.array([[1e-3]]), Wires(r_source=300.0, r_sense=700.0), (0, 0), 2.0)
    assert found.v_selected == pytest.approx(1.0, rel=1e-12)
    assert found.i_driver == pytest.approx(1e-3, rel=1e-12)
    assert found.v_half_selected == found.v_unselected == 0


@pytest.mark.parametrize(("scheme", "half", "others"), [("V/2", 1, 0), ("V/3", 2 / 3, 2 / 3)])
def test_ideal_wires_give_the_schemes_their_names(g, scheme, half, others):
    found = write_voltage(g, IDEAL, (2, 3), 2.0, scheme)
    assert found.v_selected == pytest.approx(2.0, rel=1e-12)
    assert found.v_half_selected == pytest.approx(half, rel=1e-12)
    assert found.v_unselected == pytest.approx(others, abs=1e-12)
    sizes = np.abs(found.v_cell)
    sizes[2, 3] = half
    np.testing.assert_allclose(sizes[2], half)
    np.testing.assert_allclose(sizes[:, 3], half)


def test_grounded_lines_put_all_voltage_on_the_selected_word_line(g):
    found = write_voltage(g, IDEAL, (2, 3), 1.0, "grounded")
    expected = np.zeros(g.shape)
    expected[2] = 1.0
    np.testing.assert_allclose(found.v_cell, expected, atol=1e-12)


@pytest.mark.parametrize(("m", "n"), [(2, 2), (5, 8), (16, 3), (32, 32)])
def test_sneak_current_of_equal_cells_has_its_closed_form(m, n):
    """Two half-selected groups and the unselected cells between them, in series."""
    g = 2e-5
    sneak = 1 / (1 / ((n - 1) * g) + 1 / ((m - 1) * (n - 1) * g) + 1 / ((m - 1) * g))
    found = read_cell(np.full((m, n), g), IDEAL, (m - 1, 0), 0.3)
    assert found.i_sneak == pytest.approx(0.3 * sneak, rel=1e-9)
    assert found.i_sense == pytest.approx(0.3 * (sneak + g), rel=1e-9)


LAWS = [None, SINH, SELECTOR, DiodeCell(saturation_current=1e-9)]


@pytest.mark.parametrize("law", LAWS, ids=["ohmic", "sinh", "selector", "diode"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_drivers_pay_for_cells_and_wires(g, scheme, law):
    """The power of wires, summed segment by segment, is what the drivers give beyond the cells."""
    found = write_voltage(g, WIRED, (0, 6), 1.5, scheme, law=law)
    cells = found.p_selected + found.p_half_selected + found.p_unselected
    current = g * found.v_cell if law is None else law.current(found.v_cell, g)[0]
    assert cells == pytest.approx((current * found.v_cell).sum(), rel=1e-9)
    word = np.cumsum(found.i_cell[:, ::-1], axis=1)[:, ::-1]
    bit = np.cumsum(found.i_cell, axis=0)
    wires = WIRED.r_source * word[:, 0] ** 2 + WIRED.r_word * (word[:, 1:] ** 2).sum(axis=1)
    wires = wires.sum() + WIRED.r_bit * (bit[:-1] ** 2).sum() + WIRED.r_sense * (bit[-1] ** 2).sum()
    assert found.p_wires == pytest.approx(wires, rel=1e-6)
    assert found.p_total == pytest.approx(cells + wires, rel=1e-9)


def test_power_with_ideal_wires_is_counted_by_hand():
    """V/2 among 4 x 6 equal cells: 1 cell at V, 8 at V/2, 15 at nothing."""
    found = write_voltage(np.full((4, 6), 1e-4), IDEAL, (1, 1), 2.0, "V/2")
    assert found.p_selected == pytest.approx(4e-4)
    assert found.p_half_selected == pytest.approx(8e-4)
    assert found.p_unselected == pytest.approx(0, abs=1e-15)
    assert found.p_wires == pytest.approx(0, abs=1e-15)
    assert found.i_driver == pytest.approx(2e-4 + 5e-4)


@pytest.mark.parametrize(("scheme", "others"), [("V/2", 0), ("V/3", 2 / 3)])
def test_currents_of_nonlinear_cells_with_ideal_wires_are_counted_by_hand(scheme, others):
    """Among 4 x 6 equal cells 8 are half-selected, 15 share no line with the selected one."""
    half = 1.0 if scheme == "V/2" else 2 / 3
    found = write_voltage(np.full((4, 6), 1e-4), IDEAL, (1, 1), 2.0, scheme, law=SINH)
    i = {v: 1e-4 / 3 * np.sinh(3 * v) for v in (2.0, half, others)}
    assert found.p_selected == pytest.approx(2 * i[2.0], rel=1e-9)
    assert found.p_half_selected == pytest.approx(8 * half * i[half], rel=1e-9)
    assert found.p_unselected == pytest.approx(15 * others * i[others], abs=1e-15, rel=1e-9)
    assert found.i_driver == pytest.approx(i[2.0] + 5 * i[half], rel=1e-9)
    assert found.i_sneak == pytest.approx(3 * i[half], rel=1e-9)


@pytest.mark.parametrize("law", [SINH, SELECTOR], ids=["sinh", "selector"])
@pytest.mark.parametrize(("m", "n"), [(2, 2), (5, 8), (32, 32)])
def test_sneak_current_of_equal_nonlinear_cells_passes_three_groups_in_series(m, n, law):
    found = read_cell(np.full((m, n), 2e-5), IDEAL, (m - 1, 0), 1.2, law=law)
    row, column, others = found.v_cell[m - 1, 1], found.v_cell[0, 0], -found.v_cell[0, 1]
    assert row + column + others == pytest.approx(1.2, rel=1e-12)
    counts = np.array([n - 1, m - 1, (m - 1) * (n - 1)])
    through = counts * law.current(np.array([row, column, others]), np.full(3, 2e-5))[0]
    np.testing.assert_allclose(through, found.i_sneak, rtol=1e-8)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_cells_that_are_hardly_nonlinear_see_what_ohmic_ones_see(g, scheme):
    found = write_voltage(g, WIRED, (1, 4), 1.0, scheme, law=SinhCell(beta=1e-9))
    expected = write_voltage(g, WIRED, (1, 4), 1.0, scheme)
    np.testing.assert_allclose(found.v_cell, expected.v_cell, atol=1e-9)


def test_a_selector_takes_the_half_selected_cells_out_of_the_bill():
    g = np.full((32, 32), 1e-5)
    bare = write_voltage(g, WIRED, (0, 31), 1.2)
    behind = write_voltage(g, WIRED, (0, 31), 1.2, law=SELECTOR)
    assert bare.p_half_selected > 10 * bare.p_selected
    assert behind.p_half_selected < behind.p_selected
    assert behind.i_sneak < 0.2 * behind.i_sense


def test_transistors_of_rows_that_are_shut_let_no_sneak_current_pass(g):
    law, gate = TransistorCell(threshold=0.4, transconductance=1e-3), np.zeros(5)
    gate[2] = 3.0
    shut = read_cell(g, WIRED, (2, 3), 0.2, "V/2", law=law, gate=gate)
    assert abs(shut.i_sneak) < 1e-4 * shut.i_sense
    opened = read_cell(g, WIRED, (2, 3), 0.2, "V/2", law=law, gate=3.0)
    assert opened.i_sneak > 0.1 * opened.i_sense


def test_third_of_the_voltage_costs_more_than_half_in_a_large_array_of_equal_cells():
    g = np.full((24, 24), 1e-5)
    half, third = (write_voltage(g, WIRED, (0, 23), 1.0, s) for s in ("V/2", "V/3"))
    assert third.p_total > 2 * half.p_total
    assert third.v_half_selected < 0.7 * half.v_half_selected


@pytest.mark.parametrize("scheme", SCHEMES)
def test_everything_is_linear_in_the_voltage(g, scheme):
    one, tiny = (write_voltage(g, WIRED, (2, 2), v, scheme) for v in (1.0, -1e-6))
    np.testing.assert_allclose(tiny.v_cell, -1e-6 * one.v_cell, atol=1e-15)


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("sense_sides", [1, 2])
def test_worst_cell_sees_the_least_voltage_of_equal_cells(sides, sense_sides):
    wires = Wires(r_word=9.0, r_bit=7.0, sides=sides, sense_sides=sense_sides)
    g = np.full((5, 7), 1e-4)
    seen = {
        (i, j): write_voltage(g, wires, (i, j), 1.0).v_selected for i in range(5) for j in range(7)
    }
    assert seen[worst_cell(g.shape, wires)] == pytest.approx(min(seen.values()), rel=1e-9)


def test_worst_cell_of_a_graded_array_lies_behind_its_worst_segment():
    r_bit = np.ones((4, 6))
    r_bit[2, 3] = 100.0
    assert worst_cell((5, 6), Wires(r_word=1.0, r_bit=r_bit)) == (0, 3)
    assert worst_cell((5, 6), Wires(r_word=1.0, r_bit=1.0)) == (0, 5)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("pattern", ["worst", "best"])
def test_margin_is_that_of_two_nodal_analyses(scheme, pattern):
    g_on, g_off, load = 1e-4, 2e-6, 5e3
    found = read_margin(g_on, g_off, WIRED, (4, 5), scheme, pattern=pattern, r_load=load)
    r_sense = np.full(5, WIRED.r_sense)
    r_sense[4] += load
    currents = []
    for own in (g_on, g_off):
        g = np.full((4, 5), g_on if pattern == "worst" else g_off)
        g[0, 4] = own
        bias = half_select(4, 5, (0, 4), 1.0, scheme)
        currents.append((g * _with_loads(g, bias, r_sense))[:, 4].sum())
    assert found.i_on == pytest.approx(currents[0], rel=1e-8)
    assert found.i_off == pytest.approx(currents[1], rel=1e-8)
    assert found.current == pytest.approx(1 - currents[1] / currents[0], rel=1e-8)
    assert found.voltage == pytest.approx(load * (currents[0] - currents[1]), rel=1e-8)


def _with_loads(g, bias, r_sense):
    """As `nodal_cells` with a sense resistance of its own for each bit line."""
    m, n = g.shape
    circuit, held = Circuit(), {}
    for i in range(m):
        nodes = [("word", i, j) for j in range(n)]
        if not bias.word_floats[i]:
            circuit.resistor(("driver", i), nodes[0], WIRED.r_source)
            held["driver", i] = bias.v_word[i]
        for a, b in zip(nodes, nodes[1:], strict=False):
            circuit.resistor(a, b, WIRED.r_word)
    for j in range(n):
        nodes = [("bit", i, j) for i in range(m)]
        if not bias.bit_floats[j]:
            circuit.resistor(nodes[-1], ("sense", j), r_sense[j])
            held["sense", j] = bias.v_bit[j]
        for a, b in zip(nodes, nodes[1:], strict=False):
            circuit.resistor(a, b, WIRED.r_bit)
    for i, j in np.ndindex(g.shape):
        circuit.resistor(("word", i, j), ("bit", i, j), 1 / g[i, j])
    x = circuit.voltages(held)
    return np.array([[x["word", i, j] - x["bit", i, j] for j in range(n)] for i in range(m)])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("law", [SINH, SELECTOR], ids=["sinh", "selector"])
def test_margin_of_nonlinear_cells_is_that_of_two_reads(scheme, law):
    r_sense = np.full(5, WIRED.r_sense)
    r_sense[4] += 5e3
    loaded = Wires(r_word=3.0, r_bit=2.0, r_source=20.0, r_sense=r_sense)
    currents = []
    for own in (1e-4, 2e-6):
        g = np.full((4, 5), 1e-4)
        g[0, 4] = own
        currents.append(read_cell(g, loaded, (0, 4), 1.0, scheme, law=law).i_sense)
    found = read_margin(1e-4, 2e-6, WIRED, (4, 5), scheme, r_load=5e3, law=law)
    assert found.i_on == pytest.approx(currents[0], rel=1e-8)
    assert found.i_off == pytest.approx(currents[1], rel=1e-8)


def test_a_selector_keeps_the_margin_that_floating_lines_lose():
    sizes = [4, 16, 64]
    bare = [m.current for m in margins(sizes, 1e-4, 1e-6, WIRED)]
    behind = [m.current for m in margins(sizes, 1e-4, 1e-6, WIRED, law=SELECTOR)]
    assert bare[-1] < 0.1
    assert behind[-1] > 0.9


def test_voltage_margin_is_the_pull_up_divider_of_flocke_and_noll():
    g_on, g_off, n, pull_up = 1e-3, 1e-5, 8, 1e3
    k = n - 1
    sneak = 1 / (2 / (k * g_on) + 1 / (k * k * g_on))
    ratio = [pull_up / (1 / (own + sneak) + pull_up) for own in (g_on, g_off)]
    found = read_margin(g_on, g_off, IDEAL, (n, n), r_load=pull_up)
    assert found.voltage == pytest.approx(ratio[0] - ratio[1], rel=1e-9)


def test_margin_does_not_depend_on_the_read_voltage():
    one, other = (read_margin(1e-4, 1e-6, WIRED, (6, 6), v_read=v, r_load=1e4) for v in (1.0, -0.1))
    assert one.current == pytest.approx(other.current, rel=1e-9)
    assert one.voltage == pytest.approx(other.voltage, rel=1e-9)


def test_no_pattern_of_cells_beats_the_bounds_of_any(streams):
    rng = streams.rng()
    bound = read_margin(1e-4, 1e-5, WIRED, (4, 4), pattern="any", selected=(0, 3))
    for _ in range(10):
        g = np.where(rng.random((4, 4)) < 0.5, 1e-4, 1e-5)
        for own in (1e-4, 1e-5):
            g[0, 3] = own
            i = read_cell(g, WIRED, (0, 3), 1.0).i_sense
            assert i >= bound.i_on if own == 1e-4 else i <= bound.i_off


def test_margins_fall_with_size_and_stay_with_grounded_lines_and_ideal_wires():
    sizes = [2, 4, 8, 16]
    floating = [m.current for m in margins(sizes, 1e-4, 1e-6, WIRED)]
    assert floating == sorted(floating, reverse=True)
    assert floating[-1] < 0.3
    grounded = [m.current for m in margins(sizes, 1e-4, 1e-6, IDEAL, "grounded")]
    np.testing.assert_allclose(grounded, 0.99, rtol=1e-9)


def test_floating_line_without_a_cell_that_conducts_is_refused(g):
    g[3] = 0
    with pytest.raises(SpecError, match="word line 3 floats"):
        write_voltage(g, WIRED, (1, 4), 1.0, "floating")
    found = write_voltage(g, WIRED, (1, 4), 1.0, "V/2")
    assert found.v_cell[3, 4] == pytest.approx(0.5, rel=0.1)


def test_floating_lines_that_conduct_to_each_other_alone_are_refused(g):
    g[3] = 0
    g[:, 5] = 0
    g[3, 5] = 1e-5
    with pytest.raises(SpecError, match="path"):
        write_voltage(g, WIRED, (1, 4), 1.0, "floating")


def test_cells_that_do_not_conduct_when_off_have_a_margin():
    found = read_margin(1e-4, 0.0, IDEAL, (4, 4), pattern="best")
    assert found.i_on == pytest.approx(1e-4, rel=1e-9)
    assert found.current == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"selected": (5, 0)}, r"\(5, 0\).*\(0, 0\) to \(4, 6\)"),
        ({"selected": (0, -1)}, r"\(0, -1\)"),
        ({"v_write": np.nan}, "finite"),
        ({"scheme": "V/4"}, "no scheme 'V/4'"),
        ({"g": np.ones((2, 3, 4))}, r"\(2, 3, 4\)"),
        ({"g": -np.ones((5, 7))}, "at least 0 S"),
    ],
)
def test_what_cannot_be_selected_is_refused(g, change, message):
    arguments = {"g": g, "wires": WIRED, "selected": (0, 0), "v_write": 1.0} | change
    with pytest.raises(SpecError, match=message):
        write_voltage(**arguments)


def test_bias_of_another_shape_is_refused(g):
    with pytest.raises(SpecError, match=r"\(5, 7\).*\(7, 5\)"):
        access(g, WIRED, half_select(7, 5, (0, 0), 1.0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gate": 1.0}, "gate is given without a law"),
        ({"law": SINH, "gate": 1.0}, "SinhCell has two terminals"),
        ({"law": TransistorCell(threshold=0.4, transconductance=1e-4)}, "gate is missing"),
    ],
)
def test_gates_that_cells_do_not_have_or_lack_are_refused(g, options, message):
    with pytest.raises(SpecError, match=message):
        read_cell(g, WIRED, (0, 0), 1.0, **options)
    with pytest.raises(SpecError, match=message):
        read_margin(1e-4, 1e-6, WIRED, (4, 4), **options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"g_off": 1e-3}, "g_off"),
        ({"v_read": 0.0}, "v_read"),
        ({"r_load": -1.0}, "r_load"),
        ({"r_load": 1.0, "wires": Wires(sense_sides=2)}, "sensed at one end"),
        ({"pattern": "all"}, "no pattern 'all'"),
        ({"pattern": None}, "no pattern None"),
        ({"scheme": None}, "no scheme None"),
        ({"shape": (0, 3)}, "0 rows and 3 cols"),
        ({"v_read": 1e-160}, "selected line is 1e-160 V"),
    ],
)
def test_what_has_no_margin_is_refused(change, message):
    arguments = {"g_on": 1e-4, "g_off": 1e-6, "wires": WIRED, "shape": (4, 4)} | change
    with pytest.raises(SpecError, match=message):
        read_margin(**arguments)
