"""Compiled reads in single precision against the general way in double."""

import numpy as np
import pytest

from xbarsim import Adc, Dac, Hardware, Tile, load_device
from xbarsim.crossbar import Wires
from xbarsim.effects import Effects, Flicker
from xbarsim.encode import Encoding
from xbarsim.periphery import Integrator, SampleHold

NOISY = {"device": "wan_2022", "read_noise": 0.03}
CASES = {
    "exact": {},
    "noise": NOISY,
    "signed": {"dac": Dac(bits=7), "adc": Adc(bits=8), "signed": True},
    "unsigned": {"dac": Dac(bits=8), "adc": Adc(bits=6), "signed": False, **NOISY},
    "columns": {"adc": Adc(bits=8, range_per="column"), "scaling": "column", **NOISY},
    "errors": {"adc": Adc(bits=8, offset_spread=2, gain_spread=0.05), **NOISY},
    "drift": {"device": "joshi_2020", "compensation": "column", "age": 1e6, "adc": Adc()},
    "copies": {"encoding": Encoding(kind="balanced", copies=2), **NOISY},
    "wires": {"wires": Wires(r_word=5.0, r_bit=5.0), "dac": Dac(), "adc": Adc()},
}


def made(device="ideal", read_noise=None, signed=True, age=None, **settings):
    given = {} if read_noise is None else {"read_noise": read_noise}
    rng = np.random.default_rng(0)
    w, b = rng.standard_normal((30, 50)), rng.standard_normal(30)
    x = rng.standard_normal((300, 50)).astype(np.float32)
    x = x if signed else np.abs(x)
    built = Hardware(device=load_device(device, **given), **{"rows": 16, "cols": 24} | settings)
    tile = Tile(w, built, seed=2, bias=b)
    tile.program()
    if age is not None:
        tile.age(age)
    tile.calibrate(x)
    return tile, x


@pytest.mark.parametrize("name", CASES)
def test_compiled_read_is_the_general_one(name):
    """The same noise too; a sum near a converter's step may fall to its other side."""
    tile, x = made(**CASES[name])
    assert tile._compiled is not None
    found = tile(x)
    tile.reads -= 1
    expected = tile(x.astype(float))
    assert found.dtype == np.float32
    error = np.abs(found - expected)
    level = 0.0 if tile.hardware.adc is None else np.abs(expected).max() / 20
    assert (error > 2e-5 * np.abs(expected).max()).mean() < (0.01 if level else 1e-9)
    assert error.max() <= 2e-5 * np.abs(expected).max() + level


@pytest.mark.parametrize(
    "settings",
    [
        {"encoding": "offset"},
        {"encoding": Encoding(slices=2, cell_bits=2)},
        {"dac": Dac(coding="bit_serial")},
        {"dac": Dac(coding="pulse_width", gain_spread=0.05)},
        {"adc": Adc(bits=1)},
        {"adc": Adc(kind="flash", comparator_offset=0.5)},
        {"adc": Adc(hold=SampleHold(droop=1e6), columns_per_adc=4, rate=1e6)},
        {"integrator": Integrator(leak=1e-7)},
        {"partial_sums": "analog", "adc": Adc(bits=9)},
        {"bias_rows": 2},
        {"wires": Wires(r_word=5.0, r_bit=5.0), **NOISY},
    ],
)
def test_what_the_kernels_do_not_know_goes_the_general_way(settings):
    """In single precision as in double, but for sums that lie at a converter's threshold."""
    tile, x = made(**settings)
    assert tile._compiled is None
    found = tile(x)
    tile.reads = 0
    expected = tile(x.astype(float))
    assert found.dtype == np.float32
    near = np.abs(found - expected) <= 2e-5 * np.abs(expected).max()
    assert near.all() if tile.hardware.adc is None else near.mean() > 0.99


@pytest.mark.parametrize(
    "settings",
    [
        {"dac": Dac(noise=0.01)},
        {"effects": Effects(flicker=Flicker(amplitude=1e-4)), "age": 1e3},
        {"adc": Adc(noise=2.0, hold=SampleHold(droop=1e3))},
        {"integrator": Integrator(noise=0.02)},
    ],
)
def test_noise_that_the_kernels_do_not_know_is_as_large_in_single_precision(settings):
    """Its draws are others, so that spreads are compared."""
    tile, x = made(**settings)
    assert tile._compiled is None
    x = np.repeat(x[:1], 10_000, axis=0)
    single, double = tile(x), tile(x.astype(float))
    assert single.dtype == np.float32 and (double.std(axis=0) > 0).all()
    np.testing.assert_allclose(single.std(axis=0), double.std(axis=0), rtol=0.05)
    error = 5 * double.std(axis=0).max() * np.sqrt(2 / 10_000)
    np.testing.assert_allclose(single.mean(axis=0), double.mean(axis=0), rtol=0, atol=error)


def test_compiled_reads_have_fresh_noise_that_follows_from_the_number():
    tile, x = made(**NOISY)
    first, second = tile(x), tile(x)
    assert not np.allclose(first, second)
    tile.reads = 0
    assert (tile(x) == first).all()


def test_a_change_of_age_or_range_is_seen():
    tile, x = made(device="joshi_2020", adc=Adc(bits=8))
    young = tile(x)
    tile.age(1e7)
    old = tile(x)
    assert np.abs(old).sum() < 0.8 * np.abs(young).sum()
    tile.full_scale = tile.full_scale * 0.1
    assert np.abs(tile(x)).max() < 0.5 * np.abs(old).max()
    assert tile.ledger["vectors"] == 900


def test_noise_of_converters_is_that_of_the_general_way():
    """They are drawn together with the cells' here, one by one there."""
    tile, x = made(adc=Adc(bits=8, noise=3.0, gain_spread=0.1, percentile=100), read_noise=0.02,
                   device="wan_2022")  # fmt: skip
    x = np.repeat(x[:1], 20_000, axis=0)
    fast, slow = tile(x).std(axis=0), tile(x.astype(float)).std(axis=0)
    np.testing.assert_allclose(fast, slow, rtol=0.04)
