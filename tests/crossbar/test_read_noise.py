import numpy as np
import pytest

from xbarsim.crossbar import Wires, noisy_read
from xbarsim.crossbar.noise import sensitivity
from xbarsim.crossbar.read_noise import read_noise
from xbarsim.errors import SpecError

WIRES = [
    Wires(r_word=2.5, r_bit=2.5, r_source=2.5, r_sense=2.5),
    Wires(r_word=30.0, r_bit=30.0),
    Wires(r_word=10.0, r_bit=20.0, r_source=100.0, sides=2),
    Wires(r_word=20.0, r_bit=10.0, r_sense=100.0, sense_sides=2),
    Wires(r_source=200.0, r_sense=300.0),
]
PAIRS = np.kron(np.eye(12), [[1.0], [-1.0]])


@pytest.fixture
def array(streams):
    rng = streams.rng()
    g = rng.uniform(1e-6, 1e-4, (32, 24))
    return g, rng.uniform(0.01, 0.1, g.shape) * g


def inputs(streams, rows, n=60):
    rng = (streams / "inputs").rng()
    return {"normal": rng.standard_normal((n, rows)), "uniform": rng.uniform(0, 1, (n, rows))}


def exact(g, sigma, v, wires, decode=None):
    covariance = sensitivity(g, v, wires).covariance(sigma)
    decode = np.eye(g.shape[1]) if decode is None else decode
    return np.einsum("co,kcd,do->ko", decode, covariance, decode)


def off(found, expected):
    """Root mean square error over the inputs, over the mean, of the worst output."""
    rms = np.sqrt(((found - expected) ** 2).mean(axis=0))
    return (rms / expected.mean(axis=0)).max()


@pytest.mark.parametrize("decode", [None, PAIRS], ids=["lines", "pairs"])
@pytest.mark.parametrize("wires", WIRES, ids=range(len(WIRES)))
def test_variance_is_that_of_first_order_within_what_is_stated(array, streams, wires, decode):
    g, sigma = array
    noise = read_noise(g, sigma, wires, decode)
    assert noise.error <= 1e-3
    for v in inputs(streams, 32).values():
        expected = exact(g, sigma, v, wires, decode)
        assert off(noise.variance(v), expected) < 1.3 * noise.error + 1e-5
        np.testing.assert_allclose(noise.variance(v), expected, rtol=1e-2)


@pytest.mark.parametrize("shape", [(16, 16), (64, 48), (5, 40), (40, 3), (1, 6), (6, 1)])
@pytest.mark.parametrize("ohm", [2.5, 30.0])
def test_shapes_and_heavy_wires(streams, shape, ohm):
    rng = streams.rng()
    g, wires = rng.uniform(1e-6, 1e-4, shape), Wires(r_word=ohm, r_bit=ohm, r_source=ohm)
    noise = read_noise(g, 0.05 * g, wires)
    for v in inputs(streams, shape[0], 30).values():
        assert off(noise.variance(v), exact(g, 0.05 * g, v, wires)) < 2e-3


@pytest.mark.parametrize("tolerance", [1e-1, 1e-2, 1e-4, 1e-5])
def test_tolerance_is_kept_and_costs_modes(array, streams, tolerance):
    g, sigma = array
    noise = read_noise(g, sigma, WIRES[1], tolerance=tolerance)
    assert noise.error <= tolerance
    for v in inputs(streams, 32).values():
        assert off(noise.variance(v), exact(g, sigma, v, WIRES[1])) < 1.3 * tolerance
    assert len(noise.signs) <= len(read_noise(g, sigma, WIRES[1], tolerance=1e-5).signs)


def test_graded_and_broken_wires_need_nothing_special(array, streams):
    g, sigma = array
    rng = (streams / "wires").rng()
    r_word = rng.uniform(1, 30, (32, 23))
    r_word[3, 9] = np.inf
    wires = Wires(r_word=r_word, r_bit=rng.uniform(1, 30, (31, 24)), r_source=5.0)
    noise = read_noise(g, sigma, wires)
    v = inputs(streams, 32)["uniform"]
    assert off(noise.variance(v), exact(g, sigma, v, wires)) < 1.5e-3


def test_noise_of_exact_solves_has_that_variance(streams):
    rng = streams.rng()
    g, wires = rng.uniform(1e-5, 1e-4, (12, 8)), Wires(r_word=100.0, r_bit=100.0)
    decode, n = np.kron(np.eye(4), [[1.0], [-1.0]]), 4000
    v = rng.uniform(0, 0.2, 12)
    dg = 0.01 * g * rng.standard_normal((n, 12, 8))
    i_out = noisy_read(g, np.broadcast_to(v, (n, 12)), dg, wires, rtol=1e-7).i_out
    for outputs, combined in ((None, i_out), (decode, i_out @ decode)):
        (expected,) = read_noise(g, 0.01 * g, wires, outputs).variance(v[None])
        assert np.abs(combined.var(axis=0) / expected - 1).max() < 4 * np.sqrt(2 / n)


def test_wires_change_the_variance_and_the_columns_of_a_pair_share_some(array, streams):
    g, sigma = array
    v = inputs(streams, 32)["uniform"]
    lines, pairs = (read_noise(g, sigma, WIRES[1], d).variance(v) for d in (None, PAIRS))
    assert (lines < 0.95 * read_noise(g, sigma, Wires()).variance(v)).all()
    shared = pairs / (lines[:, ::2] + lines[:, 1::2]) - 1
    assert shared.mean() > 5e-3  # what one gets the other lacks
    assert shared.max() < 0.1


def test_without_wires_variances_of_cells_add_up(array, streams):
    g, sigma = array
    v = inputs(streams, 32)["normal"]
    noise = read_noise(g, sigma, Wires(), PAIRS)
    both = sigma[:, ::2] ** 2 + sigma[:, 1::2] ** 2
    np.testing.assert_allclose(noise.variance(v), v**2 @ both, rtol=1e-12)
    assert noise.error == 0


def test_cells_without_noise_give_none(array, streams):
    g, sigma = array
    v = inputs(streams, 32)["normal"]
    assert not read_noise(g, 0 * sigma, WIRES[0]).variance(v).any()
    sigma[:, :5], sigma[4] = 0, 0
    found = read_noise(g, sigma, Wires(r_source=10.0, r_sense=10.0)).variance(v)
    assert off(found[:, 5:], exact(g, sigma, v, Wires(r_source=10.0, r_sense=10.0))[:, 5:]) < 2e-3
    unused = PAIRS.copy()
    unused[:, 3] = 0
    assert not read_noise(g, sigma, WIRES[0], unused).variance(v)[:, 3].any()


def test_variance_takes_the_precision_of_the_inputs(array, streams):
    g, sigma = array
    noise = read_noise(g, sigma, WIRES[1])
    v = inputs(streams, 32)["uniform"]
    double, single = noise.variance(v), noise.variance(v.astype(np.float32))
    assert double.dtype == np.float64
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=1e-4)
    whole = np.arange(-16, 16)[None]
    assert (noise.variance(whole) == noise.variance(whole.astype(float))).all()


def test_variance_goes_with_the_square_of_inputs_and_of_the_noise(array, streams):
    g, sigma = array
    v = inputs(streams, 32, 700)["uniform"]
    once = read_noise(g, sigma, WIRES[1]).variance(v)
    np.testing.assert_allclose(read_noise(g, sigma, WIRES[1]).variance(0.01 * v), 1e-4 * once)
    np.testing.assert_allclose(read_noise(g, 10 * sigma, WIRES[1]).variance(v), 100 * once, 1e-4)
    alone = read_noise(g, sigma, WIRES[1]).variance(v[600:601])
    np.testing.assert_allclose(alone, once[600:601], rtol=1e-12)


def test_no_inputs_have_no_variance(array):
    assert read_noise(*array, WIRES[0]).variance(np.empty((0, 32))).shape == (0, 24)


def test_bad_input_is_refused(array):
    g, sigma = array
    with pytest.raises(SpecError, match="sigma has shape"):
        read_noise(g, sigma[:3], WIRES[0])
    with pytest.raises(SpecError, match="sigma holds -1"):
        read_noise(g, np.full_like(g, -1.0), WIRES[0])
    with pytest.raises(SpecError, match="decode has shape"):
        read_noise(g, sigma, WIRES[0], np.eye(5))
    with pytest.raises(SpecError, match="decode holds nan"):
        read_noise(g, sigma, WIRES[0], np.full((24, 2), np.nan))
    with pytest.raises(SpecError, match="tolerance is 1e-09"):
        read_noise(g, sigma, WIRES[0], tolerance=1e-9)
    with pytest.raises(SpecError, match="that of one array"):
        read_noise(g[None], sigma[None], WIRES[0])
    with pytest.raises(SpecError, match="v has shape"):
        read_noise(g, sigma, WIRES[0]).variance(np.zeros((3, 5)))
