"""Quantities: text in, SI floats out, and back."""

import math
import string
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim import units
from xbarsim.errors import SpecError
from xbarsim.units import KINDS, convert, quantity, ratio, show

PREFIXES = {"f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9}
SYMBOLS = {"ohm": "ohm", "S": "siemens", "V": "volt", "s": "second", "Hz": "hertz", "F": "farad",
           "J": "joule", "A": "ampere", "W": "watt", "m": "meter"}  # fmt: skip
UNITS = sorted(KINDS)
decimals = st.decimals(min_value="-1e6", max_value="1e6", places=6)


@pytest.mark.parametrize(
    ("text", "unit", "si"),
    [
        ("2.5 ohm", "ohm", 2.5),
        ("-2 ohm", "ohm", -2.0),
        ("+2 ohm", "ohm", 2.0),
        (" 2 ohm ", "ohm", 2.0),
        ("2ohm", "ohm", 2.0),
        (".5 V", "volt", 0.5),
        ("1e-6 S", "siemens", 1e-6),
        ("1E3 ohm", "ohm", 1e3),
        ("1 \u2126", "ohm", 1.0),  # the ohm sign and the Greek letter
        ("1 \u03a9", "ohm", 1.0),
        ("25 \u00b5S", "siemens", 25e-6),  # the micro sign and the Greek letter
        ("25 \u03bcS", "siemens", 25e-6),
        ("1 Mohm", "ohm", 1e6),
        ("1 mohm", "ohm", 1e-3),
        ("25 1/Mohm", "siemens", 25e-6),
        ("1 V/A", "ohm", 1.0),
        ("20 degC", "kelvin", 293.15),
        ("3 1/V", "1/volt", 3.0),
        ("3 1/mV", "1/volt", 3000.0),
        ("3 V^-1", "1/volt", 3.0),
        ("10 %", "dimensionless", 0.1),
        ("3", "dimensionless", 3.0),
    ],
)
def test_text_is_read_in_si(text, unit, si):
    assert quantity(text, unit) == si


@pytest.mark.parametrize("unit", UNITS)
def test_a_plain_number_is_si(unit):
    assert quantity(7, unit) == 7.0
    assert isinstance(quantity(7, unit), float)
    assert quantity(2.5e-9, unit) == 2.5e-9


@pytest.mark.parametrize(
    "text",
    ["", " ", "ohm", "1 2", "1 2 ohm", "1,5 ohm", "1 kohm + 3 ohm", "1 furlonk", "0x10 ohm",
     "1_000 ohm", "(2 ohm", "1 ohm # per cell", "2 ohm\x00", "½ ohm", "one ohm", "1 ohm**99",
     "__import__('os')", "1e 3 ohm", "--1 ohm", "1..2 ohm", "nan ohm", "1e99999 ohm",
     "9**9**9 ohm"],
)  # fmt: skip
def test_text_that_is_not_one_number_and_one_unit_is_refused(text):
    with pytest.raises(SpecError, match="not a quantity; expected one in ohm") as caught:
        quantity(text, "ohm")
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("value", [True, False, None, [1], {"value": 1}, b"1 ohm", 1j])
def test_what_is_neither_number_nor_text_is_refused(value):
    with pytest.raises(SpecError, match="expected a number or text in ohm"):
        quantity(value, "ohm")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "1e400 ohm", 10**400])
def test_what_is_not_finite_is_refused(value):
    with pytest.raises(SpecError, match="not finite"):
        quantity(value, "ohm")


@pytest.mark.parametrize(
    ("text", "unit", "message"),
    [
        ("20 ns", "volt", "'20 ns' is a time, expected a quantity in volt"),
        ("1e-6 S", "ohm", "'1e-6 S' is a conductance, expected a quantity in ohm"),
        ("3 V", "1/volt", "'3 V' is a voltage, expected a quantity in 1/volt"),
        ("3 1/V", "volt", "'3 1/V' is an inverse voltage, expected a quantity in volt"),
        ("1 furlong", "ohm", "'1 furlong' is a length, expected a quantity in ohm"),
        ("3 ohm", "dimensionless", "'3 ohm' is a resistance, expected a plain number"),
        ("5", "ohm", "'5' is a number, expected a quantity in ohm"),
    ],
)
def test_wrong_dimension_names_the_unit_expected(text, unit, message):
    with pytest.raises(SpecError) as caught:
        quantity(text, unit)
    assert str(caught.value) == message


@settings(deadline=None)
@given(st.text(alphabet=string.printable + "Ωµ°√²", max_size=12))
def test_any_text_is_a_finite_number_or_a_spec_error(text):
    try:
        assert math.isfinite(quantity(text, "ohm"))
    except SpecError as error:
        assert "ohm" in str(error)


@settings(deadline=None)
@given(decimals, st.sampled_from(sorted(PREFIXES)), st.sampled_from(sorted(SYMBOLS)))
def test_a_prefix_moves_the_point_and_rounds_nothing_twice(number, prefix, symbol):
    exact = float(number.scaleb(PREFIXES[prefix]))
    assert quantity(f"{number:f} {prefix}{symbol}", SYMBOLS[symbol]) == exact


def test_25_microsiemens_is_the_float_25e_6():
    assert quantity("25 uS", "siemens") == 25e-6
    assert quantity("0.3 uS", "siemens") == 0.3e-6 == 3e-7


@settings(deadline=None)
@given(decimals)
def test_spans_of_time_are_exact_multiples_of_a_second(number):
    for name, seconds in {"min": 60, "h": 3600, "day": 86400, "year": 31557600}.items():
        assert quantity(f"{number:f} {name}", "second") == float(number * Decimal(seconds))


def test_a_year_is_365_and_a_quarter_days():
    assert quantity("1 year", "second") == quantity("365.25 day", "second") == 365.25 * 86400


@settings(deadline=None)
@given(
    st.floats(min_value=1e-15, max_value=1e15) | st.floats(min_value=-1e15, max_value=-1e-15),
    st.sampled_from(UNITS),
)
def test_what_show_writes_reads_back_to_four_digits(value, unit):
    digits = 6 if unit == "dimensionless" else 4
    assert quantity(show(value, unit), unit) == pytest.approx(
        value, rel=0.5001 * 10 ** (1 - digits)
    )


@pytest.mark.parametrize("unit", UNITS)
def test_zero_reads_back_as_zero(unit):
    assert quantity(show(0.0, unit), unit) == 0.0


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2.5e-05, "siemens", "25 uS"),
        (1e6, "ohm", "1 Mohm"),
        (1e-3, "ohm", "1 mohm"),
        (-0.2, "volt", "-200 mV"),
        (86400.0, "second", "1 day"),
        (365.25 * 86400, "second", "1 year"),
        (90.0, "second", "1.5 min"),
        (100e-9, "second", "100 ns"),
        (0.01, "dimensionless", "0.01"),
        (math.inf, "second", "inf"),
    ],
)
def test_show_picks_the_prefix_a_person_would(value, unit, text):
    assert show(value, unit) == text


def test_a_ratio_of_units_is_how_many_of_one_the_other_is():
    assert ratio("kohm", "ohm") == 1000.0
    assert ratio("day", "h") == pytest.approx(24.0, rel=1e-15)


@pytest.mark.parametrize(("unit", "other"), [("ohm", "volt"), ("furlonk", "ohm"), ("ohm", "?")])
def test_a_ratio_of_what_measures_different_things_is_refused(unit, other):
    with pytest.raises(SpecError, match=f"'{unit}' cannot be converted to"):
        ratio(unit, other)


def test_units_that_are_read_without_pint_are_what_pint_says():
    for own, (unit, scale) in units._prefixed().items():
        assert units._scale(own, unit) == scale, own


@pytest.mark.parametrize(
    ("number", "unit", "other", "expected"),
    [(25, "degC", "kelvin", 298.15), (20, "dBm", "mW", 100), (100, "mW", "dBm", 20),
     (3, "kV", "V", 3000)],
)  # fmt: skip
def test_a_number_is_converted_by_a_factor_an_offset_or_a_logarithm(number, unit, other, expected):
    assert convert(number, unit, other) == pytest.approx(expected, rel=1e-12)


def test_a_difference_knows_no_offset_and_there_is_none_of_logarithms():
    assert convert(9, "degF", "kelvin", difference=True) == pytest.approx(5)
    for number, difference in [(3, True), (0, False)]:
        with pytest.raises(SpecError, match=f"{number} 'mW' cannot be converted to 'dBm'"):
            convert(number, "mW", "dBm", difference=difference)
