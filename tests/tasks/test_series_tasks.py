"""Series against their equations, by hand, in closed form or by another solver."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from xbarsim.errors import ConvergenceError, DataError, SpecError
from xbarsim.tasks.datasets import VARIABLE
from xbarsim.tasks.series import (
    SeriesTask,
    henon,
    henon_orbit,
    lorenz,
    lorenz_solution,
    mackey_glass,
    mackey_glass_solution,
    narma10,
    narma10_response,
    one_step,
    santa_fe,
    santa_fe_laser,
)

MADE = [narma10, mackey_glass, lorenz, henon]


class LeastSquares:
    """An estimator that sees nothing but the step itself."""

    def fit(self, x, y):
        self.w = np.linalg.lstsq(np.c_[x, np.ones(len(x))], y, rcond=None)[0]
        return self

    def predict(self, x):
        return np.c_[x, np.ones(len(x))] @ self.w


@pytest.mark.parametrize("make", MADE)
def test_a_seed_gives_a_series_and_another_seed_another(make):
    first, same, other = (
        make(np.random.default_rng(k), train=50, test=20, washout=5) for k in (1, 1, 2)
    )
    assert np.array_equal(first.y, same.y) and np.array_equal(first.u, same.u)
    assert not np.isclose(first.y[20:], other.y[20:]).all()


@pytest.mark.parametrize("make", MADE)
def test_shapes_are_time_by_channels_and_the_test_is_behind_the_training(make):
    task = make(np.random.default_rng(0), train=60, test=30, washout=7)
    width = 3 if make is lorenz else 1
    assert task.u.shape == task.y.shape == (90, width)
    assert task.u_train.shape == task.y_train.shape == (60, width)
    assert np.array_equal(task.y_test, task.y[60:90]) and task.washout == 7


@pytest.mark.parametrize("make", [mackey_glass, lorenz, henon])
def test_the_target_of_one_step_is_the_next_input(make):
    task = make(np.random.default_rng(0), train=60, test=30, washout=5)
    assert np.array_equal(task.u[1:], task.y[:-1])


def test_narma_follows_its_recursion_term_by_term():
    u = np.random.default_rng(3).uniform(0, 0.5, 60)
    y = narma10_response(u)
    assert len(y) == 61 and (y[:10] == 0).all()
    for t in range(9, 60):
        past = sum(y[t - i] for i in range(10))
        want = 0.3 * y[t] + 0.05 * y[t] * past + 1.5 * u[t - 9] * u[t] + 0.1
        assert y[t + 1] == pytest.approx(want, rel=1e-14)


def test_narma_of_a_constant_input_settles_where_the_recursion_stands_still():
    """y = 0.3 y + 0.5 y^2 + 1.5 u^2 + 0.1 has the stable root 0.7 - sqrt(0.29 - 3 u^2)."""
    y = narma10_response(np.full(400, 0.2))
    assert y[-1] == pytest.approx(0.7 - math.sqrt(0.29 - 3 * 0.04), rel=1e-12)


def test_narma_targets_are_those_of_its_inputs_a_step_later():
    task = narma10(np.random.default_rng(0), train=100, test=50, washout=5)
    assert np.array_equal(narma10_response(task.u[:, 0])[1:], task.y[:, 0])


def test_narma_that_blows_up_is_drawn_anew():
    """0.5 throughout has no root; random draws of this length blow up now and then."""
    assert np.isinf(narma10_response(np.full(300, 0.5))[-1])
    for seed in range(30):
        assert narma10(np.random.default_rng(seed), train=2000, test=2000).y.max() < 1


def test_narma_too_long_to_stay_is_refused(monkeypatch):
    monkeypatch.setattr("xbarsim.tasks.series.narma._BOUND", 0.3)
    with pytest.raises(ConvergenceError, match="1000 draws of 150 steps blew up"):
        narma10(np.random.default_rng(0), train=100, test=50, washout=0)


def test_narma_refuses_inputs_that_are_not_finite():
    with pytest.raises(SpecError, match="u is nan at step 3"):
        narma10_response(np.array([0.1, 0.1, 0.1, np.nan, 0.1]))


def test_mackey_glass_equals_the_closed_form_while_the_delay_sees_its_history():
    """Up to tau the delayed value is the start, and the equation is linear."""
    x = mackey_glass_solution(170, start=0.9)
    birth = 0.2 * 0.9 / (1 + 0.9**10)
    t = 0.1 * np.arange(171)
    np.testing.assert_allclose(x, 10 * birth + (0.9 - 10 * birth) * np.exp(-0.1 * t), rtol=1e-9)


def test_mackey_glass_equals_another_solver_step_of_the_delay_by_step():
    """Each stretch of a delay is an ordinary equation, its delayed part the stretch before."""
    tau, before, start, want = 17.0, lambda t: 1.2, 1.2, []
    for k in range(4):
        found = solve_ivp(
            lambda t, x, past=before: 0.2 * past(t - tau) / (1 + past(t - tau) ** 10) - 0.1 * x,
            (k * tau, (k + 1) * tau), [start], rtol=1e-11, atol=1e-13, dense_output=True,
        )  # fmt: skip
        before, start = (lambda t, sol=found.sol: float(sol(t)[0])), found.y[0, -1]
        want.append(start)
    x = mackey_glass_solution(4 * 170)
    np.testing.assert_allclose(x[170::170], want, rtol=1e-7)


def test_mackey_glass_error_falls_with_the_fourth_power_of_the_step():
    fine = mackey_glass_solution(60 * 80, dt=1 / 80)[::80]
    errors = [
        np.abs(mackey_glass_solution(60 * n, dt=1 / n)[::n] - fine).max() for n in (2, 4, 8, 16)
    ]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert (abs(orders - 4) < 0.25).all(), orders


def test_squashed_mackey_glass_is_the_hyperbolic_tangent():
    raw, squashed = (
        mackey_glass(np.random.default_rng(5), train=300, test=50, squashed=s)
        for s in (False, True)
    )
    np.testing.assert_allclose(squashed.u, np.tanh(raw.u - 1), rtol=1e-14)
    assert raw.u.min() > 0.2 and raw.u.max() < 1.4


def test_a_delay_must_be_a_whole_number_of_steps():
    with pytest.raises(SpecError, match=r"tau is 17.03; it must be a whole number of steps"):
        mackey_glass_solution(10, tau=17.03)


def test_a_start_where_the_equation_stands_still_stays():
    """x = 1: 0.2 / 2 = 0.1."""
    np.testing.assert_allclose(mackey_glass_solution(3000, start=1.0), 1.0, rtol=1e-13)


def test_lorenz_equals_another_solver():
    def slopes(t, s):
        x, y, z = s
        return 10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z

    start = np.array([1.0, 2.0, 20.0])
    t = np.linspace(0, 1, 51)
    want = solve_ivp(slopes, (0, 1), start, rtol=1e-12, atol=1e-12, t_eval=t).y.T
    errors = [
        np.abs(lorenz_solution(start, 50 * n, dt=0.02 / n)[::n] - want).max() for n in (4, 8, 16)
    ]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert errors[-1] < 1e-6 and (abs(orders - 4) < 0.4).all(), (errors, orders)


def test_lorenz_fixed_points_stay():
    edge = math.sqrt(8 / 3 * 27)
    for start in ([0, 0, 0], [edge, edge, 27], [-edge, -edge, 27]):
        np.testing.assert_allclose(lorenz_solution(start, 50)[-1], start, atol=1e-11)


def test_lorenz_exponent_is_the_tabulated_one():
    """Distances grow as exp(0.9056 t) (Sprott 2003): 10,000 renormalised steps, 4 % for chance."""
    x = lorenz_solution([1.0, 1.0, 20.0], 1000)[-1]
    y, grown, small = x + [1e-8, 0, 0], 0.0, 1e-8
    for _ in range(1000):
        x, y = lorenz_solution(x, 10)[-1], lorenz_solution(y, 10)[-1]
        apart = np.linalg.norm(y - x)
        grown += math.log(apart / small)
        y = x + (y - x) * small / apart
    assert grown / (10_000 * 0.02) == pytest.approx(0.9056, rel=0.04)


def test_lorenz_variables_have_mean_0_and_variance_1_over_the_training():
    task = lorenz(np.random.default_rng(0), train=500, test=100)
    np.testing.assert_allclose(task.u_train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(task.u_train.std(axis=0), 1, rtol=1e-12)
    assert task.dt == 0.02


def test_lorenz_steps_that_are_too_long_are_refused():
    with pytest.raises(ConvergenceError, match="left all bounds at step .*dt is 0.5"):
        lorenz_solution([1.0, 1.0, 20.0], 100, dt=0.5)


def test_henon_equals_its_map_of_two_variables():
    x, y, want = 0.1, 0.3 * 0.05, []
    for _ in range(30):
        x, y = 1 - 1.4 * x * x + y, 0.3 * x
        want.append(x)
    np.testing.assert_allclose(henon_orbit(0.05, 0.1, np.zeros(30))[2:], want, rtol=1e-6)


def test_henon_exponent_is_the_tabulated_one():
    """0.41922 (Sprott 2003), by the tangent of an orbit of 20,000 steps; 2 % for chance."""
    x = henon_orbit(0.0, 0.1, np.zeros(20_000))[100:]
    before, now, grown = 0.0, 1.0, 0.0
    for value in x[1:]:
        before, now = now, -2.8 * value * now + 0.3 * before
        size = math.hypot(before, now)
        before, now, grown = before / size, now / size, grown + math.log(size)
    assert grown / (len(x) - 1) == pytest.approx(0.41922, rel=0.02)


def test_noise_enters_henon_at_every_step():
    w = 0.01 * np.random.default_rng(0).standard_normal(50)
    x = henon_orbit(0.0, 0.1, w)
    np.testing.assert_allclose(x[2:] - (1 - 1.4 * x[1:-1] ** 2 + 0.3 * x[:-2]), w, atol=1e-14)


def test_an_orbit_that_escapes_says_where_and_too_much_noise_is_refused():
    with pytest.raises(SpecError, match="w is nan at step 2"):
        henon_orbit(0.1, 0.1, np.array([0, 0, np.nan]))
    with pytest.raises(ConvergenceError, match="escapes at step"):
        henon_orbit(3.0, 3.0, np.zeros(20))
    with pytest.raises(ConvergenceError, match="noise is 1; every one of 100 orbits"):
        henon(np.random.default_rng(0), noise=1.0)


@pytest.mark.parametrize(
    ("make", "settings", "match"),
    [
        (narma10, {"train": 5}, "train is 5; it must be a whole number from 10"),
        (narma10, {"train": 100.5}, "train is 100.5; it must be a whole number"),
        (lorenz, {"test": 0}, "test is 0; it must be a whole number from 2"),
        (lorenz, {"dt": "a"}, "dt is 'a'; it must be a number"),
        (lorenz, {"dt": math.nan}, "dt is nan; it must be above 0"),
        (mackey_glass, {"tau": -1.0}, "tau is -1; it must be above 0"),
        (henon, {"noise": math.nan}, "noise is nan; it must be finite"),
        (henon, {"noise": "a"}, "noise is 'a'; it must be finite"),
        (henon, {"train": 50, "washout": 50}, "washout is 50 steps; it must be less than train"),
        (henon, {"train": True}, "train is True"),
    ],
)
def test_settings_that_cannot_be_are_named(make, settings, match):
    with pytest.raises(SpecError, match=match):
        make(np.random.default_rng(0), **settings)


def test_a_task_refuses_series_that_cannot_be():
    x = np.random.default_rng(0).random((30, 2))
    good = {"name": "x", "washout": 0, "train": 20, "test": 10}
    for change, match in [
        ({"u": x[:, 0]}, r"x: u has shape \(30,\)"),
        ({"u": x[:20]}, "u has 20 steps, y has 30"),
        ({"y": np.where(np.arange(30)[:, None] == 4, np.nan, x)}, "y is nan at step 4"),
        ({"train": 25}, "u has 30 steps; train 25 and test 10 need 35"),
        ({"u": x[:, :0]}, r"shape \(30, 0\)"),
        ({"u": x.astype(complex)}, "complex"),
    ]:
        with pytest.raises(SpecError, match=match):
            SeriesTask(**({"u": x, "y": x} | good | change))


def test_any_estimator_runs_a_task_and_its_error_is_that_of_the_test_alone():
    rng = np.random.default_rng(0)
    x = np.cumsum(rng.standard_normal((200, 1)), axis=0)
    task = one_step("walk", x, washout=0, train=150, test=49)
    model = LeastSquares()
    task.fit(model)
    said = model.predict(task.u[150:199])
    want = ((x[151:] - said) ** 2).mean() / x[151:].var()
    assert task.nmse(model) == pytest.approx(want, rel=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(10, 80), st.integers(2, 40), st.integers(0, 9))
def test_a_longer_task_of_henon_begins_with_the_shorter_one(train, test, washout):
    short, long = (
        henon_orbit(0.05, -0.02, np.zeros(n)) for n in (train + test, train + test + washout)
    )
    assert np.array_equal(long[: len(short)], short)


def test_the_laser_without_a_folder_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(DataError, match=r"XBARSIM_DATA is not set.*narma10.*need no files"):
        santa_fe()
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match=r"there is no file .*santafe_laser.npy.*need no files"):
        santa_fe()


@pytest.fixture
def laser_file(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    file = tmp_path / "santafe_laser" / "santafe_laser.npy"
    file.parent.mkdir()
    return file


@pytest.mark.parametrize(
    "content",
    [np.array([300.0, 2.0]), np.array([1.0, np.nan]), np.array(["a"]), np.empty(0)],
    ids=["too large", "nan", "text", "nothing"],
)
def test_a_file_of_something_else_is_refused(laser_file, content):
    np.save(laser_file, content)
    with pytest.raises(DataError, match="holds something else; expected data set A"):
        santa_fe_laser()


def test_a_damaged_file_is_refused(laser_file):
    np.save(laser_file, np.arange(100))
    laser_file.write_bytes(laser_file.read_bytes()[:300])
    with pytest.raises(DataError, match="cannot be read"):
        santa_fe_laser()
    laser_file.write_bytes(b"")
    with pytest.raises(DataError, match="cannot be read"):
        santa_fe_laser()


def test_the_laser_is_scaled_by_its_training_alone(laser_file):
    x = np.random.default_rng(0).integers(0, 256, (60, 1))
    np.save(laser_file, x)
    task = santa_fe(train=40, test=15, washout=5)
    np.testing.assert_allclose(task.u, ((x - x[:40].mean()) / x[:40].std())[:55], rtol=1e-12)
    assert np.array_equal(task.u[1:], task.y[:-1])
    with pytest.raises(SpecError, match="has 60 samples, which is enough for 59 steps"):
        santa_fe(train=40, test=20)


def test_the_laser_that_was_measured_is_the_competition_s():
    """Its first samples, as printed in the competition's A.dat."""
    try:
        x = santa_fe_laser()
    except DataError as error:
        pytest.skip(str(error))
    assert len(x) == 10_093 and x[:5].tolist() == [86, 141, 95, 41, 22]
    assert (x == np.rint(x)).all()
