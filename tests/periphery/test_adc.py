import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.errors import SpecError
from xbarsim.periphery import Adc, SampleHold, converters, static_lines

SIGNAL = np.linspace(-1.5, 1.5, 4001)
ALMOST_IDEAL = [  # so small that the models run, and nothing of the errors is seen
    {"kind": "uniform", "inl": 1e-30},
    {"kind": "sar", "capacitor_spread": 1e-30},
    {"kind": "ramp", "ramp_spread": 1e-30},
    {"kind": "flash", "comparator_offset": 1e-30},
]
ERRING = [
    {"kind": "uniform", "inl": 1.5},
    {"kind": "sar", "capacitor_spread": 0.02},
    {"kind": "ramp", "ramp_curvature": 0.02, "ramp_spread": 0.01, "comparator_offset": 0.5},
    {"kind": "flash", "comparator_offset": 0.3},
]


def every_half_step(adc, dtype=np.float64):
    """Signals on levels, on thresholds and between, (points, 1)."""
    ends = np.arange(-2 * adc.steps - 6, 2 * adc.steps + 7) / (2 * adc.steps)
    return np.concatenate([SIGNAL, ends]).astype(dtype)[:, None]


@pytest.mark.parametrize("bits", [2, 3, 8])
def test_adc_has_a_level_at_zero_and_the_same_number_on_either_side(bits):
    levels = np.unique(Adc(bits=bits).convert(SIGNAL))
    assert len(levels) == 2**bits - 1
    assert 0.0 in levels
    np.testing.assert_allclose(levels, -levels[::-1])


@given(st.integers(2, 16), st.floats(-1, 1))
@settings(max_examples=80, deadline=None)
def test_conversion_errs_by_at_most_half_a_step(bits, x):
    adc = Adc(bits=bits)
    assert abs(adc.convert(np.array([x]))[0] - x) <= 0.5 / adc.steps + 1e-15


@given(st.integers(1, 12))
@settings(deadline=None)
def test_converted_levels_are_converted_to_themselves(bits):
    adc = Adc(bits=bits)
    once = adc.convert(SIGNAL)
    assert (adc.convert(once) == once).all()


def test_what_exceeds_full_scale_is_clipped():
    assert Adc(bits=8).convert(np.array([-7.0, 7.0])).tolist() == [-1.0, 1.0]


def test_one_bit_keeps_the_sign(streams):
    signal = np.array([-0.1, 0.0, 0.3], dtype=np.float32)
    for converted in (Adc(bits=1).convert(signal), converters(Adc(bits=1), 3, streams)):
        found = converted if isinstance(converted, np.ndarray) else converted.convert(signal)
        assert found.tolist() == [-1.0, 1.0, 1.0]
        assert found.dtype == np.float32


@pytest.mark.parametrize("bits", [4, 6, 8, 10])
def test_signal_to_noise_of_a_full_sine_is_six_decibel_a_bit(bits):
    sine = np.sin(np.linspace(0, 2 * np.pi * 1013, 2**16, endpoint=False))
    error = Adc(bits=bits).convert(sine) - sine
    levels = 2**bits - 2  # steps over the range; 2^bits of Walden 1999
    expected = 20 * np.log10(levels) + 10 * np.log10(1.5)
    assert 10 * np.log10((sine**2).mean() / (error**2).mean()) == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize("setting", ALMOST_IDEAL, ids=lambda s: s["kind"])
@pytest.mark.parametrize("bits", [2, 3, 8, 10])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_kind_without_errors_is_the_uniform_converter(setting, bits, dtype, streams, xp):
    adc = Adc(bits=bits, **setting)
    made = converters(adc, 3, streams, xp)
    assert made.errors is not None
    signal = xp.asarray(every_half_step(adc, dtype))
    given = xp.broadcast_to(signal, (len(signal), 3))
    assert (made.convert(given) == Adc(bits=bits).convert(signal)).all()


@pytest.mark.parametrize("kind", ["uniform", "sar", "ramp", "flash"])
def test_converters_without_errors_are_the_specification(kind, streams):
    adc = Adc(bits=6, kind=kind)
    signal = every_half_step(adc)
    assert (converters(adc, 1, streams).convert(signal) == adc.convert(signal)).all()


@pytest.mark.parametrize("setting", ERRING, ids=lambda s: s["kind"])
def test_codes_stay_whole_and_within_range_in_the_signals_precision(setting, streams, xp):
    adc = Adc(bits=6, offset_spread=2.0, gain_spread=0.1, noise=0.5, **setting)
    made = converters(adc, 4, streams, xp)
    signal = xp.asarray(np.repeat(SIGNAL[:, None], 4, axis=1), dtype=xp.float32)
    codes = made.codes(signal, xp.random.default_rng(0))
    assert codes.dtype == made.convert(signal).dtype == xp.float32
    assert (codes == xp.rint(codes)).all()
    assert (float(codes.min()), float(codes.max())) == (-31.0, 31.0)


@pytest.mark.parametrize("setting", ERRING, ids=lambda s: s["kind"])
@pytest.mark.parametrize("shape", [(2, 3, 1, 5), (3, 1, 5), (5,)])
def test_stacked_converters_broadcast(setting, shape, streams):
    made = converters(Adc(bits=5, **setting), shape, streams)
    signal = np.linspace(-1, 1, 2 * 3 * 7 * 5).reshape(2, 3, 7, 5)
    whole = made.convert(signal)
    assert whole.shape == signal.shape
    assert (made.convert(signal[:, :, 2:3]) == whole[:, :, 2:3]).all()


@pytest.mark.parametrize("setting", ALMOST_IDEAL, ids=lambda s: s["kind"])
def test_each_bit_more_loses_less(setting, streams):
    signal = SIGNAL[np.abs(SIGNAL) <= 1][:, None]
    made = [converters(Adc(bits=bits, **setting), 1, streams) for bits in range(2, 11)]
    loss = [((one.convert(signal) - signal) ** 2).mean() for one in made]
    assert (np.diff(loss) < 0).all()


# what each kind does wrong


def test_a_data_sheets_deviation_peaks_at_its_inl(streams):
    lines = static_lines(converters(Adc(bits=8, inl=1.5), 5, streams), per_step=32)
    np.testing.assert_allclose(abs(lines.inl).max(axis=0), 1.5, atol=0.06)
    assert abs(lines.dnl).max() < 0.3


def test_a_heavy_largest_capacitor_leaves_a_jump_at_mid_scale(streams):
    adc = Adc(bits=6, kind="sar", capacitor_spread=0.01)
    made = converters(adc, 2, streams)
    capacitors = 2.0 ** np.arange(6)
    capacitors[-1] *= 1.1  # 3.2 units
    made.errors[:, :] = (capacitors / (capacitors.sum() + 1) * 64)[:, None]
    lines = static_lines(made, per_step=200)
    total = capacitors.sum() + 1
    thresholds = np.array([(capacitors * (c >> np.arange(6) & 1)).sum() for c in range(2, 64)])
    thresholds *= 64 / total
    line = np.linspace(thresholds[0], thresholds[-1], len(thresholds))
    lsb = line[1] - line[0]
    np.testing.assert_allclose(lines.inl[:, 0], (thresholds - line) / lsb, atol=0.02)
    assert lines.dnl[:, 0].argmax() == 29  # the code below the largest capacitor: -1
    assert lines.dnl[29, 0] == pytest.approx((3.2 + 1) / lsb * 64 / total - 1, abs=0.03)


def test_the_step_at_mid_scale_spreads_as_units_add_up(streams):
    bits, sigma = 8, 0.01
    adc = Adc(bits=bits, kind="sar", capacitor_spread=sigma)
    weights = converters(adc, 4000, streams).errors
    step = weights[-1] - weights[:-1].sum(axis=0)
    assert step.std() == pytest.approx(sigma * np.sqrt(2**bits - 1), rel=0.05)


def test_a_light_largest_capacitor_loses_codes(streams):
    made = converters(Adc(bits=6, kind="sar", capacitor_spread=0.01), 1, streams)
    capacitors = 2.0 ** np.arange(6)
    capacitors[-1] *= 0.9
    made.errors[:, 0] = capacitors / (capacitors.sum() + 1) * 64
    lines = static_lines(made, per_step=100)
    assert (lines.dnl == -1).sum() >= 2


def test_a_ramp_bends_all_columns_alike(streams):
    adc = Adc(bits=8, kind="ramp", ramp_curvature=0.02)
    lines = static_lines(converters(adc, 3, streams), per_step=64)
    bend = lines.inl
    assert (bend == bend[:, :1]).all()
    position = np.linspace(-1, 1, len(bend))
    expected = 0.02 * 127 * (1 - position**2)  # steps
    np.testing.assert_allclose(bend[:, 0], expected, atol=0.06)


def test_a_ramps_slope_is_one_draw_an_array_and_offsets_one_a_column(streams):
    adc = Adc(bits=10, kind="ramp", ramp_spread=0.05, comparator_offset=2.0)
    offset, slope = converters(adc, (300, 1, 20), streams).errors
    assert (slope == slope[..., :1]).all()
    assert slope.std() == pytest.approx(0.05, rel=0.15)
    assert offset.std() == pytest.approx(2.0, rel=0.05)
    lines = static_lines(converters(adc, (2, 3), streams), per_step=16)
    found = converters(adc, (2, 3), streams).errors[1]
    np.testing.assert_allclose(lines.gain, 1 / found, rtol=2e-3)


def test_flash_thresholds_move_as_their_comparators(streams):
    adc = Adc(bits=5, kind="flash", comparator_offset=0.1)
    made = converters(adc, 1000, streams)
    moved = made.errors[:, :-1] - (np.arange(-15, 15) + 0.5)
    assert moved.std() == pytest.approx(0.1, rel=0.03)
    lines = static_lines(made, per_step=16)
    # the width of a code is the difference of two thresholds
    assert lines.dnl.std() == pytest.approx(0.1 * np.sqrt(2), rel=0.1)


def test_flash_counts_the_comparators_that_are_exceeded(streams):
    adc = Adc(bits=5, kind="flash", comparator_offset=3.0)  # far out of order
    made = converters(adc, 20, streams)
    signal = np.repeat(np.linspace(-2, 2, 501)[:, None], 20, axis=1)
    codes = made.codes(signal)
    counted = (signal[..., None] * adc.steps > made.errors).sum(axis=-1) - adc.steps
    assert (codes == counted).all()
    assert (np.diff(codes, axis=0) >= 0).all()


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: Adc(bits=0), "adc.bits is 0"),
        (lambda: Adc(rate=0.0), "adc.rate is 0 Hz"),
        (lambda: Adc(kind="pipeline"), "adc.kind is 'pipeline'; known: flash, ramp, sar, uniform"),
        (lambda: Adc(kind="flash", bits=11), "adc.bits is 11; with adc.kind 'flash'"),
        (lambda: Adc(kind="sar", bits=1), "adc.bits is 1; with adc.kind 'sar'"),
        (lambda: Adc(kind="sar", inl=1.0), "adc.inl says nothing with adc.kind 'sar'"),
        (lambda: Adc(comparator_offset=1.0), "only with ramp and flash"),
        (lambda: Adc(noise=-1.0), "adc.noise is -1 steps"),
        (lambda: Adc(kind="ramp", ramp_curvature=0.3), "adc.ramp_curvature is 0.3"),
        (lambda: Adc(columns_per_adc=0), "adc.columns_per_adc is 0"),
        (lambda: Adc(range_per="row"), "adc.range_per is 'row'"),
        (lambda: SampleHold(droop=-1.0), "hold.droop is -1 1/s"),
    ],
)
def test_settings_out_of_range_are_named(make, named):
    with pytest.raises(SpecError, match=named):
        make()
