import itertools

import numpy as np
import pytest

from xbarsim.crossbar import Wires, source_admittance
from xbarsim.energy import dissipation
from xbarsim.energy.ladder import expected_parts, expected_power, power_of_sums
from xbarsim.errors import SpecError

MODES = list(itertools.product((1, 2), (1, 2)))
SHAPES = [(1, 1), (1, 6), (7, 1), (8, 5), (9, 12)]


@pytest.mark.parametrize(("sides", "sense_sides"), MODES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("r_bit", [0.0, 1500.0])
def test_equal_cells_under_equal_inputs_spend_what_the_solved_array_does(
    shape, sides, sense_sides, r_bit
):
    wires = Wires(
        r_word=1000.0, r_bit=r_bit, r_source=300.0, r_sense=200.0,
        sides=sides, sense_sides=sense_sides,
    )  # fmt: skip
    found = expected_parts(*shape, 1e-4, wires, 0.2, 0.04)
    exact = dissipation(np.full(shape, 1e-4), np.full((1, shape[0]), 0.2), wires)
    assert sum(found.values()) == pytest.approx(exact.source[0], rel=1e-12, abs=0)
    for name, watt in found.items():
        assert watt == pytest.approx(getattr(exact, name)[0], rel=1e-7, abs=1e-12)


@pytest.mark.parametrize(("sides", "sense_sides"), MODES)
def test_independent_inputs_spend_the_trace_of_the_admittance(sides, sense_sides):
    wires = Wires(r_word=40.0, r_bit=90.0, r_sense=200.0, sides=sides, sense_sides=sense_sides)
    y = source_admittance(np.full((16, 11), 1e-4), wires)
    mean, square = 0.1, 0.03
    expected = (square - mean**2) * np.trace(y) + mean**2 * y.sum()
    found = expected_power(16, 11, 1e-4, wires, mean, square)
    assert found == pytest.approx(expected, rel=1e-12, abs=0)


def test_without_wires_it_is_mean_square_times_conductance():
    assert expected_power(3, 4, 1e-5, Wires(), 0.1, 0.02) == pytest.approx(
        12e-5 * 0.02, rel=1e-12, abs=0
    )


def test_random_cells_spend_nearly_what_their_mean_does(streams):
    """128 x 128 cells from 1 uS to 200 uS, 1 ohm a segment: within 1 %."""
    rng = streams.rng()
    g, v = rng.uniform(1e-6, 2e-4, (128, 128)), rng.uniform(0, 0.2, (2000, 128))
    wires = Wires(r_word=1.0, r_bit=1.0, r_source=1.0, r_sense=1.0)
    exact = (v @ source_admittance(g, wires) * v).sum(axis=1).mean()
    found = expected_power(128, 128, float(g.mean()), wires, float(v.mean()), float((v**2).mean()))
    assert found == pytest.approx(exact, rel=0.01, abs=0)
    assert (v**2).sum(axis=0).mean() / 2000 * g.sum() > 1.8 * exact


@pytest.mark.parametrize("sense_sides", [1, 2])
def test_columns_that_differ_are_exact_under_any_inputs(sense_sides, streams):
    rng = streams.rng()
    g, v = np.ones((12, 1)) * 10 ** rng.uniform(-6, -3, 9), rng.uniform(-0.1, 0.2, (7, 12))
    wires = Wires(r_word=40.0, r_bit=90.0, r_source=9.0, r_sense=200.0, sense_sides=sense_sides)
    exact = (v @ source_admittance(g, wires) * v).sum(axis=1).mean()
    found = power_of_sums(g.sum(axis=1), g.sum(axis=0), wires, v)
    assert found == pytest.approx(exact, rel=1e-10, abs=0)


def test_rows_that_differ_are_exact_where_bit_lines_have_no_resistance(streams):
    rng = streams.rng()
    g = 10 ** rng.uniform(-6, -3, (12, 1)) * rng.uniform(0.1, 1, 9)
    v, wires = rng.uniform(-0.1, 0.2, (7, 12)), Wires(r_word=40.0, r_source=9.0)
    exact = (v @ source_admittance(g, wires) * v).sum(axis=1).mean()
    found = power_of_sums(g.sum(axis=1), g.sum(axis=0), wires, v)
    assert found == pytest.approx(exact, rel=1e-10, abs=0)


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)], ids=str)
def test_sums_find_a_bright_corner_within_a_tenth(corner, sides):
    """128 x 128 cells of 1 uS, a quarter of 200 uS, 1 ohm a segment; nothing else is known."""
    g = np.full((2, 64, 2, 64), 1e-6)
    g[corner[0], :, corner[1]] = 2e-4
    g, v = g.reshape(128, 128), np.full((1, 128), 0.2)
    wires = Wires(r_word=1.0, r_bit=1.0, r_source=1.0, r_sense=1.0, sides=sides)
    exact = v[0] @ source_admittance(g, wires) @ v[0]
    found = power_of_sums(g.sum(axis=1), g.sum(axis=0), wires, v)
    assert found == pytest.approx(exact, rel=0.1, abs=0)


def test_lines_that_conduct_nothing_spend_nothing():
    wires = Wires(r_word=1.0, r_bit=1.0)
    assert power_of_sums(np.zeros(3), np.zeros(4), wires, np.ones((2, 3))) == 0.0
    g = np.diag([1e-4, 0.0, 1e-4])
    found = power_of_sums(g.sum(axis=1), g.sum(axis=0), Wires(), np.ones((1, 3)))
    assert found == pytest.approx(2e-4, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"rows": 0}, "rows is 0"),
        ({"conductance": -1e-6}, "conductance is -1 uS"),
        ({"conductance": float("nan")}, "conductance is nan"),
        ({"square": 0.001}, "at least the square of the mean"),
        ({"wires": Wires(r_word=np.ones((4, 4)))}, "wires.r_word is an array"),
    ],
)
def test_what_makes_no_sense_is_refused(change, match):
    given = {
        "rows": 4,
        "cols": 5,
        "conductance": 1e-5,
        "wires": Wires(),
        "mean": 0.1,
        "square": 0.02,
    }
    with pytest.raises(SpecError, match=match):
        expected_power(**given | change)
