"""Threshold switch: where it switches, exact flow, scatter, and the oscillator in closed form."""

from math import log

import numpy as np
import pytest

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import simulate
from xbarsim.transient.oscillator import relaxation_oscillator


@pytest.fixture
def law():
    return load_device("ideal_threshold_switch")


@pytest.mark.parametrize("sign", [1, pytest.param(-1, marks=pytest.mark.long)])
def test_it_switches_at_its_voltages(law, sign):
    t = np.linspace(0.0, 1e-3, 2001)
    v = sign * np.interp(t, [0, 0.5e-3, 1e-3], [0.0, 1.5, 0.0])
    x = simulate(law, t, v).state[:, 0]
    on, off = np.argmax(x > 0.5), len(x) - np.argmax(x[::-1] > 0.5)
    assert abs(v[on]) == pytest.approx(1.0, abs=4e-3)
    assert abs(v[off]) == pytest.approx(0.3, abs=4e-3)


def test_the_flow_is_that_of_the_equations(law):
    v = np.array([0.0, 0.2, 0.5, 0.70, 0.73, 0.9, 1.5, -1.5])
    start = np.full((1, 8), 0.4)
    trace = simulate(law, [0.0, 0.3e-9], np.tile(v, (2, 1)), state=start, tolerance=1e-9)
    found = law.flow(v, 0.3e-9, start, 300.0)
    np.testing.assert_allclose(trace.state[-1], found, atol=1e-6)
    np.testing.assert_allclose(found[0, [0, 2, 5, 6]], [0.1, 0.1, 0.7, 0.7], atol=1e-9)


def test_between_both_voltages_it_stays(law):
    trace = simulate(law, [0.0, 1e-3], np.full((2, 2), 0.6), state=[[0.0, 1.0]])
    np.testing.assert_array_equal(trace.state[-1, 0], [0.0, 1.0])


def test_thresholds_scatter_as_told(law, streams):
    drawn = law.drawn(streams.normal((2, 20_000)))
    assert drawn.v_threshold.mean() == pytest.approx(1.0, abs=1.5e-3)
    assert drawn.v_threshold.std() == pytest.approx(0.04, rel=0.03)
    assert (drawn.v_hold < drawn.v_threshold).all()
    trace = simulate(law.drawn(streams.normal((2, 30))), [0, 1e-7], np.full((2, 30), 1.0))
    on = trace.state[-1, 0] > 0.5
    assert 3 < on.sum() < 27


def test_no_noise_no_scatter(law):
    drawn = law.drawn(np.zeros((2, 5)))
    assert (drawn.v_threshold == law.v_threshold).all() and (drawn.v_hold == law.v_hold).all()


@pytest.mark.long
def test_the_oscillator_has_the_period_of_two_exponentials(law):
    c, load, source = 10e-12, 20e3, 2.0
    law = load_device("ideal_threshold_switch", t_on="1 ps", t_off="1 ps")
    found = relaxation_oscillator(law, source, load, c, 1e-6)
    period = 0.0
    for r, start, end in ((1e6, 0.3, 1.0), (1e3, 1.0, 0.3)):
        goal, tau = source * r / (r + load), c * r * load / (r + load)
        period += tau * log((goal - start) / (goal - end))
    assert found.period == pytest.approx(period, rel=2e-3)


def test_a_ramp_turns_it_on_and_off_within_its_times():
    law = load_device("ideal_threshold_switch", t_on="30 ns", t_off="50 ns")
    t = np.linspace(0.0, 1e-6, 201)
    v = np.interp(t, [0, 0.4e-6, 1e-6], [0.0, -1.4, 0.4])
    up, down = 0.4e-6 / 1.4, 0.4e-6 + 0.6e-6 * 1.1 / 1.8
    exact = np.clip((t - up) / 30e-9, 0, 1) - np.clip((t - down) / 50e-9, 0, 1)
    np.testing.assert_allclose(simulate(law, t, v).state[:, 0], exact, atol=1e-5)


def test_hold_above_the_threshold_is_refused():
    with pytest.raises(SpecError, match="must be below v_threshold"):
        load_device("ideal_threshold_switch", v_hold="1.2 V")


def test_a_switch_whose_parameters_differ_makes_no_oscillator(law, streams):
    with pytest.raises(SpecError, match="v_threshold, v_hold of the switch must be numbers"):
        relaxation_oscillator(law.drawn(streams.normal((2, 3))), 2.0, 2e4, 1e-11, 1e-6)
