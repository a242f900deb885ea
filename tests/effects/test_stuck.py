"""Faulty cells: their number, where they stand, and what they leave alone."""

import numpy as np
import pytest

from xbarsim.backend import to_numpy
from xbarsim.effects.stuck import clustered, stuck_at
from xbarsim.errors import SpecError

WINDOW = (1e-6, 40e-6)
SHAPE = (400, 500)
N = SHAPE[0] * SHAPE[1]


def array(xp=np):
    return xp.full(SHAPE, 10e-6)


@pytest.mark.parametrize(("low", "high"), [(0.0904, 0.0175), (0.5, 0.5), (0.0, 0.01), (1.0, 0.0)])
def test_as_many_cells_are_stuck_as_stated(low, high, streams, xp):
    """1.75 % and 9.04 %: the split of Chen, 4 Mb HfO2 (recalled)."""
    g = to_numpy(stuck_at(array(xp), streams.normal(SHAPE, xp), low=low, high=high, window=WINDOW))
    for value, p in ((WINDOW[0], low), (WINDOW[1], high)):
        assert abs((g == value).mean() - p) <= 5 * np.sqrt(p * (1 - p) / N)
    assert ((g == WINDOW[0]) | (g == WINDOW[1]) | (g == 10e-6)).all()


def test_low_resistance_faults_have_the_highest_conductance(streams):
    g = stuck_at(array(), streams.normal(SHAPE), low=0.0, high=0.3, window=WINDOW)
    assert g.max() == WINDOW[1] and g.min() == 10e-6


@pytest.mark.parametrize("axis", [0, 1])
def test_whole_lines_are_stuck_together(axis, streams):
    shape = (SHAPE[0], 1) if axis == 0 else (1, SHAPE[1])
    g = stuck_at(array(), streams.normal(shape), low=0.2, high=0.1, window=WINDOW)
    assert (np.ptp(g, axis=1 - axis) == 0).all()
    assert 0.1 < (g == WINDOW[0]).mean() < 0.3


def test_no_fault_leaves_the_array_bit_for_bit(streams):
    g = streams.rng().random(SHAPE) * 1e-5
    kept = stuck_at(g, streams.normal(SHAPE), low=0.0, high=0.0, window=WINDOW)
    np.testing.assert_array_equal(kept, g)


def test_faults_of_a_larger_fraction_include_those_of_a_smaller(streams):
    z = streams.normal(SHAPE)
    few, many = (stuck_at(array(), z, low=p, high=0.0, window=WINDOW) for p in (0.05, 0.2))
    assert (many[few == WINDOW[0]] == WINDOW[0]).all()


@pytest.mark.parametrize("length", [1.5, 3.0])
def test_clustered_field_is_standard_normal_and_correlates_as_stated(length, streams):
    field = clustered(streams.normal((8, *SHAPE)), length)
    effective = field.size / (2 * np.pi * length**2)
    assert abs(field.mean()) < 5 / np.sqrt(effective)
    assert abs(field.var() - 1) < 5 * np.sqrt(2 / effective)
    for d in (1, 2, 5):
        correlation = (field * np.roll(field, d, axis=-1)).mean() / field.var()
        assert abs(correlation - np.exp(-(d**2) / (2 * length**2))) < 5 / np.sqrt(effective)


def test_clusters_keep_the_fraction_and_gather_faults(streams):
    z = clustered(streams.normal((20, *SHAPE)), 3.0)
    faulty = stuck_at(np.zeros(z.shape), z, low=0.0, high=0.05, window=(0.0, 1.0))
    assert faulty.mean() == pytest.approx(0.05, abs=0.004)
    together = (faulty * np.roll(faulty, 1, axis=-1)).mean() / faulty.mean()
    assert together > 0.5  # 0.05 where cells are independent


def test_clusters_of_no_length_are_independent_cells(streams):
    z = streams.normal(SHAPE)
    assert clustered(z, 0) is z
    with pytest.raises(SpecError, match="at least 0"):
        clustered(z, -1.0)


@pytest.mark.parametrize(("low", "high"), [(-0.1, 0.0), (0.6, 0.6), (0.0, 1.1)])
def test_fractions_that_cannot_be_are_refused(low, high, streams):
    with pytest.raises(SpecError, match="stuck fractions"):
        stuck_at(array(), streams.normal(SHAPE), low=low, high=high, window=WINDOW)
