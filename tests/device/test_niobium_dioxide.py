"""NbO2: resistances, static curve, relaxation oscillator, and another integrator."""

from math import log, pi

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device, with_parameters
from xbarsim.errors import SpecError
from xbarsim.transient import simulate
from xbarsim.transient.oscillator import relaxation_oscillator


@pytest.fixture
def law():
    return load_device("pickett_2012")


def test_resistance_of_the_insulator_and_of_the_metal(law):
    assert law.resistance(0.0) == pytest.approx(49.515e3, rel=1e-5)
    assert law.resistance(1.0) == pytest.approx(707.4, rel=1e-4)


def test_threshold_and_hold_of_the_static_curve(law):
    """Computed from the equations of Pickett and Williams; the valley is flat in the current."""
    v, i = law.threshold
    assert v == pytest.approx(1.4447, abs=5e-5) and i == pytest.approx(35.3e-6, abs=0.1e-6)
    v, i = law.hold
    assert v == pytest.approx(0.7446, abs=2e-4)
    u = np.linspace(0.59, 0.63, 4001)
    at = np.argmin(abs(law.static(u)[1] - 389e-6))
    assert law.static(u)[0][at] == pytest.approx(0.7446, abs=1e-4)


def test_the_static_curve_is_where_the_state_rests(law):
    u = np.linspace(0.01, 0.98, 50)
    v, i = law.static(u)
    state = law.state_of(u)
    scale = abs(law.rate(1.1 * v, state, law.ambient))
    assert (abs(law.rate(v, state, law.ambient)) < 1e-9 * scale).all()
    np.testing.assert_allclose(law.current(v, state, law.ambient), i, rtol=1e-12)


def test_heat_of_the_core_is_the_derived_one_and_not_that_of_the_listings(law):
    """The listings square 2 u ln u, which at u = 0.2 makes the first part 2.5 times as large."""
    u, v = 0.2, 1.2
    shell = (1 - u**2 + 2 * u**2 * log(u)) / (2 * u * log(u) ** 2)
    heat = pi * 20e-9 * 30e-9**2 * (2.6e6 * 784 * shell + 2 * 1.6e8 * u)
    lost = 2 * pi * 20e-9 * 1.5 * 784 / log(1 / u)
    du = (v**2 / law.resistance(u) - lost) / heat
    x = law.state_of(np.array([u]))
    assert law.rate(np.array([v]), x, 296.0)[0, 0] == pytest.approx(x[0, 0] ** 2 / u * du)


@pytest.mark.long
def test_relaxation_oscillator(law):
    """Pearson-Anson: 1.8 V, 4.2 kohm, 23 pF, 2.7 kohm and 50 ohm in series with the switch."""
    found = relaxation_oscillator(law, 1.8, 4.2e3, 23e-12, 1.2e-6, r_series=2750.0)
    assert found.period == pytest.approx(197.67e-9, rel=2e-4)
    end = found.settled()
    assert end.v.min() == pytest.approx(1.2827, abs=2e-4)
    assert end.v.max() == pytest.approx(1.5517, abs=2e-4)


def test_no_oscillation_below_the_threshold(law):
    found = relaxation_oscillator(law, 1.2, 4.2e3, 23e-12, 2e-6, r_series=2750.0, points=201)
    assert found.period == float("inf")


def test_a_circuit_without_capacitor_is_refused(law):
    with pytest.raises(SpecError, match="capacitance is 0 F"):
        relaxation_oscillator(law, 1.8, 4.2e3, 0.0, 1e-6)


def test_a_sweep_agrees_with_another_integrator_of_the_radius(law):
    """Integrated in the radius itself, another cell and another waveform."""
    law = with_parameters(law, {"radius": 40e-9, "conductivity": 1.8})
    t = np.linspace(0.0, 150e-9, 151)
    v = 1.9 * np.interp(t, [0, 60e-9, 100e-9, 150e-9], [0.55, 1.0, 0.6, 0.1])

    def slope(at, log_u):
        u = np.exp(np.minimum(log_u, -1e-9))
        shell = (1 - u**2 + 2 * u**2 * np.log(u)) / (2 * u * np.log(u) ** 2)
        heat = pi * 20e-9 * 40e-9**2 * (2.6e6 * 784 * shell + 2 * 1.6e8 * u)
        lost = 2 * pi * 20e-9 * 1.8 * 784 / np.log(1 / u)
        return (np.interp(at, t, v) ** 2 / law.resistance(u) - lost) / heat / u

    u0 = 1e-3
    exact = solve_ivp(slope, (0, t[-1]), [log(u0)], method="LSODA", t_eval=t, rtol=1e-9,
                      atol=1e-10, max_step=1e-10)  # fmt: skip
    trace = simulate(law, t, v, state=law.state_of(np.array([u0]))[:, 0])
    i = v / law.resistance(np.exp(exact.y[0]))
    assert abs(trace.i - i).max() < 2e-3 * np.ptp(i)


def test_a_hotter_ambient_lowers_the_threshold(law):
    t, v = np.array([0.0, 100e-9]), np.full((2, 1), 1.3)
    cold, hot = (simulate(law, t, v, temperature=x).i[-1, 0] for x in (296.0, 500.0))
    assert hot > 5 * cold
