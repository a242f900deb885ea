import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.errors import SpecError
from xbarsim.periphery import Dac, drivers

SIGNAL = np.linspace(-1.5, 1.5, 4001)
CODINGS = [
    {"coding": "amplitude"},
    {"coding": "pulse_width"},
    {"coding": "bit_serial"},
    {"coding": "bit_serial", "slice_bits": 2},
]


@pytest.mark.parametrize("bits", [2, 3, 8])
def test_dac_has_as_many_levels_as_its_bits_allow(bits):
    assert len(np.unique(Dac(bits=bits).convert(SIGNAL, signed=False))) == 2**bits
    assert len(np.unique(Dac(bits=bits).convert(SIGNAL, signed=True))) == 2**bits - 1


@given(st.integers(2, 16), st.floats(-1, 1))
@settings(max_examples=80, deadline=None)
def test_conversion_errs_by_at_most_half_a_step(bits, x):
    dac = Dac(bits=bits)
    assert abs(dac.convert(np.array([x]), signed=True)[0] - x) <= 0.5 / dac.steps(True) + 1e-15


def test_what_exceeds_full_scale_is_clipped():
    assert Dac(bits=8).convert(np.array([-7.0, 7.0]), signed=False).tolist() == [0.0, 1.0]


@given(st.integers(1, 16), st.data(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_weighted_slices_add_up_to_the_converted_input(bits, data, signed):
    dac = Dac(bits=bits, coding="bit_serial", slice_bits=data.draw(st.integers(1, bits)))
    phases = dac.phases(SIGNAL, signed)
    total = sum(phase.weight * phase.levels for phase in phases)
    np.testing.assert_allclose(total, dac.convert(SIGNAL, signed), rtol=0, atol=1e-15)
    for phase in phases:
        np.testing.assert_allclose(phase.levels * phase.steps % 1, 0)
        assert abs(phase.levels).max() == 1.0


@pytest.mark.parametrize(
    ("signed", "slices", "number"), [(False, 1, 8), (True, 1, 7), (True, 3, 3)]
)
def test_magnitudes_are_cut_into_slices(signed, slices, number):
    dac = Dac(bits=8, coding="bit_serial", slice_bits=slices)
    assert len(dac.phases(SIGNAL, signed)) == number


def test_single_bits_of_signed_inputs_drive_minus_one_zero_or_one():
    for phase in Dac(bits=5, coding="bit_serial").phases(SIGNAL, True):
        assert set(np.unique(phase.levels)) == {-1.0, 0.0, 1.0}


@pytest.mark.parametrize("coding", ["amplitude", "pulse_width"])
def test_other_codings_drive_once(coding):
    (phase,) = Dac(bits=4, coding=coding).phases(SIGNAL, True)
    assert (phase.weight, phase.steps) == (1.0, 7)
    assert (phase.levels == Dac(bits=4).convert(SIGNAL, True)).all()


@pytest.mark.parametrize("setting", CODINGS)
def test_exact_drivers_change_nothing(setting, streams, xp):
    dac = Dac(**setting)
    made = drivers(dac, 4001, streams, xp)
    for phase in dac.phases(xp.asarray(SIGNAL), True):
        assert made.drive(phase) is phase.levels


def test_static_errors_have_the_spread_they_are_given(streams):
    dac = Dac(offset_spread=0.02, gain_spread=0.05)
    made = drivers(dac, 4000, streams)
    (zero,) = dac.phases(np.zeros(4000), True)
    (one,) = dac.phases(np.ones(4000), True)
    offset = made.drive(zero)
    gain = made.drive(one) - offset
    assert offset.std() == pytest.approx(0.02, rel=0.05)
    assert gain.std() == pytest.approx(0.05, rel=0.05)
    assert gain.mean() == pytest.approx(1.0, abs=0.004)


def test_deviation_peaks_at_inl_and_is_odd(streams):
    dac = Dac(bits=8, inl=2.0)
    made = drivers(dac, 6, streams)
    x = np.broadcast_to(np.arange(-127, 128)[:, None] / 127, (255, 6))
    (phase,) = dac.phases(x, True)
    bend = (made.drive(phase) - x) * 127
    np.testing.assert_allclose(abs(bend).max(axis=0), 2.0, rtol=2e-3)
    np.testing.assert_allclose(bend, -bend[::-1], atol=1e-12)
    np.testing.assert_allclose(bend[[0, 127, -1]], 0, atol=1e-12)


def test_single_bits_have_no_deviation(streams):
    dac = Dac(bits=4, coding="bit_serial", inl=1.0)
    made = drivers(dac, 4001, streams)
    for phase in dac.phases(SIGNAL, True):
        np.testing.assert_allclose(made.drive(phase), phase.levels, atol=1e-15)


def test_pulses_are_never_shorter_than_nothing_and_undriven_rows_stay_off(streams):
    dac = Dac(bits=4, coding="pulse_width", offset_spread=0.5, noise=0.2)
    made = drivers(dac, 500, streams)
    (phase,) = dac.phases(np.repeat([-0.3, 0.0, 0.3], [200, 100, 200]), True)
    driven = made.drive(phase, streams.normal((500,)))
    assert (driven[200:300] == 0).all()
    assert (driven[:200] <= 0).all()
    assert (driven[300:] >= 0).all()


def test_noise_is_fresh_and_as_large_as_given(streams):
    dac = Dac(noise=0.01)
    made = drivers(dac, 10, streams)
    (phase,) = dac.phases(np.full((5000, 10), 0.5), False)
    driven = made.drive(phase, streams.normal((5000, 10)))
    assert driven.std() == pytest.approx(0.01, rel=0.03)
    assert (made.drive(phase) == phase.levels).all()


@pytest.mark.parametrize("setting", CODINGS)
def test_precision_is_kept(setting, streams, xp):
    dac = Dac(offset_spread=0.1, gain_spread=0.1, inl=1.0, noise=0.1, **setting)
    x = xp.asarray(SIGNAL, dtype=xp.float32)
    for phase in dac.phases(x, True):
        driven = drivers(dac, len(x), streams, xp).drive(phase, xp.ones(len(x)))
        assert phase.levels.dtype == driven.dtype == xp.float32


def test_stacked_rows_have_errors_of_their_own(streams):
    dac = Dac(gain_spread=0.1)
    (phase,) = dac.phases(np.ones((2, 7, 5)), False)
    driven = drivers(dac, (2, 1, 5), streams).drive(phase)
    assert (driven == driven[:, :1]).all()
    assert len(np.unique(driven)) == 10


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: Dac(bits=17), "dac.bits is 17"),
        (lambda: Dac(percentile=49), "dac.percentile is 49"),
        (lambda: Dac(coding="pwm"), "dac.coding is 'pwm'; known: amplitude, bit_serial, pulse"),
        (lambda: Dac(coding="bit_serial", slice_bits=9), "dac.slice_bits is 9"),
        (lambda: Dac(slice_bits=2), "dac.slice_bits says nothing with dac.coding 'amplitude'"),
        (lambda: Dac(noise=float("nan")), "dac.noise is nan"),
        (lambda: Dac(inl=-1.0), "dac.inl is -1 steps"),
        (lambda: Dac(ranging="best"), "dac.ranging is 'best'"),
        (lambda: Dac(ranging="learned"), "dac.ranging is 'learned'; known: mse, percentile$"),
    ],
)
def test_settings_out_of_range_are_named(make, named):
    with pytest.raises(SpecError, match=named):
        make()
