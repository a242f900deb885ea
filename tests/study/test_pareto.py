"""Non-dominated points and hypervolumes against closed forms and counting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xbarsim.study.pareto import hypervolume, non_dominated

SMALL = st.integers(min_value=1, max_value=4)


def points(most=8):
    shapes = st.tuples(st.integers(min_value=0, max_value=most), SMALL)
    return shapes.flatmap(
        lambda shape: arrays(float, shape, elements=st.integers(min_value=0, max_value=4))
    )


@settings(deadline=None)
@given(points())
def test_a_point_is_kept_unless_another_beats_it(values):
    beaten = [
        any((b <= a).all() and (b < a).any() for j, b in enumerate(values) if j != k)
        for k, a in enumerate(values)
    ]
    assert non_dominated(values).tolist() == [not b for b in beaten]


@settings(deadline=None)
@given(points(most=6))
def test_hypervolume_is_the_number_of_unit_cells_that_are_dominated(values):
    """Of whole numbers up to 4, before a reference of 5 in every objective."""
    objectives = values.shape[1]
    cells = np.indices((5,) * objectives).reshape(objectives, -1).T
    dominated = (values[None] <= cells[:, None]).all(axis=2).any(axis=1)
    assert hypervolume(values, np.full(objectives, 5.0)) == dominated.sum()


def test_points_no_better_than_the_reference_add_nothing():
    assert hypervolume(np.array([[1.0, 5.0], [6.0, 0.0]]), np.array([5.0, 5.0])) == 0


def test_a_fine_front_has_the_volume_of_its_closed_form():
    """A quarter of the unit circle, before (1, 1)."""
    angle = np.linspace(0, np.pi / 2, 2001)
    front = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert hypervolume(front, np.ones(2)) == pytest.approx(1 - np.pi / 4, abs=1e-3)


def test_a_large_front_of_three_objectives_has_the_volume_of_its_closed_form():
    """An eighth of the unit sphere, before (1, 1, 1), of evenly spread points; and soon."""
    z, angle = (np.arange(1500) + 0.5) / 1500, np.arange(1500) * 2.4 % (np.pi / 2)
    ring = np.sqrt(1 - z**2)
    front = np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=1)
    assert non_dominated(1 - front).all()
    assert hypervolume(1 - front, np.ones(3)) == pytest.approx(np.pi / 6, abs=0.03)
