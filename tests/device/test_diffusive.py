"""Diffusive memristor: the published pulse, its relaxation, the bound on both parts together."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xbarsim.device import load_device, with_parameters
from xbarsim.transient import simulate


@pytest.fixture
def law():
    return load_device("zhuo_2022")


def test_a_pulse_of_one_volt_for_five_seconds(law):
    """Computed from the equations of the public SPICE model."""
    t = np.linspace(0.0, 5.0, 501)
    trace = simulate(law, t, np.ones_like(t))
    f, r = law.parts(np.moveaxis(trace.state, 1, 0))
    assert trace.i.max() == pytest.approx(58.82e-6, rel=1e-4)
    assert f.max() == pytest.approx(0.8798, abs=3e-4)
    assert r[-1] == pytest.approx(0.44054, abs=2e-5)


def test_both_parts_relax_with_their_rates(law):
    gentle = with_parameters(law, {"gamma_1": 2.0})
    t = np.linspace(0.0, 3.0, 31)
    trace = simulate(gentle, t, 0.0 * t, state=law.state_of(0.5, 0.3), tolerance=1e-9)
    f, r = gentle.parts(np.moveaxis(trace.state, 1, 0))
    out = gentle.gamma_1 + gentle.beta
    fed = gentle.beta * 0.5 / (gentle.gamma_2 - out)
    np.testing.assert_allclose(f, 0.5 * np.exp(-out * t), atol=1e-7)
    np.testing.assert_allclose(
        r, (0.3 - fed) * np.exp(-gentle.gamma_2 * t) + fed * np.exp(-out * t), atol=1e-7
    )


def test_parts_never_add_up_to_more_than_the_gap(law, streams):
    t = np.linspace(0.0, 3.0, 8)
    v = streams.rng().uniform(0, 1, (8, 5))
    trace = simulate(law, t, v)
    assert trace.state[:, 0].max() > 0.999  # the gap is filled
    assert (trace.state[:, 0] <= 1.0).all()
    assert (trace.state[:, 1] <= trace.state[:, 0] + 1e-9).all()


def test_current_is_limited(law):
    i = law.current(np.array([1e3, -1e3]), law.state_of(np.ones(2), np.zeros(2)), 300.0)
    np.testing.assert_allclose(i, [10e-3, -10e-3])


def rate_in_parts(law, v, y):
    """The published equations of f and r, with the sum held once it is 1."""
    f, r = y
    a = min(abs(v) * law.mu / (law.alpha + 1 - f - r) - law.gamma_1 * f - law.beta * f, 1.0)
    b = law.beta * f - law.gamma_2 * r
    return [-b, b] if f + r >= 1.0 and a + b > 0 else [a, b]


def test_a_waveform_agrees_with_another_integrator_in_parts(law):
    law = with_parameters(law, {"beta": 0.6, "gamma_1": 30.0})
    t = np.array([0.0, 2.0, 2.5, 4.0])
    v = np.array([0.9, 0.9, 0.0, 0.0])
    grid = np.linspace(0.0, 4.0, 161)
    trace = simulate(law, grid, np.interp(grid, t, v))

    def rate(at, y):
        return rate_in_parts(law, np.interp(at, t, v), y)

    def full(at, y):
        return y[0] + y[1] - 1.0

    full.terminal, full.direction = True, 1

    def leaves(at, y):
        f, r = y
        grown = abs(np.interp(at, t, v)) * law.mu / law.alpha - (law.gamma_1 + law.beta) * f
        return min(grown, 1.0) + law.beta * f - law.gamma_2 * r

    leaves.terminal, leaves.direction = True, -1

    def held(at, y):
        b = law.beta * y[0] - law.gamma_2 * y[1]
        return [-b, b]

    def free(at, y):
        return rate_in_parts(law, np.interp(at, t, v), [y[0], min(y[1], 1 - y[0] - 1e-15)])

    options = {"method": "LSODA", "rtol": 1e-9, "atol": 1e-11, "max_step": 0.01,
               "dense_output": True}  # fmt: skip
    first = solve_ivp(rate, (0, 4), [0, 0], events=full, **options)
    second = solve_ivp(held, (first.t[-1], 4), first.y[:, -1], events=leaves, **options)
    third = solve_ivp(free, (second.t[-1], 4), second.y[:, -1], **options)
    assert 0 < first.t[-1] < second.t[-1] < 4
    exact = np.array([
        (first if x <= first.t[-1] else second if x <= second.t[-1] else third).sol(x)
        for x in grid
    ])  # fmt: skip
    np.testing.assert_allclose(trace.state[:, 0], exact.sum(axis=1), atol=2e-4)
    np.testing.assert_allclose(trace.state[:, 1], exact[:, 1], atol=2e-4)


def test_shrinking_takes_a_fraction_as_often_as_it_should(law, streams):
    n = 40_000
    state = law.state_of(np.full(n, 0.2), np.full(n, 0.3))
    after = law.shrink(1e-3, state, streams.normal((n,)))
    hit = after[0] < state[0]
    chance = 1 - np.exp(-200 * 0.2**2 * 1e-3)
    assert abs(hit.mean() - chance) < 4 * np.sqrt(chance * (1 - chance) / n)
    np.testing.assert_allclose(law.parts(after)[0][hit], 0.2 * 0.99)
    assert (after[1] == state[1]).all()


def test_no_filament_does_not_shrink(law, streams):
    state = np.zeros((2, 100))
    assert not law.shrink(1.0, state, streams.normal((100,))).any()


@pytest.mark.parametrize("gamma_2", [0.42, 50.35])
def test_parts_fade_in_closed_form_as_they_do_by_integration(law, gamma_2):
    """Both parts may also fade equally fast, where the closed form is a limit."""
    other = with_parameters(law, {"gamma_2": gamma_2})
    start = law.state_of(np.array([0.5, 0.0, 0.7]), np.array([0.3, 0.4, 0.3]))

    def rate(_, y):
        return other.rate(np.zeros(3), y.reshape(2, 3), 300.0).ravel()

    for dt in (1e-3, 0.05, 2.0):
        exact = solve_ivp(rate, (0, dt), start.ravel(), method="Radau", rtol=1e-10, atol=1e-12)
        found = other.fade(dt, start)
        np.testing.assert_allclose(found.ravel(), exact.y[:, -1], rtol=1e-7, atol=1e-9)
