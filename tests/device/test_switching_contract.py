"""Every switching law and its sheets through one body of tests: the seven invariants."""

import numpy as np
import pytest

from xbarsim.device import SwitchingLaw, list_devices, load_device, load_sheet
from xbarsim.errors import SpecError
from xbarsim.transient import simulate

SHEETS = list_devices("switching")
CELLS = 40


@pytest.fixture(params=SHEETS)
def name(request):
    return request.param


@pytest.fixture
def law(name):
    return load_device(name)


@pytest.fixture
def sweep(name):
    return load_sheet(name).sweep


def states(law, rng, cells=CELLS):
    """Random states between the bounds, near them and at them."""
    low, high = (np.asarray(b, dtype=float)[:, :1] for b in law.bounds(np.zeros(1)))
    where = rng.beta(0.5, 0.5, (len(law.states), cells))
    where[:, :2] = [0.0, 1.0]
    start = np.asarray(law.initial_state(), dtype=float).reshape(-1, 1)
    bounded = np.isfinite(high - low)
    found = low + where * np.where(bounded, high - low, 0.0)
    return np.where(bounded, np.minimum(found, high), start)  # rounding


def triangle(sweep, periods=2, points=400):
    t = np.linspace(0.0, periods * sweep.period, points + 1)
    phase = (t / sweep.period) % 1.0
    unit = np.interp(phase, [0.0, 0.25, 0.75, 1.0], [0.0, 1.0, -1.0, 0.0])
    return t, np.where(unit > 0, sweep.v_high * unit, -sweep.v_low * unit)


def test_law_keeps_the_protocol_and_has_a_sweep(law, sweep):
    assert isinstance(law, SwitchingLaw)
    assert sweep is not None and sweep.v_low <= 0 < sweep.v_high and sweep.period > 0
    assert len(np.asarray(law.initial_state())) == len(law.states)
    low, high = law.valid
    assert low <= sweep.v_low and sweep.v_high <= high


def test_no_voltage_no_current(law, sweep, streams):
    s = states(law, streams.rng())
    largest = abs(law.current(np.full(CELLS, sweep.v_high), s, law.ambient)).max()
    assert abs(law.current(np.zeros(CELLS), s, law.ambient)).max() < 1e-12 * largest


def test_no_cell_gives_energy_away(law, sweep, streams):
    rng = streams.rng()
    v = rng.uniform(sweep.v_low, sweep.v_high, CELLS)
    i = law.current(v, states(law, rng), law.ambient)
    assert i.shape == v.shape and np.isfinite(i).all()
    assert (v * i >= 0).all()


@pytest.mark.long
def test_states_stay_within_bounds_under_any_voltage(law, sweep, streams):
    rng = streams.rng()
    t = np.cumsum(rng.uniform(0.01, 0.1, 30)) * sweep.period
    v = rng.uniform(sweep.v_low, sweep.v_high, (30, 8))
    trace = simulate(law, t, v, state=states(law, rng, 8), tolerance=1e-4)
    low, high = (np.asarray(b)[None, :, :1] for b in law.bounds(np.zeros(1)))
    assert np.isfinite(trace.state).all() and np.isfinite(trace.i).all()
    assert (trace.state >= low).all() and (trace.state <= high).all()
    assert (np.diff(trace.energy, axis=0) >= -1e-12 * trace.energy[-1]).all()


@pytest.mark.long
def test_the_loop_closes_at_high_frequency(law, sweep):
    t, v = triangle(sweep)
    areas = []
    for faster in (1.0, 1e9):
        i = simulate(law, t / faster, v, tolerance=1e-4).i
        half = len(t) // 2
        area = abs(np.trapezoid(i[half:], v[half:]))
        lobes = abs(np.diff(v[half:])) @ abs(0.5 * (i[half + 1 :] + i[half:-1]))
        areas.append(area / lobes)
    assert areas[1] < 1e-3


@pytest.mark.long
def test_a_tighter_tolerance_changes_little(law, sweep):
    t, v = triangle(sweep, periods=1, points=40)
    coarse, fine = (simulate(law, t, v, tolerance=tol) for tol in (1e-5, 1e-7))
    low, high = (np.asarray(b)[:, 0] for b in law.bounds(np.zeros(1)))
    reach = np.where(np.isfinite(high - low), high - low, abs(fine.state).max(axis=0))
    assert (abs(coarse.state - fine.state).max(axis=0) < 2e-3 * reach).all()


@pytest.mark.long
def test_time_can_be_cut_anywhere(law, sweep, streams):
    v = np.array([sweep.v_low, 0.7 * sweep.v_high, sweep.v_high])
    whole = simulate(law, [0.0, 0.02 * sweep.period], np.tile(v, (2, 1)), tolerance=1e-7)
    cut = np.array([0.0, 0.0071, 0.02]) * sweep.period
    parts = simulate(law, cut, np.tile(v, (3, 1)), tolerance=1e-7)
    size = abs(whole.state[-1]) + 1e-3 * abs(whole.state[0]) + 1e-30
    assert (abs(parts.state[-1] - whole.state[-1]) < 1e-4 * size).all()


def test_without_voltage_a_non_volatile_state_stays(law, sweep, streams):
    if law.volatile:
        pytest.skip("the state relaxes")
    s = states(law, streams.rng())
    trace = simulate(law, [0.0, 1.0, 3e7], np.zeros((3, CELLS)), state=s)
    assert np.array_equal(trace.state[-1], s)


def test_waveforms_that_are_none_are_refused(law, sweep):
    with pytest.raises(SpecError, match=r"v\[1\] is nan"):
        simulate(law, [0.0, 1.0], [0.0, np.nan])
    with pytest.raises(SpecError, match="times must ascend"):
        simulate(law, [0.0, 1.0, 1.0], [0.0, 0.0, 0.0])
