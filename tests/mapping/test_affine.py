import numpy as np
import pytest

from xbarsim.mapping.affine import affine


def matrix(streams, out, n):
    return (streams / "weights").normal((out, n)), (streams / "bias").normal((out,))


def test_weights_and_bias_are_found_to_rounding(streams):
    weights, bias = matrix(streams, 4, 1500)  # more inputs than are tried together
    found = affine(lambda x: x @ weights.T + bias, 1500)
    np.testing.assert_allclose(found[0], weights, rtol=0, atol=1e-14)
    assert (found[1] == bias).all()


@pytest.mark.parametrize("size", [1e-12, 1e-6, 1e6, 1e12])
def test_large_biases_cost_small_weights_no_digits(streams, size):
    weights, bias = matrix(streams, 4, 6)
    weights = size * weights
    found, _ = affine(lambda x: x @ weights.T + 1e3 * bias, 6)
    np.testing.assert_allclose(found, weights, rtol=0, atol=1e-14 * np.abs(weights).max())


def test_biases_that_hide_what_a_step_of_one_changes_cost_no_digits(streams):
    weights, bias = matrix(streams, 4, 6)
    weights = weights * 10.0 ** np.arange(-12, -6)
    found, _ = affine(lambda x: x @ weights.T + 1e10 * bias, 6)
    np.testing.assert_allclose(found, weights, rtol=1e-10)


def test_constant_is_affine():
    weights, bias = affine(lambda x: np.full((len(x), 2), 3.0), 5)
    assert not weights.any()
    assert (bias == 3).all()


@pytest.mark.parametrize(
    "bent",
    [
        np.abs,
        lambda x: x**2,
        lambda x: x + 1e-3 * np.sin(x),
        lambda x: np.maximum(x, -1e6),  # far out
        lambda x: np.where(np.abs(x) < 3, 0.5 * x, x),  # close in
        lambda x: np.where(x > 1e8, np.nan, x),
    ],
)
def test_functions_that_bend_are_not(streams, bent):
    weights, bias = matrix(streams, 3, 5)
    assert affine(lambda x: bent(x @ weights.T + bias), 5) is None
