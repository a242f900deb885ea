"""The approximation with which compiled loops draw read noise, held against what it stands for."""

from dataclasses import replace

import numpy as np
import pytest

from xbarsim import Hardware, load_device
from xbarsim.crossbar import Wires
from xbarsim.crossbar.noise import sensitivity
from xbarsim.crossbar.noise_at import noise_at
from xbarsim.crossbar.read_noise import read_noise
from xbarsim.reservoirs.echo import EchoCore, Neurons
from xbarsim.streams import Streams
from xbarsim.tile.noise import noise_power, power_near

UNITS, CHANNELS, READS = 24, 2, 6000
WIRES = Wires(r_word=5.0, r_bit=5.0)
HARDWARE = Hardware(
    device=load_device("ideal", read_noise=0.02), wires=WIRES, rows=32, cols=64, v_read=0.2
)


def core_of(hardware, density=1.0, dtype="float64"):
    """A reservoir without an activation: what a step gives is what the arrays gave."""
    rng = np.random.default_rng(0)
    there = rng.random((UNITS, UNITS)) < density
    neurons = Neurons(
        recurrent=rng.standard_normal((UNITS, UNITS)) * there,
        inputs=rng.uniform(-1, 1, (UNITS, CHANNELS)),
        bias=np.zeros(UNITS),
        leak=np.ones(UNITS),
        activation="identity",
    )
    core = EchoCore(neurons, hardware, Streams(1), np.ones(CHANNELS), dtype)
    core.program()
    core.tiles["reservoir"].calibrate(usual())
    core._usual = usual()
    return core


def usual():
    """Vectors that arrays are usually given, (vectors, states and channels)."""
    return np.random.default_rng(2).uniform(-1, 1, (16, UNITS + CHANNELS))


def outputs(core, reads=READS):
    """What one and the same vector gives, read again and again, (reads, units)."""
    x = usual()[0]
    state = np.tile(x[:UNITS], (reads, 1)).astype(core.dtype)
    series = [x[None, UNITS:].astype(core.dtype)] * reads
    return np.stack([step[0] for step in core.run(series, state)[0]]).astype(float)


def decoder(core):
    """Outputs in the units of the neurons from currents of bit lines, (cols, units)."""
    tile = core.tiles["reservoir"]
    pairs = tile.partition.encoding.decode(np.eye(tile.g.shape[-1]))[:, :UNITS]
    return pairs * tile.weight_per_ampere


def by_first_order(core):
    """Covariance of outputs for the vector that `outputs` reads, (units, units)."""
    tile = core.tiles["reservoir"]
    v = tile.voltages(usual()[:1])[0]
    found = sensitivity(tile.cells.g[0, 0], v, WIRES).covariance(tile.cells.sigma[0, 0])[0]
    return decoder(core).T @ found @ decoder(core)


def correlation(covariance):
    spread = np.sqrt(np.diag(covariance))
    return covariance / np.outer(spread, spread)


@pytest.mark.parametrize("density", [1.0, 0.2], ids=["dense", "sparse"])
@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=pytest.mark.long)])
def test_compiled_reads_spread_as_arrays_whose_cells_are_drawn_and_solved_anew(density, dtype):
    compiled, exact = (
        core_of(hardware, density, dtype)
        for hardware in (HARDWARE, replace(HARDWARE, noise="exact"))
    )
    found, drawn = outputs(compiled), outputs(exact, 3000)
    assert compiled._fast.stages is not None
    assert compiled._fast.sparse == (density < 1)
    assert exact._fast.stages is None
    error = np.sqrt(2 / READS + 2 / 3000)
    ratio = found.var(axis=0, ddof=1) / drawn.var(axis=0, ddof=1)
    assert np.abs(ratio - 1).max() < 4.5 * error + 4 * compiled.noise_error
    assert abs(ratio.mean() - 1) < 4 * error / np.sqrt(UNITS) + compiled.noise_error
    spread = drawn.std(axis=0)
    far = np.abs(found.mean(axis=0) - drawn.mean(axis=0)) / spread
    assert far.max() < 4.5 * np.sqrt(1 / READS + 1 / 3000) + 0.02  # noise of second order
    z = (found - found.mean(axis=0)) / found.std(axis=0)
    assert np.abs((z**3).mean(axis=0)).max() < 4.5 * np.sqrt(6 / READS)  # as normals are
    assert np.abs((z**4).mean(axis=0) - 3).max() < 6 * np.sqrt(24 / READS)


def test_variance_of_compiled_reads_is_that_of_first_order_within_what_is_stated():
    core = core_of(HARDWARE)
    found = outputs(core).var(axis=0, ddof=1)
    expected = np.diag(by_first_order(core))
    assert core.noise_error < 0.01
    assert np.abs(found / expected - 1).max() < 4.5 * np.sqrt(2 / READS) + 4 * core.noise_error


def test_outputs_of_compiled_reads_are_independent_and_those_of_arrays_nearly_so():
    core = core_of(HARDWARE)
    error = 1 / np.sqrt(READS)
    others = ~np.eye(UNITS, dtype=bool)
    compiled = np.corrcoef(outputs(core).T)[others]
    assert np.abs(compiled).max() < 4.5 * error
    assert compiled.std() == pytest.approx(error, rel=0.15)
    exact = correlation(by_first_order(core))[others]
    drawn = np.corrcoef(outputs(core_of(replace(HARDWARE, noise="exact"))).T)[others]
    assert np.abs(drawn - exact).max() < 4.5 * error
    assert -0.02 < exact.min() < exact.mean() < 0
    assert exact.max() < 0.02


def test_correlations_of_large_arrays_are_those_of_the_docstring_and_pairs_have_next_to_none():
    rng = np.random.default_rng(0)
    g = rng.uniform(1e-6, 1e-4, (128, 128))
    wires, v = Wires(r_word=2.5, r_bit=2.5), rng.uniform(0, 1, (1, 128))
    (lines,) = sensitivity(g, v, wires).covariance(0.01 * g)
    decode = np.kron(np.eye(64), [[1.0], [-1.0]])
    pairs = decode.T @ lines @ decode
    others = ~np.eye(128, dtype=bool)
    assert correlation(lines)[others].mean() == pytest.approx(-0.004, abs=5e-4)
    assert 1 - lines.sum() / np.trace(lines) == pytest.approx(0.4, abs=0.05)
    left = correlation(pairs)[others[:64, :64]]
    assert abs(left.mean()) < 1e-4
    assert np.abs(left).max() < 5e-3
    assert pairs.sum() / np.trace(pairs) == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize("density", [1.0, 0.2], ids=["dense", "sparse"])
def test_three_ways_to_the_variance_through_wires_agree(density):
    tile = core_of(HARDWARE, density).tiles["reservoir"]
    v = tile.voltages(usual())
    g, sigma = tile.cells.g[0, 0], tile.cells.sigma[0, 0]
    pairs = tile.partition.encoding.decode(np.eye(g.shape[1]))
    there = pairs[:, :UNITS]
    at = noise_at(g, sigma, WIRES, v[0], there)
    prepared = read_noise(g, sigma, WIRES, there, tolerance=1e-5).variance(v[0])
    np.testing.assert_allclose(prepared, at, rtol=1e-4)
    covariance = sensitivity(g, v[0], WIRES).covariance(sigma)
    diagonal = np.einsum("co,kcd,do->ko", there, covariance, there)
    np.testing.assert_allclose(at, diagonal, rtol=1e-5)
    on_tile = noise_power(tile.cells, tile.cells.sigma, v, 0)[0, 0, :, :UNITS]
    np.testing.assert_allclose(on_tile, at, rtol=0.03)  # within its own tolerance, 1 % rms


def test_the_stated_error_of_the_fitted_variance_is_about_what_it_is_off():
    tile = core_of(HARDWARE).tiles["reservoir"]
    v = tile.voltages(usual())
    power, error = power_near(tile.cells, v)
    pairs = tile.partition.encoding.decode(np.eye(tile.g.shape[-1]))
    exact = noise_at(tile.cells.g[0, 0], tile.cells.sigma[0, 0], WIRES, v[0], pairs)[:, :UNITS]
    fitted = (v[0] ** 2 @ power[0, 0])[:, :UNITS]
    off = (fitted - exact) / exact.mean(axis=0)
    found = np.sqrt((off**2).mean())  # of all 24 signals; 16 of them were looked at
    assert 0.7 * error < found < 1.5 * error
    assert np.abs(off.mean(axis=0)).max() < 4 * error
    assert 0 < error < 0.01
