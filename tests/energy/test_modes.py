import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.crossbar import Wires
from xbarsim.crossbar.laws import SinhCell
from xbarsim.energy import Load, Statistic, array_energy, dissipation
from xbarsim.energy.dissipation import PARTS
from xbarsim.energy.load import mean_square
from xbarsim.energy.modes import MODES
from xbarsim.errors import SpecError

WIRES = Wires(r_word=1.0, r_bit=1.0, r_source=2.0, r_sense=3.0)
LOW, HIGH = 1e-6, 2e-4  # S
FIRST = np.arange(64) < 32


def close(value, rel):
    return pytest.approx(value, rel=rel, abs=0)


def on(mask):
    return np.where(np.broadcast_to(mask, (64, 64)), HIGH, LOW)


PLANNED = {
    "all on": on(True),
    "left half": on(FIRST[None]),
    "right half": on(~FIRST[None]),
    "first rows": on(FIRST[:, None]),
    "last rows": on(~FIRST[:, None]),
    "corner": on(FIRST[:, None] & ~FIRST[None]),
    "one column": on(np.arange(64)[None] == 63),
    "diagonal": on(np.eye(64, dtype=bool)),
}
INPUTS = {
    "dense": lambda rng: rng.uniform(0, 0.2, (40, 64)),
    "sparse": lambda rng: rng.uniform(0, 0.2, (40, 64)) * (rng.random((40, 64)) < 0.1),
    "both signs": lambda rng: rng.uniform(-0.2, 0.2, (40, 64)),
    "half the rows": lambda rng: rng.uniform(0, 0.2, (40, 64)) * FIRST,
    "one scale": lambda rng: rng.uniform(0, 0.2, (40, 1)) * np.ones(64),
}


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("cells", PLANNED)
def test_fast_modes_find_the_energy_of_the_solved_array_whatever_its_plan(cells, inputs, streams):
    g, v = PLANNED[cells], INPUTS[inputs](streams.rng())
    exact = array_energy(g, v, WIRES, 1e-7)
    for mode in ("ideal", "stat"):
        fast = array_energy(g, v, WIRES, 1e-7, mode=mode)
        assert fast.source == close(exact.source, 1e-9)
        assert sum(getattr(fast, name) for name in PARTS) == close(fast.source, 1e-12)
        assert fast.mode == mode


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=30, deadline=None)
def test_all_modes_agree_on_any_array(m, n, seed, wired):
    rng = np.random.default_rng(seed)
    g, v = 10 ** rng.uniform(-7, -3, (m, n)), rng.uniform(-0.3, 0.3, (5, m))
    wires = WIRES if wired else Wires()
    found = {mode: array_energy(g, v, wires, 1e-6, mode=mode).source for mode in MODES}
    assert found["ideal"] == close(found["exact"], 1e-8)
    assert found["stat"] == close(found["exact"], 1e-8)


def test_the_shares_of_eight_inputs_are_nearly_those_of_all(streams):
    rng = streams.rng()
    g, v = rng.uniform(LOW, HIGH, (64, 64)), rng.uniform(0, 0.2, (64, 64))
    exact, fast = (array_energy(g, v, WIRES, 1e-7, mode=mode) for mode in ("exact", "ideal"))
    for name in ("cells", "wires", "terminations"):
        assert getattr(fast, name) == close(getattr(exact, name), 0.05)


def test_exact_is_the_dissipation_times_the_time(streams):
    rng = streams.rng()
    g, v = rng.uniform(LOW, HIGH, (6, 5)), rng.uniform(0, 0.2, (7, 6))
    power, energy = dissipation(g, v, WIRES), array_energy(g, v, WIRES, 3e-7)
    for name in ("source", *PARTS):
        assert getattr(energy, name) == close(getattr(power, name).mean() * 3e-7, 1e-12) or (
            name == "access"
        )
    assert energy.imbalance == power.imbalance


def test_a_statistic_without_knowledge_is_the_product_of_means(streams):
    v = streams.rng().uniform(0, 0.2, (9, 6))
    known = Statistic(conductance=30e-5)
    energy = array_energy(np.ones((6, 5)), v, WIRES, 1e-7, mode="stat", known=known)
    assert energy.source == close(30e-5 * (v**2).mean() * 1e-7, 1e-12)
    assert energy.cells == energy.source


def test_a_statistic_holds_for_further_inputs_of_its_kind(streams):
    """Rows that see large inputs conduct well: the product of means would be a quarter short."""
    rng = streams.rng()
    bright = np.linspace(0.1, 1, 64)
    g = rng.uniform(LOW, HIGH, (64, 64)) * bright[:, None]
    before, after = (rng.uniform(0, 0.2, (500, 64)) * bright for _ in range(2))
    known = Statistic.of(Load(g=g, wires=WIRES), before)
    exact = array_energy(g, after, WIRES, 1e-7, mode="ideal").source
    fast = array_energy(g, after, WIRES, 1e-7, mode="stat", known=known).source
    assert fast == close(exact, 0.01)
    assert Statistic.of(Load(g=g, wires=Wires()), before).coupling > 1.3
    quick = Statistic.of_sums(Load(g=g, wires=WIRES), before)
    assert array_energy(g, after, WIRES, 1e-7, mode="stat", known=quick).source == close(
        exact, 0.03
    )


def test_zero_inputs_cost_nothing_and_teach_a_statistic_nothing():
    g, v = on(FIRST[None]), np.zeros((3, 64))
    for mode in MODES:
        assert array_energy(g, v, WIRES, 1e-7, mode=mode).source == 0.0
    level = Statistic.of(Load(g=g, wires=WIRES), np.ones((1, 64)))
    assert Statistic.of(Load(g=g, wires=WIRES), v).coupling == close(level.coupling, 1e-12)


def test_cells_that_conduct_nothing_cost_nothing():
    g, v = np.zeros((4, 4)), np.ones((3, 4))
    for mode in MODES:
        assert array_energy(g, v, WIRES, 1e-7, mode=mode).source == 0.0


@pytest.mark.parametrize(("k", "rows"), [(100_000, 25), (3000, 128), (70_000, 1), (5, 100_000)])
def test_a_sampled_mean_square_sees_all_rows_and_inputs(k, rows, streams):
    v = np.linspace(0, 1, rows) * np.linspace(0, 1, k)[:, None]
    assert mean_square(v) == close((v**2).mean(), 0.03)
    few = v[:10, :10]
    assert mean_square(few) == close((few**2).mean(), 1e-12) or not few.any()


@pytest.mark.parametrize("period", [2, 3, 8, 9, 28])
def test_sampled_inputs_may_come_in_periods(period):
    v = np.zeros((262_144, 9))
    v[::period] = 0.2
    assert mean_square(v) == close(0.04 / period, 0.06)
    v = np.zeros((8185, 4))
    v[::period] = 0.2
    load = Load(g=np.array([[1e-5], [2e-5], [3e-5], [1e-4]]), wires=Wires())
    v[period - 1 :: period, 3] = 0.1
    power = load.power(v).mean() / (load.conductance * (v**2).mean())
    assert Statistic.of(load, v).coupling == close(power, 0.1)


def test_nonlinear_cells_are_solved_in_mode_exact_only(streams):
    rng = streams.rng()
    g, v, law = rng.uniform(LOW, HIGH, (6, 5)), rng.uniform(0, 0.2, (3, 6)), SinhCell(beta=5.0)
    energy = array_energy(g, v, WIRES, 1e-7, law=law)
    assert energy.imbalance < 1e-6
    assert energy.source > array_energy(g, v, WIRES, 1e-7).source
    with pytest.raises(SpecError, match="mode is 'stat', which takes ohmic cells"):
        array_energy(g, v, WIRES, 1e-7, law=law, mode="stat")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"mode": "statistical"}, "mode is 'statistical'"),
        ({"v": np.ones((0, 4))}, "at least one input"),
        ({"v": np.ones(4)}, "at least one input"),
        ({"v": np.ones((2, 3))}, "4 word lines"),
        ({"v": np.full((2, 4), np.nan)}, "finite"),
        ({"g": -np.ones((4, 4))}, "is -1 S"),
        ({"g": np.ones((2, 4, 4))}, "one array"),
        ({"t": -1e-9}, "t is -1 ns"),
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", MODES)
def test_what_cannot_be_is_refused_in_every_mode(change, match, mode):
    given = {
        "g": np.full((4, 4), 1e-5),
        "v": np.ones((2, 4)),
        "wires": WIRES,
        "t": 1e-7,
        "mode": mode,
    }
    with pytest.raises(SpecError, match=match):
        array_energy(**given | change)


def test_knowledge_belongs_to_its_mode():
    g, v = np.full((4, 4), 1e-5), np.ones((2, 4))
    load, statistic = Load(g=g, wires=WIRES), Statistic(conductance=1e-4)
    for mode, known in (("exact", load), ("ideal", statistic), ("stat", load)):
        with pytest.raises(SpecError, match="known is a"):
            array_energy(g, v, WIRES, 1e-7, mode=mode, known=known)
    with pytest.raises(SpecError, match="not finite|finite"):
        array_energy(g, v * np.nan, WIRES, 1e-7, mode="stat", known=statistic)


def test_a_statistic_is_checked():
    with pytest.raises(SpecError, match="coupling is -1"):
        Statistic(conductance=1e-4, coupling=-1.0)
    with pytest.raises(SpecError, match="together 1"):
        Statistic(conductance=1e-4, shares={"cells": 1.0})
