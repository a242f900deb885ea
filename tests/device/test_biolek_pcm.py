"""SPICE phase change cell: published pulses, and another integrator."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device, with_parameters
from xbarsim.errors import SpecError
from xbarsim.transient import simulate


@pytest.fixture
def law():
    return load_device("biolek_2013")


def test_set_and_reset(law):
    """4 V for 300 ns, then 6 V for 100 ns; computed from the equations of Biolek et al. 2013.

    Edges are 1 ns. While the cell cools from melting it crystallises to 0.0118.
    """
    t = np.cumsum([0, 1, 300, 1, 50, 1, 100, 1, 50]) * 1e-9
    trace = simulate(law, t, [0.0, 4.0, 4.0, 0.0, 0.0, 6.0, 6.0, 0.0, 0.0])
    celsius, fraction = 1e3 * trace.state[:, 0] + 20.0, trace.state[:, 1]
    assert celsius[2] == pytest.approx(340.0, abs=0.05)
    assert celsius[6] == pytest.approx(740.0, abs=0.05)
    assert fraction[4] == pytest.approx(0.99753, abs=3e-5)
    assert fraction[8] == pytest.approx(0.01183, abs=2e-5)


def test_pulses_without_edges_in_closed_form(law):
    """Nothing but the time above either temperature counts."""
    t = np.cumsum([0, 1e-6, 300, 1e-6, 20, 1e-6, 100]) * 1e-9
    trace = simulate(law, t, [0.0, 4.0, 4.0, 0.0, 0.0, 6.0, 6.0])
    tau = 0.4e-9
    warm = 300e-9 - tau * np.log(320 / 140)
    assert trace.state[2, 1] == pytest.approx(1 - np.exp(-2e7 * warm), abs=1e-6)
    molten = 100e-9 - tau * np.log(720 / 140)
    assert trace.state[6, 1] == pytest.approx(np.exp(-1e8 * molten), rel=5e-3)


def test_temperature_settles_exponentially(law):
    t = np.linspace(0.0, 4e-9, 41)
    cell = with_parameters(law, {"crystallization": 0.0, "crystalline_start": 1.0})
    found = simulate(cell, t, np.full(41, 3.0)).state[:, 0]
    np.testing.assert_allclose(found, 0.18 * (1 - np.exp(-t / 0.4e-9)), atol=2e-6)


@pytest.mark.long
def test_a_sweep_agrees_with_another_integrator(law):
    law = with_parameters(law, {"smoothness": 4e-3, "crystallization": 8e6, "heat_capacity": 8e-15})
    t = np.linspace(0.0, 1.2e-6, 61)
    v = 5.6 * np.interp(t, [0, 0.6e-6, 0.72e-6, 1.2e-6], [0.3, 0.75, 0.0, 1.0])
    trace = simulate(law, t, v)

    def rate(at, y):
        return law.rate(np.interp(at, t, v), y, law.ambient)

    exact = solve_ivp(rate, (0, t[-1]), law.initial_state(), method="Radau", t_eval=t, rtol=1e-9,
                      atol=1e-10, max_step=1e-9).y  # fmt: skip
    assert abs(trace.state[:, 0] - exact[0]).max() < 1e-3 * np.ptp(exact[0])
    assert abs(trace.state[:, 1] - exact[1]).max() < 1e-3
    i = law.current(v, exact, law.ambient)
    assert abs(trace.i - i).max() < 2e-3 * np.ptp(i)


def test_warmer_surroundings_crystallise_at_lower_voltage(law):
    t = np.array([0.0, 300e-9])
    cold, warm = (
        simulate(law, t, [2.6, 2.6], temperature=x).state[-1, 1] for x in (293.15, 353.15)
    )
    assert cold < 0.01 and warm > 0.9


def test_phases_in_the_wrong_order_are_refused():
    with pytest.raises(SpecError, match="must be below t_melting"):
        load_device("biolek_2013", t_melting="450 K")
