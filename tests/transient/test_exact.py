"""Closed forms under lines of voltage against the adaptive integrator, and what a trace holds."""

import numpy as np
import pytest

from xbarsim.device import list_devices, load_device, load_sheet, with_parameters
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.transient import simulate
from xbarsim.transient.adaptive import Cells, advance
from xbarsim.transient.exact import advance_exactly, in_closed_form

LINE_LAWS = [n for n in list_devices("switching") if hasattr(load_device(n), "drive")]


def lines(name, rng, points=8, cells=3):
    """Random corners of voltage within twice the sheet's sweep, some at rest, some through 0 V."""
    law, sweep = load_device(name), load_sheet(name).sweep
    low, high = (max(2 * sweep.v_low, law.valid[0]), min(2 * sweep.v_high, law.valid[1]))
    v = rng.uniform(low, high, (points, cells))
    v[3], v[4] = v[2], 0.0
    t = np.concatenate([[0.0], np.cumsum(rng.uniform(0.01, 0.2, points - 1))]) * sweep.period
    return law, t, v, rng.uniform(0.02, 0.98, (1, cells))


def by_small_steps(law, t, v, state, tolerance=1e-6):
    n = v.shape[1]
    cells = Cells(state.copy(), np.zeros(n), np.full(n, np.inf))
    for k in range(len(t) - 1):
        advance(law, cells, (v[k], v[k + 1]), t[k + 1] - t[k], np.full(n, 300.0), tolerance)
    return cells


def test_the_laws_of_the_benchmark_have_closed_forms():
    modules = {type(load_device(name)).__name__ for name in LINE_LAWS}
    assert {"Vteam", "Yakopcic", "Yakopcic2020", "Wox", "LinearIonDrift"} <= modules


@pytest.mark.long
@pytest.mark.parametrize("name", LINE_LAWS)
def test_lines_lead_where_integration_does(name, streams):
    law, t, v, start = lines(name, streams.rng())
    found = simulate(law, t, v, state=start, tolerance=1e-6)
    expected = by_small_steps(law, t, v, start)
    np.testing.assert_allclose(found.state[-1], expected.state, atol=1e-5)
    np.testing.assert_allclose(found.energy[-1], expected.energy, rtol=3e-4)


@pytest.mark.long
@pytest.mark.parametrize("name", LINE_LAWS)
def test_a_line_can_be_cut_anywhere(name, streams):
    law, t, v, start = lines(name, streams.rng())
    cut = np.sort(np.concatenate([t, t[:-1] + 0.37 * np.diff(t)]))
    finer = np.stack([np.interp(cut, t, column) for column in v.T], axis=1)
    once, twice = (
        simulate(law, a, b, state=start, tolerance=1e-6) for a, b in ((t, v), (cut, finer))
    )
    np.testing.assert_allclose(twice.state[-1], once.state[-1], atol=1e-8)
    np.testing.assert_allclose(twice.energy[-1], once.energy[-1], rtol=1e-4)


@pytest.mark.long
@pytest.mark.parametrize("name", LINE_LAWS)
def test_cells_that_differ_are_what_each_is_alone(name, streams):
    rng = streams.rng()
    law, t, v, start = lines(name, rng)
    field = next(f for f in ("alpha_off", "alpha_p", "eta_up", "r_off", "m") if hasattr(law, f))
    values = getattr(law, field) * (np.ones(3) if field == "m" else rng.uniform(0.9, 1.0, 3))
    together = simulate(with_parameters(law, {field: values}), t, v, state=start)
    for k in (0, 2):
        alone = with_parameters(law, {field: float(values[k])})
        found = simulate(alone, t, v[:, k], state=start[:, k])
        np.testing.assert_allclose(found.state[:, 0], together.state[:, 0, k], rtol=1e-12)
        np.testing.assert_allclose(found.energy, together.energy[:, k], rtol=1e-9)


def test_a_voltage_at_rest_takes_the_flow_of_a_law_that_has_no_line():
    law = load_device("messaris_2018_tiox_1")
    assert in_closed_form(law, (np.ones(1), np.ones(1)))
    assert not in_closed_form(law, (np.zeros(1), np.ones(1)))
    trace = simulate(law, [0.0, 1e-3], [1.2, 1.2])
    exact = law.flow(np.array([1.2]), 1e-3, np.array(law.initial_state()).reshape(1, 1), 300.0)
    assert trace.state[-1, 0] == pytest.approx(float(exact[0, 0]), rel=1e-12)


def test_heat_that_is_not_finite_is_refused():
    law = with_parameters(load_device("kvatinsky_2015_generic"), {"r_on": 0.0, "r_off": 0.0})
    cells = Cells(np.full((1, 2), 0.5), np.zeros(2), np.full(2, np.inf))
    ends = (np.zeros(2), np.ones(2))
    with np.errstate(all="ignore"), pytest.raises(ConvergenceError, match=r"no finite heat near 0"):
        advance_exactly(law, cells, ends, 1e-9, np.full(2, 300.0), 1e-6)


@pytest.mark.parametrize("name", ["du_2017", "strachan_2013", "cuppers_2019"])
def test_a_trace_of_some_points_holds_those_of_the_whole(name, streams):
    law, sweep = load_device(name), load_sheet(name).sweep
    t = np.linspace(0.0, sweep.period, 9)
    v = 0.5 * sweep.v_low * np.sin(2 * np.pi * t / sweep.period)
    whole = simulate(law, t, v, tolerance=1e-4)
    some = simulate(law, t, v, tolerance=1e-4, record=[-1, 0, 3])
    np.testing.assert_array_equal(some.t, t[[-1, 0, 3]])
    for part in ("v", "i", "state", "energy", "g"):
        np.testing.assert_array_equal(getattr(some, part), getattr(whole, part)[[-1, 0, 3]])


@pytest.mark.parametrize(
    ("record", "told"),
    [([5], "names point 5; there are 3"), ([-4], "names point -4"), ([], "must be places"),
     ([0.5], "must be places")],
)  # fmt: skip
def test_points_that_are_not_there_are_refused(record, told):
    with pytest.raises(SpecError, match=told):
        simulate(load_device("du_2017"), [0.0, 1.0, 2.0], [0.0, 1.0, 0.0], record=record)


@pytest.mark.parametrize("name", ["messaris_2018_taox", "chanthbouala_2012", "du_2017"])
def test_a_cell_at_rest_does_not_know_its_neighbours(name):
    law, sweep = load_device(name), load_sheet(name).sweep
    t, v = sweep.period * np.array([0.0, 0.1, 0.2]), np.full((3, 700), 0.6 * sweep.v_high)
    v[1, ::2] = 0.9 * sweep.v_high  # every other cell meets slopes
    together = simulate(law, t, v)
    for k in (0, 1, 600, 601):
        alone = simulate(law, t, v[:, k])
        np.testing.assert_array_equal(alone.state, together.state[..., k])
        np.testing.assert_array_equal(alone.energy, together.energy[:, k])


@pytest.mark.long
def test_a_long_line_meets_the_tolerance_of_its_own_heat():
    # of this current, steep in the voltage, coarse pieces take many times the heat that there is
    law = load_device("du_2017", tau="0.3 s", eta_up=0.0, **{"lambda": "0.05 1/s"})
    t, v = [0.0, 1.0, 2.0], [-3.0, 3.0, -3.0]
    exact = simulate(law, t, v, state=np.array([0.1]), tolerance=1e-11).energy[-1]
    for tolerance in (1e-3, 1e-5, 1e-6):
        found = simulate(law, t, v, state=np.array([0.1]), tolerance=tolerance).energy[-1]
        assert found == pytest.approx(exact, rel=10 * tolerance)
