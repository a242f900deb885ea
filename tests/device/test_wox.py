"""WOx: published pulses, exact flow, fading."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import pulses, simulate

SHEETS = ("du_2017", "chang_2011", "nbox_fit")

# w after ten pulses of 1.5 V, 1 ms, period 10 ms: equations of Du et al. 2017, integrated
W_AFTER_PULSE = (0.18051, 0.24648, 0.30050, 0.34472, 0.38093,
                 0.41057, 0.43484, 0.45472, 0.47098, 0.48430)  # fmt: skip


def test_state_after_each_of_ten_pulses():
    law = load_device("du_2017")
    t, v = pulses(np.full(10, 1.5), 1e-3, period=10e-3, edge=1e-8)
    trace = simulate(law, t, v)
    np.testing.assert_allclose(trace.state[3:-1:4, 0], W_AFTER_PULSE, atol=7e-5)


def test_state_after_each_of_ten_pulses_in_closed_form():
    law = load_device("du_2017")
    w, after = np.array([0.1]), []
    for _ in range(10):
        w = law.flow(np.array(1.5), 1e-3, w, 300.0)
        after.append(w[0])
        w = law.flow(np.array(0.0), 9e-3, w, 300.0)
    assert after[0] == pytest.approx(0.18057, abs=5e-6)
    np.testing.assert_allclose(after, W_AFTER_PULSE, atol=7e-5)


def test_the_state_fades_exponentially():
    law = load_device("du_2017")
    t = np.linspace(0.0, 0.2, 21)
    w = simulate(law, t, 0.0 * t, state=[0.9], tolerance=1e-9).state[:, 0]
    np.testing.assert_allclose(w, 0.1 + 0.8 * np.exp(-t / 0.05), rtol=1e-7)


@pytest.mark.parametrize("name", SHEETS)
def test_the_flow_is_that_of_the_equations(name):
    law = load_device(name)
    v = np.linspace(-0.5, 1.5, 9)
    dt = 0.3 * law.tau
    trace = simulate(law, [0.0, dt], np.tile(v, (2, 1)), tolerance=1e-9)
    start = np.full((1, 9), law.w_rest)
    np.testing.assert_allclose(law.flow(v, dt, start, 300.0), trace.state[-1], atol=1e-7)


def test_a_sweep_agrees_with_another_integrator():
    law = load_device("nbox_fit", tau="5 ms", eta_up=1.1)
    t = np.linspace(0.0, 30e-3, 61)
    v = 0.8 + 1.7 * np.sin(2 * np.pi * t / 20e-3)
    trace = simulate(law, t, v)

    def rate(at, w):
        return law.rate(np.interp(at, t, v), w, 300.0)

    exact = solve_ivp(rate, (0, t[-1]), [law.w_rest], method="Radau", t_eval=t, rtol=1e-9,
                      atol=1e-12, max_step=1e-4).y  # fmt: skip
    np.testing.assert_allclose(trace.state[:, 0], exact[0], atol=1e-5)
    i = law.current(v, exact, 300.0)
    assert abs(trace.i - i).max() < 1e-5 * np.ptp(i)


def test_voltages_whose_exponentials_overflow_are_refused():
    with pytest.raises(SpecError, match="Wox holds from -12.5 V to 12.5 V"):
        simulate(load_device("du_2017"), [0.0, 1e-6], [0.0, 13.0])


def test_a_law_that_never_moves_is_refused():
    with pytest.raises(SpecError, match="eta_up and eta_down"):
        load_device("du_2017", eta_up=0, eta_down=0)
