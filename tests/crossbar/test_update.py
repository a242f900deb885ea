import numpy as np
import pytest

from xbarsim.crossbar import Wires, solve_perturbed, transfer_matrix
from xbarsim.crossbar.elimination import eliminate
from xbarsim.errors import ConvergenceError

WIRES = [
    Wires(r_word=5.0, r_bit=5.0),
    Wires(r_word=5.0, r_bit=5.0, r_source=30.0, sides=2),
    Wires(r_word=5.0, r_bit=5.0, r_sense=30.0, sense_sides=2),
]


@pytest.fixture
def array(streams):
    rng = streams.rng()
    g = rng.uniform(1e-6, 1e-4, (20, 24))
    return g, rng.uniform(-0.2, 0.2, (5, 20)), rng.standard_normal((5, 20, 24)) * g


def perturbed(g, v, dg, wires, **options):
    return solve_perturbed(eliminate(g, wires), v, np.moveaxis(dg, -1, 0), **options)


def resolved(g, v, dg, wires):
    return np.stack([v[k] @ transfer_matrix(g + dg[k], wires) for k in range(len(v))])


@pytest.mark.parametrize("wires", WIRES, ids=range(len(WIRES)))
@pytest.mark.parametrize("spread", [0.01, 0.1])
def test_changed_cells_give_what_solving_them_anew_gives(array, wires, spread):
    g, v, z = array
    found = perturbed(g, v, spread * z, wires, rtol=1e-12)
    expected = resolved(g, v, spread * z, wires)
    assert np.abs(found - expected).max() < 1e-10 * np.abs(expected).max()


@pytest.mark.parametrize("rtol", [1e-3, 1e-5, 1e-7])
def test_error_stays_below_the_tolerance(array, rtol):
    g, v, z = array
    found = perturbed(g, v, 0.05 * z, WIRES[0], rtol=rtol)
    expected = resolved(g, v, 0.05 * z, WIRES[0])
    assert np.abs(found - expected).max() < rtol * np.abs(expected).max()


def test_no_change_gives_the_unchanged_array(array):
    g, v, z = array
    expected = v @ transfer_matrix(g, WIRES[0])
    np.testing.assert_allclose(perturbed(g, v, 0 * z, WIRES[0]), expected, rtol=1e-10)


def test_noise_added_to_the_ideal_product_would_be_wrong(array):
    """Why this module exists: the wires change what read noise does to the outputs."""
    g, v, z = array
    wires = Wires(r_word=50.0, r_bit=50.0)
    change = resolved(g, v, 0.01 * z, wires) - v @ transfer_matrix(g, wires)
    naive = np.einsum("ki,kij->kj", v, 0.01 * z)
    ours = perturbed(g, v, 0.01 * z, wires) - v @ transfer_matrix(g, wires)
    assert np.linalg.norm(ours - change) < 1e-3 * np.linalg.norm(change)
    assert np.linalg.norm(naive - change) > 0.5 * np.linalg.norm(change)


def test_changes_too_large_to_settle_are_an_error(array):
    g, v, _ = array
    wires = Wires(r_word=1e4, r_bit=1e4)
    with pytest.raises(ConvergenceError, match="did not settle"):
        perturbed(g, v, np.broadcast_to(100 * g, (5, *g.shape)), wires)
