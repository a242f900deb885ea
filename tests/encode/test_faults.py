from itertools import permutations

import numpy as np
import pytest

from xbarsim.encode import mended_pairs, row_order

WINDOW = (1.0, 5.0)


def stuck_map(rng, shape, share, values=(1.0, 5.0)):
    return np.where(rng.random(shape) < share, rng.choice(values, shape), np.nan)


def cost(targets, stuck, order):
    return np.nansum((targets[list(order)] - stuck) ** 2)


def test_row_order_is_the_best_of_all(streams):
    rng = streams.rng()
    for _ in range(20):
        targets = rng.uniform(1, 5, (6, 4))
        stuck = stuck_map(rng, targets.shape, 0.25)
        best = min(cost(targets, stuck, p) for p in permutations(range(6)))
        assert cost(targets, stuck, row_order(targets, stuck)) == pytest.approx(best, abs=1e-9)


def test_rows_stay_where_they_are_without_faults(streams):
    targets = streams.rng().uniform(1, 5, (5, 3))
    assert (row_order(targets, np.full((5, 3), np.nan)) == np.arange(5)).all()


def test_one_stuck_cell_meets_the_input_that_wants_it():
    targets = np.array([[1.0, 1.0], [5.0, 1.0], [1.0, 1.0]])
    stuck = np.full((3, 2), np.nan)
    stuck[2, 0] = 5.0
    assert row_order(targets, stuck)[2] == 1


def difference(g):
    return g[..., 0::2] - g[..., 1::2]


def test_healthy_cell_of_a_pair_makes_up_for_the_other():
    targets = np.array([[3.0, 1.0, 1.0, 2.0]])
    stuck = np.array([[np.nan, 2.0, 3.0, np.nan]])
    mended = mended_pairs(targets, stuck, 2, True, WINDOW)
    got = np.where(np.isnan(stuck), mended, stuck)
    np.testing.assert_allclose(difference(got), [[2.0, -1.0]])
    assert mended[0, 1] == 1.0  # nothing is asked of a stuck cell


def test_mending_stops_at_the_window_and_never_makes_it_worse(streams):
    rng = streams.rng()
    targets = rng.uniform(1, 5, (200, 8))
    stuck = stuck_map(rng, targets.shape, 0.3)
    mended = mended_pairs(targets, stuck, 2, True, WINDOW)
    assert mended.min() >= 1.0 and mended.max() <= 5.0
    before = np.abs(difference(np.where(np.isnan(stuck), targets, stuck) - targets))
    after = np.abs(difference(np.where(np.isnan(stuck), mended, stuck) - targets))
    assert (after <= before + 1e-12).all() and after.sum() < 0.5 * before.sum()


def test_copies_share_what_one_of_them_misses():
    """Of six cells that make a signal one is stuck 4 too high: the others take it back."""
    targets = np.array([[3.0, 1.5, 3.0, 1.5, 3.0, 1.5]])
    stuck = np.full((1, 6), np.nan)
    stuck[0, 1] = 4.0
    mended = mended_pairs(targets, stuck, 6, True, WINDOW)
    got = np.where(np.isnan(stuck), mended, stuck)
    assert difference(got).sum() == pytest.approx(4.5, abs=0.02)


def test_single_cells_without_partners_stay(streams):
    targets = streams.rng().uniform(1, 5, (4, 4))
    stuck = stuck_map(streams.rng(), (4, 4), 0.5)
    assert (mended_pairs(targets, stuck, 1, False, WINDOW) == targets).all()
