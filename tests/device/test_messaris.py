"""The data-driven model: its closed form against the ODE, limits, and slips of the paper."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import simulate

CASES = [
    ("messaris_2018_tiox_1", 1.8, 4600.0, 10e-3),
    ("messaris_2018_tiox_1", -1.4, 5900.0, 10e-3),
    ("messaris_2018_tiox_2", 0.75, 10500.0, 10e-3),
    ("messaris_2018_tiox_2", -0.7, 16500.0, 10e-3),
    ("messaris_2018_taox", 0.8, 900.0, 1e-6),
    ("messaris_2018_taox", -1.6, 300.0, 1e-7),
]


def rate(d, v, r):
    """dR/dt as the paper writes it, with its direction eta."""
    eta = np.sign(d.amp_p)
    if v > 0:
        limit, k, s = d.rp0 + d.rp1 * v + d.rp2 * v * v, d.k_p, d.amp_p * np.expm1(d.t_p * abs(v))
        return s * np.expm1(eta * k * (limit - r)) if eta * r < eta * limit else 0.0
    limit, k, s = d.rn0 + d.rn1 * v + d.rn2 * v * v, d.k_n, d.amp_n * np.expm1(d.t_n * abs(v))
    return s * np.expm1(eta * k * (r - limit)) if eta * r > eta * limit else 0.0


@pytest.mark.parametrize(("name", "v", "start", "dt"), CASES)
def test_closed_form_is_the_flow_of_the_ode(name, v, start, dt):
    d = load_device(name)
    t = np.array([0.0, 1e-3, 0.1, 1.0]) * dt
    closed = [d.flow(np.array([v]), s, np.array([[start]]), 300.0)[0, 0] for s in t]
    ode = solve_ivp(
        lambda s, r: [rate(d, v, r[0])],
        (0.0, dt), [start], method="Radau", t_eval=t, rtol=1e-10, atol=1e-9,
    )  # fmt: skip
    assert abs(closed[-1] - start) > 100.0
    np.testing.assert_allclose(closed, ode.y[0], rtol=1e-7)
    np.testing.assert_allclose(
        closed, simulate(d, t, [v] * 4, state=[start]).state[:, 0], rtol=2e-5
    )


@pytest.mark.parametrize(("name", "v", "start", "dt"), CASES)
def test_flow_of_two_times_is_that_of_their_sum(name, v, start, dt):
    d, v = load_device(name), np.array([v])
    half = d.flow(v, 0.3 * dt, np.array([[start]]), 300.0)
    np.testing.assert_allclose(
        d.flow(v, 0.7 * dt, half, 300.0), d.flow(v, dt, np.array([[start]]), 300.0), rtol=1e-10
    )


@pytest.mark.parametrize("name", [c[0] for c in CASES[::2]])
def test_another_integrator_finds_the_same_sweep(name):
    d = load_device(name, k_p="1e-3 1/ohm", k_n="1e-3 1/ohm")
    scale = 1e-7 if name.endswith("taox") else 1.0
    corners, volts = np.array([0.0, 1.0, 2.0, 3.0]) * scale, [0.0, 0.9 * d.v_high, d.v_low, 0.0]
    t = np.linspace(0.0, corners[-1], 301)
    v = np.interp(t, corners, volts)
    ode = solve_ivp(
        lambda s, r: [rate(d, np.interp(s, corners, volts), r[0])],
        (0.0, t[-1]), [d.r_start], method="LSODA", t_eval=t, rtol=1e-9, atol=1e-7,
        max_step=t[-1] / 3000,
    )  # fmt: skip
    trace = simulate(d, t, v)
    inside = np.logical_and.accumulate((ode.y[0] > d.r_low) & (ode.y[0] < d.r_high))
    assert inside.sum() > 50
    i = d.current(v, ode.y, 300.0)
    np.testing.assert_allclose(trace.i[inside], i[inside], atol=1e-4 * np.ptp(i[inside]), rtol=1e-4)


def test_nothing_moves_beyond_the_limit_of_its_voltage():
    d = load_device("messaris_2018_tiox_1")
    above = 3085 + 1862 * 1.2 + 1.0
    assert simulate(d, [0.0, 1e3], [1.2, 1.2], state=[above]).state[-1, 0] == above


def test_limits_of_the_second_device_lie_in_its_range():
    # Table II prints 23.69e4 ohm/V, with which the limit at -0.6 V is negative
    d = load_device("messaris_2018_tiox_2")
    for v in (-0.6, -0.8):
        assert d.r_low < d.rn0 + d.rn1 * v < d.r_high
    assert d.rn0 - 23.69e4 * 0.6 < 0


def test_the_two_sides_move_against_each_other():
    with pytest.raises(SpecError, match="must have opposite signs"):
        load_device("messaris_2018_taox", amp_p="1e6 ohm/s")
    with pytest.raises(SpecError, match="must be below r_high"):
        load_device("messaris_2018_taox", r_low="2 kohm")
