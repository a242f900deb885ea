from itertools import product
from math import prod

import numpy as np
import pytest

from xbarsim import SpecError
from xbarsim.layers import WEIGHTED, Node
from xbarsim.layers.convolution import vectors
from xbarsim.mapping.graph import Graph

RNG = np.random.default_rng(0)


def conv(shape, bias=0, dtype=float, **settings):
    axes = len(shape) - 2
    arrays = {"weights": RNG.standard_normal(shape).astype(dtype)}
    if bias:
        arrays["bias"] = RNG.standard_normal(bias).astype(dtype)
    usual = {"stride": (1,) * axes, "padding": ((0, 0),) * axes, "dilation": (1,) * axes}
    settings = {**usual, "groups": 1, **settings}
    return Node(name="conv", op="conv", inputs=("x",), arrays=arrays, settings=settings)


def by_loops(node, x):
    """The sum that defines a convolution, written out."""
    w, s = node.arrays["weights"], node.settings
    kernel = w.shape[2:]
    x = np.pad(x, [(0, 0), (0, 0), *s["padding"]])
    spans = [d * (k - 1) + 1 for d, k in zip(s["dilation"], kernel, strict=True)]
    counts = [(n - span) // st + 1
              for n, span, st in zip(x.shape[2:], spans, s["stride"], strict=True)]  # fmt: skip
    y = np.zeros((len(x), len(w), *counts))
    of_group = len(w) // s["groups"]
    for out, channel, at in product(range(len(w)), range(w.shape[1]), np.ndindex(*kernel)):
        source = (out // of_group) * w.shape[1] + channel
        for place in np.ndindex(*counts):
            where = tuple(p * st + a * d for p, st, a, d in
                          zip(place, s["stride"], at, s["dilation"], strict=True))  # fmt: skip
            y[(slice(None), out, *place)] += (
                w[(out, channel, *at)] * x[(slice(None), source, *where)]
            )
    if "bias" in node.arrays:
        y += node.arrays["bias"].reshape(-1, *[1] * len(kernel))
    return y


CASES = [
    (conv((5, 3, 3), 5), (2, 3, 8)),
    (conv((5, 3, 2, 3), stride=(2, 1), padding=((1, 0), (2, 2)), dilation=(2, 1)), (2, 3, 6, 5)),
    (conv((4, 2, 2, 2), 4, groups=2), (2, 4, 4, 5)),
    (conv((6, 1, 3, 2), groups=3, padding=((1, 1), (1, 1))), (1, 3, 4, 4)),
    (conv((3, 2, 2, 2, 2)), (1, 2, 3, 3, 4)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0].arrays["weights"].shape))
def test_a_convolution_is_the_sum_that_defines_it(case):
    node, shape = case
    x = RNG.standard_normal(shape)
    np.testing.assert_allclose(Graph(nodes=(node,)).run(x), by_loops(node, x), atol=1e-12)


@pytest.mark.parametrize("groups", [1, 2])
def test_a_transposed_convolution_is_the_adjoint(groups):
    settings = {"stride": (2, 3), "padding": ((1, 2), (0, 1)), "dilation": (2, 1)}
    forward = conv((4, 6 // groups, 3, 2), **settings, groups=groups)
    x = RNG.standard_normal((1, 6, 9, 10))
    y = Graph(nodes=(forward,)).run(x)
    spans = [2 * 2 + 1, 2]
    outer = tuple(
        (n + sum(p) - span) % s
        for n, p, span, s in zip(
            x.shape[2:], settings["padding"], spans, settings["stride"], strict=True
        )
    )
    back = Node(name="back", op="conv", inputs=("x",), arrays=forward.arrays,
                settings={**forward.settings, "transposed": True, "output_padding": outer},
                )  # fmt: skip
    z = RNG.standard_normal(y.shape)
    up = Graph(nodes=(back,)).run(z)
    assert up.shape == x.shape
    assert np.vdot(y, z) == pytest.approx(np.vdot(x, up))


def test_vectors_run_over_groups_then_channels_then_places_of_the_kernel():
    x = np.arange(2 * 2 * 3.0).reshape(1, 2, 2, 3)
    settings = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1)}
    found = vectors(x, (2, 2), settings)
    assert found.shape == (1, 1, 2, 8)
    np.testing.assert_array_equal(found[0, 0, 0], [0, 1, 3, 4, 6, 7, 9, 10])


@pytest.mark.parametrize("transposed", [False, True])
def test_each_place_is_read_once(transposed):
    node = conv((4, 3, 2, 2), groups=2, stride=(2, 2), transposed=transposed)
    block = WEIGHTED["conv"].blocks(node)[""]
    x = RNG.standard_normal((5, 4 if transposed else 6, 8, 6))
    seen = []

    def multiply(layer, name, v):
        seen.append(v.shape)
        return np.zeros((*v.shape[:-1], block.outputs))

    Graph(nodes=(node,)).run(x, multiply=multiply)
    (shape,) = seen
    assert prod(shape[:-1]) == 5 * (8 * 6 if transposed else 4 * 3)
    assert shape[-1] == block.inputs


def test_single_precision_stays():
    for transposed in (False, True):
        node = conv((4, 4, 3), 4, np.float32, transposed=transposed)
        x = RNG.standard_normal((2, 4, 8)).astype(np.float32)
        assert Graph(nodes=(node,)).run(x).dtype == np.float32


@pytest.mark.parametrize("shape", [(2, 3), (2, 2, 8), (2, 3, 2), (2, 3, 8, 8)], ids=str)
def test_inputs_of_another_shape_are_refused(shape):
    with pytest.raises(SpecError, match="layer conv is given shape|does not fit"):
        Graph(nodes=(conv((5, 3, 3)),)).run(np.zeros(shape))
