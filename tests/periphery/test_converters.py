import numpy as np
import pytest

from xbarsim.errors import SpecError
from xbarsim.periphery import Adc, SampleHold, converters, static_lines

SIGNAL = np.repeat(np.linspace(-0.75, 0.75, 3001)[:, None], 6, axis=1)


def test_offset_and_gain_move_the_line_as_they_are_drawn(streams):
    made = converters(Adc(bits=8, offset_spread=3.0, gain_spread=0.02), 8, streams)
    lines = static_lines(made)
    np.testing.assert_allclose(lines.offset, made.offset, atol=0.02)
    np.testing.assert_allclose(lines.gain, made.gain, rtol=1e-3)
    np.testing.assert_allclose(lines.inl, 0, atol=0.05)


def test_offsets_and_gains_have_the_spread_they_are_given(streams):
    made = converters(Adc(offset_spread=3.0, gain_spread=0.02), 5000, streams)
    assert made.offset.std() == pytest.approx(3.0, rel=0.05)
    assert made.gain.std() == pytest.approx(0.02, rel=0.05)


def test_errors_are_the_streams_and_switching_one_on_moves_no_other(streams):
    one = converters(Adc(offset_spread=1.0), 9, streams)
    two = converters(Adc(offset_spread=1.0, gain_spread=0.1, inl=1.0), 9, streams)
    assert (one.offset == two.offset).all()
    assert (converters(Adc(offset_spread=1.0), 9, streams / "other").offset != one.offset).all()


def test_noise_is_as_large_as_given(streams):
    adc = Adc(bits=12, noise=20.0)
    made = converters(adc, 4, streams)
    signal = np.zeros((20_000, 4))
    for z in (streams.normal(signal.shape), np.random.default_rng(1)):
        assert (made.convert(signal, z) * adc.steps).std() == pytest.approx(20.0, rel=0.02)
    assert (made.convert(signal) == 0).all()


def test_noise_of_the_hold_adds_in_squares(streams):
    hold = SampleHold(capacitance=1e-15, v_full_scale=0.5)  # 2.04 mV
    adc = Adc(bits=12, noise=10.0, hold=hold)
    made = converters(adc, 2, streams)
    assert hold.noise * 0.5 == pytest.approx(2.035e-3, rel=1e-3)
    assert made.noise == pytest.approx(np.hypot(10.0, hold.noise * adc.steps))
    noisy = made.convert(np.zeros((20_000, 2)), streams.normal((20_000, 2)))
    assert (noisy * adc.steps).std() == pytest.approx(made.noise, rel=0.02)


def test_what_droops_keeps_the_noise_that_it_was_sampled_with(streams):
    hold = SampleHold(capacitance=1e-15, droop=1e6, pedestal=0.01)
    made = converters(Adc(bits=14, rate=1e6, columns_per_adc=2, hold=hold), 2, streams)
    given = np.full((20_000, 2), 0.5)
    found = made.convert(given, streams.normal(given.shape))
    np.testing.assert_allclose(found.mean(axis=0), [0.51, 0.51 * np.exp(-1)], atol=1e-4)
    np.testing.assert_allclose(found.std(axis=0), hold.noise, rtol=0.02)


def test_drift_grows_by_the_same_in_every_decade(streams):
    adc = Adc(offset_drift=0.5, gain_drift=0.01)
    made = converters(adc, 4000, streams)
    assert (made.at_age(1.0).offset == made.offset).all()
    moved = [made.at_age(10.0**k).offset for k in range(4)]
    np.testing.assert_allclose(moved[3] - moved[2], moved[1] - moved[0])
    assert moved[1].std() == pytest.approx(0.5, rel=0.05)
    assert made.at_age(1000.0).gain.std() == pytest.approx(0.03, rel=0.05)


@pytest.mark.parametrize("setting", [
    {"kind": "uniform"},
    {"kind": "sar", "capacitor_spread": 1e-3},
    {"kind": "ramp", "ramp_spread": 0.03, "comparator_offset": 2.0},
    {"kind": "flash", "comparator_offset": 0.1},
], ids=lambda s: s["kind"])  # fmt: skip
def test_recalibration_removes_offset_and_gain(setting, streams):
    adc = Adc(bits=8, offset_spread=4.0, gain_spread=0.03, **setting)
    made = converters(adc, 6, streams)
    before = np.abs(made.convert(SIGNAL) - SIGNAL).max() * adc.steps
    after = np.abs(made.recalibrate(1.0).convert(SIGNAL) - SIGNAL).max() * adc.steps
    assert before > 4
    assert after < 1.0
    lines = static_lines(made.recalibrate(1.0, reads=256))
    np.testing.assert_allclose(lines.offset, 0, atol=0.15)
    np.testing.assert_allclose(lines.gain, 1, atol=2e-3)


@pytest.mark.parametrize("bits", [6, 8, 10])
def test_what_recalibration_leaves_falls_with_the_root_of_reads(bits, streams):
    made = converters(Adc(bits=bits, offset_spread=2.0, gain_spread=0.01), 2000, streams)
    for reads in (40, 160, 640):
        offset, gain = made.recalibrate(1.0, reads=reads).correction
        assert (offset - made.offset).std() < 1.3 / np.sqrt(12 * reads)
        assert (gain - made.gain).std() < 3 / np.sqrt(12 * reads) / made.adc.steps


def test_noise_during_recalibration_is_averaged_too(streams):
    adc = Adc(bits=8, offset_spread=4.0, noise=2.0)
    made = converters(adc, 2000, streams)
    offset, _ = made.recalibrate(1.0, np.random.default_rng(0), reads=100).correction
    assert (offset - made.offset).std() == pytest.approx(np.sqrt(4 + 1 / 12) / 10, rel=0.1)


def test_drift_after_recalibration_stays(streams):
    adc = Adc(bits=10, offset_drift=2.0)
    made = converters(adc, 6, streams).recalibrate(1e3)
    now = made.at_age(1e3).convert(SIGNAL)
    later = made.at_age(1e6).convert(SIGNAL)
    assert np.abs(now - SIGNAL).max() * adc.steps < 0.7
    shift = (later - now).mean(axis=0) * adc.steps
    np.testing.assert_allclose(shift, 3 * made.offset_slope, atol=0.1)
    again = made.recalibrate(1e6).convert(SIGNAL)
    assert np.abs(again - SIGNAL).max() * adc.steps < 0.7


def test_neighbours_share_a_converter(streams):
    adc = Adc(kind="flash", bits=5, comparator_offset=1.0, offset_spread=1.0, columns_per_adc=4)
    made = converters(adc, 10, streams)
    groups = np.arange(10) // 4
    for group in range(3):
        assert len(np.unique(made.offset[groups == group])) == 1
        assert len(np.unique(made.errors[groups == group], axis=0)) == 1
    assert len(np.unique(made.offset)) == 3


def test_columns_that_wait_droop(streams):
    adc = Adc(bits=16, rate=1e6, columns_per_adc=4, hold=SampleHold(droop=1e4))
    made = converters(adc, 8, streams)
    np.testing.assert_allclose(made.waits, [0, 1e-6, 2e-6, 3e-6] * 2)
    converted = made.convert(np.full(8, 0.8))
    np.testing.assert_allclose(converted, 0.8 * np.exp(-1e4 * made.waits), atol=1 / 32767)


def test_columns_that_are_held_exactly_do_not_droop(streams):
    adc = Adc(rate=1e3, columns_per_adc=4)
    assert (converters(adc, 8, streams).convert(np.full(8, 1.0)) == 1).all()


def test_the_share_that_exceeds_the_range_is_reported(streams):
    made = converters(Adc(bits=8), 4, streams)
    signal = np.array([[0.5, -1.1, 1.2, 1.003]])  # the last rounds to full scale
    assert made.clipped(signal) == 0.5
    assert converters(Adc(bits=8, offset_spread=100.0), 4000, streams).clipped(
        np.full(4000, 0.0)
    ) == pytest.approx(0.2023, abs=0.02)  # beyond 1.275 standard deviations


@pytest.mark.parametrize("t", [-1.0, float("inf"), float("nan")])
def test_ages_that_cannot_be_are_refused(t, streams):
    with pytest.raises(SpecError, match="age is"):
        converters(Adc(), 2, streams).at_age(t)


def test_a_sign_has_no_gain_to_measure(streams):
    made = converters(Adc(bits=1), 2, streams)
    with pytest.raises(SpecError, match="adc.bits is 1"):
        made.recalibrate(1.0)
    with pytest.raises(SpecError, match="adc.bits is 1"):
        static_lines(made)


def test_converters_that_are_stuck_cannot_be_recalibrated(streams):
    made = converters(Adc(bits=4, offset_drift=10.0), 50, streams)
    with pytest.raises(SpecError, match=r"\d+ converters give one code over their whole range"):
        made.recalibrate(1e6)


def test_an_even_converter_has_straight_lines(streams):
    lines = static_lines(converters(Adc(bits=6), (2, 3), streams), per_step=128)
    assert lines.inl.shape == (62, 2, 3)
    assert lines.dnl.shape == (61, 2, 3)
    np.testing.assert_allclose(lines.inl, 0, atol=0.01)
    np.testing.assert_allclose(lines.dnl, 0, atol=0.02)
    np.testing.assert_allclose(lines.offset, 0, atol=0.01)
