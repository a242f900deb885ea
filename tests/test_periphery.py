import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.errors import SpecError
from xbarsim.periphery import Adc, Dac, full_scale

SIGNAL = np.linspace(-1.5, 1.5, 4001)


@pytest.mark.parametrize("bits", [2, 3, 8])
def test_dac_has_as_many_levels_as_its_bits_allow(bits):
    assert len(np.unique(Dac(bits=bits).convert(SIGNAL, signed=False))) == 2**bits
    assert len(np.unique(Dac(bits=bits).convert(SIGNAL, signed=True))) == 2**bits - 1


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
    dac = Dac(bits=bits)
    assert abs(dac.convert(np.array([x]), signed=True)[0] - x) <= 0.5 / dac.steps(True) + 1e-15


@given(st.integers(1, 12))
@settings(deadline=None)
def test_converted_levels_are_converted_to_themselves(bits):
    adc = Adc(bits=bits)
    once = adc.convert(SIGNAL)
    assert (adc.convert(once) == once).all()


def test_what_exceeds_full_scale_is_clipped():
    assert Adc(bits=8).convert(np.array([-7.0, 7.0])).tolist() == [-1.0, 1.0]
    assert Dac(bits=8).convert(np.array([-7.0, 7.0]), signed=False).tolist() == [0.0, 1.0]


def test_one_bit_keeps_the_sign():
    assert Adc(bits=1).convert(np.array([-0.1, 0.0, 0.3])).tolist() == [-1.0, 1.0, 1.0]


def test_full_scale_holds_the_share_it_is_asked_for():
    signal = np.concatenate([np.ones(999), [1000.0]])
    assert full_scale(signal, 99.0) == 1.0
    assert full_scale(signal, 100.0) == 1000.0


def test_full_scale_of_silence_is_one():
    assert full_scale(np.zeros(4), 99.0) == 1.0


def test_full_scale_never_hides_a_rare_signal():
    assert full_scale(np.concatenate([np.zeros(999), [3.0]]), 50.0) == 3.0


@pytest.mark.parametrize("signal", [np.array([]), np.array([np.nan])])
def test_ranges_cannot_be_set_on_nothing(signal):
    with pytest.raises(SpecError, match="converter ranges"):
        full_scale(signal, 99.0)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: Adc(bits=0), "adc.bits is 0"),
        (lambda: Dac(bits=17), "dac.bits is 17"),
        (lambda: Adc(percentile=49), "adc.percentile is 49"),
        (lambda: Adc(rate=0.0), "adc.rate is 0 Hz"),
    ],
)
def test_settings_out_of_range_are_named(make, named):
    with pytest.raises(SpecError, match=named):
        make()
