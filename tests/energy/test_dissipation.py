import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.crossbar import Ends, Wires, solve
from xbarsim.crossbar.laws import DiodeCell, SinhCell, ThresholdSelector, TransistorCell
from xbarsim.energy import dissipation
from xbarsim.errors import SpecError

MODES = list(itertools.product((1, 2), (1, 2)))
OHMS = st.sampled_from([0.0, 1e-6, 0.3, 2.5, 100.0])


@given(
    st.integers(1, 8),
    st.integers(1, 8),
    st.integers(0, 2**32 - 1),
    st.sampled_from(MODES),
    st.tuples(OHMS, OHMS, OHMS, OHMS),
)
@settings(max_examples=120, deadline=None)
def test_what_sources_deliver_is_what_the_parts_dissipate(m, n, seed, mode, ohms):
    rng = np.random.default_rng(seed)
    g, v = 10 ** rng.uniform(-7, -3, (m, n)), rng.uniform(0, 0.3, (3, m))
    names = ("r_word", "r_bit", "r_source", "r_sense")
    wires = Wires(**dict(zip(names, ohms, strict=True)), sides=mode[0], sense_sides=mode[1])
    power = dissipation(g, v, wires)
    assert power.imbalance < 1e-9
    for part in (power.cells, power.wires, power.terminations):
        assert (part >= 0).all()


def test_inputs_of_both_signs_balance(streams):
    rng = streams.rng()
    g, v = 10 ** rng.uniform(-6, -4, (12, 9)), rng.uniform(-0.3, 0.3, (6, 12))
    assert dissipation(g, v, Wires(r_word=4.0, r_bit=3.0, r_source=20.0)).imbalance < 1e-9


def test_parts_equal_the_sums_over_resistors(streams):
    rng = streams.rng()
    g, v = 10 ** rng.uniform(-6, -4, (5, 7)), rng.uniform(0, 0.3, (1, 5))
    wires = Wires(r_word=40.0, r_bit=30.0, r_source=200.0, r_sense=90.0, sides=2)
    s, power = solve(g, v, wires), dissipation(g, v, wires)
    word, bit = s.v_word[0], s.v_bit[0]
    lines = (np.diff(word, axis=1) ** 2).sum() / 40 + (np.diff(bit, axis=0) ** 2).sum() / 30
    ends = ((v[0] - word[:, 0]) ** 2 + (v[0] - word[:, -1]) ** 2).sum() / 200
    ends += (bit[-1] ** 2).sum() / 90
    np.testing.assert_allclose(power.wires[0], lines, rtol=1e-8)
    np.testing.assert_allclose(power.terminations[0], ends, rtol=1e-8)


def test_without_wires_all_is_spent_in_the_cells():
    g, v = np.full((3, 4), 1e-5), np.array([[0.1, 0.2, 0.0]])
    power = dissipation(g, v, Wires())
    np.testing.assert_allclose(power.cells, [(0.01 + 0.04) * 4e-5])
    assert not power.wires.any() and not power.terminations.any()


def test_power_grows_with_the_square_of_the_voltage(streams):
    rng = streams.rng()
    g, v = 10 ** rng.uniform(-6, -4, (5, 7)), rng.uniform(0, 0.3, (2, 5))
    wires = Wires(r_word=4.0, r_bit=3.0)
    np.testing.assert_allclose(
        dissipation(g, 3 * v, wires).source, 9 * dissipation(g, v, wires).source
    )


def test_zero_input_dissipates_nothing():
    power = dissipation(np.ones((2, 2)) * 1e-5, np.zeros((1, 2)), Wires(r_word=1.0))
    assert power.source[0] == 0.0 and power.imbalance == 0.0


def test_two_sided_drive_loses_less_in_the_wires_of_a_uniform_array():
    g, v = np.full((4, 16), 1e-4), np.full((1, 4), 0.2)
    single = dissipation(g, v, Wires(r_word=10.0)).wires[0]
    assert dissipation(g, v, Wires(r_word=10.0, sides=2)).wires[0] < 0.5 * single


@pytest.mark.parametrize("mode", MODES)
def test_lines_whose_segments_differ_balance(streams, mode):
    rng = streams.rng()
    g, v = 10 ** rng.uniform(-6, -4, (5, 7)), rng.uniform(0, 0.3, (2, 5))
    r_word, r_bit = rng.uniform(0, 90, (5, 6)), rng.uniform(0, 90, (4, 7))
    r_word[1, 2] = r_bit[3, 0] = np.inf
    wires = Wires(
        r_word=r_word, r_bit=r_bit, r_source=20.0, r_sense=9.0, sides=mode[0], sense_sides=mode[1]
    )
    power = dissipation(g, v, wires)
    assert power.imbalance < 1e-9
    word = np.diff(solve(g, v, wires).v_word, axis=-1) ** 2 / np.where(r_word, r_word, np.inf)
    bit = np.diff(solve(g, v, wires).v_bit, axis=-2) ** 2 / np.where(r_bit, r_bit, np.inf)
    lost = word.sum(axis=(-2, -1)) + bit.sum(axis=(-2, -1))
    np.testing.assert_allclose(power.wires, lost, rtol=1e-8)


@pytest.mark.parametrize("wires", [Wires(), Wires(r_word=1.0)], ids=["ideal", "wired"])
@pytest.mark.parametrize(
    ("g", "v", "match"),
    [
        ([[1e-5, np.nan]], [[1.0]], "is nan S"),
        ([[1e-5, -1e-6]], [[1.0]], "is -1e-06 S"),
        ([[1e-5, 1e-6]], [[np.inf]], "not finite"),
        ([[1e-5, 1e-6]], [[1.0, 1.0]], "1 word lines"),
        ([[[1e-5, 1e-6]]], [[[1.0]]], "one array"),
    ],
    ids=["nan", "negative", "inf", "shape", "stack"],
)
def test_what_is_no_array_is_refused_with_any_wires(g, v, match, wires):
    with pytest.raises(SpecError, match=match):
        dissipation(np.array(g), np.array(v), wires)


LAWS = {
    "sinh": (SinhCell(beta=10.0), None),
    "diode": (DiodeCell(saturation_current=1e-9), None),
    "selector": (ThresholdSelector(threshold=0.1, width=0.02, leakage=1e-3), None),
    "transistor": (TransistorCell(threshold=0.4, transconductance=2e-4), 1.2),
}


@given(
    st.integers(1, 7),
    st.integers(1, 7),
    st.integers(0, 2**32 - 1),
    st.sampled_from(MODES),
    st.sampled_from(list(LAWS)),
    st.tuples(OHMS, OHMS, OHMS, OHMS),
)
@settings(max_examples=40, deadline=None)
def test_arrays_of_cells_that_are_not_ohmic_balance(m, n, seed, mode, law, ohms):
    rng = np.random.default_rng(seed)
    g, v = 10 ** rng.uniform(-6, -4, (m, n)), rng.uniform(-0.1, 0.3, (2, m))
    names = ("r_word", "r_bit", "r_source", "r_sense")
    wires = Wires(**dict(zip(names, ohms, strict=True)), sides=mode[0], sense_sides=mode[1])
    power = dissipation(g, v, wires, law=LAWS[law][0], gate=LAWS[law][1])
    assert power.imbalance < 1e-6
    for part in (power.cells, power.access, power.wires, power.terminations):
        assert (part > -1e-9 * power.source.max()).all()


@pytest.mark.parametrize("law", [None, *LAWS])
def test_line_ends_that_stand_at_any_voltage_give_and_take(law, streams):
    """Half-selected lines and clamps off ground; some ends open."""
    rng = streams.rng()
    g, v = 10 ** rng.uniform(-6, -4, (6, 5)), rng.uniform(0, 0.3, (3, 6))
    wires = Wires(r_word=4.0, r_bit=3.0, r_source=20.0, r_sense=11.0)
    ends = Ends(right=np.nan, top=rng.uniform(-0.1, 0.2, 5), bottom=0.15)
    cell = {} if law is None else dict(zip(("law", "gate"), LAWS[law], strict=True))
    power = dissipation(g, v, wires, ends=ends, **cell)
    assert power.imbalance < (1e-9 if law is None else 1e-6)
    assert (power.source > 0).all()


def test_counting_only_the_sources_that_deliver_breaks_the_balance():
    g, v = np.full((8, 8), 1e-4), np.linspace(0.01, 0.2, 8)[None]
    wires = Wires(r_word=5.0, r_bit=5.0, r_sense=500.0)
    currents = solve(g, v, wires).i_cell[0].sum(axis=1)
    delivering = np.maximum(v[0] * currents, 0).sum()
    power = dissipation(g, v, wires)
    assert power.imbalance < 1e-9
    assert delivering > 1.001 * power.source[0]


def test_an_access_transistor_takes_the_drop_that_its_cell_does_not(streams):
    g, v = 10 ** streams.rng().uniform(-5, -4, (4, 3)), np.full((1, 4), 0.2)
    law, gate = LAWS["transistor"]
    power = dissipation(g, v, Wires(), law=law, gate=gate)
    i = solve(g, v, Wires(), law=law, gate=gate).i_cell[0]
    np.testing.assert_allclose(power.cells[0], (i**2 / g).sum(), rtol=1e-8)
    np.testing.assert_allclose(power.access[0], (i * (0.2 - i / g)).sum(), rtol=1e-6)
    wide = dissipation(g, v, Wires(), law=law, gate=3.0)
    assert 0 < wide.access[0] / wide.cells[0] < 0.5 * power.access[0] / power.cells[0]


def test_gates_need_a_law():
    with pytest.raises(SpecError, match="gate is given without a law"):
        dissipation(np.ones((1, 1)) * 1e-5, np.ones((1, 1)), Wires(), gate=1.0)
