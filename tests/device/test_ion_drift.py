"""Linear ion drift: published figures, closed form, windows, and slips of other simulators."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from device_models.ion_drift import biolek, joglekar, prodromakis
from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import pulses, simulate

SHEETS = ["strukov_2008", "joglekar_2009", "biolek_2009", "prodromakis_2011"]
FREQUENCIES_HZ = np.array([1.0, 3.0, 6.0, 10.0])
HALVES = (slice(0, 1001), slice(1000, 2001))  # of the sine


@pytest.fixture(scope="module")
def sine():
    """1 V at four frequencies, as 1 Hz in films that are as much slower."""
    law = load_device("strukov_2008")
    slower = load_device("strukov_2008", mobility=law.mobility)
    object.__setattr__(slower, "mobility", law.mobility / FREQUENCIES_HZ)
    t = np.linspace(0.0, 1.0, 2001)
    return simulate(slower, t, np.sin(2 * np.pi * t), tolerance=1e-9)


@pytest.mark.long
def test_front_of_a_sine_reaches_the_computed_maximum(sine):
    # integrated to 1e-9: 1 V sine at 1, 3, 6 and 10 Hz, no window
    np.testing.assert_allclose(
        sine.state[:, 0].max(axis=0), [0.35747, 0.17689, 0.13760, 0.12237], atol=6e-6
    )


def test_lobes_of_a_sine_have_the_computed_area(sine):
    area = np.array([abs(np.trapezoid(sine.i[h], sine.v[h], axis=0)) for h in HALVES])
    expected = [8.9276e-6, 2.1403e-6, 1.00065e-6, 5.8520e-7]  # V A for each half-period
    np.testing.assert_allclose(area, np.tile(expected, (2, 1)), rtol=4e-5)


def test_the_two_lobes_are_alike(sine):
    first, second = (np.trapezoid(sine.i[h], sine.v[h], axis=0) for h in HALVES)
    np.testing.assert_allclose(abs(first), abs(second), atol=1e-9 * abs(first).max())


@pytest.mark.long
def test_integration_agrees_with_the_closed_form():
    law = load_device("strukov_2008")
    t = np.linspace(0.0, 1.0, 401)
    v = np.sin(2 * np.pi * t)
    flux = np.concatenate([[0.0], np.cumsum(0.5 * (v[1:] + v[:-1]) * np.diff(t))])
    start = np.full((1, len(t)), law.x_start)
    exact = law.flow(flux, 1.0, start, 300.0)[0]  # 1 V for as many seconds as there is flux
    found = simulate(law, t, v, tolerance=1e-10).state[:, 0]
    assert abs(found - exact).max() < 6.5e-10


@pytest.mark.parametrize("v", [-2.0, -0.3, 0.0, 0.4, 3.0])
def test_flow_is_what_integration_gives(v):
    law = load_device("strukov_2008", x_start=0.6)
    exact = law.flow(np.array([v]), 0.2, np.array([[0.6]]), 300.0)
    found = simulate(law, [0.0, 0.2], [v, v], tolerance=1e-9).state[-1]
    np.testing.assert_allclose(exact[0], found, rtol=1e-7)


def test_flow_stops_at_the_electrodes_and_can_be_cut():
    law = load_device("strukov_2008")
    start, v = np.array([[0.1, 0.1, 0.1]]), np.array([5.0, -5.0, 0.7])
    np.testing.assert_array_equal(law.flow(v[:2], 100.0, start[:, :2], 300.0), [[1.0, 0.0]])
    once = law.flow(v, 0.5, start, 300.0)
    twice = law.flow(v, 0.3, law.flow(v, 0.2, start, 300.0), 300.0)
    np.testing.assert_allclose(twice, once, rtol=1e-14)


WINDOWS = {
    "joglekar_2009": lambda x, i: 1 - (2 * x - 1) ** 4,
    "biolek_2009": lambda x, i: 1 - (x - (1.0 if -i >= 0 else 0.0)) ** 4,
    "prodromakis_2011": lambda x, i: 1 - ((x - 0.5) ** 2 + 0.75) ** 2,
}


@pytest.mark.long
@pytest.mark.parametrize(("sheet", "window"), WINDOWS.items(), ids=list(WINDOWS))
@pytest.mark.parametrize("waveform", ["sine", "unequal pulses"])
def test_windows_agree_with_an_independent_integration(sheet, window, waveform):
    if waveform == "sine":
        t = np.linspace(0.0, 1.0, 101)
        v, changed = np.sin(2 * np.pi * t), {}
    else:
        t, v = pulses([2.0, -1.0, 1.5, -3.0], 0.1, edge=0.01)
        changed = {"r_off": 5e3, "x_start": 0.4, "mobility": 3e-14}
    law = load_device(sheet, **changed)

    def slope(time, x):
        i = np.interp(time, t, v) / (law.r_on * x[0] + law.r_off * (1 - x[0]))
        return [law.mobility * law.r_on / law.thickness**2 * i * window(x[0], i)]

    exact, x = [law.x_start], [law.x_start]
    for a, b in zip(t[:-1], t[1:], strict=True):
        x = solve_ivp(slope, (a, b), x, method="Radau", rtol=1e-9, atol=1e-12).y[:, -1]
        exact.append(x[0])
    trace = simulate(law, t, v)
    np.testing.assert_allclose(trace.state[:, 0], exact, atol=2e-6)
    i = v / (law.r_on * np.array(exact) + law.r_off * (1 - np.array(exact)))
    assert abs(trace.i - i).max() < 1e-5 * np.ptp(i)


@pytest.mark.parametrize("p", [1, 2, 5])
def test_windows_vanish_where_they_should(p):
    x, i = np.array([0.0, 1.0, 0.0, 1.0]), np.array([1.0, 1.0, -1.0, -1.0])
    # MemTorch has (1 - (2x - 1))^2p, 4^p at x = 0
    np.testing.assert_allclose(joglekar(x, p), 0.0, atol=1e-15)
    # MemTorch has (1 - (x - 1/2)^2 + 3/4)^p, 1.5^p at x = 0; Xyce has -3/4
    np.testing.assert_allclose(prodromakis(x, p, 1.0), 0.0, atol=1e-15)
    # Xyce has stp(i) for stp(-i), by which a front could leave and could never return
    np.testing.assert_allclose(biolek(x, i, p), [1.0, 0.0, 0.0, 1.0], atol=1e-15)


@pytest.mark.parametrize("p", [1, 2, 5])
def test_windows_do_not_stop_the_middle(p):
    assert joglekar(0.5, p) == 1.0
    assert prodromakis(0.5, p, 2.0) == pytest.approx(2 * (1 - 0.75**p))
    assert biolek(0.5, np.array(1.0), p) == biolek(0.5, np.array(-1.0), p) == 1 - 0.25**p


@pytest.mark.parametrize("sheet", SHEETS)
def test_no_voltage_is_too_small_to_move_the_front(sheet):
    # MemTorch moves nothing below a threshold of 0.55 V that is in no publication
    law = load_device(sheet)
    state = np.full((1, 3), 0.5)
    rate = law.rate(np.array([1e-3, 0.5, 1.0]), state, 300.0)[0]
    np.testing.assert_allclose(rate / rate[-1], [1e-3, 0.5, 1.0], rtol=1e-12)


def test_front_at_an_electrode_comes_back_under_biolek_alone():
    low = {name: load_device(name, x_start=0.0) for name in ("joglekar_2009", "biolek_2009")}
    for name, moves in (("joglekar_2009", False), ("biolek_2009", True)):
        trace = simulate(low[name], [0.0, 0.5], [1.0, 1.0])
        assert (trace.state[-1, 0] > 0.05) == moves


def test_resistances_in_the_wrong_order_are_refused():
    with pytest.raises(SpecError, match="r_on .* must be below r_off"):
        load_device("strukov_2008", r_on="20 kohm")


def test_arrays_of_either_library_are_taken(xp):
    law = load_device("biolek_2009")
    v, x = xp.linspace(-1, 1, 5), xp.full((1, 5), 0.3)
    assert isinstance(law.rate(v, x, 300.0), xp.ndarray)
    assert isinstance(load_device("strukov_2008").flow(v, 0.1, x, 300.0), xp.ndarray)
