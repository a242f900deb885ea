"""Random matrices of reservoirs, and their spectral radius."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from xbarsim.errors import ResourceError, SpecError
from xbarsim.reservoirs.spectral import scaled_to, spectral_radius
from xbarsim.reservoirs.topology import TOPOLOGIES, recurrent
from xbarsim.streams import Streams


def whole(weights):
    return weights.toarray() if sparse.issparse(weights) else weights


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_scaled_weights_have_the_radius_that_was_asked_for(topology):
    drawn = recurrent(topology, 300, 0.1, np.random.default_rng(0))
    weights = scaled_to(drawn, 0.8, Streams(1))
    assert np.abs(np.linalg.eigvals(whole(weights))).max() == pytest.approx(0.8, rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(n=st.integers(101, 200), density=st.floats(0.02, 1.0), seed=st.integers(0, 99))
def test_the_estimate_is_the_largest_eigenvalue(n, density, seed):
    drawn = recurrent("random", n, density, np.random.default_rng(seed))
    exact = np.abs(np.linalg.eigvals(whole(drawn))).max()
    assert spectral_radius(drawn, Streams(seed)) == pytest.approx(exact, rel=1e-5)


def test_random_neurons_have_the_same_number_of_inputs():
    weights = whole(recurrent("random", 200, 0.1, np.random.default_rng(0)))
    assert set((weights != 0).sum(axis=1)) == {20}


def test_a_cycle_is_one_ring():
    weights = whole(recurrent("cycle", 7, 0.1, np.random.default_rng(0)))
    turned = np.linalg.matrix_power(weights, 7)
    assert np.array_equal(turned, np.eye(7)) and weights.sum() == 7


def test_a_small_world_has_short_paths_and_clusters():
    n, each = 200, 10
    weights = whole(recurrent("small_world", n, each / n, np.random.default_rng(0))) != 0
    assert set(weights.sum(axis=1)) == {each} and not weights.diagonal().any()
    ring = (np.arange(n) - np.arange(n)[:, None]) % n
    near = (ring <= each // 2) | (ring >= n - each // 2)
    moved = 1 - (weights & near).sum() / (n * each)
    assert moved == pytest.approx(0.1, abs=0.03)  # four standard errors of 2000 connections


def test_blocks_keep_to_themselves():
    n, density = 400, 0.1
    weights = whole(recurrent("block", n, density, np.random.default_rng(0))) != 0
    group = np.arange(n) * 4 // n
    share = weights[group[:, None] == group].sum() / weights.sum()
    assert share == pytest.approx(0.9, abs=0.012)
    assert weights.mean() == pytest.approx(density, rel=0.05)


@pytest.mark.parametrize("density", [0.5, 0.9])
def test_blocks_that_are_full_leave_the_others_to_reach_the_density(density):
    n = 200
    weights = whole(recurrent("block", n, density, np.random.default_rng(0))) != 0
    group = np.arange(n) * 4 // n
    assert weights[group[:, None] == group].all()
    assert weights.mean() == pytest.approx(density, abs=0.012)  # four standard errors


def test_a_radius_has_the_same_digits_however_many_threads_there_are():
    from threadpoolctl import threadpool_limits

    weights = np.random.default_rng(0).standard_normal((700, 700))
    found = set()
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            found.add(spectral_radius(weights))
    assert len(found) == 1


def test_the_same_stream_draws_the_same():
    a, b = (recurrent("small_world", 50, 0.1, (Streams(3) / "w").rng()) for _ in range(2))
    assert np.array_equal(whole(a), whole(b))


@pytest.mark.parametrize("topology", ["random", "block"])
def test_more_neurons_than_the_memory_holds_are_refused(topology):
    with pytest.raises(ResourceError, match="a reservoir of 10000000 units needs"):
        recurrent(topology, 10_000_000, 1e-6, np.random.default_rng(0))


def test_weights_that_lead_nowhere_have_no_radius():
    chain = sparse.csr_array(np.eye(150, k=-1))
    with pytest.raises(SpecError, match="spectral_radius 0.9 cannot be reached"):
        scaled_to(chain, 0.9, Streams(0))
    with pytest.raises(SpecError, match="cannot be reached"):
        scaled_to(np.zeros((3, 3)), 0.9, Streams(0))


@pytest.mark.parametrize("radius", [-1.0, np.nan, np.inf, "1"])
def test_a_radius_is_a_finite_number(radius):
    with pytest.raises(SpecError, match="spectral_radius is"):
        scaled_to(np.eye(3), radius, Streams(0))


@pytest.mark.parametrize(
    ("topology", "density", "message"),
    [
        ("ring", 0.1, "topology is 'ring'"),
        ("random", 0.0, "density is 0.0"),
        ("random", 2, "density is 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused(topology, density, message):
    with pytest.raises(SpecError, match=message):
        recurrent(topology, 10, density, np.random.default_rng(0))
