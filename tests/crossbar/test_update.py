import numpy as np
import pytest

from xbarsim.crossbar import Wires, noisy_read, transfer_matrix
from xbarsim.errors import SpecError

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


def resolved(g, v, dg, wires):
    return np.stack([v[k] @ transfer_matrix(g + dg[k], wires) for k in range(len(v))])


@pytest.mark.parametrize("wires", WIRES, ids=range(len(WIRES)))
@pytest.mark.parametrize("spread", [0.01, 0.1])
def test_changed_cells_give_what_solving_them_anew_gives(array, wires, spread):
    g, v, z = array
    found = noisy_read(g, v, spread * z, wires, rtol=1e-11).i_out
    expected = resolved(g, v, spread * z, wires)
    assert np.abs(found - expected).max() < 1e-10 * np.abs(expected).max()


@pytest.mark.parametrize("rtol", [1e-3, 1e-5, 1e-7])
@pytest.mark.parametrize("ohm", [0.5, 5.0, 50.0])
@pytest.mark.parametrize("r_sense", [0.0, 50.0, 1e4, 1e7])
def test_error_stays_below_what_is_stated_and_that_below_the_tolerance(array, rtol, ohm, r_sense):
    g, v, z = array
    wires = Wires(r_word=ohm, r_bit=ohm, r_source=ohm, r_sense=r_sense)
    found = noisy_read(g, v, 0.05 * z, wires, rtol=rtol)
    expected = resolved(g, v, 0.05 * z, wires)
    error = np.abs(found.i_out - expected).max(axis=1) / np.abs(expected).max(axis=1)
    assert error.max() < found.error + 1e-12
    assert found.error <= rtol
    assert found.exact.all()


def test_no_change_gives_the_unchanged_array(array):
    g, v, z = array
    expected = v @ transfer_matrix(g, WIRES[0])
    found = noisy_read(g, v, 0 * z, WIRES[0], rtol=1e-11).i_out
    assert np.abs(found - expected).max() < 1e-10 * np.abs(expected).max()


def test_noise_added_to_the_ideal_product_would_be_wrong(array):
    """Why this module exists: the wires change what read noise does to the outputs."""
    g, v, z = array
    wires = Wires(r_word=50.0, r_bit=50.0)
    change = resolved(g, v, 0.01 * z, wires) - v @ transfer_matrix(g, wires)
    naive = np.einsum("ki,kij->kj", v, 0.01 * z)
    ours = noisy_read(g, v, 0.01 * z, wires).i_out - v @ transfer_matrix(g, wires)
    assert np.linalg.norm(ours - change) < 1e-3 * np.linalg.norm(change)
    assert np.linalg.norm(naive - change) > 0.5 * np.linalg.norm(change)


def test_cells_never_conduct_less_than_nothing(array):
    g, v, z = array
    dg = 3 * z
    expected = resolved(g, v, np.maximum(dg, -g), WIRES[0])
    found = noisy_read(g, v, dg, WIRES[0], rtol=1e-11).i_out
    assert np.abs(found - expected).max() < 1e-9 * np.abs(expected).max()


def test_whole_numbers_of_volts_and_lists_are_read_as_numbers(array):
    g, v, z = array
    volts = np.arange(-10, 10)[None]
    found = noisy_read(g.tolist(), volts.tolist(), (0.01 * z[:1]).tolist(), WIRES[0])
    expected = noisy_read(g, volts.astype(float), 0.01 * z[:1], WIRES[0])
    assert expected.i_out.any()
    assert (found.i_out == expected.i_out).all()
    assert (noisy_read(g, volts, 0.01 * z[:1], WIRES[0]).i_out == expected.i_out).all()


def test_no_inputs_give_no_outputs(array):
    g, v, z = array
    assert noisy_read(g, v[:0], z[:0], WIRES[0]).i_out.shape == (0, 24)


def test_changes_of_another_shape_or_not_finite_are_refused(array):
    g, v, z = array
    with pytest.raises(SpecError, match="dg has shape"):
        noisy_read(g, v, z[:3], WIRES[0])
    with pytest.raises(SpecError, match="1 changes that are not finite"):
        noisy_read(g, v, np.where(z == z.max(), np.nan, z), WIRES[0])
