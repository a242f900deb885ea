"""The Simmons barrier: static current, a sweep, validity, the compiled solution, integration."""

from math import exp, log, pi, sqrt

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from device_models import pickett
from device_models._pickett import gap_voltage
from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import simulate

ROUNDED = (0.0998, 0.1261, 0.9183, 10.246, 0.0617)  # of the SPICE listing, Abdalla 2011
E_CHARGE, PLANCK, MASS, EPSILON = (
    1.602176634e-19,
    6.62607015e-34,
    9.1093837015e-31,
    8.8541878128e-12,
)


def exact_constants():
    """The same five from CODATA for 0.95 eV, a permittivity of 5 and 1e4 nm2."""
    image = 1e9 * E_CHARGE * log(2) / (8 * pi * 5 * EPSILON)
    decay = 1e-9 * 4 * pi * sqrt(2 * MASS * E_CHARGE) / PLANCK
    return image, 1.2 * image / 0.95, 9.2 * image, decay, 1e4 * E_CHARGE**2 / (2 * pi * PLANCK)


def simmons(w, u, constants):
    """Current (A) through `w` nm at `u` V; -1 without a barrier."""
    image, w1, shift, decay, scale = constants
    w2 = w1 + w - shift / (2.85 + 4 * image / w - 2 * u)
    width = w2 - w1
    if not 0 < width < w - w1:
        return -1.0
    phi = 0.95 - u * (w1 + w2) / (2 * w)
    phi -= 1.15 * image / width * log(w2 * (w - w1) / (w1 * (w - w2)))
    if phi <= 0:
        return -1.0
    part = [p * exp(-decay * width * sqrt(p)) for p in (phi, phi + u)]
    return scale / width**2 * (part[0] - part[1])


def through(w, v, r, constants):
    """Current (A) at `v` V with `r` ohm in series."""
    low, high = 0.0, abs(v)
    for _ in range(60):
        u = 0.5 * (low + high)
        i = simmons(w, u, constants)
        low, high = (u, high) if 0 <= i < (abs(v) - u) / r else (low, u)
    return np.sign(v) * simmons(w, low, constants)


def at(law, w, v):
    return law.current(np.array([v]), np.array([[1e-9 * w]]), 300.0)[0]


def test_constants_are_those_of_the_spice_listing_unrounded():
    for rounded, exact in zip(ROUNDED, exact_constants(), strict=True):
        digits = len(str(rounded).split(".")[1])
        assert round(exact, digits) == pytest.approx(rounded, rel=3e-4)


@pytest.mark.parametrize(
    ("w", "v", "expected_ua"), [(1.2, 0.5, 288.1), (1.8, 0.5, 2.401), (1.5, 1.0, 441.7)]
)
def test_static_current_is_as_computed(w, v, expected_ua):
    # computed with the rounded constants, which make 5e-4 to 8e-4 more current
    assert through(w, v, 215.0, ROUNDED) * 1e6 == pytest.approx(expected_ua, rel=2e-4)
    found = at(load_device("pickett_2009", r_series=215), w, v)
    assert found == pytest.approx(through(w, v, 215.0, exact_constants()), rel=1e-11)
    assert found * 1e6 == pytest.approx(expected_ua, rel=1e-3)


@pytest.fixture(scope="module")
def sweep():
    """2.4 kohm before the cell, one triangle of 2 s to 2.7 V and to -1.8 V from 1.25 nm."""
    t = np.linspace(0.0, 2.0, 401)
    v = np.interp(t, [0.0, 0.5, 1.5, 2.0], [0.0, 1.0, -1.0, 0.0])
    return simulate(load_device("pickett_2009"), t, np.where(v > 0, 2.7 * v, 1.8 * v))


def test_sweep_opens_and_closes_the_gap_as_computed(sweep):
    w = sweep.state[:, 0] * 1e9
    np.testing.assert_allclose([w[0], w[200]], [1.25, 1.3897], atol=1e-4)
    assert w[-1] == pytest.approx(1.295, abs=5e-4)
    assert w[200] == pytest.approx(w.max())


def test_sweep_carries_the_computed_currents(sweep):
    np.testing.assert_allclose([sweep.i.max(), sweep.i.min()], [711e-6, -431e-6], atol=0.5e-6)


def test_sweep_agrees_with_an_independent_integration():
    r, changed = 1500.0, {"f_off": 1e-5, "b": "400 uA", "w_start": "1.4 nm"}
    law = load_device("pickett_2009", r_series=r, **changed)
    constants = exact_constants()
    t = np.array([0.0, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0])
    v = np.array([0.0, 1.6, 1.6, 0.0, -1.0, -1.2, 0.0])

    def slope(time, state):
        w = min(max(state[0], 1.15), 1.7)  # trials only
        i = through(w, np.interp(time, t, v), r, constants)
        if i > 0:
            hold = exp((w - 1.2) / 0.107 - i / 400e-6)
            return [1e4 * np.sinh(i / 115e-6) * exp(-hold - w / 0.107)]
        hold = exp((1.8 - w) / 0.107 + i / 400e-6)
        return [4e4 * np.sinh(i / 8.9e-6) * exp(-hold - w / 0.107)]

    w, exact = [1.4], [1.4]
    for a, b in zip(t[:-1], t[1:], strict=True):
        w = solve_ivp(slope, (a, b), w, method="Radau", rtol=1e-9, atol=1e-12).y[:, -1]
        exact.append(w[0])
    trace = simulate(law, t, v)
    assert np.ptp(exact) > 0.03
    np.testing.assert_allclose(trace.state[:, 0] * 1e9, exact, atol=1e-5)
    i = [through(w, u, r, constants) for w, u in zip(exact, v, strict=True)]
    assert abs(trace.i - i).max() < 1e-4 * np.ptp(i)


def grid(law, points=60):
    w, v = np.meshgrid(np.linspace(law.w_low, law.w_high, points), np.linspace(*law.valid, points))
    return w.ravel()[None], v.ravel()


@pytest.mark.parametrize("r", [0.0, 215.0, 2615.0])
def test_voltage_divides_between_barrier_and_resistor(r):
    law = load_device("pickett_2009", r_series=r)
    w, v = grid(law)
    i = law.current(v, w, 300.0)
    u = gap_voltage(v, 1e9 * w[0], law._barrier(), r)
    np.testing.assert_allclose(u + r * abs(i), abs(v), rtol=1e-11, atol=1e-13)
    assert (abs(i) <= law.i_limit * (1 + 1e-9)).all()
    by_gap = abs(i).reshape(60, 60)
    assert (np.diff(by_gap[:25], axis=0) < 0).all() and (np.diff(by_gap[35:], axis=0) > 0).all()


@pytest.mark.parametrize("r", [0.0, 215.0, 2615.0])
def test_law_is_finite_wherever_it_is_valid(r):
    law = load_device("pickett_2009", r_series=r)
    w, v = grid(law)
    rate = law.rate(v, w, 300.0)[0]
    assert np.isfinite(rate).all()
    assert (np.sign(rate) * np.sign(v) >= 0).all()
    assert (law.rate(0 * v, w, 300.0) == 0).all()


def test_compiled_solution_agrees_with_the_vectorised_one():
    law = load_device("pickett_2009", r_series=215)
    w, v = grid(law)
    compiled = gap_voltage(v, 1e9 * w[0], law._barrier(), law.r_series)
    array = pickett._first(1e9 * w[0], abs(v), law._barrier(), 1.0, law.r_series, abs(v))
    np.testing.assert_allclose(compiled, array, rtol=1e-12, atol=1e-15)


def test_voltages_that_are_none_give_none():
    law = load_device("pickett_2009")
    i = law.current(np.array([np.nan, 1.0]), np.full((1, 2), 1.3e-9), 300.0)
    assert np.isnan(i[0]) and i[1] > 0


def test_voltages_that_run_away_are_refused():
    law = load_device("pickett_2009", r_series=215)
    assert law.valid == pytest.approx((-0.760, 0.760), abs=1e-3)
    with pytest.raises(SpecError, match="v reaches -900 mV; Pickett holds from -760.2 mV"):
        simulate(law, [0.0, 1.0], [0.0, -0.9])
    # the narrowest gap carries the limit there
    assert at(law, 1.1, law.valid[1]) == pytest.approx(law.i_limit, rel=1e-9)


def test_validity_ends_at_the_latest_where_the_barrier_does():
    law = load_device("pickett_2009", r_series=215, i_limit="1 A")
    w = np.full((1, 2), law.w_low)
    i = law.current(np.array(law.valid) * [1, 0.99], w, 300.0)
    u = law.valid[1] - 215 * abs(i[0])
    phi, width = pickett._shape(1e9 * w[0, :1], np.array([u]), law._barrier())
    assert law._barrier()[2] * width[0] * sqrt(phi[0]) == pytest.approx(2.0, rel=1e-6)
    assert abs(i[0]) > abs(i[1])  # still rising


def test_cells_may_differ_in_every_parameter():
    law = load_device("pickett_2009")
    spread = np.linspace(0.95, 1.05, 4)
    fields = {"barrier": law.barrier * spread, "area": law.area / spread, "w_start": 1.3e-9}
    several = pickett.Pickett(**{**vars(law), **fields})
    t, v = [0.0, 0.1, 0.3], [0.0, 2.0, 2.0]
    together = simulate(several, t, v)
    for k in range(4):
        one = load_device(
            "pickett_2009",
            barrier=fields["barrier"][k],
            area=fields["area"][k],
            w_start=fields["w_start"],
        )
        np.testing.assert_allclose(simulate(one, t, v).i, together.i[:, k], rtol=1e-6)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"w_low": "2 nm"}, r"w_low .* must be below w_high"),
        ({"w_low": "0.5 nm"}, "no barrier is left there"),
    ],
)
def test_gaps_without_a_barrier_are_refused(changed, said):
    with pytest.raises(SpecError, match=said):
        load_device("pickett_2009", **changed)


def test_arrays_of_either_library_are_taken(xp):
    law = load_device("pickett_2009")
    v, w = xp.linspace(-1, 1, 5), xp.full((1, 5), 1.3e-9)
    assert isinstance(law.rate(v, w, 300.0), xp.ndarray)
    assert isinstance(law.bounds(v)[0], xp.ndarray)
