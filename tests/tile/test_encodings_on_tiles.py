"""Ways to hold weights, sums and inputs: exact where cells are, and as noisy as they should be."""

import numpy as np
import pytest

from xbarsim import Adc, Dac, Hardware, SpecError, Tile, load_device
from xbarsim.crossbar import Wires
from xbarsim.effects import Effects, Stuck
from xbarsim.encode import Encoding
from xbarsim.periphery import Integrator

KINDS = ["differential", "balanced", "offset", "single"]


def hardware(device="ideal", **settings):
    return Hardware(device=load_device(device), **{"rows": 16, "cols": 24} | settings)


def programmed(weights, built, seed=0, **more):
    tile = Tile(weights, built, seed, **more)
    tile.program()
    return tile


@pytest.fixture
def data(streams):
    rng = streams.rng()
    return rng.standard_normal((30, 50)), rng.standard_normal((40, 50)), rng.standard_normal(30)


def dale(weights):
    return np.abs(weights) * np.where(np.arange(weights.shape[1]) % 3 == 0, -1.0, 1.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("copies", [1, 2])
@pytest.mark.parametrize("scaling", ["layer", "column"])
@pytest.mark.parametrize("bias_rows", [0, 3])
def test_ideal_cells_give_the_exact_product(kind, copies, scaling, bias_rows, data):
    w, x, b = data
    w = dale(w) if kind == "single" else w
    code = Encoding(kind=kind, copies=copies)
    built = hardware(encoding=code, scaling=scaling, bias_rows=bias_rows)
    np.testing.assert_allclose(programmed(w, built, bias=b)(x), x @ w.T + b, atol=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_independent_matrices_on_shared_arrays_give_their_products(kind, streams):
    rng, groups = streams.rng(), 6
    w, x, b = rng.standard_normal((18, 5)), rng.standard_normal((9, 30)), rng.standard_normal(18)
    w = np.abs(w) if kind == "single" else w
    tile = programmed(w, hardware(encoding=kind), groups=groups, bias=b)
    parts = [x[:, 5 * g : 5 * g + 5] @ w[3 * g : 3 * g + 3].T for g in range(groups)]
    np.testing.assert_allclose(tile(x), np.concatenate(parts, axis=1) + b, atol=1e-12)
    assert tile.macs == 18 * 5


@pytest.mark.parametrize("slices", [(4, 1), (2, 2), (1, 4)])
def test_sliced_weights_read_as_they_are_stored(slices, data):
    w, x, _ = data
    code = Encoding(slices=slices[0], cell_bits=slices[1])
    tile = programmed(w, hardware(encoding=code))
    stored = code.stored(w / np.abs(w).max()) * np.abs(w).max()
    np.testing.assert_allclose(tile(x), x @ stored.T, atol=1e-11)


def test_column_scaling_uses_the_window_for_every_output(data):
    w = data[0] * np.logspace(-2, 0, 30)[:, None]
    x = data[1]
    error = {}
    for scaling in ("layer", "column"):
        built = hardware(scaling=scaling, encoding=Encoding(cell_bits=4))
        y = programmed(w, built)(x)
        error[scaling] = np.abs(y - x @ w.T).mean(axis=0) / np.abs(x @ w.T).mean(axis=0)
    assert error["column"].max() < 0.15 < 0.8 < error["layer"][:5].min()


def test_weights_of_both_signs_are_refused_by_single_cells(data):
    with pytest.raises(SpecError, match="Dale's law"):
        Tile(data[0], hardware(encoding="single"))


def test_one_bias_row_cannot_hold_both_signs_of_single_cells(data):
    w, _, b = data
    with pytest.raises(SpecError, match="bias_rows is 1"):
        Tile(dale(w), hardware(encoding="single", bias_rows=1), bias=b)


def test_copies_lower_the_programming_error_by_their_root(streams):
    w = streams.rng().standard_normal((60, 60))
    device = load_device("gaussian", sigma_absolute="1 uS", g_min="10 uS")
    error = {}
    for copies in (1, 4):
        built = Hardware(device=device, encoding=Encoding(kind="balanced", copies=copies),
                         rows=60, cols=480)  # fmt: skip
        error[copies] = (programmed(w, built)(np.eye(60)).T - w).std()
    assert error[1] / error[4] == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize("coding", ["amplitude", "pulse_width", "bit_serial"])
@pytest.mark.parametrize("slice_bits", [1, 3])
@pytest.mark.parametrize("signed", [False, True])
def test_every_coding_carries_the_same_quantised_input(coding, slice_bits, signed, data):
    w, x, _ = data
    x = x if signed else np.abs(x)
    settings = {"slice_bits": slice_bits} if coding == "bit_serial" else {}
    tile = programmed(w, hardware(dac=Dac(bits=6, coding=coding, **settings)))
    full = np.abs(x).max()
    quantised = Dac(bits=6).convert(x / full, signed) * full
    np.testing.assert_allclose(tile(x), quantised @ w.T, atol=1e-11)
    phases = -(-(5 if signed else 6) // slice_bits) if coding == "bit_serial" else 1
    assert tile.ledger["reads"] == phases
    assert tile.ledger["array_reads"] == 40 * phases * tile.partition.arrays


@pytest.mark.parametrize("phase_sums", ["digital", "analog"])
@pytest.mark.parametrize("partial_sums", ["digital", "analog"])
def test_sums_may_be_digital_or_analog(phase_sums, partial_sums, data):
    w, x, _ = data
    built = hardware(dac=Dac(bits=4, coding="bit_serial"), adc=Adc(bits=12, percentile=100),
                     phase_sums=phase_sums, partial_sums=partial_sums)  # fmt: skip
    tile = programmed(w, built)
    exact = programmed(w, hardware(dac=Dac(bits=4, coding="bit_serial")))(x)
    assert np.abs(tile(x) - exact).max() < 0.03 * np.abs(exact).max()
    each = {("digital", "digital"): 3 * 4, ("analog", "digital"): 4,
            ("digital", "analog"): 3, ("analog", "analog"): 1}  # fmt: skip
    assert tile.ledger["adc_conversions"] == 40 * 30 * each[phase_sums, partial_sums]


@pytest.mark.parametrize("signed", [False, True])
def test_analog_sums_round_once_by_a_step_of_the_sum(signed, streams):
    """A step of D is off by D / sqrt(12): four of those of parts, or one of that of the sum.

    Sums of four parts of one sign need a range up to four times as wide, so that one rounding is
    off by more than four are; those of random sign about twice, and it is as much.
    """
    rng = streams.rng()
    w, x = rng.uniform(-1 if signed else 0.5, 1, (30, 64)), rng.uniform(0, 1, (400, 64))
    error, step = {}, {}
    for sums in ("digital", "analog"):
        tile = programmed(w, hardware(adc=Adc(bits=7, percentile=100), partial_sums=sums))
        error[sums] = (tile(x) - x @ w.T).std()
        step[sums] = tile.full_scale / 63 * tile.weight_per_ampere
    assert tile.partition.down == 4
    expected = {"digital": 2 * step["digital"] / 12**0.5, "analog": step["analog"] / 12**0.5}
    for sums, rounding in expected.items():
        assert error[sums] == pytest.approx(rounding, rel=0.03)
    wider = step["analog"] / step["digital"]
    assert 1.5 < wider < 2.5 if signed else 2.5 < wider < 4


def test_phases_have_noise_of_their_own(streams):
    """White noise in four phases of one bit against one read of the same charge."""
    w, x = streams.rng().standard_normal((3, 8)), np.ones((20_000, 8))
    device = load_device("wan_2022", read_noise=0.1)
    spread = {}
    for coding in ("amplitude", "bit_serial"):
        tile = programmed(w, Hardware(device=device, dac=Dac(bits=4, coding=coding)))
        tile.calibrate(x[:1])
        spread[coding] = tile(x).std(axis=0)
    ratio = np.sqrt(1 + 4 + 16 + 64) / 15
    np.testing.assert_allclose(spread["bit_serial"] / spread["amplitude"], ratio, rtol=0.03)


@pytest.mark.parametrize("noise", ["first_order", "exact"])
@pytest.mark.parametrize("sheet", ["wan_2022", "joshi_2020"])
def test_noise_in_a_short_pulse_is_that_of_a_short_read(sheet, noise):
    """Noise that does not depend on the time of a read is as in amplitudes, 1/f noise is more."""
    given = {"read_noise": 0.1} if sheet == "wan_2022" else {}
    device, t_read, age = load_device(sheet, **given), 1e-3, 100.0
    spread = {}
    for coding in ("amplitude", "pulse_width"):
        built = Hardware(device=device, dac=Dac(bits=8, coding=coding), t_read=t_read, noise=noise,
                         wires=Wires(r_word=1e-3))  # fmt: skip
        tile = programmed(np.ones((1, 1)), built)
        tile.age(age)
        tile.calibrate(np.ones((1, 1)))
        spread[coding] = tile(np.full((20_000, 1), 0.2)).std()
    g = np.full(1, np.mean(device.window))
    short, whole = (device.read_noise(g, t, np.ones(1), age, g)[0] for t in (0.2 * t_read, t_read))
    expected = short / whole
    assert spread["pulse_width"] / spread["amplitude"] == pytest.approx(expected, rel=0.03)
    assert expected == 1 if sheet == "wan_2022" else expected > 1.02


def test_converters_drift_and_recalibration_brings_them_back(data):
    w, x, _ = data
    tile = programmed(
        w, hardware(adc=Adc(bits=10, percentile=100, offset_drift=4, gain_drift=0.02))
    )
    tile.calibrate(x)
    exact, errors = x @ w.T, []
    errors.append((tile(x) - exact).std())
    tile.age(1e6)
    errors.append((tile(x) - exact).std())
    tile.recalibrate()
    errors.append((tile(x) - exact).std())
    assert errors[1] > 10 * errors[0]
    assert errors[2] < 0.2 * errors[1]


def test_integrator_that_saturates_clips_what_is_large(data):
    w, x, _ = data
    exact = x @ w.T
    tile = programmed(w, hardware(rows=50, cols=60, adc=Adc(bits=12, percentile=100),
                                  integrator=Integrator(saturation=0.5)))  # fmt: skip
    y = tile(x)
    limit = 0.5 * np.abs(exact).max()
    np.testing.assert_allclose(y, np.clip(exact, -limit, limit), atol=0.01 * limit)


def test_single_precision_stays_single(data):
    w, x, b = data
    noisy = Hardware(device=load_device("wan_2022"), rows=16, cols=24, dac=Dac(), adc=Adc(),
                     encoding=Encoding(slices=2, cell_bits=3))  # fmt: skip
    y = programmed(w, noisy, bias=b)(x.astype(np.float32))
    assert y.dtype == np.float32


@pytest.mark.parametrize("kind", ["differential", "balanced"])
def test_faults_that_are_known_cost_less(kind, streams):
    rng = streams.rng()
    w, x = rng.standard_normal((40, 48)), rng.standard_normal((200, 48))
    error = {}
    for faults in ("ignore", "mend", "swap", "both"):
        stuck = Effects(stuck=Stuck(low=0.04, high=0.02))
        built = hardware(rows=48, cols=128, encoding=kind, faults=faults, effects=stuck)
        error[faults] = (programmed(w, built, seed=3)(x) - x @ w.T).std()
    assert error["mend"] < 0.7 * error["ignore"]
    assert error["swap"] < 0.9 * error["ignore"]
    assert error["both"] < error["mend"]


def test_swapped_rows_compute_the_same_where_cells_are_ideal(streams):
    """Rows move, and inputs with them, also over several arrays and beside unused rows."""
    rng = streams.rng()
    w, x = rng.standard_normal((20, 31)), rng.standard_normal((5, 31))
    built = Hardware(device=load_device("ideal"), rows=16, cols=24, faults="swap",
                     effects=Effects(stuck=Stuck(low=0.05)))  # fmt: skip
    tile = programmed(w, built)
    assert not (tile.cells.rows == np.arange(tile.cells.rows.shape[1])).all()
    healthy = np.isnan(tile.effects.stuck_cells())
    g = np.where(healthy, tile.g, tile.cells.g_target)
    tile.cells.g = np.where(tile.cells.formed, g, 0.0)
    for derived in ("transfer", "steady"):
        tile.cells.__dict__.pop(derived, None)
    tile.cells._kept.clear()
    np.testing.assert_allclose(tile(x), x @ w.T, atol=1e-11)


def test_column_compensation_follows_columns_that_drift_apart(data):
    """Cells of low conductance drift faster: outputs of small weights lose more than others."""
    x, off = data[1], {}
    w = data[0] * np.logspace(-1.5, 0, 30)[:, None]
    device = load_device("joshi_2020", error_scale=0, noise_scale=0)
    for compensation in ("none", "global", "column"):
        tile = programmed(w, Hardware(device=device, rows=16, cols=24, compensation=compensation))
        fresh = tile(x)
        tile.age(86400.0 * 365)
        slope = (tile(x) * fresh).sum(axis=0) / (fresh**2).sum(axis=0)
        off[compensation] = np.abs(slope - 1)
        assert np.ndim(tile.compensation) == (4 if compensation == "column" else 0)
    assert off["none"].min() > 0.4
    assert off["global"][:10].mean() > 3 * off["global"][-10:].mean()
    assert off["column"].mean() < 0.5 * off["global"].mean()
