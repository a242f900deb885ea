import numpy as np
import pytest

from xbarsim import SpecError
from xbarsim.layers import Node
from xbarsim.mapping.fold import batch_norm_arrays, fold
from xbarsim.mapping.graph import Graph

RNG = np.random.default_rng(0)
CONV = {"stride": (1,), "padding": ((1, 1),), "dilation": (1,), "groups": 1}


def norm(channels, name="bn", before="layer", **settings):
    draws = RNG.uniform(0.5, 2, (4, channels))
    arrays = batch_norm_arrays(draws[0], draws[1], draws[2], draws[3], 1e-5)
    return Node(name=name, op="batch_norm", inputs=(before,), arrays=arrays, settings=settings)


def layer(op, shape, bias=None, **settings):
    arrays = {"weights": RNG.standard_normal(shape)}
    if bias:
        arrays["bias"] = RNG.standard_normal(bias)
    return Node(name="layer", op=op, inputs=("x",), arrays=arrays, settings=settings)


CASES = [
    (layer("linear", (5, 4), 5), 5, (3, 4)),
    (layer("linear", (5, 4)), 5, (3, 4)),
    (layer("conv", (6, 4, 3), 6, **CONV), 6, (3, 4, 7)),
    (layer("conv", (6, 2, 3), **CONV | {"groups": 2}), 6, (3, 4, 7)),
    (layer("conv", (4, 3, 3), 3, **CONV, transposed=True), 3, (3, 4, 7)),
    (layer("conv", (4, 3, 3), **CONV | {"groups": 2}, transposed=True), 6, (3, 4, 7)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].op)
def test_folding_changes_no_output(case):
    before, channels, shape = case
    graph = Graph(nodes=(before, norm(channels), Node(name="end", op="relu", inputs=("bn",))))
    folded = fold(graph)
    assert [n.name for n in folded.nodes] == ["layer", "end"]
    x = RNG.standard_normal(shape)
    np.testing.assert_allclose(folded.run(x), graph.run(x), atol=1e-12)


def test_normalisation_after_normalisation_is_folded_too():
    before = layer("linear", (5, 4), 5)
    graph = Graph(nodes=(before, norm(5), norm(5, "bn2", "bn")))
    folded = fold(graph)
    assert [n.name for n in folded.nodes] == ["layer"] and folded.output == "layer"
    x = RNG.standard_normal((3, 4))
    np.testing.assert_allclose(folded.run(x), graph.run(x), atol=1e-12)


def test_an_output_that_goes_elsewhere_too_is_left_alone():
    add = Node(name="add", op="add", inputs=("bn", "layer"))
    graph = Graph(nodes=(layer("linear", (5, 4)), norm(5), add))
    assert len(fold(graph).nodes) == 3
    seen = Graph(nodes=(layer("linear", (5, 4)), norm(5)), output="layer")
    assert len(fold(seen).nodes) == 2


def test_normalisation_along_another_axis_than_the_outputs_stays():
    graph = Graph(nodes=(layer("linear", (5, 4)), norm(5, axes=3)))
    assert len(fold(graph).nodes) == 2
    graph = Graph(nodes=(layer("linear", (5, 4)), norm(6)))
    assert len(fold(graph).nodes) == 2


def test_a_folded_layer_of_unknown_axes_refuses_more_than_vectors():
    folded = fold(Graph(nodes=(layer("linear", (5, 4)), norm(5))))
    with pytest.raises(SpecError, match="layer layer is given shape"):
        folded.run(np.ones((2, 5, 4)))
    known = fold(Graph(nodes=(layer("linear", (5, 4)), norm(5, axes=2))))
    assert "axes" not in known.nodes[0].settings


def test_folding_keeps_the_precision():
    before = layer("linear", (5, 4))
    arrays = {"weights": before.arrays["weights"].astype(np.float32)}
    before = Node(name="layer", op="linear", inputs=("x",), arrays=arrays)
    (node,) = fold(Graph(nodes=(before, norm(5)))).nodes
    assert {a.dtype for a in node.arrays.values()} == {np.dtype(np.float32)}
