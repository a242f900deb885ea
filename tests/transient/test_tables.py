"""Walks along tables and flow maps against closed forms."""

import numpy as np
import pytest
from laws import Relaxing, Rotating, Steep

from xbarsim.errors import SpecError
from xbarsim.transient import simulate
from xbarsim.transient.tables import flow_map, rate_table

WALKED = {"atol": 1e-9, "rtol": 1e-9}


@pytest.mark.parametrize("law", [Steep(), Relaxing()], ids=["steep", "relaxing"])
def test_a_walk_at_a_voltage_of_the_table_is_the_closed_form(law, streams):
    rng = streams.rng()
    v = np.linspace(-0.3, 0.3, 13)
    table = rate_table(law, v, 401)
    x = np.concatenate([[0.0, 1.0], rng.uniform(0, 1, 200)])
    for k, at in enumerate(v):
        for dt in (0.0, 1e-7, 1e-4, 1e-2, 0.3):
            found = table.advance(x, at, dt)
            expected = np.clip(law.exact(at, dt, x), 0.0, 1.0)
            if isinstance(law, Relaxing):  # its rate is straight, its logarithm not
                np.testing.assert_allclose(found, expected, atol=5e-4)
            else:
                np.testing.assert_allclose(found, expected, **WALKED, err_msg=str((k, dt)))


def test_a_walk_between_voltages_converges_with_their_number():
    law, x = Steep(), np.linspace(0, 0.9, 50)
    at, dt = 0.137, 1e-3
    exact = law.exact(at, dt, x)
    errors = [
        np.abs(rate_table(law, np.linspace(0.05, 0.25, n), 401).advance(x, at, dt) - exact).max()
        for n in (5, 9, 17, 33)
    ]
    order = -np.polyfit(np.log([4, 8, 16, 32]), np.log(errors), 1)[0]
    assert order > 1.7


def test_cells_may_differ_in_everything(streams):
    rng = streams.rng()
    table = rate_table(Steep(), np.linspace(-0.3, 0.3, 61), 201)
    x, v = rng.uniform(0, 1, (6, 5)), rng.choice(table.v, (6, 5))
    dt = 10 ** rng.uniform(-6, -1, 5)
    found = table.advance(x, v, dt)
    assert found.shape == (6, 5)
    np.testing.assert_allclose(found, Steep().exact(v, dt, x), **WALKED)


def test_time_can_be_cut_anywhere(streams):
    rng = streams.rng()
    table = rate_table(Steep(), np.linspace(-0.3, 0.3, 8), 101)
    x, v = rng.uniform(0, 1, 300), rng.uniform(-0.3, 0.3, 300)
    at_once = table.advance(x, v, 1e-3)
    np.testing.assert_allclose(table.advance(table.advance(x, v, 3e-4), v, 7e-4), at_once, **WALKED)


@pytest.mark.parametrize("law", [Steep(), Relaxing()], ids=["steep", "relaxing"])
def test_a_flow_map_is_what_its_pulses_do(law, streams):
    levels, width = np.linspace(-0.25, 0.25, 8), 1e-3
    mapped = flow_map(law, levels, width, states=2001)
    x = streams.rng().uniform(0, 1, 400)
    for k, level in enumerate(levels):
        after = x.copy()
        mapped.apply(after, np.full(400, k))
        exact = np.clip(law.exact(level, width, x), 0.0, 1.0)
        errors = np.sort(np.abs(after - exact))
        assert errors[380] < mapped.error[0] + 1e-4
        np.testing.assert_allclose(
            simulate(law, [0.0, width], [level, level], state=x[None, :20]).state[-1, 0],
            exact[:20],
            atol=2e-5,
        )


def test_flow_maps_work_in_place_and_check_what_they_get():
    mapped = flow_map(Steep(), [-0.1, 0.1], 1e-3, states=101)
    x = np.linspace(0, 1, 7)
    mapped.apply(x, 1)
    assert (x >= np.linspace(0, 1, 7)).all() and x[3] > 0.5
    with pytest.raises(SpecError, match="levels are 0 to 1; one is 2"):
        mapped.apply(x, np.full(7, 2))
    with pytest.raises(SpecError, match="contiguous"):
        mapped.apply(np.zeros(8)[::2], 0)


def test_voltages_outside_a_table_are_refused():
    table = rate_table(Steep(), [-0.1, 0.1], 11)
    with pytest.raises(SpecError, match="v is 200 mV; the table holds -100 mV to 100 mV"):
        table.advance(np.zeros(2), [0.0, 0.2], 1.0)


def test_tables_take_one_state_and_equal_cells():
    with pytest.raises(SpecError, match="Rotating has states"):
        rate_table(Rotating(), [0.0, 1.0], 11)
    with pytest.raises(SpecError, match="cells that do not differ"):
        rate_table(Relaxing(tau=np.array([0.1, 0.2])), [0.0, 1.0], 11)
    with pytest.raises(SpecError, match="ascend"):
        rate_table(Relaxing(), [1.0, 0.0], 11)
