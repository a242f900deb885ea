import numpy as np
import pytest

from xbarsim import SpecError
from xbarsim.layers import WEIGHTED, Node
from xbarsim.mapping.graph import Graph

RNG = np.random.default_rng(0)
GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def layer(op, inputs=3, h=4, bias=True, dtype=float, **settings):
    gates = GATES[op] * h
    arrays = {"w_ih": RNG.standard_normal((gates, inputs)), "w_hh": RNG.standard_normal((gates, h))}
    if bias:
        arrays |= {"b_ih": RNG.standard_normal(gates), "b_hh": RNG.standard_normal(gates)}
    arrays = {name: array.astype(dtype) for name, array in arrays.items()}
    return Node(name="layer", op=op, inputs=("x",), arrays=arrays, settings=settings)


def sigma(x):
    return 1 / (1 + np.exp(-x))


def by_steps(node, x):
    """One input (time, in), as the equations say."""
    a = node.arrays
    h = c = np.zeros(a["w_hh"].shape[1])
    out = []
    for v in x:
        p = a["w_ih"] @ v + a.get("b_ih", 0)
        q = a["w_hh"] @ h + a.get("b_hh", 0)
        if node.op == "rnn":
            relu = node.settings.get("nonlinearity") == "relu"
            h = np.maximum(p + q, 0) if relu else np.tanh(p + q)
        elif node.op == "lstm":
            i, f, g, o = np.split(p + q, 4)
            c = sigma(f) * c + sigma(i) * np.tanh(g)
            h = sigma(o) * np.tanh(c)
        else:
            (pr, pz, pn), (qr, qz, qn) = np.split(p, 3), np.split(q, 3)
            z = sigma(pz + qz)
            h = (1 - z) * np.tanh(pn + sigma(pr + qr) * qn) + z * h
        out.append(h)
    return np.array(out)


NODES = [
    layer("rnn"),
    layer("rnn", nonlinearity="relu"),
    layer("lstm"),
    layer("lstm", bias=False),
    layer("gru"),
    layer("gru", bias=False),
]


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.op)
def test_a_layer_follows_its_equations(node):
    x = RNG.standard_normal((2, 6, 3))
    expected = np.array([by_steps(node, item) for item in x])
    np.testing.assert_allclose(Graph(nodes=(node,)).run(x), expected, atol=1e-12)


@pytest.mark.parametrize("op", GATES)
def test_a_reversed_layer_starts_at_the_end(op):
    forward = layer(op)
    back = Node(
        name="back", op=op, inputs=("x",), arrays=forward.arrays, settings={"reverse": True}
    )
    x = RNG.standard_normal((2, 6, 3))
    expected = Graph(nodes=(forward,)).run(x[:, ::-1])[:, ::-1]
    np.testing.assert_array_equal(Graph(nodes=(back,)).run(x), expected)


@pytest.mark.parametrize("op", GATES)
def test_inputs_are_read_at_once_and_states_step_by_step(op):
    node, seen = layer(op), []
    blocks = WEIGHTED[op].blocks(node)

    def multiply(node, name, v):
        seen.append((name, v.shape))
        return v @ blocks[name].weights.T

    Graph(nodes=(node,)).run(RNG.standard_normal((2, 6, 3)), multiply=multiply)
    assert seen == [("ih", (2, 6, 3))] + [("hh", (2, 4))] * 6


@pytest.mark.parametrize("op", GATES)
def test_single_precision_stays(op):
    x = RNG.standard_normal((2, 6, 3)).astype(np.float32)
    assert Graph(nodes=(layer(op, dtype=np.float32),)).run(x).dtype == np.float32


def test_inputs_of_another_width_are_refused():
    with pytest.raises(SpecError, match=r"layer layer is given shape \(2, 6, 5\)"):
        Graph(nodes=(layer("gru"),)).run(np.zeros((2, 6, 5)))
