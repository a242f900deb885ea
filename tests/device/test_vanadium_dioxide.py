"""VO2: the band in which the neuristor spikes, and the loops of the resistance."""

import numpy as np
import pytest

from device_models.vanadium_dioxide import neuristor
from xbarsim.device import load_device
from xbarsim.errors import SpecError

LOAD, CAPACITANCE = 12e3, 145.34619293e-12
VOLTS = (10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0)

# kHz: explicit Euler steps of 0.25 ns with the published code's threshold of 0.01 K for a turn
WITH_THRESHOLD = (0, 277.4, 329.0, 371.7, 414.7, 488.8, 0)
# kHz: explicit Euler steps of 0.05 ns of the equations, every turn seen
EVERY_TURN = (0, 277.18, 328.66, 371.45, 414.18, 488.37, 0)


@pytest.fixture
def law():
    return load_device("zhang_2024")


@pytest.mark.long
def test_the_neuristor_spikes_from_11_to_15_volt(law):
    found = neuristor(law, VOLTS, LOAD, CAPACITANCE, 40e-6, dt=10e-9).frequency / 1e3
    np.testing.assert_allclose(found, WITH_THRESHOLD, rtol=1.5e-3)
    np.testing.assert_allclose(found, EVERY_TURN, rtol=2e-4)


def test_the_error_falls_with_the_square_of_the_step(law):
    v = {x: neuristor(law, 13.0, LOAD, CAPACITANCE, 4e-6, dt=x * 1e-9).v for x in (2, 10, 40)}
    errors = [abs(v[x] - v[2][:: x // 2]).max() for x in (10, 40)]
    assert errors[0] < errors[1] / 8


def path(law, temperatures):
    """Resistance along a path of temperatures, by small steps."""
    state = np.array(law.initial_state())
    state[0] = state[2] = temperatures[0]
    found = []
    for goal in temperatures[1:]:
        for t in np.linspace(state[0], goal, 400)[1:]:
            state = law.turn(state, t)
        found.append(float(law.resistance(state)))
    return found


def test_the_large_loop_comes_back(law):
    up, _, _, second = path(law, [306.0, 332.0, 368.0, 306.0, 332.0])
    assert second == pytest.approx(up, rel=2e-2)


def test_cooling_stays_more_metallic_than_heating(law):
    up, _, down = path(law, [306.0, 333.0, 368.0, 333.0])
    assert down < 0.5 * up


def test_the_resistance_is_continuous_at_a_turn(law):
    state = np.array(law.initial_state())
    for t in np.linspace(325.0, 334.0, 200):
        state = law.turn(state, t)
    before = float(law.resistance(state))
    after = law.turn(state, 334.0 - 1e-9)
    assert after[1] == -1 and float(law.resistance(after)) == pytest.approx(before, rel=1e-7)
    back = law.turn(after, 334.0)
    assert back[1] == 1 and float(law.resistance(back)) == pytest.approx(before, rel=1e-7)


def test_a_small_loop_lies_within_the_large_one(law):
    up, down = path(law, [306.0, 332.0])[-1], path(law, [306.0, 368.0, 332.0])[-1]
    inner = path(law, [306.0, 336.0, 329.0, 332.0])[-1]
    assert down < inner < up


def test_no_voltage_no_current_and_cooling(law):
    state = np.array([[330.0], [1.0], [325.0], [0.0]])
    assert law.current(np.zeros(1), state, law.ambient) == 0
    rate = law.heating(np.zeros(1), state, law.ambient)
    assert rate == pytest.approx(-5 * 0.20558726e-3 / 49.62776831e-12)


def test_films_may_differ(law):
    other = load_device("zhang_2024", r_0="6e-3 ohm")
    both = load_device("zhang_2024")
    object.__setattr__(both, "r_0", np.array([law.r_0, other.r_0]))
    found = neuristor(both, np.full(2, 12.0), LOAD, CAPACITANCE, 3e-6, dt=20e-9).i
    for k, one in enumerate((law, other)):
        alone = neuristor(one, 12.0, LOAD, CAPACITANCE, 3e-6, dt=20e-9).i
        np.testing.assert_allclose(found[:, k], alone, rtol=1e-12)


def test_impossible_circuits_and_clamps_are_refused(law):
    with pytest.raises(SpecError, match="r_load 0 ohm"):
        neuristor(law, 12.0, 0.0, CAPACITANCE, 1e-6)
    with pytest.raises(SpecError, match="must be below t_high"):
        load_device("zhang_2024", t_low="380 K")


def test_under_a_constant_voltage_it_settles_where_heat_is_lost_as_fast(law):
    state = np.array([[x] for x in law.initial_state()])
    for _ in range(400):
        state = law.advance(np.array([1.5]), 10e-9, state, law.ambient)
    v, t = 1.5, state[0, 0]
    lost = law.heat_conductance * (t - law.ambient)
    assert lost == pytest.approx(v * law.current(np.array([v]), state, law.ambient)[0], rel=1e-6)
    for _ in range(400):
        state = law.advance(np.array([0.0]), 10e-9, state, law.ambient)
    assert state[1, 0] == -1 and state[0, 0] == pytest.approx(law.ambient, abs=1e-4)
