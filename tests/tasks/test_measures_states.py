"""Ranks, separation, branching and exponents where they are known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim.errors import SpecError
from xbarsim.tasks.measures import (
    branching_factor,
    branching_ratio,
    conditional_exponent,
    count_ranks,
    kernel_ranks,
    numerical_rank,
    separation,
    van_rossum_distance,
)
from xbarsim.tasks.series import henon_orbit


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 8), st.integers(8, 20), st.integers(8, 20), st.integers(0, 2**31))
def test_a_product_of_thin_matrices_has_their_rank(rank, rows, cols, seed):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, cols))
    assert numerical_rank(a) == rank
    assert numerical_rank(a + 1e-9 * rng.standard_normal(a.shape), tolerance=1e-6) == rank


def test_noise_counts_unless_a_tolerance_says_what_it_is():
    rng = np.random.default_rng(0)
    a = np.diag([1.0, 0.5, 0.0, 0.0]) + 1e-3 * rng.standard_normal((4, 4))
    assert numerical_rank(a) == 4
    assert numerical_rank(a, tolerance=0.01) == numerical_rank(1e-6 * a, tolerance=0.01) == 2
    assert numerical_rank(np.zeros((3, 3))) == 0


def test_copies_that_differ_in_one_direction_have_a_generalisation_rank_of_two():
    rng = np.random.default_rng(0)
    noisy = rng.standard_normal(6) + rng.standard_normal((10, 1)) * rng.standard_normal(6)
    found = kernel_ranks(rng.standard_normal((10, 6)), noisy)
    assert (found.kernel, found.generalisation, found.difference) == (6, 2, 4)


def test_ranks_of_counts_are_those_of_drawn_samples():
    """Class c fires neuron c alone: 3 classes, rank 3; noise fills all 5."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 8)
    counts = np.eye(5)[labels] * rng.integers(1, 9, (24, 1))
    noisy = counts + rng.integers(0, 5, counts.shape)
    found = count_ranks(counts, noisy, labels, rng, per_class=4, draws=20)
    assert found.kernel == 3 and found.generalisation == 5


def test_a_mean_rank_of_draws_lies_where_chance_puts_it():
    """One of four samples of the second class differs: two of four hold it half of the time."""
    counts = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [0, 1]])
    labels = np.repeat(["a", "b"], 4)
    found = count_ranks(counts, counts, labels, np.random.default_rng(0), per_class=2, draws=3000)
    for mean in (found.kernel, found.generalisation):
        assert mean == pytest.approx(1.5, abs=4 * 0.5 / math.sqrt(3000))


def test_ranks_that_cannot_be_are_refused():
    ones, rng = np.ones((4, 2)), np.random.default_rng(0)
    with pytest.raises(SpecError, match=r"noisy has shape \(3, 2\); different has \(4, 2\)"):
        kernel_ranks(ones, ones[:3])
    with pytest.raises(SpecError, match="tolerance is 1;"):
        numerical_rank(ones, 1.0)
    with pytest.raises(SpecError, match="states is inf at step 0"):
        numerical_rank(ones * np.inf)
    with pytest.raises(SpecError, match="class 1 has 1 samples; per_class is 2"):
        count_ranks(ones, ones, np.array([0, 0, 0, 1]), rng, per_class=2)
    with pytest.raises(SpecError, match=r"shapes \(4, 2\), \(4, 2\) and \(3,\)"):
        count_ranks(ones, ones, np.zeros(3), rng)


def test_one_spike_more_is_a_squared_distance_of_one_half():
    a = np.zeros((30, 2))
    b = a.copy()
    b[29, 1] = 1
    assert van_rossum_distance(a, b, tau=7.0) ** 2 == pytest.approx(0.5, rel=1e-14)
    b[3, 0] = 1
    assert van_rossum_distance(a, b, tau=7.0) ** 2 == pytest.approx(1.0, rel=1e-14)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40), st.floats(0.5, 60), st.floats(0.1, 3))
def test_a_moved_spike_has_its_closed_form_distance(shift, tau, dt):
    """1 - exp(-|shift| / tau), van Rossum's Eq. for two trains of one spike each."""
    a, b = np.zeros((50, 1)), np.zeros((50, 1))
    a[5], b[5 + shift] = 1, 1
    want = -math.expm1(-shift * dt / tau)
    assert van_rossum_distance(a, b, tau=tau, dt=dt) ** 2 == pytest.approx(want, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_distances_are_a_metric_and_agree_with_fine_integration(seed):
    a, b, c = np.random.default_rng(seed).integers(0, 3, (3, 12, 2))
    ab, bc, ac = (van_rossum_distance(*pair, tau=3.0) for pair in ((a, b), (b, c), (a, c)))
    assert van_rossum_distance(a, a, tau=3.0) == 0
    assert ab == pytest.approx(van_rossum_distance(b, a, tau=3.0))
    assert ac <= ab + bc + 1e-12
    t = np.linspace(0, 60, 60 * 50, endpoint=False) + 0.01
    decays = np.where(t[:, None] >= np.arange(12), np.exp(-(t[:, None] - np.arange(12)) / 3), 0)
    fine = ((decays @ (a - b)) ** 2).sum() * 0.02 / 3
    assert ab**2 == pytest.approx(fine, rel=1e-3, abs=1e-9)


def test_states_that_follow_the_distance_of_inputs_leave_no_error():
    rng = np.random.default_rng(0)
    inputs = rng.random(20)
    states = rng.standard_normal((20, 1, 9, 3)) * np.ones((1, 2, 1, 1))
    states[:, 1, :, 0] += 2 * inputs[:, None] + 1
    found = separation(states, inputs)
    assert (found.slope, found.offset) == pytest.approx((2, 1), rel=1e-9)
    assert found.error < 1e-20
    np.testing.assert_allclose(found.states, (2 * inputs + 1)[:, None] * np.ones(9), rtol=1e-12)


def test_separation_over_time_is_the_mean_of_pairs_of_a_distance():
    inputs = np.array([0.1, 0.2, 0.9])
    states = np.zeros((3, 2, 4, 2))
    states[:, 1, :, 1] = np.array([[1.0], [3.0], [7.0]]) * np.arange(4)
    found = separation(states, inputs)
    np.testing.assert_allclose(
        found.over_time([0, 0.5, 1]), [2 * np.arange(4.0), 7 * np.arange(4.0)]
    )
    with pytest.raises(SpecError, match="no pair of inputs is 1 to 2 apart"):
        found.over_time([0, 1, 2])


def test_states_that_ignore_their_inputs_leave_all_of_the_error():
    rng = np.random.default_rng(0)
    found = separation(rng.standard_normal((200, 2, 5, 8)), rng.random(200))
    assert found.error > 0.95


@pytest.mark.parametrize(
    ("states", "inputs", "match"),
    [
        (np.ones((3, 4, 2)), np.arange(3.0), "expected .pairs, 2, time, N."),
        (np.ones((2, 2, 4, 2)), np.arange(2.0), "2 pairs, and a line needs at least 3"),
        (np.ones((3, 2, 4, 2)), np.ones(3), "inputs are 1 apart in every pair"),
        (np.ones((3, 2, 4, 2)), np.arange(3.0), "states are 0 apart in every pair"),
        (np.full((3, 2, 4, 2), np.nan), np.arange(3.0), "states is nan at step 0"),
    ],
)
def test_pairs_that_cannot_be_are_refused(states, inputs, match):
    with pytest.raises(SpecError, match=match):
        separation(states, inputs)


def branching_by_loops(spikes, connections, w, margin):
    """The definition, spike by spike."""
    steps, n = spikes.shape
    kept = [(t, i) for t, i in np.argwhere(spikes) if margin <= t < steps - margin]
    means = []
    for i in range(n):
        ratios = []
        for t in range(margin + w, steps - margin - w):
            if (t, i) in kept:
                pre = sum(connections[i, j] != 0 for s, j in kept if t - w <= s < t)
                post = sum(connections[j, i] != 0 for s, j in kept if t + 1 <= s < t + 1 + w)
                ratios.append(post / max(pre, 1))
        if ratios:
            means.append(np.mean(ratios))
    return np.mean(means)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 4), st.integers(0, 3))
def test_branching_factor_equals_its_definition_spike_by_spike(seed, w, margin):
    rng = np.random.default_rng(seed)
    spikes = rng.random((25, 5)) < 0.3
    connections = rng.random((5, 5)) * (rng.random((5, 5)) < 0.5)
    want = branching_by_loops(spikes, connections, w, margin)
    found = branching_factor(spikes, connections, window=w, margin=margin)
    assert found == pytest.approx(want, rel=1e-12)


def test_a_chain_of_neurons_that_pass_one_spike_on_branches_with_one():
    spikes = np.eye(60)
    assert branching_factor(spikes, np.eye(60, k=-1), window=1, margin=5) == 1.0


def test_samples_are_averaged_and_silent_ones_left_out():
    rng = np.random.default_rng(0)
    samples = rng.random((3, 40, 5)) < 0.3
    samples[1] = False
    connections = np.ones((5, 5))
    each = [branching_factor(samples[k], connections, margin=4) for k in (0, 2)]
    assert branching_factor(samples, connections, margin=4) == pytest.approx(np.mean(each))


@pytest.mark.parametrize(
    ("spikes", "settings", "match"),
    [
        (np.zeros((100, 3)), {}, "spikes holds none between its margins"),
        (np.ones((58, 3)), {}, "58 steps; margin 25 and window 4 .* more than 58"),
        (np.full((100, 3), 2), {}, "values other than 0 and 1"),
        (np.full((100, 3), np.nan), {}, "values other than 0 and 1"),
        (np.ones((100, 4)), {}, "shapes .100, 4. and .3, 3."),
        (np.ones((100, 3)), {"window": 0}, "window is 0"),
        (np.ones((100, 3)), {"margin": -1}, "margin is -1"),
    ],
)
def test_spikes_without_a_branching_factor_are_refused(spikes, settings, match):
    with pytest.raises(SpecError, match=match):
        branching_factor(spikes, np.ones((3, 3)), **settings)


def branching_process(m, steps, rng, seen=1.0):
    """Poisson offspring of mean m, and 10 spikes from outside a step; a share of all is seen."""
    a, out = int(10 / (1 - m)), []
    for _ in range(steps):
        a = rng.poisson(m * a + 10)
        out.append(rng.binomial(a, seen))
    return np.array(out)


@pytest.mark.parametrize("m", [0.7, 0.9, 0.98])
@pytest.mark.parametrize("seen", [1.0, 0.1])
def test_branching_ratio_is_found_though_few_neurons_are_seen(m, seen):
    """Wilting and Priesemann's point: the slope at lag 1 alone is too low, by the share b."""
    a = branching_process(m, 40_000, np.random.default_rng(1), seen)
    found = branching_ratio(a, max_lag=20 if m < 0.8 else 60)
    assert found.m == pytest.approx(m, abs=0.02)
    if seen < 1:
        assert found.slopes[0] < m - 0.1 and found.b < 0.9
    else:
        assert found.b == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("activity", "match"),
    [
        (np.ones(1000), "activity is 1 at every step"),
        (np.random.default_rng(0).poisson(5, 5000), "independent steps give up to"),
        (np.arange(100.0), "need .time,. of at least 400"),
        (np.where(np.arange(1000) == 3, np.nan, 1.0), "activity is nan at step 3"),
        (np.ones((1000, 2)), r"shape \(1000, 2\)"),
    ],
)
def test_activity_without_branching_is_refused(activity, match):
    with pytest.raises(SpecError, match=match):
        branching_ratio(activity)


def test_runs_of_a_linear_system_come_together_with_its_spectral_radius():
    rng = np.random.default_rng(0)
    w = np.linalg.qr(rng.standard_normal((6, 6)))[0] * 0.8
    states = []
    for start in (np.zeros(6), rng.standard_normal(6)):
        x, out, drive = start, [], np.random.default_rng(1)
        for _ in range(150):
            x = w @ x + drive.standard_normal(6)
            out.append(x)
        states.append(np.array(out))
    assert conditional_exponent(*states) == pytest.approx(math.log(0.8), rel=1e-3)


def test_orbits_of_the_henon_map_go_apart_with_its_exponent():
    """0.41922 (Sprott 2003): the mean over 200 pairs of orbits, whose own slopes scatter."""
    rng, found = np.random.default_rng(0), []
    for start in rng.uniform(-0.1, 0.1, 200):
        pair = [henon_orbit(start, 0.1, np.zeros(100)) for start in (start, start + 1e-12)]
        states = [np.stack([x[5:-1], x[6:]], axis=1) for x in pair]
        found.append(conditional_exponent(states[0], states[1], floor=1e-15, ceiling=1e-3))
    assert np.mean(found) == pytest.approx(0.41922, abs=0.02)


def test_a_steady_growth_of_distances_is_its_exponent():
    """The line begins above the floor and ends below the ceiling, whatever comes after."""
    distance = np.concatenate([1e-13 * np.exp(0.7 * np.arange(30)), np.full(40, 0.5)])
    a = np.ones((70, 1))
    for scale in (1.0, 1e-6, 1e6):
        b = a + distance[:, None]
        assert conditional_exponent(scale * a, scale * b) == pytest.approx(0.7, rel=1e-3)


def test_runs_that_were_never_near_have_no_exponent():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 50, 3))
    with pytest.raises(SpecError, match="a slope needs 10"):
        conditional_exponent(a, b)
    with pytest.raises(SpecError, match="a slope needs 10"):
        conditional_exponent(a, a)
    with pytest.raises(SpecError, match="b has shape"):
        conditional_exponent(a, b[:20])
    with pytest.raises(SpecError, match="expected 0 < floor < ceiling"):
        conditional_exponent(a, b, floor=1.0, ceiling=0.1)
