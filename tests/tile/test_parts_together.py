"""Parts of a tile that meet: noise, wires, settling, pulses, integrators, ranges."""

import numpy as np
import pytest

from xbarsim import Adc, Dac, Hardware, Tile, load_device
from xbarsim.crossbar import Wires
from xbarsim.effects import Effects, Flicker, Telegraph
from xbarsim.encode import Encoding
from xbarsim.periphery import Integrator

WIRES = Wires(r_word=40.0, r_bit=40.0)
TRAPS = Telegraph(amplitude=0.2, capture=(1e-9, 1e-9), emission=(1e-9, 1e-9), share=0.5)


def programmed(w, device="ideal", seed=0, read_noise=None, groups=1, **settings):
    given = {} if read_noise is None else {"read_noise": read_noise, "spread_scale": 0}
    built = Hardware(device=load_device(device, **given), **{"rows": 16, "cols": 24} | settings)
    tile = Tile(w, built, seed, groups=groups)
    tile.program()
    return tile


@pytest.fixture
def rng(streams):
    return streams.rng()


# noise through wires


def test_exact_noise_has_the_mean_and_spread_of_first_order_noise(rng):
    """Small noise, in wires that take a part of the signal; of 6000 reads of one input."""
    w, x = rng.uniform(-1, 1, (5, 12)), np.repeat(rng.uniform(0, 1, (1, 12)), 6000, axis=0)
    y = {}
    for noise in ("first_order", "exact"):
        tile = programmed(w, "wan_2022", read_noise=0.05, wires=WIRES, noise=noise)
        tile.calibrate(x[:1])
        y[noise] = tile(x)
    spread = y["first_order"].std(axis=0)
    np.testing.assert_allclose(y["exact"].std(axis=0), spread, rtol=0.04)
    error = 5 * spread * np.sqrt(2 / 6000)
    assert (np.abs(y["exact"].mean(axis=0) - y["first_order"].mean(axis=0)) < error).all()
    unwired = programmed(w, "wan_2022", read_noise=0.05)(x)
    assert (spread < 0.97 * unwired.std(axis=0)).all()


SLOW = {"wires": WIRES, "settling": True, "t_read": 30e-12}
NOISES = {
    "first_order": {"device": "wan_2022", "read_noise": 0.03},
    "exact": {"device": "wan_2022", "read_noise": 0.03, "noise": "exact"},
    "telegraph": {"effects": Effects(telegraph=TRAPS)},
}


@pytest.mark.parametrize("name", NOISES)
def test_noise_comes_on_top_of_what_has_settled(name, rng):
    """It is there at once: the same reads with and without settling differ by what has not."""
    w, x = rng.uniform(-1, 1, (5, 12)), np.repeat(rng.uniform(0, 1, (1, 12)), 1500, axis=0)
    quiet = {"device": NOISES[name].get("device", "ideal")}
    steady = {"wires": WIRES, "t_read": SLOW["t_read"]}
    found = {}
    for settling, settings in (("settled", SLOW), ("steady", steady)):
        found[settling] = programmed(w, **NOISES[name], **settings)(x)
        given = {"read_noise": 0.0} if quiet["device"] == "wan_2022" else {}
        found[settling, "quiet"] = programmed(w, **quiet, **given, **settings)(x)
    short = found["steady", "quiet"] - found["settled", "quiet"]
    scale = np.abs(found["steady"]).max()
    assert np.abs(short).max() > 0.05 * scale
    missing = found["steady"] - found["settled"]
    np.testing.assert_allclose(missing, short, rtol=0, atol=3e-5 * scale)
    noise = found["settled"] - found["settled", "quiet"]
    spread = noise.std(axis=0)
    assert (spread > 0).all()
    if name != "telegraph":  # traps take a part of the mean
        assert (np.abs(noise.mean(axis=0)) < 5 * spread / np.sqrt(1500) + 1e-3 * spread).all()


@pytest.mark.parametrize("wires", [None, Wires(r_word=1e-3)], ids=["ideal", "wired"])
@pytest.mark.parametrize("level", [1.0, 0.2])
def test_flicker_goes_as_the_charge_whatever_carries_the_input(wires, level):
    """It is slow beside a read, so that a pulse sees the share of it that it is on for."""
    x, flicker = np.full((8000, 1), level), Effects(flicker=Flicker(amplitude=1e-3))
    for coding in ("amplitude", "pulse_width"):
        tile = programmed(np.ones((1, 1)), effects=flicker, wires=wires,
                          dac=Dac(bits=8, coding=coding))  # fmt: skip
        tile.calibrate(np.ones((1, 1)))
        tile.age(1e3)
        relative = np.sqrt(1e-3 * np.log(1e3 / 100e-9))
        cells = np.hypot(40, 1) / 39
        expected = level * relative * cells
        assert tile(x).std() == pytest.approx(expected, rel=5 / np.sqrt(2 * 8000))


# integrators without converters


@pytest.mark.parametrize("phase_sums", ["digital", "analog"])
@pytest.mark.parametrize(
    "integrator", [Integrator(), Integrator(leak=1e-7), Integrator(gain_error=0.02)], ids=str
)
def test_an_integrator_needs_no_converter(integrator, phase_sums, rng):
    w, x = rng.standard_normal((30, 50)), rng.uniform(0, 1, (40, 50))
    tile = programmed(w, integrator=integrator, dac=Dac(bits=4, coding="bit_serial"),
                      phase_sums=phase_sums)  # fmt: skip
    full = x.max()
    exact = np.rint(x / full * 15) / 15 * full @ w.T
    factor = (1 - np.exp(-1)) if integrator.leak == 1e-7 else 1 + integrator.gain_error
    np.testing.assert_allclose(tile(x), factor * exact, rtol=0, atol=1e-11)


def test_without_converters_full_scale_of_an_integrator_is_the_largest_signal(rng):
    w, x = rng.standard_normal((9, 16)), rng.uniform(-1, 1, (60, 16))
    exact = x @ w.T
    tile = programmed(w, integrator=Integrator(saturation=0.5))
    tile.calibrate(x)
    limit = 0.5 * np.abs(exact).max()
    np.testing.assert_allclose(tile(x), np.clip(exact, -limit, limit), rtol=0, atol=1e-11)
    noisy = programmed(w, integrator=Integrator(noise=0.01))
    noisy.calibrate(x)
    spread = (noisy(np.repeat(x, 100, axis=0)) - np.repeat(exact, 100, axis=0)).std()
    assert spread == pytest.approx(0.01 * np.abs(exact).max(), rel=0.02)


# ranges


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("range_per", ["layer", "column"])
def test_the_last_calibration_is_the_one_that_counts(range_per, dtype, rng):
    w, x = rng.standard_normal((30, 50)), rng.standard_normal((40, 50)).astype(dtype)
    converters = {"dac": Dac(bits=8), "adc": Adc(bits=8, range_per=range_per)}
    twice, once = programmed(w, **converters), programmed(w, **converters)
    twice.calibrate(0.1 * np.abs(x))
    small = twice(x)
    twice.calibrate(3 * x)
    once.calibrate(3 * x)
    np.testing.assert_array_equal(twice.full_scale, once.full_scale)
    np.testing.assert_array_equal(twice(x), once(x))
    assert np.abs(small).max() < 0.3 * np.abs(x @ w.T).max()
    assert np.abs(twice(x) - x @ w.T).max() < 0.1 * np.abs(x @ w.T).max()


@pytest.mark.parametrize("partial_sums", ["digital", "analog"])
@pytest.mark.parametrize("slices", [1, 2])
@pytest.mark.parametrize("kind", ["differential", "offset"])
def test_columns_that_no_output_uses_have_no_part_in_ranges(kind, slices, partial_sums, rng):
    """17 outputs on arrays that hold fewer: the last arrays have idle columns."""
    code = Encoding(kind=kind, slices=slices, cell_bits=3 if slices > 1 else None)
    w, x = rng.standard_normal((17, 37)), rng.standard_normal((101, 37))
    built = {"rows": 16, "cols": 14, "encoding": code, "partial_sums": partial_sums}
    tile = programmed(w, adc=Adc(percentile=60), **built)
    tile.calibrate(x)
    part, found = tile.partition, []
    assert part.column_outputs.size > part.down * part.outputs  # some are idle
    for outs in range(part.across):
        pieces = [p for p in part.pieces if p.column == outs]
        signals = [_signals(tile, p, x) for p in pieces]
        found += [sum(signals)] if partial_sums == "analog" else signals
    size = np.abs(np.concatenate([s.reshape(-1) for s in found]))
    assert tile.full_scale == pytest.approx(np.percentile(size, 60), abs=0, rel=1e-9)
    assert tile.clipping(x) == pytest.approx(np.mean(size > tile.full_scale * 127.5 / 127))


def _signals(tile, piece, x):
    """Signals (n, outputs * slices) A of one array, by hand from its conductances."""
    code, rows = tile.partition.encoding, len(piece.inputs)
    g = tile.g[piece.row, piece.column, -rows:, : code.columns(len(piece.outputs))]
    i = 0.2 * x[:, piece.inputs] / np.abs(x).max() @ g
    if code.kind == "differential":
        return i[:, 0::2] - i[:, 1::2]
    reference, body = i[:, : code.slices], i[:, code.slices :]
    return body - np.tile(reference, len(piece.outputs))


# single precision


@pytest.mark.parametrize("dac", [None, Dac(bits=6), Dac(bits=8, percentile=90)], ids=str)
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("groups", [1, 5])
def test_compiled_drivers_put_on_word_lines_what_the_general_ones_do(dac, signed, groups, rng):
    """Inputs lie apart from the thresholds of codes, where rounding decides."""
    x = rng.uniform(-1.0 if signed else 0.0, 1.0, (700, 50)).astype(np.float32)
    tile = programmed(rng.standard_normal((30, 50 // groups)), groups=groups, dac=dac)
    tile.calibrate(x)
    inputs = tile._inputs
    assert inputs.plain and inputs.signed == signed
    if dac is not None:
        x[:10] *= -1  # out of range where inputs are never negative
        x[10:20] *= 2
        codes = x.astype(float) / inputs.full_scale * dac.steps(signed)
        x[np.abs(codes % 1 - 0.5) < 1e-3] = 0.0
    found, (general,) = inputs._compiled(x), inputs.drives(x.astype(float))
    assert found.dtype == np.float32 and found.shape == general.v.shape
    np.testing.assert_allclose(found, general.v, rtol=0, atol=1e-6 * 0.2)
    (chosen,) = inputs.drives(x)
    np.testing.assert_array_equal(chosen.v, found)


@pytest.mark.parametrize("kind", ["differential", "balanced", "offset", "single"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("bits", [8, 4])
def test_the_largest_weight_of_thirty_two_bits_reads_right(kind, dtype, bits, rng):
    """Its digits are all ones, and are rounded from a number that float32 does not hold."""
    code = Encoding(kind=kind, slices=32 // bits, cell_bits=bits)
    w = rng.uniform(0.1, 0.9, (3, 4))
    w[1, 2] = 1.7
    if kind != "single":
        w[2, 1] = -1.7
    tile = programmed(w.astype(dtype), encoding=code, cols=80)
    y = tile(np.eye(4, dtype=dtype))
    assert y.dtype == dtype
    np.testing.assert_allclose(y.T, w, rtol=0, atol=2e-6)
