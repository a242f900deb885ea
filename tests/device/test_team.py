"""TEAM: a trace by Xyce, both static curves, thresholds, an independent integration."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import pulses, simulate

SHEETS = ["kvatinsky_2013_simmons", "kvatinsky_2013_exponential"]

# Rows of Xyce_Regression, OutputData/MEMRISTOR/memristorTEAM_test.cir.prn: time s, x nm, R ohm.
# The netlist: 1 V, 1 kHz, 50 ohm in series, windows of 1 pm at both ends of 3 nm.
XYCE = np.array([
    (4.04882590e-05, 4.03951800e-02, 6.27918070e01),
    (7.40091245e-05, 3.06979382e-01, 1.47210137e02),
    (1.50297991e-04, 8.41594539e-01, 3.16504937e02),
    (2.49704695e-04, 1.24794163e00, 4.45181516e02),
    (3.00563939e-04, 1.32302535e00, 4.68958026e02),
    (4.02282427e-04, 1.34465523e00, 4.75807488e02),
    (4.99377348e-04, 1.34468199e00, 4.75815964e02),
    (5.34231815e-04, 1.29104356e00, 4.58830460e02),
    (5.37009113e-04, 1.16315307e00, 4.18331804e02),
    (5.50158351e-04, -3.33611244e-03, 4.89435644e01),
    (6.50209388e-04, -3.67541233e-03, 4.88361194e01),
    (7.50260424e-04, -3.75916153e-03, 4.88095988e01),
])  # fmt: skip


def xyce_cell():
    """Its windows; 50 ohm in series with a linear curve raise both resistances."""
    windows = {"a_on": 0, "a_off": "3 nm", "w_c": "1 pm", "x_start": 0}
    return load_device("kvatinsky_2013_simmons", r_on=100, r_off=1050, **windows)


@pytest.fixture(scope="module")
def xyce():
    """Its waveform."""
    law = xyce_cell()
    t = np.union1d(np.linspace(0.0, 1e-3, 1001), XYCE[:, 0])
    return XYCE, simulate(law, t, np.sin(2e3 * np.pi * t))


def test_opens_as_in_xyce(xyce):
    rows, trace = xyce
    rows = rows[rows[:, 0] < 5e-4]
    at = np.searchsorted(trace.t, rows[:, 0])
    np.testing.assert_allclose(trace.state[at, 0] * 1e9, rows[:, 1], atol=1e-4)
    np.testing.assert_allclose(1 / trace.g[at] - 50, rows[:, 2], rtol=3e-4)


def test_quarter_and_half_period_are_as_computed(xyce):
    _, trace = xyce
    x = np.interp([0.25e-3, 0.5e-3], trace.t, trace.state[:, 0]) * 1e9
    np.testing.assert_allclose(x, [1.24860, 1.34466], atol=2e-5)
    assert 50 + 950 / 3 * x[1] == pytest.approx(475.8, abs=0.05)


def test_closes_as_in_xyce(xyce):
    # Xyce takes long steps after the current has turned: it is 2e-3 off while the cell closes
    rows, trace = xyce
    rows = rows[rows[:, 0] > 5e-4]
    at = np.searchsorted(trace.t, rows[:, 0])
    np.testing.assert_allclose(1 / trace.g[at] - 50, rows[:, 2], rtol=3e-3)
    np.testing.assert_allclose(1 / trace.g[at[2:]] - 50, rows[2:, 2], rtol=1e-5)


def test_closes_at_the_time_of_an_independent_integration(xyce):
    def slope(time, x):  # nm, ms
        excess = max(-np.sin(2 * np.pi * time) / (100 + 950 * x[0] / 3) / 8.9e-6 - 1, 0)
        return [-4.68e-16 * excess**10 * np.exp(-np.exp(min(-x[0] / 1e-3, 700)))]

    def closed(time, x):
        return x[0]

    closed.terminal = True
    start = np.interp(0.5e-3, xyce[1].t, xyce[1].state[:, 0])
    options = {"method": "Radau", "rtol": 1e-9, "atol": 1e-12, "events": closed}
    exact = 1e-3 * solve_ivp(slope, (0.5, 0.56), [1e9 * start], **options).t_events[0][0]
    assert exact == pytest.approx(0.538102564e-3, rel=1e-4)  # in Xyce

    t = np.append(np.linspace(0.5e-3, 0.538e-3, 200), np.linspace(0.5381e-3, 0.53815e-3, 51))
    x = simulate(xyce_cell(), t, np.sin(2e3 * np.pi * t), state=np.array([start])).state[:, 0]
    assert t[np.argmax(x < 0)] == pytest.approx(exact, abs=1.5e-9)  # 40 ppm of 38 us


def test_comes_to_rest_just_beyond_the_end(xyce):
    _, trace = xyce
    assert trace.state[-1, 0] == pytest.approx(-3.78e-12, abs=1e-14)
    assert 50 + 950 / 3e-9 * trace.state[-1, 0] == pytest.approx(48.8, abs=0.05)


def test_static_curves_meet_at_both_ends():
    x = np.array([[0.0, 1.5e-9, 3e-9]])
    expected = {SHEETS[0]: [50.0, 525.0, 1000.0], SHEETS[1]: [50.0, np.sqrt(50e3), 1000.0]}
    for sheet, r in expected.items():
        i = load_device(sheet).current(np.full(3, -0.2), x, 300.0)
        np.testing.assert_allclose(-0.2 / i, r, rtol=1e-12)


@pytest.mark.parametrize("sheet", SHEETS)
def test_nothing_moves_between_the_thresholds(sheet):
    law = load_device(sheet)
    x = np.full((1, 4), 1.45e-9)
    r = 1.0 / law.current(np.ones(4), x, 300.0)
    i = np.array([0.999 * law.i_on, 0.999 * law.i_off, 1.5 * law.i_on, 1.5 * law.i_off])
    rate = law.rate(i * r, x, 300.0)[0]
    assert (rate[:2] == 0).all() and rate[2] < 0 < rate[3]
    window = np.exp(-np.exp((1.45 - 1.2) / 0.107))  # equation 18
    assert rate[3] == pytest.approx(1.46e-18 * 0.5**10 * window, rel=1e-9, abs=0)
    window = np.exp(-np.exp((1.8 - 1.45) / 0.107))  # equation 19
    assert rate[2] == pytest.approx(-4.68e-22 * 0.5**10 * window, rel=1e-9, abs=0)


@pytest.mark.parametrize("sheet", SHEETS)
def test_agrees_with_an_independent_integration(sheet):
    changed = {"alpha_on": 5, "alpha_off": 3, "k_off": 2e-5, "k_on": -4e-9, "r_off": 3000}
    law = load_device(sheet, **changed)
    t, v = pulses([1.5, -1.0, 2.5, -2.0], 1e-3, edge=1e-4)

    def resistance(x):
        part = x / 3.0
        return 50 + 2950 * part if sheet == SHEETS[0] else 50 * 60**part

    def slope(time, x):  # nm, ms
        x = np.clip(x, 1.2, 1.8)  # trials only
        i = np.interp(time, 1e3 * t, v) / resistance(x[0])
        if i > 115e-6:
            return [20.0 * (i / 115e-6 - 1) ** 3 * np.exp(-np.exp((x[0] - 1.2) / 0.107))]
        if i < -8.9e-6:
            return [-4e-3 * (-i / 8.9e-6 - 1) ** 5 * np.exp(-np.exp((1.8 - x[0]) / 0.107))]
        return [0.0]

    x, exact = [1.45], [1.45]
    for a, b in zip(1e3 * t[:-1], 1e3 * t[1:], strict=True):
        x = solve_ivp(slope, (a, b), x, method="Radau", rtol=1e-9, atol=1e-12).y[:, -1]
        exact.append(x[0])
    trace = simulate(law, t, v)
    assert np.ptp(exact) > 0.04
    np.testing.assert_allclose(trace.state[:, 0] * 1e9, exact, atol=1e-5)
    i = v / resistance(np.array(exact))
    assert abs(trace.i - i).max() < 1e-5 * np.ptp(i)


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_two_conventions_of_sign_are_mirror_images(sheet):
    law = load_device(sheet)
    mirrored = load_device(sheet, i_on=-law.i_on, i_off=-law.i_off)
    t, v = np.array([0.0, 0.1, 0.5, 0.6, 1.0]), np.array([0.0, 2.0, 2.0, -1.0, -1.0])
    one, other = simulate(law, t, v), simulate(mirrored, t, -v)
    assert np.ptp(one.state) > 0
    np.testing.assert_array_equal(one.state, other.state)
    np.testing.assert_array_equal(one.i, -other.i)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"i_on": "8.9 uA"}, "must have opposite signs"),
        ({"x_on": "3 nm"}, r"x_on .* must be below x_off"),
        ({"a_on": "2 nm", "a_off": "1 nm", "w_c": "10 pm"}, "leave the state no room"),
        ({"x_on": "1.2 nm", "x_off": "1.8 nm"}, "resistance is not above 0 and finite"),
    ],
)
def test_parameters_that_make_no_cell_are_refused(changed, said):
    with pytest.raises(SpecError, match=said):
        load_device("kvatinsky_2013_simmons", **changed)


@pytest.mark.parametrize("sheet", SHEETS)
def test_arrays_of_either_library_are_taken(sheet, xp):
    law = load_device(sheet)
    v, x = xp.linspace(-1, 1, 5), xp.full((1, 5), 1.4e-9)
    assert isinstance(law.rate(v, x, 300.0), xp.ndarray)
    assert isinstance(law.bounds(v)[0], xp.ndarray)
