import itertools

import numpy as np
import pytest

from xbarsim.crossbar import Wires, source_admittance
from xbarsim.energy import dissipation
from xbarsim.energy.ladder import expected_parts, expected_power
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
    assert expected_power(3, 4, 1e-5, Wires(), 0.1, 0.02) == pytest.approx(12e-5 * 0.02, abs=0)


def test_random_cells_spend_nearly_what_their_mean_does(streams):
    """128 x 128 cells from 1 uS to 200 uS, 1 ohm a segment: within 1 %."""
    rng = streams.rng()
    g, v = rng.uniform(1e-6, 2e-4, (128, 128)), rng.uniform(0, 0.2, (2000, 128))
    wires = Wires(r_word=1.0, r_bit=1.0, r_source=1.0, r_sense=1.0)
    exact = (v @ source_admittance(g, wires) * v).sum(axis=1).mean()
    found = expected_power(128, 128, float(g.mean()), wires, float(v.mean()), float((v**2).mean()))
    assert found == pytest.approx(exact, rel=0.01, abs=0)
    assert (v**2).sum(axis=0).mean() / 2000 * g.sum() > 1.8 * exact


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
