"""ECRAM: pulses one by one and in closed form, scatter as told, ions under a gate."""

import numpy as np
import pytest

from xbarsim.device import load_device, with_parameters
from xbarsim.errors import SpecError
from xbarsim.transient import simulate

FITS = ("tang_2018", "kim_2019")


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("start", [0.0, 0.6, -0.5])
@pytest.mark.parametrize("n", [1, 400, -1, -400])
def test_many_pulses_are_those_of_the_closed_form(name, start, n):
    law = load_device(name, asymmetry=0.05)
    w = np.array(start)
    for _ in range(abs(n)):
        w = law.pulse(w, n > 0, 0.0)
    assert law.after(np.array(start), n) == pytest.approx(w, abs=1e-12)


def test_steps_of_the_published_fit():
    """aihwkit EcRamPresetDevice: dw_min 0.002; up it falls by 11.5 %, down by 50.9 %."""
    law = load_device("tang_2018")
    w = np.array([0.0, 1.1724 - 0.01, 0.0, -0.8276 + 0.01])
    up = np.array([True, True, False, False])
    step = law.pulse(w, up, np.zeros(4)) - w
    assert step[0] == pytest.approx(0.002) and step[2] == pytest.approx(-0.002)
    assert step[1] == pytest.approx(0.002 * (1 - 0.1153), rel=2e-3)
    assert step[3] == pytest.approx(-0.002 * (1 - 0.5085), rel=2e-2)


def test_no_slope_counts_pulses():
    law = with_parameters(load_device("tang_2018"), {"gamma_up": 0.0})
    assert law.after(np.array(0.1), 50) == pytest.approx(0.2)


def test_the_weight_stays_in_its_range():
    law = load_device("kim_2019")
    assert law.pulse(np.array(1.17139), True, 50.0) == 1.1714
    assert law.after(np.array(0.0), -100_000) == -0.8286
    assert law.conductance(np.array([-0.8286, 1.1714]), 1e-6, 5e-6) == pytest.approx([1e-6, 5e-6])


def test_noise_of_a_step_is_relative(streams):
    law = load_device("kim_2019")
    step = law.pulse(np.zeros(40_000), True, streams.normal((40_000,)))
    assert step.std() == pytest.approx(2.0 * 2.8214e-4, rel=0.02)
    assert step.mean() == pytest.approx(2.8214e-4, abs=4 * 2 * 2.8214e-4 / 200)


def test_cells_differ_as_told(streams):
    law = load_device("tang_2018").drawn(streams.normal((6, 40_000)))
    assert law.dw_min.std() == pytest.approx(0.1 * 0.002, rel=0.02)
    assert law.w_min.std() == pytest.approx(0.05 * 0.8276, rel=0.02)
    assert law.asymmetry.std() == pytest.approx(0.01, rel=0.02)


def test_slopes_differ_absolutely(streams):
    """aihwkit's rpu_linearstep_device.cpp: |gamma + gamma_dtod z|."""
    law, z = load_device("tang_2018"), np.zeros((6, 40_000))
    z[4:] = streams.normal((2, 40_000))
    drawn = law.drawn(z)
    for name, mean in (("gamma_up", 0.1153), ("gamma_down", 0.5085)):
        np.testing.assert_allclose(getattr(drawn, name), abs(mean + 0.05 * z[4 + (mean > 0.2)]))
    assert drawn.gamma_down.std() == pytest.approx(0.05, rel=0.02)


def test_drawn_cells_take_pulses(streams):
    law = load_device("tang_2018").drawn(streams.normal((6, 40_000)))
    assert law.pulse(np.zeros(40_000), True, np.zeros(40_000)).shape == (40_000,)


def test_slopes_do_not_follow_the_ends_that_are_drawn():
    """aihwkit's presets set mean_bound_reference."""
    law = load_device("tang_2018")
    z = np.zeros((6, 3))
    z[2:4] = [-2.0, 0.0, 2.0]
    drawn, w, none = law.drawn(z), np.array([-0.3, -0.3, -0.3]), np.zeros(3)
    assert np.ptp(drawn.w_max) > 0.2 and np.ptp(drawn.w_min) > 0.1
    for up in (True, False):
        np.testing.assert_allclose(drawn.pulse(w, up, none), law.pulse(w, up, none), rtol=1e-12)


@pytest.mark.parametrize("tau", ["1000 s", "2 s"])
def test_ions_follow_the_exact_flow(tau):
    law = load_device("ionic_gate", tau=tau)
    v = np.linspace(-1.5, 1.5, 7)
    start = np.full((1, 7), 0.4)
    trace = simulate(law, [0.0, 0.3], np.tile(v, (2, 1)), state=start, tolerance=1e-9)
    np.testing.assert_allclose(law.flow(v, 0.3, start, 300.0), trace.state[-1], atol=1e-7)


def test_ions_that_stay_make_it_non_volatile():
    law = with_parameters(load_device("ionic_gate"), {"tau": np.inf})
    assert not law.volatile and load_device("ionic_gate").volatile
    state = law.flow(np.array([1.0]), 10e-3, np.zeros((1, 1)), 300.0)
    assert state[0, 0] == pytest.approx(0.0101, rel=1e-2)
    assert law.flow(np.array([0.0]), 1e9, state, 300.0) == state
    assert law.channel(state)[0] == pytest.approx(1e-6 + 9e-6 * state[0, 0])


def test_an_empty_window_is_refused():
    with pytest.raises(SpecError, match="must be below g_max"):
        load_device("ionic_gate", g_min="20 uS")
