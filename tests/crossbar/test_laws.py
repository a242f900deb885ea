import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import wrightomega

from xbarsim.backend import to_numpy
from xbarsim.crossbar.laws import (
    ConductanceCell,
    DiodeCell,
    PolynomialCell,
    SinhCell,
    TabulatedCell,
    ThresholdSelector,
    TransistorCell,
    wright_omega,
)
from xbarsim.errors import SpecError

V = (-1.5, -1.0, -0.4, 0.0, 0.3, 0.8, 1.2)
TABLE = TabulatedCell(v=V, i=tuple(2e-5 * np.sinh(2.0 * np.array(V))))
LAWS = [
    SinhCell(beta=3.0),
    PolynomialCell(coefficients=(0.2, 1.5, 0.0, 0.7)),
    ConductanceCell(
        quadratic=(2e-5, -1e-6), cubic=(1e-4, 1e-5), g_low=5e-5, g_high=2e-4, v_high=0.7
    ),
    ThresholdSelector(threshold=0.5, width=0.03, leakage=1e-3),
    DiodeCell(saturation_current=1e-9, ideality=1.5),
    TABLE,
    TransistorCell(threshold=0.4, transconductance=1e-4),
]
ODD = [LAWS[0], PolynomialCell(coefficients=(0.0, 1.5)), LAWS[3]]
names = [type(law).__name__ for law in LAWS]

volts = st.floats(-3, 3, allow_subnormal=False)
siemens = st.floats(1e-9, 1e-2)
gates = st.floats(-0.5, 2.5)


def gate_of(law, value):
    return value if law.needs_gate else None


def at(law, u, g, gate):
    """Current and slope of one cell."""
    i, slope = law.current(np.array([[u]]), np.array([[g]]), gate_of(law, gate))
    return float(i[0, 0]), float(slope[0, 0])


@pytest.mark.parametrize("law", LAWS, ids=names)
@given(g=siemens, gate=gates)
def test_no_voltage_drives_no_current(law, g, gate):
    assert abs(at(law, 0.0, g, gate)[0]) < 1e-30


@pytest.mark.parametrize("law", LAWS, ids=names)
@given(u=volts, g=siemens, gate=gates)
def test_slope_is_the_derivative_of_the_current(law, u, g, gate):
    h = 1e-5
    below, above = (at(law, u + s * h, g, gate) for s in (-1, 1))
    expected = (above[0] - below[0]) / (2 * h)
    bend = abs(above[1] - below[1])  # bounds the error of the difference but for third derivatives
    noise = 1e-14 * (abs(above[0]) + g * abs(u)) / h
    assert at(law, u, g, gate)[1] == pytest.approx(expected, rel=1e-5, abs=bend + noise)


@pytest.mark.parametrize("law", LAWS, ids=names)
@given(u=volts, g=siemens, gate=gates)
def test_current_flows_with_the_voltage_and_never_falls(law, u, g, gate):
    i, slope = at(law, u, g, gate)
    assert slope >= 0
    assert i * u >= -1e-30 * abs(u)
    assert at(law, u + 0.01, g, gate)[0] >= i * (1 - 1e-12 * np.sign(i))


@pytest.mark.parametrize("law", LAWS, ids=names)
def test_every_array_library_gives_the_same(law, xp, streams):
    rng = streams.rng()
    u, g = rng.uniform(-2, 2, (3, 5, 4)), 10 ** rng.uniform(-7, -3, (5, 4))
    gate = gate_of(law, rng.uniform(0, 2, 5))
    here = law.current(u, g, gate)
    there = law.current(xp.asarray(u), xp.asarray(g), gate)
    for a, b in zip(here, there, strict=True):
        assert isinstance(b, xp.ndarray)
        assert a.shape == u.shape
        np.testing.assert_allclose(to_numpy(b), a, rtol=1e-12)


@pytest.mark.parametrize("law", LAWS, ids=names)
@pytest.mark.parametrize("scale", [1e-12, 50.0, 1e4])
def test_no_voltage_overflows(law, scale):
    u = scale * np.linspace(-1, 1, 41)[None, :]
    i, slope = law.current(u, np.full((1, 41), 1e-5), gate_of(law, 1.0))
    assert np.isfinite(i).all()
    assert np.isfinite(slope).all()
    assert (np.diff(i[0]) >= -1e-12 * np.abs(i[0, 1:])).all()


@pytest.mark.parametrize("law", LAWS, ids=names)
def test_a_cell_without_conductance_carries_no_current(law):
    u = np.linspace(-1, 1, 9)[None, :]
    i, slope = law.current(u, np.zeros((1, 9)), gate_of(law, 1.0))
    assert np.abs(i).max() < 1e-30
    assert not slope.any()


@pytest.mark.parametrize("law", ODD, ids=[type(law).__name__ for law in ODD])
@given(u=volts, g=siemens)
def test_symmetric_laws_are_odd(law, u, g):
    assert at(law, -u, g, None)[0] == -at(law, u, g, None)[0]


@pytest.mark.parametrize("law", [*LAWS[:3], TABLE], ids=[*names[:3], "TabulatedCell"])
def test_g_is_the_conductance_at_no_voltage(law):
    assert at(law, 0.0, 3e-5, None)[1] == pytest.approx(3e-5, rel=1e-12)


def test_sinh_cell_is_the_hyperbolic_sine_down_to_the_smallest_voltages():
    u = np.array([[1e-200, 1e-8, 0.1, 1.0, 20.0]])
    i, slope = SinhCell(beta=3.0).current(u, np.full(u.shape, 2e-6))
    np.testing.assert_allclose(i, 2e-6 / 3 * np.sinh(3 * u), rtol=4e-15)
    np.testing.assert_allclose(slope, 2e-6 * np.cosh(3 * u), rtol=4e-15)


def test_polynomial_cell_is_its_polynomial():
    i, _ = at(PolynomialCell(coefficients=(0.2, 1.5)), 0.5, 2e-5, None)
    assert i == pytest.approx(2e-5 * (0.5 + 0.2 * 0.25 + 1.5 * 0.125), rel=1e-15)


def test_threshold_selector_leaks_below_and_opens_above_its_threshold():
    law = ThresholdSelector(threshold=0.5, width=0.01, leakage=1e-4)
    assert at(law, 0.2, 1e-5, None)[0] == pytest.approx(1e-9 * 0.2, rel=1e-6)
    assert at(law, 1.0, 1e-5, None)[0] == pytest.approx(1e-5 * (1.0 - 0.9999 * 0.5), rel=1e-6)


@given(u=volts, g=st.floats(1e-9, 1e2))
def test_diode_and_cell_share_the_voltage(u, g):
    law = DiodeCell(saturation_current=1e-12, ideality=1.2)
    i, _ = at(law, u, g, None)
    if i > -0.9e-12:
        voltage = 1.2 * 300 * 1.380649e-23 / 1.602176634e-19
        assert i / g + voltage * np.log1p(i / 1e-12) == pytest.approx(u, rel=1e-12, abs=1e-14)


def test_diode_blocks_at_its_saturation_current():
    assert at(DiodeCell(saturation_current=1e-12), -3.0, 1e-5, None)[0] == pytest.approx(-1e-12)


def test_wright_omega_is_that_of_scipy():
    z = np.concatenate([np.linspace(-599, 900, 2001), np.linspace(-5, 5, 1001)])
    np.testing.assert_allclose(wright_omega(z), wrightomega(z), rtol=2e-14)


def test_table_is_met_at_its_points_and_straight_beyond():
    u = np.array([*V, 2.0, 3.0, 4.0])[None, :]
    i = TABLE.current(u, np.full(u.shape, 4e-5))[0][0]
    np.testing.assert_allclose(i[:7] / i[4], np.array(TABLE.i) / TABLE.i[4], atol=1e-13)
    assert i[9] - i[8] == pytest.approx(i[8] - i[7], rel=1e-12)


TRANSISTOR = TransistorCell(threshold=0.4, transconductance=1e-3, slope_factor=1.3)


def channel(drain, source, gate):
    """The long-channel EKV equation as printed."""
    thermal = 300 * 1.380649e-23 / 1.602176634e-19
    pinch_off = (gate - 0.4) / 1.3

    def f(x):
        return np.log1p(np.exp(x / 2)) ** 2

    specific = 2 * 1.3 * 1e-3 * thermal**2
    return specific * (f((pinch_off - source) / thermal) - f((pinch_off - drain) / thermal))


@given(u=volts, g=siemens, gate=gates)
def test_transistor_carries_the_current_of_its_cell(u, g, gate):
    i, _ = at(TRANSISTOR, u, g, gate)
    assert i == pytest.approx(
        channel(u - i / g, 0.0, gate), rel=1e-6, abs=1e-12 * g * abs(u) + 1e-18
    )


def test_transistor_without_a_cell_is_the_same_from_either_side():
    drain = at(TRANSISTOR, 0.3, 1e6, 0.9)[0]
    source = at(TRANSISTOR, -0.3, 1e6, 0.9 - 0.3)[0]
    assert drain == pytest.approx(channel(0.3, 0.0, 0.9), rel=1e-6)
    assert source == pytest.approx(channel(-0.3, 0.0, 0.6), rel=1e-6)


def test_gate_turns_the_cell_on():
    off, on = (at(TRANSISTOR, 0.2, 1e-5, gate)[0] for gate in (0.0, 2.0))
    assert off < 1e-9
    assert on == pytest.approx(0.2e-5, rel=0.02)


@pytest.mark.parametrize("shape", [(), (5,), (5, 1), (1, 4), (3, 5, 4)])
def test_gate_is_spread_over_the_cells(shape, streams):
    rng = streams.rng()
    u, gate = rng.uniform(-1, 1, (3, 5, 4)), rng.uniform(0.4, 1.5, shape)
    spread = np.broadcast_to(gate[:, None] if shape == (5,) else gate, u.shape)
    i, _ = TRANSISTOR.current(u, np.full((5, 4), 1e-5), gate)
    assert i[1, 2, 3] == pytest.approx(at(TRANSISTOR, u[1, 2, 3], 1e-5, spread[1, 2, 3])[0])


def test_missing_gate_is_refused():
    with pytest.raises(SpecError, match="gate is missing"):
        TRANSISTOR.current(np.zeros((1, 1)), np.ones((1, 1)))


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: SinhCell(beta=0.0), r"SinhCell.beta is 0 1/V; it must be finite and above 0"),
        (lambda: SinhCell(beta="3"), "SinhCell.beta is '3'"),
        (lambda: PolynomialCell(coefficients=(0.0, -1.0)), "must not be negative at any voltage"),
        (lambda: PolynomialCell(coefficients=(2.0,)), "must not be negative at any voltage"),
        (lambda: PolynomialCell(coefficients=(2.0, 0.5)), "must not be negative at any voltage"),
        (lambda: PolynomialCell(coefficients=(np.inf,)), "must be finite"),
        (lambda: PolynomialCell(coefficients=("a",)), "must be numbers"),
        (lambda: ThresholdSelector(threshold=0.5, width=-1, leakage=2), "width is -1 V"),
        (lambda: ThresholdSelector(threshold=0.5, width=0.1, leakage=2), "leakage is 2; .* 1"),
        (lambda: DiodeCell(saturation_current=np.nan), "saturation_current is nan A"),
        (lambda: TabulatedCell(v=(-1, 0, 1), i=(-1, 0)), "has 2 values"),
        (lambda: TabulatedCell(v=(-1, 0, 1, 2), i=(-1, 0, 1, 0.5)), r"i\[3\] is 0.5 A after 1 A"),
        (lambda: TabulatedCell(v=(-1, 0, 0), i=(-1, 0, 1)), r"v\[2\] is 0 V after 0 V"),
        (lambda: TabulatedCell(v=(0, 1, 2), i=(0, 1, 2)), "through the origin"),
        (lambda: TransistorCell(threshold=np.inf, transconductance=1e-3), "threshold is inf V"),
        (
            lambda: TransistorCell(threshold=0.4, transconductance=1e-3, slope_factor=0.5),
            "at least 1",
        ),
    ],
)
def test_parameters_that_make_no_law_are_refused(make, match):
    with pytest.raises(SpecError, match=match):
        make()


def test_laws_of_equal_parameters_are_equal_and_can_be_keys():
    assert SinhCell(beta=3.0) == SinhCell(beta=3.0) != SinhCell(beta=4.0)
    assert len({TABLE, TabulatedCell(v=TABLE.v, i=TABLE.i), LAWS[1]}) == 2
