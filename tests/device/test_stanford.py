"""Stanford-PKU model: switching times, the pulse of its paper, and the slide along its gate."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.transient import simulate

NM = 1e-9
CODATA = {"q": 1.602176634e-19, "k": 1.380649e-23}


def cell(**other):
    return load_device("jiang_2014_hfox_demo", **other)


def time_to(device, v, start, end, temperature=None):
    """When a gap that starts at `start` nm reaches `end` nm at `v`, s."""
    sign, first = np.sign(end - start), [min(start * NM, device.g_max)]
    passed = 0.0
    t = np.append(0.0, np.geomspace(1e-11, 1e-6, 60))
    for _ in range(2):
        trace = simulate(device, t, np.full_like(t, v), state=first, temperature=temperature)
        gap = trace.state[:, 0] * sign
        k = int(np.argmax(gap > end * NM * sign)) - 1
        found = passed + np.interp(end * NM * sign, gap[k:], t[k:])
        passed, first = passed + t[k], trace.state[k]
        t = np.linspace(0.0, t[k + 1] - t[k], 200)
    return found


# DEVICES 5, with CODATA constants
HEATED = {1.4: 459.57, 1.6: 54.782, 1.8: 6.6146, 2.0: 0.82502, 2.2: 0.11719}
COLD = {1.4: 473.81, 1.6: 57.582, 1.8: 7.1096, 2.0: 0.88986, 2.2: 0.11268}
OPENING = {-1.1: 283.5, -1.3: 13.903, -1.5: 0.82675, -1.7: 0.10892}
AMBIENT = {273: 10.013, 298: 6.6146, 323: 4.6900, 348: 3.5127, 373: 2.7470}


@pytest.mark.long
@pytest.mark.parametrize(
    ("heating", "v", "ns"),
    [(1, v, ns) for v, ns in HEATED.items()] + [(0, v, ns) for v, ns in COLD.items()],
)
def test_time_to_close_the_gap(heating, v, ns):
    device = cell(self_heating=heating, **CODATA)
    assert time_to(device, v, 1.7, 0.9) == pytest.approx(ns * 1e-9, rel=1e-4, abs=0)


@pytest.mark.parametrize(("v", "ns"), OPENING.items())
def test_time_to_open_the_gap(v, ns):
    assert time_to(cell(**CODATA), v, 0.2, 0.5) == pytest.approx(ns * 1e-9, rel=1e-4, abs=0)


@pytest.mark.long
@pytest.mark.parametrize(("kelvin", "ns"), AMBIENT.items())
def test_warm_surroundings_make_it_faster(kelvin, ns):
    device = cell(**CODATA)
    assert time_to(device, 1.8, 1.7, 0.9, float(kelvin)) == pytest.approx(
        ns * 1e-9, rel=1e-4, abs=0
    )


@pytest.mark.parametrize(
    ("heating", "milliamperes"),
    [
        (1, [34.84, 15.40, 7.486, 3.539, 2.125, 1.475]),
        (0, [39.54, 30.18, 19.41, 9.712, 5.280, 3.228]),
    ],
)
def test_current_during_a_pulse(heating, milliamperes):
    # DEVICES 5; an edge of 20 ps fits them all
    t = np.array([0.0, 0.02, 1, 10, 25, 50, 75, 99]) * 1e-9
    v = np.array([0.0] + [-1.3] * 7)
    trace = simulate(cell(self_heating=heating, **CODATA), t, v, state=[0.2 * NM])
    np.testing.assert_allclose(-trace.i[2:] * 1e3, milliamperes, rtol=5e-4)


def test_the_pulse_of_the_paper_is_that_of_a_cold_cell():
    # Jiang 2016, figure 5: 40.7 mA, about 10 mA after 50 ns, about 3 mA after 100 ns
    t = np.array([0.0, 50.0, 100.0]) * 1e-9
    v = np.full(3, -1.3)
    cold, hot = (-simulate(cell(self_heating=h), t, v).i * 1e3 for h in (0, 1))
    np.testing.assert_allclose(cold, [40.7, 10.0, 3.0], rtol=0.1)
    assert hot[1] < 4.0


def test_closed_cell_carries_the_current_of_its_smallest_gap():
    trace = simulate(cell(), [0.0, 100e-9], [1.8, 1.8], state=[1.7e-9])
    assert trace.i[-1] == pytest.approx(0.30092, rel=1e-4)


def test_field_of_the_gate_is_a_threshold():
    device = cell()
    opening, _, closing = device.breakpoints
    assert closing == pytest.approx(1.3919, abs=1e-4)
    assert opening == pytest.approx(-1.0504, abs=1e-4)
    for v, start in ((closing, 1.7), (opening, 0.2)):
        below, above = (
            simulate(device, [0.0, 1e-6], [f * v] * 2, state=[min(start * NM, device.g_max)]).state[
                -1, 0
            ]
            for f in (0.9999, 1.0001)
        )
        assert below == pytest.approx(start * NM, rel=1e-12, abs=0)
        assert above != pytest.approx(start * NM, rel=1e-9, abs=0)


@pytest.mark.long
@pytest.mark.parametrize("points", [2, 7, 100])
@pytest.mark.parametrize("v", [-1.2, -1.3, -1.38])
def test_an_opening_gap_slides_along_the_gate(v, points):
    device = cell()
    t = np.linspace(0.0, 1e-3, points)
    trace = simulate(device, t, np.linspace(0.0, v, points), state=[0.2 * NM])
    line = ((16 - 1.4e9 * 12e-9 / np.maximum(abs(trace.v), 1.06)) / 0.8) ** (1 / 3) * NM
    sliding = abs(trace.v) > 1.06
    np.testing.assert_allclose(trace.state[sliding, 0], line[sliding], rtol=1e-9)


def test_heat_along_the_gate_and_back():
    device = cell()
    t = np.linspace(0.0, 1e-3, 401)
    v = np.interp(t, [0.0, 0.5e-3, 1e-3], [0.0, -1.3, 0.0])
    found = simulate(device, t, v, state=[0.2 * NM]).energy[-1]
    u = np.linspace(0.0, -1.3, 200001)
    gap = np.maximum.accumulate(device.bounds(u)[1][0].clip(0.2 * NM, None) * (u < 0))
    gap = np.maximum(gap, 0.2 * NM)
    both = [device.current(u, g[None], 298.0) * u for g in (gap, gap[-1] + 0 * gap)]
    exact = sum(np.trapezoid(p, -u) for p in both) * 0.5e-3 / 1.3
    assert found == pytest.approx(exact, rel=2e-3)


def test_a_gap_beyond_the_gate_stays():
    trace = simulate(cell(), [0.0, 1.0, 2.0], [-1.2, -1.1, 0.0], state=[1.5 * NM])
    assert (trace.state == 1.5 * NM).all()


@pytest.mark.long
@pytest.mark.parametrize("sheet", ["jiang_2016_hfox_17", "jiang_2016_hfox_33"])
def test_another_integrator_finds_the_same(sheet):
    d = load_device(sheet, r_th="2e4 K/W", alpha=1.4, g_max="1.3 nm")
    corners, volts = [0.0, 0.3, 0.5, 1.0], [0.0, 0.95, 0.0, -1.6]
    low, high = d.g_min / NM, d.g_max / NM

    def rate(s, y):
        v, g = np.interp(s, corners, volts), min(max(y[0], low), high)
        i = d.i_0 * np.exp(-g * NM / d.g_0) * np.sinh(v / d.v_0)
        kt = 8.617333262e-5 * (300.0 + d.r_th * abs(v * i))
        gamma, beta = (d.gamma_set, d.beta_set) if v >= 0 else (d.gamma_reset, d.beta_reset)
        push = (gamma - beta * g**d.alpha) * d.a_0 / d.t_ox * v
        moved = -d.speed / NM * np.exp(-d.e_a / kt) * np.sinh(push / kt)
        return [0.0 if (y[0] <= low and moved < 0) or (y[0] >= high and moved > 0) else moved]

    t = np.linspace(0.0, 1.0, 301)
    start = 0.8 * high
    found = solve_ivp(  # one step by itself: LSODA need not get over the rates' jumps at the ends
        rate, (0, 1), [start], method="RK45", t_eval=t, rtol=1e-9, atol=1e-12, max_step=1e-3
    )
    trace = simulate(d, t, np.interp(t, corners, volts), state=[start * NM])
    gap = trace.state[:, 0] / NM
    assert np.ptp(gap) > 0.3
    np.testing.assert_allclose(gap, found.y[0].clip(low, high), atol=1e-4)


def test_the_smallest_gap_is_below_the_largest():
    with pytest.raises(SpecError, match="must be below g_max"):
        cell(g_min="2 nm")
