"""What rules make of inputs and derivatives: means, sums, and the definition pulse by pulse."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from xbarsim.errors import SpecError  # noqa: E402
from xbarsim.nn.in_situ import MixedPrecision, RoundedPulses, StochasticPulses, Update  # noqa: E402
from xbarsim.nn.in_situ.skip import written  # noqa: E402
from xbarsim.programming._loop import _mixed  # noqa: E402

STEP, GAMMA = 0.01, 0x9E3779B97F4A7C15


def update(x, delta, lr=0.1, kept=None, seed=3):
    return Update(
        x=np.atleast_2d(x).astype(float),
        delta=np.atleast_2d(delta).astype(float),
        lr=lr,
        step=STEP,
        kept=kept,
        seed=np.uint64(seed),
    )


def stochastic(one, **changes):
    """All coincidences of an update, (n, out, in)."""
    return np.concatenate(list(StochasticPulses(**changes).pulses(one, None)))


def given(rule, one, memory):
    """All pulses of an update by any rule."""
    if isinstance(rule, StochasticPulses):
        return stochastic(one)
    return rule.pulses(one, memory)


def trains(chance, length, seed, which):
    """Whether there is a pulse, (length,): uniform numbers by SplitMix64 below the chance."""
    key = _mixed(np.uint64((seed + GAMMA * (which + 1)) % 2**64))
    words = [_mixed(np.uint64((int(key) + GAMMA * (k + 1)) % 2**64)) for k in range(length)]
    return np.array([(int(word) >> 11) * 2.0**-53 < chance for word in words])


def test_coincidences_are_those_of_the_definition(streams):
    """Gokmen and Vlasov's rule, with arrays: A and B of every row and column, where they meet."""
    rng, length, lr, seed = streams.rng(), 31, 0.3, 77
    x, delta = rng.normal(size=(4, 5)), 0.1 * rng.normal(size=(4, 3))
    x[0, 2], x[3] = 0.0, 0.0
    found = stochastic(update(x, delta, lr, seed=seed), length=length)
    for s in range(4):
        x_most, d_most = abs(x[s]).max(), abs(delta[s]).max()
        if x_most == 0:
            assert not found[s].any()
            continue
        balance = np.sqrt(min(d_most, length * STEP / (lr * x_most)) / x_most)
        rate = np.sqrt(lr / (length * STEP))
        a = [trains(abs(v) * rate * balance, length, seed, 8 * s + i) for i, v in enumerate(x[s])]
        b = [trains(abs(v) * rate / balance, length, seed, 8 * s + 5 + o)
             for o, v in enumerate(delta[s])]  # fmt: skip
        for o, i in np.ndindex(3, 5):
            met = int((a[i] & b[o]).sum())
            assert found[s, o, i] == -np.sign(x[s, i] * delta[s, o]) * met
    assert found.any()


def test_the_mean_of_coincidences_is_the_step_of_gradient_descent(streams):
    """20000 equal samples, of probabilities below 1, within 4.5 standard errors."""
    n, length, lr = 20000, 15, 0.1
    x, delta = np.array([0.9, -0.2, 0.0, 0.5]), np.array([0.3, -0.05, 1e-4])
    found = stochastic(update(np.tile(x, (n, 1)), np.tile(delta, (n, 1)), lr), length=length)
    mean = -lr * np.outer(delta, x) / STEP
    chance = abs(mean) / length
    error = np.sqrt(length * chance * (1 - chance) / n)
    assert chance.max() < 1
    assert (abs(found.mean(axis=0) - mean) <= 4.5 * error).all()
    np.testing.assert_allclose(found.var(axis=0), n * error**2, rtol=0.2, atol=2e-4)


def test_an_update_of_more_than_all_pulses_clips_columns_not_rows():
    """x of 1 always pulses; of two derivatives that are too large both are at their limit."""
    found = stochastic(
        update(np.tile([1.0, 0.25], (4000, 1)), np.tile([50.0, -100.0], (4000, 1)), 0.1), length=20
    )
    np.testing.assert_array_equal(found[:, :, 0], np.tile([-20, 20], (4000, 1)))
    assert found[:, :, 1].mean(axis=0) == pytest.approx([-5, 5], abs=4 * np.sqrt(3.75 / 4000))


def test_one_seed_makes_the_same_pulses_and_another_others(streams):
    x, delta = streams.rng().normal(size=(2, 9, 6))
    first, again, other = (stochastic(update(x, delta, seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_learning_rate_makes_no_pulses():
    one = update([[1.0, 2.0]], [[3.0]], lr=0.0)
    assert not list(StochasticPulses().pulses(one, None))
    for rule in (RoundedPulses(), MixedPrecision()):
        assert not rule.pulses(one, rule.start((1, 2))).any()


def test_rounding_loses_what_is_below_half_a_pulse():
    found = RoundedPulses().pulses(update([[1.0, 0.1, -1.0]], [[0.049, 0.051, -0.26]]), None)
    np.testing.assert_array_equal(found[:, 0], [0, -1, 3])
    np.testing.assert_array_equal(found[:, 1], [0, 0, 0])
    np.testing.assert_array_equal(found[:, 2], [0, 1, -3])


def test_mixed_precision_loses_nothing(streams):
    """Pulses and what is left add up to all updates; what is left is less than a pulse."""
    rng, rule = streams.rng(), MixedPrecision()
    chi, total, pulses = rule.start((3, 4)), np.zeros((3, 4)), np.zeros((3, 4))
    for _ in range(200):
        one = update(rng.normal(size=(5, 4)), 0.02 * rng.normal(size=(5, 3)))
        total += one.wanted
        pulses += rule.pulses(one, chi)
        assert (abs(chi) < STEP).all()
    np.testing.assert_allclose(pulses * STEP + chi, total, atol=1e-12)
    assert abs(pulses).max() > 2


def test_skipped_cells_get_no_pulses(streams):
    rng = streams.rng()
    x, delta = rng.normal(size=(2, 8, 6))
    kept = written(x, delta, 0.3)
    size = abs(delta.T @ x)
    np.testing.assert_array_equal(kept, size >= 0.3 * size.max())
    assert 0 < kept.sum() < kept.size
    for rule in (StochasticPulses(), RoundedPulses(), MixedPrecision()):
        found = given(rule, update(x, delta, lr=1.0, kept=kept), rule.start((6, 6)))
        assert not found[..., ~kept].any()
        assert found[..., kept].any()


def test_a_threshold_of_nothing_writes_all_and_of_one_the_largest_alone(streams):
    x, delta = streams.rng().normal(size=(2, 8, 6))
    assert written(x, delta, 0.0) is None
    assert written(x, delta, 1.0).sum() == 1


def test_samples_by_the_piece_are_those_at_once(monkeypatch, streams):
    """Of arrays of two samples, as of large layers, in place of one of all nine."""
    x, delta = streams.rng().normal(size=(2, 9, 6))
    whole = stochastic(update(x, delta))
    monkeypatch.setattr("xbarsim.nn.in_situ.stochastic._TOGETHER", 2 * 36)
    parts = list(StochasticPulses().pulses(update(x, delta), None))
    assert [len(part) for part in parts] == [2, 2, 2, 2, 1]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("length", [0, 64, -3, 3.5])
def test_trains_of_impossible_length_are_refused(length):
    with pytest.raises(SpecError, match=f"length is {length}; it must be a whole number from 1"):
        StochasticPulses(length=length)
