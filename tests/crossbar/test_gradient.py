import numpy as np
import pytest

from xbarsim.crossbar import Wires, gradient, transfer_matrix
from xbarsim.errors import SpecError

WIRES = [
    Wires(r_word=2.5, r_bit=1.5, r_source=20.0, r_sense=3.0),
    Wires(r_word=2.5, r_bit=1.5, r_source=5.0, r_sense=3.0, sides=2),
    Wires(r_word=2.5, r_bit=1.5, r_source=5.0, r_sense=3.0, sense_sides=2),
    Wires(r_word=2.5, r_bit=1.5, r_source=5.0, r_sense=3.0, sides=2, sense_sides=2),
    Wires(r_word=4.0),
]
NAMES = ("r_word", "r_bit", "r_source", "r_sense")


def case(rng, shape):
    g = rng.uniform(1e-5, 1e-3, shape)
    return g, rng.uniform(-1, 1, (4, shape[0])), rng.standard_normal((4, shape[1]))


def loss(g, v, wires, grad_i):
    return (grad_i * (v @ transfer_matrix(g, wires))).sum()


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (40, 21)], ids=str)
@pytest.mark.parametrize("wires", WIRES, ids=range(len(WIRES)))
def test_both_routes_agree(shape, wires, streams):
    g, v, grad_i = case(streams.rng(), shape)
    tree, adjoint = (gradient(g, v, wires, grad_i, route=r) for r in ("tree", "adjoint"))
    for name in ("g", "v"):
        a, b = getattr(tree, name), getattr(adjoint, name)
        assert np.abs(a - b).max() < 1e-7 * np.abs(a).max()
    largest = max(abs(getattr(tree.wires, name)) for name in NAMES)
    for name in NAMES:
        a, b = getattr(tree.wires, name), getattr(adjoint.wires, name)
        assert abs(a - b) <= 1e-7 * largest


@pytest.mark.parametrize("route", ["tree", "adjoint"])
@pytest.mark.parametrize("wires", WIRES[:4], ids=range(4))
def test_derivatives_are_those_of_finite_differences(wires, route, streams):
    rng = streams.rng()
    g, v, grad_i = case(rng, (20, 17))
    found = gradient(g, v, wires, grad_i, route=route)
    for _ in range(5):
        i, j = rng.integers(20), rng.integers(17)
        step = np.zeros_like(g)
        step[i, j] = 1e-4 * g[i, j]
        up, down = (loss(g + s * step, v, wires, grad_i) for s in (1, -1))
        expected = (up - down) / (2 * step[i, j])
        assert abs(found.g[i, j] - expected) < 1e-6 * np.abs(found.g).max()
    given = {n: getattr(wires, n) for n in (*NAMES, "sides", "sense_sides")}
    for name in NAMES:
        up, down = (
            loss(g, v, Wires(**(given | {name: given[name] + s * 1e-3})), grad_i) for s in (1, -1)
        )
        assert getattr(found.wires, name) == pytest.approx((up - down) / 2e-3, rel=1e-5)


def test_derivative_by_the_inputs_is_the_transfer_matrix(streams):
    g, v, grad_i = case(streams.rng(), (6, 8))
    found = gradient(g, v, WIRES[0], grad_i)
    np.testing.assert_allclose(found.v, grad_i @ transfer_matrix(g, WIRES[0]).T, rtol=1e-7)


def test_every_segment_has_its_derivative(streams):
    g, v, grad_i = case(streams.rng(), (6, 8))
    each = Wires(r_word=np.full((6, 7), 2.5), r_bit=1.5)
    by_each = gradient(g, v, each, grad_i, route="tree").wires.r_word
    alike = gradient(g, v, Wires(r_word=2.5, r_bit=1.5), grad_i, route="tree").wires.r_word
    assert by_each.shape == (6, 7)
    assert by_each.sum() == pytest.approx(alike, rel=1e-10)


@pytest.mark.parametrize("route", ["tree", "adjoint"])
def test_leading_axes_are_kept(route, streams):
    g, v, grad_i = case(streams.rng(), (6, 8))
    flat = gradient(g, v, WIRES[0], grad_i, route=route)
    shaped = gradient(g, v.reshape(2, 2, 6), WIRES[0], grad_i.reshape(2, 2, 8), route=route)
    np.testing.assert_allclose(shaped.v.reshape(4, 6), flat.v, rtol=1e-12)
    np.testing.assert_allclose(shaped.g, flat.g, rtol=1e-10)


def test_bad_input_is_refused(streams):
    g, v, grad_i = case(streams.rng(), (6, 8))
    with pytest.raises(SpecError, match=r"grad_i has shape \(4, 7\)"):
        gradient(g, v, WIRES[0], grad_i[:, :7])
    word = np.full((6, 7), 1.0)
    word[2, 2] = np.inf
    with pytest.raises(SpecError, match="broken segment"):
        gradient(g, v, Wires(r_word=word), grad_i)
