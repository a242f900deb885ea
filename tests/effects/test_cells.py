"""Effects on cells, one after the other: their laws, what they remember, what they leave alone."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from xbarsim.effects import (
    CellEffects,
    CellSpread,
    Effects,
    Endurance,
    Flicker,
    Retention,
    Stuck,
    Surroundings,
    Telegraph,
    ThermalActivation,
)
from xbarsim.effects.lifetime import BOLTZMANN_VOLTAGE

WINDOW = (1e-6, 40e-6)
SHAPE = (1, 1, 200, 250)
N = 200 * 250
G = 10e-6
TRAPS = {"amplitude": 0.2, "capture": (1e-3, 1e-3), "emission": (3e-3, 3e-3)}


def cells(streams, effects, **temperatures):
    formed = np.ones(SHAPE, bool)
    return CellEffects(effects, formed, WINDOW, streams, Surroundings(**temperatures))


def flat(g=G):
    return np.full(SHAPE, g)


def test_what_is_off_returns_the_very_array(streams):
    found, g = cells(streams, Effects()), flat()
    assert found.targets(g) is g
    assert found.programmed(g, 1) is g
    assert found.aged(g, 1e9) is g
    assert found.conduction == 1.0
    assert found.device_age(77.0, 1.0) == 77.0
    assert found.sources(g, 1.0, 1e-7, 5, 0) == [] and found.counts() == {}


@pytest.mark.parametrize("n", [2, 5, 16])
def test_targets_are_the_nearest_of_the_levels(n, streams):
    g = streams.rng().uniform(*WINDOW, SHAPE)
    found = cells(streams, Effects(levels=n)).targets(g)
    levels = np.linspace(*WINDOW, n)
    np.testing.assert_allclose(np.unique(found), levels, rtol=1e-12)
    assert np.abs(found - g).max() <= 0.5 * (levels[1] - levels[0]) * (1 + 1e-9)


def test_cells_that_are_not_formed_have_no_level(streams):
    formed = np.ones(SHAPE, bool)
    formed[..., 0] = False
    found = CellEffects(Effects(levels=2), formed, WINDOW, streams, Surroundings())
    assert (found.targets(np.where(formed, G, 0.0))[..., 0] == 0).all()


def test_cycles_differ_and_cells_stay_who_they_are(streams):
    cycles = cells(streams, Effects(cycle_to_cycle=0.1))
    spread = cells(streams, Effects(spread=CellSpread(factor=0.1)))
    first, second = (np.log(cycles.programmed(flat(), k) / G) for k in (1, 2))
    for logs in (first, second, np.log(spread.programmed(flat(), 1) / G)):
        assert kstest(logs.ravel(), norm(0, 0.1).cdf).pvalue > 1e-4
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 5 / np.sqrt(N)
    np.testing.assert_array_equal(spread.programmed(flat(), 1), spread.programmed(flat(), 2))


@pytest.mark.parametrize(("end", "g"), [("g_min", WINDOW[0]), ("g_max", WINDOW[1])])
def test_a_cell_cannot_leave_its_own_window(end, g, streams):
    found = cells(streams, Effects(spread=CellSpread(**{end: 0.2}))).programmed(flat(g), 1)
    moved = np.log(found / g).ravel()
    inward = moved > 0 if end == "g_min" else moved < 0
    assert 0.48 < inward.mean() < 0.52
    assert (moved[~inward] == 0).all()
    half_normal = norm(0, 0.2)
    assert kstest(np.abs(moved[inward]), lambda x: 2 * half_normal.cdf(x) - 1).pvalue > 1e-4


def test_stuck_cells_are_those_of_every_programming_and_age(streams):
    found = cells(streams, Effects(stuck=Stuck(low=0.1, high=0.02)))
    g = found.programmed(flat(), 1)
    for value, p in ((WINDOW[0], 0.1), (WINDOW[1], 0.02)):
        assert abs((g == value).mean() - p) <= 5 * np.sqrt(p * (1 - p) / N)
    assert found.counts() == {"cells_stuck": int((g != G).sum())}
    np.testing.assert_array_equal(found.programmed(flat(), 2), g)
    np.testing.assert_array_equal(found.aged(flat(), 1e8), g)


def test_stuck_lines_and_clusters(streams):
    lines = cells(streams, Effects(stuck=Stuck(low=0.2, lines="word"))).programmed(flat(), 1)
    assert (np.ptp(lines, axis=-1) == 0).all() and np.ptp(lines) > 0
    stuck = Stuck(low=0.1, cluster_length=4.0)
    faults = cells(streams, Effects(stuck=stuck)).programmed(flat(), 1) != G
    assert (faults[..., 1:] & faults[..., :-1]).mean() > 0.06  # 0.01 if they were alone


@pytest.mark.parametrize("ambient", [300.0, 400.0])
def test_cells_lose_their_state_as_arrhenius_says(ambient, streams):
    part = Retention(t_infinity=1e-13, activation_energy=1.3, spread=2.0, g_lost=3e-6)
    found = cells(streams, Effects(retention=part), ambient=ambient)
    median = np.log(1e-13) + 1.3 / (BOLTZMANN_VOLTAGE * ambient)
    before = np.zeros(SHAPE, bool)
    for quantile in (-1.0, 0.0, 1.5):
        lost = found.aged(flat(), float(np.exp(median + 2.0 * quantile))) == 3e-6
        assert abs(lost.mean() - norm.cdf(quantile)) < 5 * np.sqrt(0.25 / N)
        assert lost[before].all()
        before = lost


def test_cells_fail_for_good_after_weibull_distributed_cycles(streams):
    part = Endurance(cycles=999.0, scale=1e3, shape=2.0, failed="high")
    found = cells(streams, Effects(endurance=part))
    failed = found.programmed(flat(), 1) == WINDOW[1]
    assert abs(failed.mean() - (1 - np.exp(-1.0))) < 5 * np.sqrt(0.25 / N)
    assert found.counts() == {"cells_failed": int(failed.sum())}
    later = found.programmed(flat(), 500) == WINDOW[1]
    assert later[failed].all() and later.sum() > failed.sum()


def test_the_window_closes_with_the_cycles(streams):
    part = Endurance(cycles=9999.0, start=100.0, exponent=0.25)
    middle = 0.5 * sum(WINDOW)
    found = cells(streams, Effects(endurance=part)).programmed(flat(), 1)
    np.testing.assert_allclose(found, middle + (G - middle) * 100**-0.25, rtol=1e-12)


def test_heat_makes_cells_conduct_and_drift_as_arrhenius_says(streams):
    part = ThermalActivation(conductance=0.2, drift=0.5)
    found = cells(streams, Effects(thermal_activation=part), ambient=350.0, data=300.0)
    per_ev = (1 / 300.0 - 1 / 350.0) / BOLTZMANN_VOLTAGE
    assert found.conduction == pytest.approx(np.exp(0.2 * per_ev), rel=1e-12)
    assert found.device_age(20.0, 20.0) == 20.0
    assert found.device_age(120.0, 20.0) == pytest.approx(20.0 + 100.0 * np.exp(0.5 * per_ev))
    same = cells(streams, Effects(thermal_activation=part), ambient=300.0, data=300.0)
    assert same.conduction == 1.0 and same.device_age(120.0, 20.0) == 120.0


def test_flicker_grows_with_the_octaves_between_a_read_and_the_age(streams):
    found = cells(streams, Effects(flicker=Flicker(amplitude=1e-4)))
    (source,) = found.sources(flat(), 1e-5, 1e-7, 8, 0)
    change = source.change(0, 0, slice(0, 8))
    assert change.std() == pytest.approx(G * 1e-2 * np.sqrt(np.log(101)), rel=5 / np.sqrt(16 * N))


def occupied(source, n):
    return source.change(0, 0, slice(0, n)) < -0.1 * G


def test_a_share_of_the_cells_has_traps_that_are_as_full_as_in_equilibrium(streams):
    found = cells(streams, Effects(telegraph=Telegraph(**TRAPS, share=0.4)))
    (source,) = found.sources(flat(), 1.0, 0.1, 60, 0)  # longer than the traps remember
    full = occupied(source, 60)
    has = full.any(axis=0)
    assert abs(has.mean() - 0.4) < 5 * np.sqrt(0.24 / N)
    assert abs(full[:, has].mean() - 0.75) < 5 * np.sqrt(0.1875 / full[:, has].size)
    np.testing.assert_allclose(np.unique(source.change(0, 0, slice(0, 60))), [-0.2 * G, 0.0])


def test_traps_remember_from_read_to_read_and_forget_over_time(streams):
    found = cells(streams, Effects(telegraph=Telegraph(**TRAPS)))
    found.aged(flat(), 1.0)
    (first,) = found.sources(flat(), 1.0, 1e-7, 3, 0)
    (second,) = found.sources(flat(), 1.0, 1e-7, 3, 1)
    one, two = occupied(first, 3)[-1], occupied(second, 3)[0]
    assert (one != two).mean() < 1e-3
    found.aged(flat(), 1.0 + 1e-3)
    (third,) = found.sources(flat(), 1.0, 1e-12, 1, 2)
    left = np.exp(-1e-3 * (1 / 1e-3 + 1 / 3e-3))
    moved = (occupied(third, 1)[0] != occupied(second, 3)[-1]).mean()
    expected = 2 * 0.75 * 0.25 * (1 - left)
    assert abs(moved - expected) < 5 * np.sqrt(expected / N)


def test_traps_are_quicker_in_the_heat(streams):
    part = Telegraph(**TRAPS, activation_energy=0.5)
    moved = []
    for ambient in (300.0, 360.0):
        found = cells(streams, Effects(telegraph=part), ambient=ambient, data=300.0)
        (source,) = found.sources(flat(), 1.0, 1e-5, 2, 0)
        full = occupied(source, 2)
        moved.append((full[0] != full[1]).mean())
    faster = np.exp(0.5 / BOLTZMANN_VOLTAGE * (1 / 300 - 1 / 360))
    rate = 1e-5 * (1 / 1e-3 + 1 / 3e-3)
    expected = (1 - np.exp(-faster * rate)) / (1 - np.exp(-rate))
    assert moved[1] / moved[0] == pytest.approx(expected, rel=5 / np.sqrt(moved[0] * N))


def test_drops_add_up_to_the_currents_of_the_columns(streams):
    formed = np.ones((2, 3, 7, 5), bool)
    part = Telegraph(**TRAPS, share=0.6, spread=0.5)
    found = CellEffects(Effects(telegraph=part), formed, WINDOW, streams, Surroundings())
    v = streams.rng().standard_normal((2, 11, 7))
    g = streams.rng().uniform(*WINDOW, formed.shape)
    (source,) = found.sources(g, 1.0, 1e-3, 11, 0)
    together = source.currents(v)
    for r in range(2):
        for c in range(3):
            dg = np.concatenate([source.change(r, c, slice(k, k + 1)) for k in range(11)])
            expected = np.einsum("nr,nrc->nc", v[r], dg)
            np.testing.assert_allclose(together[r, c], expected, rtol=1e-12, atol=1e-18)
