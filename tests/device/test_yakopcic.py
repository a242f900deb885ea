"""Yakopcic's model against published waveforms, and against another integrator."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import simulate


def triangles(amplitudes, period, points=50):
    """Triangles from 0 V to each amplitude and back."""
    n = len(amplitudes)
    t = np.linspace(0.0, n * period, n * points + 1)
    corners = np.arange(2 * n + 1) * period / 2
    return t, np.interp(t, corners, np.append(np.outer(amplitudes, [0, 1]).ravel(), 0.0))


def drift(device, v, x):
    """dx/dt written out, one cell."""
    d = device
    if v > d.v_p:
        g = d.a_p * (np.exp(v) - np.exp(d.v_p))
    elif v < -d.v_n:
        g = -d.a_n * (np.exp(-v) - np.exp(d.v_n))
    else:
        return 0.0
    f = 1.0
    if d.eta * v >= 0 and x >= d.x_p:
        f = np.exp(-d.alpha_p * (x - d.x_p)) * ((d.x_p - x) / (1 - d.x_p) + 1)
    if d.eta * v < 0 and x <= 1 - d.x_n:
        f = np.exp(d.alpha_n * (x + d.x_n - 1)) * x / (1 - d.x_n)
    return d.eta * g * f


def test_chalcogenide_cell_under_a_sine():
    # DEVICES 4: from an integration with rtol 1e-9
    t = np.linspace(0.0, 10e-3, 1601)
    device = load_device("yakopcic_2013_oblea_sine")
    trace = simulate(device, t, 0.45 * np.sin(2 * np.pi * 100 * t))
    x = trace.state[:, 0]
    assert trace.i.max() == pytest.approx(3.42257e-3, rel=1e-5)
    assert trace.i.min() == pytest.approx(-1.89906e-3, rel=2e-5)
    assert x.max() == pytest.approx(0.969737, rel=2e-6)
    rising = slice(0, int(np.argmax(x > 0.6)))
    assert np.interp(0.5, x[rising], t[rising]) == pytest.approx(1.44469e-3, rel=1e-5)


def test_silicon_cell_under_ten_triangles():
    # DEVICES 4: peak currents; triangles of 2.5 s
    peaks = [0.48739, 0.83337, 1.10409, 1.32099, 1.49982]
    peaks += [-0.32564, -0.22144, -0.16540, -0.12911, -0.10344]
    t, v = triangles([4.0] * 5 + [-2.0] * 5, 2.5)
    i = simulate(load_device("yakopcic_2013_jo"), t, v).i
    found = [part[np.argmax(abs(part))] for part in i[:-1].reshape(10, -1)]
    np.testing.assert_allclose(np.array(found) * 1e6, peaks, atol=1e-5)


@pytest.mark.parametrize("eta", [1.0, -1.0])
def test_another_integrator_finds_the_same(eta):
    device = replace(
        load_device("yakopcic_2013_miao"), eta=eta, x_start=0.4, a1=0.03, x_n=0.6, v_p=0.2
    )
    corners, volts = [0.0, 1.5, 4.0, 8.0, 11.0], [0.0, 1.0, -1.3, 0.9, 0.0]
    t = np.linspace(0.0, 11.0, 441)
    v = np.interp(t, corners, volts)
    found = solve_ivp(
        lambda s, x: [drift(device, np.interp(s, corners, volts), x[0])],
        (0.0, 11.0), [0.4], method="LSODA", t_eval=t, rtol=1e-9, atol=1e-12, max_step=0.01,
    )  # fmt: skip
    trace = simulate(device, t, v)
    np.testing.assert_allclose(trace.state[:, 0], found.y[0], atol=2e-5)
    a = np.where(v >= 0, device.a1, device.a2)
    i = a * found.y[0] * np.sinh(device.b * v)
    np.testing.assert_allclose(trace.i, i, atol=2e-5 * np.ptp(i))


def test_ends_of_the_later_form_carry_currents_of_their_own():
    d = load_device("tiotto_2022_nbsto_10um")
    v = np.array([0.7, -1.3])
    on, off = (d.current(v, np.full((1, 2), x), 300.0) for x in (1.0, 0.0))
    plus = d.g_max_p * np.sinh(d.b_max_p * 0.7), d.g_min_p * (1 - np.exp(-d.b_min_p * 0.7))
    minus = d.g_max_n * (1 - np.exp(d.b_max_n * 1.3)), d.g_min_n * np.sinh(-d.b_min_n * 1.3)
    np.testing.assert_allclose([on[0], off[0], on[1], off[1]], [*plus, *minus], rtol=1e-12)


def test_another_integrator_finds_the_same_for_the_later_form():
    d = load_device("tiotto_2022_nbsto", v_p=0.2, x_n=0.4)
    corners, volts = [0.0, 10.0, 35.0, 40.0], [0.0, 1.5, -3.0, 0.0]

    def rate(s, x):
        v = np.interp(s, corners, volts)
        if v > d.v_p:
            f = np.exp(-d.alpha_p * (x - d.x_p)) * (1 - x) / (1 - d.x_p) if x >= d.x_p else 1.0
            return d.a_p * (np.exp(v) - np.exp(d.v_p)) * f
        if v < -d.v_n:
            f = np.exp(d.alpha_n * (x - d.x_n)) * x / d.x_n if x <= d.x_n else 1.0
            return -d.a_n * (np.exp(-v) - np.exp(d.v_n)) * f
        return 0.0

    t = np.linspace(0.0, 40.0, 401)
    found = solve_ivp(
        lambda s, x: [float(np.squeeze(rate(s, x[0])))],
        (0.0, 40.0), [0.0], method="LSODA", t_eval=t, rtol=1e-9, atol=1e-12, max_step=0.05,
    )  # fmt: skip
    trace = simulate(d, t, np.interp(t, corners, volts))
    assert found.y.max() > 0.7
    assert found.y[0, -1] < 0.6
    np.testing.assert_allclose(trace.state[:, 0], found.y[0], atol=2e-5)


def test_a_direction_is_one_or_minus_one():
    with pytest.raises(SpecError, match=r"eta is 0.5; it must be 1 or -1"):
        load_device("yakopcic_2013_jo", eta=0.5)
