"""VTEAM: switching times, both conventions of sign, the closed form, an independent integration."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import pulses, simulate

SHEETS = ["kvatinsky_2015_generic", "kvatinsky_2015_pt_hf_ti", "biolek_2021_cnn"]


def switching_time(law, v, start, end):
    """Until the state is at its end, from the closed form and found again by integration."""
    speed = law.rate(np.array([v]), np.array([[start]]), 300.0)[0, 0]
    time = (end - start) / speed
    before, at = 0.999 * time, 1.001 * time
    trace = simulate(law, [0.0, before, at], [v, v, v], state=np.array([start]))
    assert trace.state[1, 0] == pytest.approx(start + 0.999 * (end - start), rel=1e-9)
    assert trace.state[2, 0] == end
    return time


@pytest.mark.parametrize(
    ("v", "start", "expected_s", "rtol"),
    [
        (0.1, 0.0, 1.5e-6, 1e-9),
        (0.5, 0.0, 250e-9, 1e-9),
        (1.0, 0.0, 122.45e-9, 1e-5),
        (-0.5, 1.0, 88.889e-12, 1e-5),
        (-1.0, 1.0, 4.6875e-12, 1e-9),
    ],
)
def test_generic_cell_switches_in_the_computed_time(v, start, expected_s, rtol):
    law = load_device("kvatinsky_2015_generic")
    found = switching_time(law, v, start, 1.0 - start)
    assert found == pytest.approx(expected_s, rel=rtol, abs=0)


def test_generic_cell_under_a_sine_reaches_the_computed_resistance():
    # 1 V, 50 MHz: 98.826 ohm at x = 0.0514
    t = np.linspace(0.0, 10e-9, 2001)
    v = np.sin(2 * np.pi * 50e6 * t)
    trace = simulate(load_device("kvatinsky_2015_generic"), t, v)
    assert trace.state.max() == pytest.approx(0.0514, abs=5e-5)
    assert 1 / trace.g[1:].min() == pytest.approx(98.826, rel=1e-5)


def test_pt_hf_ti_cell_opens_at_the_computed_time():
    # 1 V, 0.25 Hz, from 5 nm and from 0 to 10 nm
    law = load_device("kvatinsky_2015_pt_hf_ti")
    t = np.linspace(0.0, 0.9, 3601)
    trace = simulate(law, t, np.sin(np.pi / 2 * t), state=np.array([[0.5, 0.0]]))
    arrival = t[np.argmax(trace.state[:, 0] >= 1.0, axis=0)]
    np.testing.assert_allclose(arrival, [0.6550, 0.806], atol=5e-4)

    def opened(time):  # from the threshold, reached at 1/3 s
        return law.k_off * (
            2 * (np.cos(np.pi / 6) - np.cos(np.pi / 2 * time)) * 2 / np.pi - (time - 1 / 3)
        )

    exact = [brentq(lambda u, x=x: x + opened(u) - 1, 0.4, 0.95) for x in (0.5, 0.0)]
    np.testing.assert_allclose(arrival, exact, atol=2.6e-4)  # an interval of the waveform


@pytest.mark.parametrize("sheet", SHEETS)
def test_flow_is_what_integration_gives(sheet):
    law = load_device(sheet)
    v = np.array([law.v_off * 1.5, law.v_off * 0.9, law.v_on * 0.5, law.v_on * 1.2])
    for dt in (0.01, 0.3, 5.0):
        dt /= law.k_off
        found = simulate(law, [0.0, dt], np.tile(v, (2, 1)), state=np.array([0.4])).state[-1]
        exact = law.flow(v, dt, np.full((1, 4), 0.4), 300.0)
        np.testing.assert_allclose(found, exact, rtol=1e-9)


def test_positive_voltage_sets_under_the_other_convention():
    law = load_device("biolek_2021_cnn")
    assert law.v_on > 0 > law.v_off
    # 1000/s (1.6/0.8 - 1)^3 for 0.4 ms
    for v, x, g in ((1.6, 0.6, 1 / 6.8e3), (-1.6, 1.0, 1e-4), (0.79, 1.0, 1e-4)):
        trace = simulate(law, [0.0, 0.4e-3], [v, v])
        assert trace.state[-1, 0] == pytest.approx(x, rel=1e-9)
        assert trace.g[-1] == pytest.approx(g, rel=1e-9)


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_two_conventions_are_mirror_images(sheet, streams):
    law = load_device(sheet)
    mirrored = load_device(sheet, v_on=-law.v_on, v_off=-law.v_off)
    t = np.array([0.0, 0.1, 0.3, 0.4, 0.9]) / law.k_off
    v = np.array([0.0, law.v_off * 2, law.v_off * 3, law.v_on * 1.01, law.v_on * 1.01])
    one, other = simulate(law, t, v), simulate(mirrored, t, -v)
    np.testing.assert_array_equal(one.state, other.state)
    np.testing.assert_array_equal(one.i, -other.i)
    np.testing.assert_array_equal(one.energy, other.energy)


@pytest.mark.parametrize("same", [("0.5 V", "0.5 V"), ("-0.5 V", "-0.2 V"), (0, "0.2 V")])
def test_thresholds_on_one_side_are_refused(same):
    with pytest.raises(SpecError, match="must have opposite signs"):
        load_device("kvatinsky_2015_generic", v_on=same[0], v_off=same[1])


@pytest.mark.parametrize("sheet", SHEETS)
def test_agrees_with_an_independent_integration(sheet):
    changed = {"alpha_off": 2, "alpha_on": 1.5, "x_start": 0.5}
    law = load_device(sheet, **changed)
    law = load_device(sheet, **changed, k_on=-3 * law.k_off)  # both directions within one trace
    amplitudes = np.array([1.8 * law.v_off, 1.3 * law.v_on, 2.5 * law.v_off])
    t, v = pulses(amplitudes, 0.25 / law.k_off, edge=0.05 / law.k_off)

    def slope(time, x):
        u = np.interp(time, t, v)
        on = law.k_on * max(u / law.v_on - 1, 0) ** 1.5
        off = law.k_off * max(u / law.v_off - 1, 0) ** 2
        found = on + off
        return [found if 0 < x[0] < 1 or (found > 0) == (x[0] <= 0) else 0.0]

    x, exact = [law.x_start], [law.x_start]
    for a, b in zip(t[:-1], t[1:], strict=True):
        kwargs = {"rtol": 1e-9, "atol": 1e-12, "max_step": (b - a) / 50}
        x = np.clip(solve_ivp(slope, (a, b), x, **kwargs).y[:, -1], 0, 1)
        exact.append(x[0])
    trace = simulate(law, t, v)
    assert np.ptp(exact) > 0.2
    i = v / (law.r_on + (law.r_off - law.r_on) * np.array(exact))
    assert abs(trace.i - i).max() < 1e-3 * np.ptp(i)


def test_arrays_of_either_library_are_taken(xp):
    law = load_device("kvatinsky_2015_generic")
    v, x = xp.linspace(-1, 1, 5), xp.full((1, 5), 0.3)
    assert isinstance(law.rate(v, x, 300.0), xp.ndarray)
    assert isinstance(law.flow(v, 1e-9, x, 300.0), xp.ndarray)
