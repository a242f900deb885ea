"""Statistics of ratios, on made-up data."""

import math

import numpy as np
import pytest

from xbarsim.energy.macros.statistics import (
    errors_of,
    law_constant,
    law_left_out,
    law_ratios,
    spread_of,
)
from xbarsim.errors import SpecError


def test_a_perfect_model_has_no_spread():
    found = spread_of([1.0, 1.0, 1.0])
    assert (found.bias, found.deviation, found.rms, found.within_two) == (1, 1, 1, 1)


def test_ratios_of_a_half_and_two_cancel_in_the_bias_alone():
    found = spread_of([0.5, 2.0, 0.5, 2.0])
    assert found.bias == pytest.approx(1)
    assert found.rms == pytest.approx(2)
    assert found.deviation == pytest.approx(math.exp(math.log(2) * math.sqrt(4 / 3)))


def test_a_constant_factor_is_bias_and_no_spread():
    found = spread_of([3.0, 3.0, 3.0])
    assert found.bias == pytest.approx(3)
    assert found.deviation == pytest.approx(1)
    assert found.rms == pytest.approx(3)
    assert found.within_two == 0


def test_the_share_within_two_counts_both_sides():
    assert spread_of([0.4, 0.6, 1.0, 1.9, 2.1]).within_two == pytest.approx(3 / 5)


def test_the_law_finds_its_constant():
    rows, time = np.array([4.0, 8.0, 64.0]), np.array([5.0, 10.0, 2.0])
    energy = 2.7 * rows * time
    assert law_constant(energy, rows, time) == pytest.approx(2.7)
    assert law_ratios(energy, rows, time) == pytest.approx([1, 1, 1])
    assert law_left_out(energy, rows, time) == pytest.approx([1, 1, 1])


def test_a_point_that_is_left_out_does_not_pull_its_own_law():
    energy, ones = np.array([1.0, 1.0, 8.0]), np.ones(3)
    assert law_ratios(energy, ones, ones) == pytest.approx([2, 2, 1 / 4])
    assert law_left_out(energy, ones, ones) == pytest.approx([math.sqrt(8), math.sqrt(8), 1 / 8])


def test_errors_are_relative():
    assert errors_of([1.1, 0.9, 1.0]) == (pytest.approx(0.2 / 3), pytest.approx(0.1))


@pytest.mark.parametrize(
    ("ratios", "told"),
    [([], "ratios are 0; a spread needs at least 2"), ([2.0], "ratios are 1"),
     ([1.0, -2.0], "ratios reach from -2 to 1"), ([1.0, np.nan], "all must be above 0")],
)  # fmt: skip
def test_a_spread_of_what_has_none_is_refused(ratios, told):
    with pytest.raises(SpecError, match=told):
        spread_of(ratios)
