"""Memory and processing capacities of systems for which they are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import Legendre

from xbarsim.errors import SpecError
from xbarsim.tasks.measures import memory_capacity, processing_capacity
from xbarsim.tasks.measures.linear import fit_linear, orthonormal
from xbarsim.tasks.measures.processing import degree_of, terms_of

T = 4000


@pytest.fixture(scope="module")
def u():
    return np.random.default_rng(0).uniform(-1, 1, T)


def delayed(u, k):
    return np.concatenate([np.zeros(k), u[: len(u) - k]])


def taps(u, first, n):
    return np.stack([delayed(u, k) for k in range(first, first + n)], axis=1)


def legendre(u, n):
    return np.sqrt(2 * n + 1) * Legendre.basis(n)(u)


def echo_states(u, n, rng, scale=0.5):
    w = rng.standard_normal((n, n))
    w *= 0.9 / np.abs(np.linalg.eigvals(w)).max()
    w_in, bias, x = scale * rng.uniform(-1, 1, n), 0.3 * rng.uniform(-1, 1, n), np.zeros(n)
    out = []
    for value in u:
        x = np.tanh(w @ x + w_in * value + bias)
        out.append(x)
    return np.array(out)


def test_a_delay_line_remembers_as_many_steps_as_it_has_taps(u):
    found = memory_capacity(taps(u, 1, 7), u)
    np.testing.assert_allclose(found.of_delay[:7], 1, rtol=1e-12)
    assert (found.of_delay[7:] == 0).all() and len(found.of_delay) == 14
    assert found.total == pytest.approx(7, rel=1e-12)


def test_the_present_input_is_no_memory(u):
    assert memory_capacity(taps(u, 0, 5), u).total == pytest.approx(4, rel=1e-12)


def test_a_rotated_delay_line_remembers_as_much(u):
    mix = np.linalg.qr(np.random.default_rng(1).standard_normal((6, 6)))[0]
    assert memory_capacity(taps(u, 1, 6) @ mix + 3.0, u).total == pytest.approx(6, rel=1e-10)


def test_a_sum_of_two_taps_remembers_half_of_each(u):
    found = memory_capacity((delayed(u, 2) + delayed(u, 5))[:, None], u, max_delay=8)
    np.testing.assert_allclose(found.of_delay[[1, 4]], 0.5, atol=0.03)
    assert found.total == pytest.approx(1, abs=0.04)


def test_a_leaky_integrator_remembers_with_its_decay(u):
    """x = a x + u: the squared correlation with u(t - k) is a^2k (1 - a^2)."""
    a, x = 0.8, np.zeros(T)
    for t in range(1, T):
        x[t] = a * x[t - 1] + u[t]
    found = memory_capacity(x[:, None], u, max_delay=6).of_delay
    np.testing.assert_allclose(found, a ** (2 * np.arange(1, 7)) * (1 - a**2), atol=0.035)


def test_noise_on_a_tap_leaves_the_share_of_its_signal(u):
    """Noise of the variance of u: half of each tap is left."""
    noise = np.random.default_rng(1).standard_normal((T, 4)) / np.sqrt(3)
    assert memory_capacity(taps(u, 1, 4) + noise, u).total == pytest.approx(2, abs=0.12)


def test_states_of_noise_remember_nothing(u):
    states = np.random.default_rng(1).standard_normal((T, 20))
    assert memory_capacity(states, u).total < 0.05


def test_capacities_that_could_be_chance_are_dropped(u):
    states = np.random.default_rng(1).standard_normal((300, 20))
    all_of_them = memory_capacity(states, u[:300], drop=0.0).of_delay
    kept = memory_capacity(states, u[:300]).of_delay
    assert (all_of_them[all_of_them < 0.01] > 0).any()
    assert np.array_equal(kept, np.where(all_of_them < 0.01, 0, all_of_them))


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 12), st.floats(0.05, 2.0), st.integers(0, 2**31))
def test_memory_is_at_most_the_number_of_states(n, scale, seed):
    rng = np.random.default_rng(seed)
    u = rng.uniform(-1, 1, 600)
    found = memory_capacity(echo_states(u, n, rng, scale), u, washout=30)
    assert ((found.of_delay >= 0) & (found.of_delay <= 1)).all()
    assert found.total <= n + 0.2  # chance of 300 steps of test


def test_ridge_shrinks_towards_nothing_and_zero_is_least_squares():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((60, 4)) + 2, rng.standard_normal((60, 2))
    design = np.c_[x, np.ones(60)]
    want = np.linalg.lstsq(design, y, rcond=None)[0]
    weights, offset = fit_linear(x, y, 0.0)
    np.testing.assert_allclose(np.r_[weights, [offset]], want, rtol=1e-9)
    centred = x - x.mean(axis=0)
    ridge = np.linalg.solve(centred.T @ centred + 7 * np.eye(4), centred.T @ y)
    np.testing.assert_allclose(fit_linear(x, y, 7.0)[0], ridge, rtol=1e-9)
    assert np.abs(fit_linear(x, y, 1e12)[0]).max() < 1e-8


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"states": np.full((100, 2), np.nan)}, "states is nan at step 0"),
        ({"states": np.ones(100)}, r"states has shape \(100,\)"),
        ({"states": np.ones((100, 0))}, r"states has shape \(100, 0\)"),
        ({"u": np.zeros(99)}, r"u has shape \(99,\); states are those of 100 steps"),
        ({"u": np.where(np.arange(100) == 9, np.inf, 0.1)}, "u is inf at step 9"),
        ({"u": np.ones(100)}, "u does not vary"),
        (
            {"washout": 98},
            r"100 steps are too few: the first 98 are left out.*2 must be more than 2",
        ),
        ({"washout": 94}, "train is 0.5: 3 steps to train on and 3 to test on"),
        ({"washout": -1}, "washout is -1"),
        ({"max_delay": 0}, "max_delay is 0"),
        ({"train": 1.0}, "train is 1; it must lie between 0 and 1"),
        ({"ridge": -1.0}, "ridge is -1"),
        ({"drop": np.nan}, "drop is nan"),
    ],
)
def test_what_has_no_memory_capacity_is_refused(change, match):
    rng = np.random.default_rng(0)
    given = {"states": rng.random((100, 2)), "u": rng.random(100)}
    with pytest.raises(SpecError, match=match):
        memory_capacity(**(given | change))


SMALL = (12, 6, 4, 3)


def test_a_delay_line_has_all_its_capacity_in_degree_1(u):
    found = processing_capacity(taps(u, 0, 5), u, delays=SMALL)
    assert found.rank == 5
    np.testing.assert_allclose(found.of_degree, [5, 0, 0, 0], atol=1e-9)
    kept = [term for term, c in zip(found.terms, found.capacity, strict=True) if c]
    assert kept == [((k, 1),) for k in range(5)]


def test_an_orthogonal_linear_system_has_all_its_capacity_in_degree_1():
    """x = 0.9 Q x + v u with Q a rotation: N, all linear, but for delays that look like chance."""
    rng = np.random.default_rng(2)
    u = rng.uniform(-1, 1, 20_000)
    q = np.linalg.qr(rng.standard_normal((8, 8)))[0]
    v, x, out = rng.standard_normal(8), np.zeros(8), []
    for value in u:
        x = 0.9 * (q @ x) + v * value
        out.append(x)
    found = processing_capacity(np.array(out), u, delays=(100, 10, 5))
    assert 7.9 < found.of_degree[0] < 8.001
    assert found.of_degree[1:].sum() == 0
    assert 8 - found.of_degree[0] < found.bounds[0] / (1 - 0.9**2) * 8


@pytest.mark.parametrize(
    "term",
    [((0, 1),), ((3, 2),), ((1, 3),), ((0, 1), (2, 1)), ((0, 2), (3, 1)), ((0, 1), (1, 1), (3, 2))],
)
def test_a_state_that_is_one_term_has_its_capacity_there_alone(u, term):
    state = np.prod([legendre(delayed(u, k), n) for k, n in term], axis=0)
    found = processing_capacity(state[:, None], u, delays=SMALL)
    where = found.terms.index(term)
    assert found.capacity[where] == pytest.approx(1, abs=1e-9)
    assert found.of_degree[degree_of(term) - 1] == pytest.approx(1, abs=0.02)
    assert found.total == pytest.approx(1, abs=0.02)


def test_a_square_splits_into_nothing_but_the_second_degree(u):
    """u^2 = 1/3 + 2/3 P_2: the constant has no variance."""
    found = processing_capacity((delayed(u, 1) ** 2)[:, None], u, delays=SMALL)
    assert found.capacity[found.terms.index(((1, 2),))] == pytest.approx(1, abs=1e-9)


def test_a_cube_has_its_closed_form_shares():
    """u^3 = 3/5 P_1 + 2/5 P_3: 21/25 of the variance 1/7 in degree 1, 4/25 in degree 3."""
    u = np.random.default_rng(5).uniform(-1, 1, 50_000)
    found = processing_capacity((u**3)[:, None], u, delays=(3, 2, 2))
    np.testing.assert_allclose(found.of_degree, [21 / 25, 0, 4 / 25], atol=0.012)


def test_an_echo_state_network_has_a_capacity_of_as_many_as_its_states():
    rng = np.random.default_rng(3)
    u = rng.uniform(-1, 1, 30_000)
    states = echo_states(u, 10, rng, scale=0.4)
    found = processing_capacity(states, u, delays=(60, 25, 12, 6), washout=100)
    assert found.rank == 10
    assert 9.7 < found.total < 10.02
    assert found.of_degree[0] > 3 and found.of_degree[1] > 1


def test_noise_has_no_capacity_by_either_bound(u):
    states = np.random.default_rng(1).standard_normal((T, 6))
    assert processing_capacity(states, u, delays=SMALL).total == 0
    rng = np.random.default_rng(4)
    by_shuffling = processing_capacity(states, u, delays=SMALL, surrogates=10, rng=rng)
    assert by_shuffling.total < 0.02 and len(by_shuffling.bounds) == 4
    assert all(0 < bound < 0.02 for bound in by_shuffling.bounds)


def test_capacities_of_short_series_are_not_too_high():
    """8 taps, a quarter of them noise, hold 6; uncorrected, 300 steps show 0.053 more."""
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        u = rng.uniform(-1, 1, 307)
        states = taps(u, 0, 8) + rng.standard_normal((307, 8)) / 3
        found.append(processing_capacity(states, u, delays=(7,)).total)
    error = np.std(found) / np.sqrt(200)
    assert error < 0.008 and np.mean(found) == pytest.approx(6, abs=4 * error)


def test_shuffled_states_leave_what_is_no_chance(u):
    found = processing_capacity(
        taps(u, 0, 5), u, delays=SMALL, surrogates=20, rng=np.random.default_rng(0)
    )
    np.testing.assert_allclose(found.of_degree, [5, 0, 0, 0], atol=0.06)


def test_capacity_knows_neither_scale_nor_mixing_of_states(u):
    rng = np.random.default_rng(7)
    states = echo_states(u, 6, rng)
    mixed = states @ rng.standard_normal((6, 6)) + 5
    one, other = (processing_capacity(x, u, delays=SMALL, washout=50) for x in (states, mixed))
    np.testing.assert_allclose(one.capacity, other.capacity, atol=1e-9)


def test_doubled_states_count_once(u):
    states = taps(u, 0, 3)
    found = processing_capacity(np.c_[states, states @ [1, 2, 3]], u, delays=SMALL)
    assert found.rank == 3 and found.total == pytest.approx(3, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_terms_are_all_products_once(delays):
    """Counted by brute force: exponents of delayed inputs that sum to the degree."""
    terms = list(terms_of(delays))
    assert len(set(terms)) == len(terms)
    for degree, longest in enumerate(delays, 1):
        mine = {term for term in terms if degree_of(term) == degree}
        grid = np.indices((degree + 1,) * (longest + 1)).reshape(longest + 1, -1).T
        want = grid[grid.sum(axis=1) == degree]
        assert mine == {tuple((k, int(n)) for k, n in enumerate(row) if n) for row in want}


def test_terms_are_orthonormal_to_within_chance():
    u = np.random.default_rng(0).uniform(-1, 1, 40_000)
    from xbarsim.tasks.measures.processing import _polynomials

    p = _polynomials(u, 4)
    for n in range(5):
        np.testing.assert_allclose(p[n], legendre(u, n), atol=1e-12)
    gram = p @ p.T / len(u)
    np.testing.assert_allclose(gram, np.eye(5), atol=0.05)


def test_a_basis_is_orthonormal_and_spans_the_states():
    x = np.random.default_rng(0).standard_normal((50, 4)) + 2
    q = orthonormal(np.c_[x, x[:, :1]])
    assert q.shape == (50, 4)
    np.testing.assert_allclose(q.T @ q, np.eye(4), atol=1e-12)
    centred = x - x.mean(axis=0)
    np.testing.assert_allclose(q @ (q.T @ centred), centred, atol=1e-12)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"u": 0.5 * np.ones(300)}, "u has mean 0.5 and mean square 0.25"),
        ({"u": np.linspace(-2, 2, 300)}, "u reaches from -2 to 2"),
        ({"states": np.ones((300, 2))}, "states do not vary"),
        ({"delays": ()}, r"delays is \(\); expected the largest delay for each degree"),
        ({"delays": 3}, "delays is 3; expected"),
        ({"u": ["a"] * 300}, "u holds values of type"),
        ({"delays": (3, -1)}, "delays of degree 2 is -1"),
        ({"delays": (5, 5000)}, r"make 12,507,507 terms"),
        ({"delays": (299,)}, "300 steps are too few"),
        ({"surrogates": 3}, "surrogates is 3; shuffling needs rng"),
        ({"surrogates": -1}, "surrogates is -1"),
        (
            {"states": np.where(np.arange(300)[:, None] == 8, np.nan, 1.0)},
            "states is nan at step 8",
        ),
    ],
)
def test_what_has_no_processing_capacity_is_refused(change, match):
    rng = np.random.default_rng(0)
    given = {"states": rng.random((300, 2)), "u": rng.uniform(-1, 1, 300), "delays": (5, 3)}
    with pytest.raises(SpecError, match=match):
        processing_capacity(**(given | change))
