"""Laws of cells that differ, and process corners."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import kstest, norm, truncnorm

import xbarsim.device.sheets
from xbarsim.device import (
    Sheet,
    Spread,
    at_corner,
    check_parameters,
    device_parameters,
    list_devices,
    load_device,
    load_sheet,
    parameter,
    sampled,
    spreads_of,
)
from xbarsim.errors import SpecError
from xbarsim.scenario.schema import DeviceSpec
from xbarsim.transient import simulate


def times_to_half(law, v, t_end, points=401):
    """When each cell of a VTEAM law that begins at x = 1 passes x = 1/2 under `v` volts, s."""
    t = np.linspace(0.0, t_end, points)
    x = simulate(law, t, np.full(points, v), tolerance=1e-6).state[:, 0].reshape(points, -1)
    return np.array([np.interp(-0.5, -x[:, k], t) for k in range(x.shape[1])])


def test_switching_times_of_a_population_spread_as_the_speed_does(streams):
    """Constant voltage: t = 0.5 / (|k| (v/v_on - 1)^3), so that 1/t spreads as k."""
    law = load_device("kvatinsky_2015_generic", x_start=1.0)
    z = streams.rng().standard_normal((1, 400))
    cells = sampled(law, {"k_on": Spread(relative=0.05)}, z)
    speeds = 1.0 / times_to_half(cells, -0.5, 1e-10)
    expected = 2 * 3.3333333333333335e9 * 1.5**3
    np.testing.assert_allclose(speeds, expected * (1.0 - 0.05 * z[0]), rtol=1e-4)
    assert kstest(speeds / expected, norm(1.0, 0.05).cdf).pvalue > 1e-3


def test_thresholds_that_differ_spread_switching_times_as_the_law_says(streams):
    law = load_device("kvatinsky_2015_generic", x_start=1.0)
    z = streams.rng().standard_normal((2, 300))
    spreads = {"v_on": Spread(absolute=0.01), "r_on": Spread(relative=0.1)}
    cells = sampled(law, spreads, z)
    np.testing.assert_allclose(cells.r_on, 50.0 * (1.0 + 0.1 * z[1]))
    found = times_to_half(cells, -0.5, 2e-10)
    v_on = -0.2 + 0.01 * z[0]
    expected = 0.5 / (3.3333333333333335e9 * (-0.5 / v_on - 1.0) ** 3)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_distributions_are_cut_off_at_their_limits_and_at_those_of_the_law(streams):
    law = load_device("kvatinsky_2015_generic", x_start=0.3)
    z = streams.rng().standard_normal((2, 20_000))
    spreads = {"r_on": Spread(relative=0.2, low=45.0), "x_start": Spread(absolute=0.5)}
    cells = sampled(law, spreads, z)
    assert cells.r_on.min() >= 45.0 and cells.x_start.min() >= 0 and cells.x_start.max() <= 1
    assert kstest(cells.r_on, truncnorm(-0.5, np.inf, 50.0, 10.0).cdf).pvalue > 1e-4
    assert kstest(cells.x_start, truncnorm(-0.6, 1.4, 0.3, 0.5).cdf).pvalue > 1e-4


def test_no_spread_gives_the_law_itself_in_every_cell():
    law = load_device("kvatinsky_2015_generic")
    cells = sampled(law, {"r_on": Spread(relative=0.0)}, np.ones((1, 3)))
    np.testing.assert_array_equal(cells.r_on, np.full(3, law.r_on))
    assert sampled(law, {}, np.empty((0, 5))) is law


@pytest.mark.parametrize("name", list_devices("switching"))
def test_every_law_takes_cells_that_differ(name, streams):
    """In every parameter that is a number, but for signs and whole numbers."""
    law, sheet = load_device(name), load_sheet(name)
    keys = [k for k in sheet.parameters if isinstance(getattr(law, k, None), float)]
    keys = [k for k in keys if k not in ("m", "eta") and 0 < abs(getattr(law, k)) < np.inf]
    z = streams.rng().standard_normal((len(keys), 7))
    cells = sampled(law, {k: Spread(relative=1e-3) for k in keys}, z)
    start = np.asarray(law.initial_state(), dtype=float).reshape(len(law.states), -1)[:, :1]
    states = np.broadcast_to(start, (len(law.states), 7))
    v, t = np.full(7, 0.5 * sheet.sweep.v_high), np.full(7, float(law.ambient))
    assert cells.rate(v, states, t).shape == states.shape
    assert cells.current(v, states, t).shape == (7,)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ordered:
    """A law that compares two of its parameters as numbers."""

    r_on: float = parameter("ohm", low=1.0)
    r_off: float = parameter("ohm", low=1.0)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not self.r_on < self.r_off:
            raise SpecError(f"r_on is {self.r_on:g} ohm, not below r_off")


def test_what_a_law_checks_between_parameters_holds_in_every_cell():
    law, spreads = Ordered(r_on=50.0, r_off=60.0), {"r_on": Spread(absolute=4.0)}
    assert sampled(law, spreads, np.array([[0.0, 2.0]])).r_on.tolist() == [50.0, 58.0]
    with pytest.raises(SpecError, match="r_on is 62 ohm, not below r_off"):
        sampled(law, spreads, np.array([[0.0, 3.0]]))


def test_what_jart_publishes_goes_through_the_same_door(streams):
    law = load_device("bengel_2020_var")
    spreads = spreads_of("bengel_2020_var", law)
    assert list(spreads) == ["n_min", "n_max", "radius", "disc_length"]
    z = streams.rng().standard_normal((4, 50))
    for name in spreads:
        np.testing.assert_array_equal(
            getattr(sampled(law, spreads, z), name), getattr(law.spread(z), name)
        )


def test_a_fast_corner_switches_sooner_than_a_slow_one():
    law = load_device("bengel_2020_var")
    spreads = spreads_of("bengel_2020_var", law)
    t = np.geomspace(1e-5, 10.0, 200)
    switched = []
    for sigmas in (-2.0, 0.0, 2.0):
        cell = at_corner(law, spreads, sigmas)
        n = simulate(cell, np.concatenate([[0.0], t]), np.full(201, -0.6)).state[1:, 0].reshape(-1)
        switched.append(t[np.argmax(n > 0.0)])
        assert (cell.n_min, cell.n_max) == (law.n_min, law.n_max)
    assert switched[0] > switched[1] > switched[2] > t[0]


def test_cells_that_differ_begin_within_their_own_limits(streams):
    law = load_device("bengel_2020_var")
    cells = law.spread(streams.rng().standard_normal((4, 500)))
    low, high = cells.bounds(np.zeros(1))
    start = cells.initial_state()
    assert ((start >= low) & (start <= high)).all()
    assert (start == low).any() and (start > low).any()


def test_a_typical_corner_is_the_law():
    law = load_device("bengel_2020_var")
    assert at_corner(law, spreads_of("bengel_2020_var", law), 0.0) is law


def test_a_corner_is_as_many_standard_deviations_away():
    law = load_device("kvatinsky_2015_generic")
    spreads = {"v_on": Spread(absolute=0.01, fast=1), "r_on": Spread(relative=0.1)}
    cell = at_corner(law, spreads, -2.0)
    assert cell.v_on == pytest.approx(-0.22, rel=1e-12) and cell.r_on == law.r_on


def test_the_scenario_goes_before_the_law():
    law = load_device("bengel_2020_var")
    chosen = {"radius": 0.01, "barrier": {"absolute": "5 mV", "fast": -1}}
    spreads = spreads_of("bengel_2020_var", law, chosen)
    assert spreads["radius"] == Spread(relative=0.01)
    assert spreads["barrier"] == Spread(absolute=5e-3, fast=-1)
    assert spreads["n_min"].absolute == 2e23


def with_sheet_spread(monkeypatch, spread):
    sheet = load_sheet("kvatinsky_2015_generic").model_dump() | {"spread": spread}
    monkeypatch.setattr(
        xbarsim.device.sheets, "load_sheet", lambda name: Sheet.model_validate(sheet)
    )
    return spreads_of("kvatinsky_2015_generic", load_device("kvatinsky_2015_generic"))


TOLD = {"absolute": "20 mV", "fast": -1, "source": "ours", "status": "assumed"}


def test_a_sheet_says_how_far_its_devices_differ(monkeypatch):
    found = with_sheet_spread(monkeypatch, {"v_on": TOLD})
    assert found == {"v_on": Spread(absolute=0.02, fast=-1)}


@pytest.mark.parametrize(
    ("spread", "said"),
    [
        ({"v_onn": TOLD}, "spread.v_onn: unknown key; did you mean 'v_on'"),
        ({"r_on": TOLD}, "spread.r_on: '20 mV' is a voltage, expected a quantity in ohm"),
    ],
)
def test_faults_in_the_spread_of_a_sheet_are_named(spread, said, monkeypatch):
    with pytest.raises(SpecError, match=said):
        with_sheet_spread(monkeypatch, spread)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "one of 'relative' and 'absolute'"),
        ({"relative": 0.1, "absolute": 1.0}, "one of 'relative' and 'absolute'"),
        ({"relative": -0.1}, "standard deviation is -0.1"),
        ({"absolute": float("nan")}, "standard deviation is nan"),
        ({"relative": 0.1, "low": 2.0, "high": 1.0}, "must ascend"),
        ({"relative": 0.1, "fast": 2}, "fast is 2"),
    ],
)
def test_a_spread_that_is_none_is_refused(values, said):
    with pytest.raises(SpecError, match=said):
        Spread(**values)


@pytest.mark.parametrize(
    ("sheet", "spreads", "said"),
    [
        ("kvatinsky_2015_generic", {"r_onn": Spread(relative=0.1)}, "did you mean 'r_on'"),
        ("joshi_2020", {"error": Spread(relative=0.1)}, "error: is not a single number"),
        ("yakopcic_2013_hp", {"eta": Spread(relative=0.1)}, "must be 1 or -1"),
    ],
)
def test_parameters_that_cannot_differ_are_named(sheet, spreads, said):
    with pytest.raises(SpecError, match=said):
        sampled(load_device(sheet), spreads, np.full((1, 3), 0.5))


def test_as_many_normals_as_parameters_are_wanted():
    with pytest.raises(SpecError, match="z has 2 rows; 1 parameters differ"):
        sampled(load_device("ideal"), {"g_max": Spread(relative=0.1)}, np.ones((2, 3)))


def test_corners_want_to_know_what_is_fast():
    with pytest.raises(SpecError, match=r"no spread says .* \(with a spread: r_on\)"):
        at_corner(load_device("ideal"), {"r_on": Spread(relative=0.1)}, 3.0)


@pytest.mark.parametrize("name", list_devices())
def test_no_sheet_calls_a_parameter_as_scenarios_call_something_else(name):
    assert not set(device_parameters(name)) & set(DeviceSpec.model_fields)
