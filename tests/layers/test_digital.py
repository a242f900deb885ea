import numpy as np
import pytest
from scipy.special import erf, expit

from xbarsim import SpecError
from xbarsim.layers import DIGITAL, Node

RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 4, 6, 5))
POOL = {"kernel": (2, 2), "stride": (2, 2), "padding": ((0, 0), (0, 0))}


def run(op, *x, arrays=None, **settings):
    names = tuple(f"x{k}" for k in range(len(x)))
    node = Node(name="node", op=op, inputs=names, settings=settings, arrays=arrays or {})
    return DIGITAL[op](node, list(x))


CASES = {
    "relu": ({}, lambda x: np.where(x > 0, x, 0)),
    "leaky_relu": ({"slope": 0.2}, lambda x: np.where(x > 0, x, 0.2 * x)),
    "elu": ({"alpha": 2.0}, lambda x: np.where(x > 0, x, 2 * (np.exp(x) - 1))),
    "celu": ({"alpha": 2.0}, lambda x: np.where(x > 0, x, 2 * (np.exp(x / 2) - 1))),
    "selu": ({}, lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772
                                                         * (np.exp(x) - 1))),
    "gelu": ({}, lambda x: x * 0.5 * (1 + erf(x / np.sqrt(2)))),
    "silu": ({}, lambda x: x * expit(x)),
    "mish": ({}, lambda x: x * np.tanh(np.log1p(np.exp(x)))),
    "logistic": ({}, expit),
    "hardsigmoid": ({}, lambda x: np.clip(x / 6 + 0.5, 0, 1)),
    "hardswish": ({}, lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    "softplus": ({"beta": 2.0}, lambda x: np.log1p(np.exp(2 * x)) / 2),
    "softsign": ({}, lambda x: x / (1 + abs(x))),
    "clip": ({"low": -0.5}, lambda x: np.maximum(x, -0.5)),
    "erf": ({}, erf),
    "tanh": ({}, np.tanh),
    "negative": ({}, lambda x: -x),
    "absolute": ({}, abs),
    "reshape": ({"shape": (0, -1, 5)}, lambda x: x.reshape(3, 24, 5)),
    "flatten": ({}, lambda x: x.reshape(3, -1)),
    "unflatten": ({"axis": 1, "shape": (2, -1)}, lambda x: x.reshape(3, 2, 2, 6, 5)),
    "transpose": ({"axes": (0, 2, 3, 1)}, lambda x: np.moveaxis(x, 1, -1)),
    "swap_axes": ({"axes": (1, -1)}, lambda x: x.transpose(0, 3, 2, 1)),
    "squeeze": ({"axes": (1, 2)}, lambda x: x),
    "unsqueeze": ({"axes": (1,)}, lambda x: x[:, None]),
    "slice": ({"index": ((None, None, None), 1, ..., (0, 4, 2))}, lambda x: x[:, 1, ..., :4:2]),
    "chunk": ({"axis": 2, "count": 4, "index": 1}, lambda x: x[:, :, 2:4]),
    "pad": ({"padding": ((1, -2),), "value": 3.0},
            lambda x: np.concatenate([np.full((3, 4, 6, 1), 3), x[..., :-2]], -1)),
    "expand": ({"shape": (2, -1, -1, -1, -1)}, lambda x: np.stack([x, x])),
    "tile": ({"times": (1, 1, 2, 1)}, lambda x: np.concatenate([x, x], 2)),
    "reduce_mean": ({"axes": (2, 3)}, lambda x: x.mean((2, 3))),
    "reduce_sum": ({"axes": (-1,), "keep": True}, lambda x: x.sum(-1, keepdims=True)),
    "max_pool": ({**POOL, "dilation": (1, 1)},
                 lambda x: x[..., :4].reshape(3, 4, 3, 2, 2, 2).max((3, 5))),
    "average_pool": (POOL, lambda x: x[..., :4].reshape(3, 4, 3, 2, 2, 2).mean((3, 5))),
    "adaptive_average_pool": ({"size": (1, None)}, lambda x: x.mean(2, keepdims=True)),
    "adaptive_max_pool": ({"size": (2, 5)}, lambda x: x.reshape(3, 4, 2, 3, 5).max(3)),
    "upsample": ({"factors": 2.0}, lambda x: x.repeat(2, 2).repeat(2, 3)),
    "layer_norm": ({"axes": 1, "epsilon": 0.1},
                   lambda x: (x - x.mean(-1, keepdims=True))
                   / np.sqrt(x.var(-1, keepdims=True) + 0.1)),
    "rms_norm": ({"epsilon": 0.1}, lambda x: x / np.sqrt((x**2).mean(-1, keepdims=True) + 0.1)),
    "group_norm": ({"groups": 1, "epsilon": 0.0},
                   lambda x: (x - x.mean((1, 2, 3), keepdims=True))
                   / x.std((1, 2, 3), keepdims=True)),
    "softmax": ({"axis": 1}, lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True)),
    "log_softmax": ({"axis": 2}, lambda x: x - np.log(np.exp(x).sum(2, keepdims=True))),
}  # fmt: skip


@pytest.mark.parametrize("op", CASES)
def test_an_operation_is_what_it_says(op):
    settings, f = CASES[op]
    np.testing.assert_allclose(run(op, X, **settings), f(X), atol=1e-12)
    single = X.astype(np.float32)
    found = run(op, single, **settings)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, f(X), atol=1e-5)


PAIRS = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide,
         "maximum": np.maximum, "minimum": np.minimum}  # fmt: skip


@pytest.mark.parametrize("op", PAIRS)
def test_either_operand_may_be_a_constant(op):
    x, y = X.astype(np.float32), X[0] + 3
    for found, a, b in [
        (run(op, x, x + 1), x, x + 1),
        (run(op, x, arrays={"b": y}), x, y),
        (run(op, x, arrays={"a": y}), y, x),
    ]:
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, PAIRS[op](a, b), rtol=1e-4)


def test_attention_is_a_mean_of_values_weighted_by_softmax():
    q, k, v = RNG.standard_normal((3, 2, 5, 4))
    weights = np.exp(q @ k.swapaxes(1, 2) / 2)
    expected = weights @ v / weights.sum(-1, keepdims=True)
    np.testing.assert_allclose(run("attention", q, k, v), expected, atol=1e-12)
    seen = np.tril(weights)
    expected = seen @ v / seen.sum(-1, keepdims=True)
    np.testing.assert_allclose(run("attention", q, k, v, causal=True), expected, atol=1e-12)
    keep = {"keep": np.tri(5, dtype=bool)}
    np.testing.assert_allclose(run("attention", q, k, v, arrays=keep), expected, atol=1e-12)


def test_a_constant_is_there_for_every_item():
    found = run("constant", X, arrays={"value": np.ones((1, 2))})
    np.testing.assert_array_equal(found, np.ones((3, 2)))


def test_numbers_outside_a_table_are_refused():
    table = {"table": np.arange(6.0).reshape(3, 2)}
    np.testing.assert_array_equal(run("embedding", np.array([[2]]), arrays=table), [[[4, 5]]])
    with pytest.raises(SpecError, match="numbers from -1 to 1"):
        run("embedding", np.array([-1, 1]), arrays=table)


def test_large_values_do_not_overflow():
    x = np.array([[-800.0, 0.0, 800.0]])
    for op in ("softmax", "log_softmax", "softplus", "logistic", "elu", "selu", "silu"):
        assert np.isfinite(run(op, x)).all(), op
