import numpy as np
import pytest

from xbarsim.encoders import poisson, shares_of_total, spike_probability
from xbarsim.errors import SpecError


def test_spikes_stand_where_the_draw_lies_below_the_probability(xp):
    u = xp.asarray([[0.0, 0.2], [0.49, 0.5], [0.99, 0.0]])
    spikes = poisson([0.5, 0.0], u)
    assert spikes.dtype == xp.uint8
    assert spikes.tolist() == [[1, 0], [1, 0], [0, 0]]


def test_counts_have_the_mean_and_variance_of_bernoulli_trials(streams):
    p = np.array([0.02, 0.3, 0.9])
    n, m = 500, 2000
    counts = np.array(
        [poisson(p, u).sum(axis=0) for u in streams.rng().random((m, n, 3))], dtype=float
    )
    mean, variance = n * p, n * p * (1 - p)
    assert (abs(counts.mean(axis=0) - mean) < 4 * np.sqrt(variance / m)).all()
    assert (abs(counts.var(axis=0) / variance - 1) < 4 * np.sqrt(2 / m)).all()


def test_certain_and_impossible_spikes(streams):
    spikes = poisson(np.array([[1.0, 0.0]] * 50), streams.rng().random((50, 2)))
    assert spikes[:, 0].all() and not spikes[:, 1].any()


def test_rates_become_probabilities():
    assert spike_probability(1e9, 1e-3) == 1.0
    assert spike_probability([0.0, 10.0], 1e-3).tolist() == pytest.approx([0, 0.00995016625])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int8, np.float32])
def test_rates_of_any_kind_of_number_become_the_same_probabilities(kind):
    found = spike_probability(np.array([20, 100], kind), 1e-3)
    assert found.tolist() == pytest.approx([0.0198013267, 0.0951625820])


def test_shares_of_total_are_those_of_each_image_over_the_largest_of_all():
    found = shares_of_total([[1, 1, 2], [0, 4, 0], [3, 1, 0]])
    assert found.tolist() == [[0.25, 0.25, 0.5], [0, 1, 0], [0.75, 0.25, 0]]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda u: poisson([0.5, 1.5], u), "probability is 1.5; it must lie from 0 to 1"),
        (lambda u: poisson([0.5, float("nan")], u), "probability is nan"),
        (lambda u: poisson([0.5], u), r"u has shape \(3, 2\) and probability \(1,\)"),
        (lambda u: poisson(0.5, u), r"probability \(\)"),
        (lambda u: poisson([0.5], [[float("nan")]]), "u is nan at step 0, channel 0"),
        (lambda u: poisson([0.5], [[0], [255]]), "u reaches from 0 to 255; draws must lie from 0"),
        (lambda u: spike_probability(-1.0, 1e-3), "rate holds values below 0 1/s"),
        (lambda u: spike_probability(1.0, 0.0), "dt is 0 s; it must be above 0 s"),
        (lambda u: shares_of_total([[0.0, 0.0]]), "an image of nothing but 0"),
    ],
)
def test_nonsense_is_refused(call, said):
    with pytest.raises(SpecError, match=said):
        call(np.zeros((3, 2)))
