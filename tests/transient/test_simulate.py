"""The adaptive integrator against closed forms and itself."""

from dataclasses import replace

import numpy as np
import pytest
from laws import Relaxing, Rotating, Steep
from scipy.integrate import quad

from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.transient import pulses, simulate

TOLERANCES = np.array([1e-3, 1e-4, 1e-5, 1e-6])


@pytest.mark.parametrize("v", [-0.02, 0.03, 0.1])
def test_exponential_relaxation(v):
    law, t = Relaxing(), np.array([0.0, 0.01, 0.04, 0.05])
    x0 = np.array([[0.1, 0.5, 0.9]])
    found = simulate(law, t, np.full(4, v), state=x0, tolerance=1e-8).state[:, 0]
    expected = np.clip(law.exact(v, t[:, None], x0[0]), 0.0, 1.0)
    np.testing.assert_allclose(found, expected, atol=1e-7)


@pytest.mark.long
@pytest.mark.parametrize("v", [-0.3, 0.12, 0.2, 0.5])
def test_rates_over_many_decades(v):
    law, t = Steep(), np.array([0.0, 1e-5, 1e-3, 0.1, 1.0])
    x0 = np.array([[0.0, 0.3, 0.99, 1.0]])
    found = simulate(law, t, np.full(5, v), state=x0, tolerance=1e-8).state[:, 0]
    np.testing.assert_allclose(found, law.exact(v, t[:, None], x0[0]), atol=1e-6)


def test_the_error_falls_with_the_tolerance_as_the_order_says():
    """Third order: steps go as tolerance^(-1/3), so that the error goes as the tolerance."""
    law, t, v = Rotating(), [0.0, 1.0, 2.0], [0.0, 1.0, 1.0]
    angle = 2 * np.pi * 1.5
    exact = np.array([np.cos(angle), np.sin(angle)])
    runs = [simulate(law, t, v, tolerance=tol) for tol in TOLERANCES]
    errors = [np.abs(run.state[-1] - exact).max() for run in runs]
    steps = [run.steps for run in runs]
    order = -np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert 2.5 < order < 4.0
    assert errors[-1] < 1e-4


def test_energy_is_the_integral_of_power(streams):
    law = Relaxing()
    t, v = np.array([0.0, 0.01, 0.03, 0.05]), np.array([0.0, 0.15, 0.15, -0.02])
    trace = simulate(law, t, v, tolerance=1e-9)
    fine = np.linspace(0.0, 0.05, 2001)
    dense = simulate(law, fine, np.interp(fine, t, v), tolerance=1e-9)
    power = dense.v * dense.i
    expected = np.trapezoid(power, fine)
    expected -= (fine[1] ** 2 / 12) * (np.gradient(power, fine)[-1] - np.gradient(power, fine)[0])
    assert trace.energy[-1] == pytest.approx(expected, rel=1e-5)
    assert dense.energy[-1] == pytest.approx(trace.energy[-1], rel=1e-6)


def test_energy_of_a_state_at_rest_is_exact():
    law = Steep(k=0.0)
    trace = simulate(law, [0.0, 1.0, 3.0], [0.0, 1.0, 0.5], state=[0.5])
    g = 1e-3 * 0.51
    expected = quad(lambda t: g * np.interp(t, [0, 1, 3], [0, 1, 0.5]) ** 2, 0, 3, points=[1])[0]
    assert trace.energy[-1] == pytest.approx(expected, rel=1e-12)


def test_cells_of_a_batch_do_not_see_each_other(streams):
    rng = streams.rng()
    v = np.cumsum(rng.normal(0, 0.1, (20, 3, 2)), axis=0)
    t = np.linspace(0.0, 0.1, 20)
    x0 = rng.uniform(0, 1, (1, 3, 2))
    tau = rng.uniform(0.01, 0.1, (3, 2))
    whole = simulate(replace(Relaxing(), tau=tau), t, v, state=x0)
    assert whole.i.shape == whole.v.shape == whole.g.shape == (20, 3, 2)
    assert whole.state.shape == (20, 1, 3, 2)
    for place in np.ndindex(3, 2):
        law = Relaxing(tau=float(tau[place]))
        alone = simulate(law, t, v[:, *place], state=x0[:, *place])
        assert np.array_equal(alone.state, whole.state[:, :, *place])
        assert np.array_equal(alone.energy, whole.energy[:, *place])


def test_one_waveform_for_many_cells_and_one_cell_without_a_batch():
    law = Relaxing()
    many = simulate(law, [0.0, 0.1], [0.1, 0.1], state=np.linspace(0, 1, 5)[None])
    one = simulate(law, [0.0, 0.1], [0.1, 0.1])
    assert many.i.shape == (2, 5) and one.i.shape == (2,)


def test_conductance_without_voltage_is_that_of_a_small_read():
    trace = simulate(Relaxing(), [0.0, 1.0], [0.0, 0.1])
    assert trace.g[0] == pytest.approx(1e-4 * 0.2)


class Growing(Relaxing):
    """Its state runs away from 0 until it is 1, however long the first step tried is."""

    def rate(self, v, state, temperature):
        return 1e6 * state * (1.0 - state)


@pytest.mark.parametrize("tolerance", [1e-3, 1e-7])
@pytest.mark.parametrize(("dt", "x0"), [(1.0, 0.01), (1e-5, 0.01), (1e-5, 0.3)])
def test_a_state_that_runs_away_is_followed(dt, x0, tolerance):
    end = simulate(Growing(), [0.0, dt], [0.3, 0.3], state=[x0], tolerance=tolerance).state[-1]
    assert end[0] == pytest.approx(1 / (1 + (1 / x0 - 1) * np.exp(-1e6 * dt)), abs=3 * tolerance)


class Rising(Relaxing):
    """Its current has no second derivative where the voltage leaves zero."""

    def current(self, v, state, temperature):
        return v * abs(v) ** 0.5


def test_energy_from_rest_of_a_current_that_is_not_smooth():
    trace = simulate(Rising(), [0.0, 1.0], [0.0, 0.5], tolerance=1e-6)
    assert trace.energy[-1] == pytest.approx(0.5**2.5 / 3.5, rel=1e-5)


class Singular(Relaxing):
    """Its state runs away in finite time."""

    def rate(self, v, state, temperature):
        return 1.0 / np.maximum(0.5 - state, 1e-100) ** 2

    def bounds(self, v):
        return np.full((1, 1), -np.inf), np.full((1, 1), np.inf)


def test_a_step_that_underflows_raises():
    with pytest.raises(ConvergenceError, match="Singular cannot be integrated at 0.3 V"):
        simulate(Singular(), [0.0, 1.0], [0.3, 0.3], state=[0.0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"t": [0.0, 1.0], "v": [0.0]}, "two points"),
        ({"t": [0.0, 1.0], "v": np.empty((2, 0))}, "it holds no cells"),
        ({"t": [0.0, np.inf], "v": [0.0, 1.0]}, r"t\[1\] is inf"),
        ({"t": [0.0, 2.0, 1.0], "v": [0.0, 0.0, 0.0]}, r"t\[2\] = 1 s does not come after"),
        ({"t": [0.0, 1.0], "v": [0.0, 6.0]}, "v reaches 6 V; Relaxing holds from -5 V to 5 V"),
        (
            {"t": [0.0, 1.0], "v": [0.0, 1.0], "state": [1.5]},
            "state x is 1.5; it must be",
        ),
        ({"t": [0.0, 1.0], "v": [0.0, 1.0], "state": [0.1, 0.2]}, "state has shape"),
        (
            {"t": [0.0, 1.0], "v": np.zeros((2, 3)), "temperature": [1.0, 2.0]},
            "do not fit together",
        ),
        ({"t": [0.0, 1.0], "v": [0.0, 1.0], "tolerance": 0.0}, "tolerance is 0"),
        ({"t": [0.0, 1.0], "v": [0.0, 1.0], "temperature": np.nan}, "temperature is nan K"),
        ({"t": [0.0, 1.0], "v": [0.0, 1.0], "temperature": [300.0, -5.0]}, "finite and above 0 K"),
        ({"t": [0.0, 1.0], "v": [0.0, 1.0], "state": [np.nan]}, "state x is nan"),
    ],
)
def test_nonsense_is_refused(arguments, message):
    t, v = arguments.pop("t"), arguments.pop("v")
    with pytest.raises(SpecError, match=message):
        simulate(Relaxing(), t, v, **arguments)


def test_a_train_of_pulses_has_its_corners():
    t, v = pulses(np.array([1.0, -2.0]), 1e-6, period=4e-6, edge=1e-7)
    np.testing.assert_allclose(t[:5], [0.0, 1e-7, 1.1e-6, 1.2e-6, 4e-6])
    np.testing.assert_allclose(v, [0, 1, 1, 0, 0, -2, -2, 0, 0])
    with pytest.raises(SpecError, match="does not fit"):
        pulses(np.ones(2), 1e-6, period=1e-6)
