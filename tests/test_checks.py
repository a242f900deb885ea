"""Settings held against their limits."""

import numpy as np
import pytest

from xbarsim.checks import check_age, check_number
from xbarsim.errors import SpecError


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.inf, "x is inf; it must be above 0 s and finite"),
        (10**400, "x is inf; it must be above 0 s and finite"),
        (-(10**400), "x is -inf; it must be above 0 s$"),
        (0, "x is 0 s; it must be above 0 s$"),
        (np.complex128(1 + 1j), r"x is np.complex128\(1\+1j\); it must be a number, in seconds"),
        (True, "x is True; it must be a number, in seconds"),
        ("1 s", "x is '1 s'; it must be a number, in seconds"),
    ],
)
def test_a_number_that_cannot_be_is_told_with_what_may_be(value, words):
    with pytest.raises(SpecError, match=words):
        check_number("x", value, 0.0, np.inf, "second", above=True)


@pytest.mark.parametrize("value", [1e-3, 3, np.float32(2.5), np.int64(7)])
def test_a_number_that_can_be_is_let_through(value):
    check_number("x", value, 0.0, np.inf, "second", above=True)
    check_age(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "age is True; it must be a number, in s"),
        (10**400, "age is inf s; it must be finite and at least 0 s"),
        (-1, "age is -1 s"),
    ],
)
def test_an_age_that_cannot_be_is_told(value, words):
    with pytest.raises(SpecError, match=words):
        check_age(value)
