"""Wirings of liquids: who is connected with whom, how strongly, and how long spikes travel."""

import numpy as np
import pytest

from xbarsim import SpecError
from xbarsim.reservoirs.delays import Delays, lines
from xbarsim.reservoirs.wiring import (
    DistanceWiring,
    GaussianWiring,
    InDegreeWiring,
    input_weights,
)
from xbarsim.streams import Streams

STREAMS = Streams(3)


def test_gaussian_weights_have_the_spread_that_was_asked_for():
    drawn = GaussianWiring(inputs=0.3, recurrent=0.05).draw(300, 200, STREAMS)
    for w, sigma in ((drawn.inputs, 0.3), (drawn.recurrent, 0.05)):
        assert abs(w.std() / sigma - 1) < 5 / np.sqrt(2 * w.size)
        assert abs(w.mean()) < 5 * sigma / np.sqrt(w.size)
    assert drawn.signs is None


def test_neurons_of_a_full_grid_have_a_place_each():
    places = DistanceWiring(shape=(4, 5, 6)).places(120, STREAMS)
    assert len(np.unique(places, axis=0)) == 120
    assert places.max(axis=0).tolist() == [3, 4, 5]


def test_chance_of_a_connection_is_the_gaussian_of_the_distance():
    """By a loop over all pairs, from the equation."""
    wiring = DistanceWiring(shape=(3, 3, 3), reach=2.0)
    rng = np.random.default_rng(0)
    places, signs = wiring.places(27, STREAMS), rng.choice([-1.0, 1.0], 27)
    c = {(1, 1): 0.2, (1, -1): 0.1, (-1, 1): 0.3, (-1, -1): 0.05}  # (from, to)
    p = wiring.probability(places, signs)
    for a in range(27):
        for b in range(27):
            distance = np.linalg.norm(places[a] - places[b])
            expected = c[signs[a], signs[b]] * np.exp(-((distance / 2.0) ** 2)) * (a != b)
            assert p[b, a] == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_a_liquid_of_1000_has_the_density_that_nalsm_reports():
    """1.7 %, V. Ivanov and K. Michmizos 2021; counts by kind within 5 standard deviations."""
    wiring = DistanceWiring()
    drawn = wiring.draw(1000, 3, STREAMS)
    there = drawn.recurrent != 0
    assert there.mean() == pytest.approx(0.017, abs=0.001)
    p = wiring.probability(wiring.places(1000, STREAMS), drawn.signs)
    for to in (-1, 1):
        for source in (-1, 1):
            kind = (drawn.signs[:, None] == to) & (drawn.signs == source)
            expected, spread = p[kind].sum(), np.sqrt((p * (1 - p))[kind].sum())
            assert abs(there[kind].sum() - expected) < 5 * spread
    assert not there.diagonal().any()


@pytest.mark.parametrize(
    "wiring", [DistanceWiring(shape=(5, 5, 8), spread=0.3), InDegreeWiring(degree=30)]
)
def test_all_weights_from_a_neuron_have_its_sign_and_four_in_five_excite(wiring):
    drawn = wiring.draw(200, 10, STREAMS)
    assert (drawn.recurrent * drawn.signs >= 0).all()
    assert (drawn.signs > 0).sum() == 160


def test_every_neuron_hears_its_share_of_others():
    drawn = InDegreeWiring(degree=30, spread=0.0, weight=0.2, inhibition=0.7).draw(200, 10, STREAMS)
    assert ((drawn.recurrent > 0).sum(axis=1) == 24).all()
    assert ((drawn.recurrent < 0).sum(axis=1) == 6).all()
    assert set(np.unique(drawn.recurrent)) == {-0.7, 0.0, 0.2}
    assert not drawn.recurrent.diagonal().any()


def test_signs_at_random_without_dales_law():
    drawn = InDegreeWiring(degree=30, excitatory=None, spread=0.0).draw(200, 10, STREAMS)
    assert drawn.signs is None
    assert ((drawn.recurrent != 0).sum(axis=1) == 30).all()
    assert abs((drawn.recurrent > 0).sum() - 3000) < 5 * np.sqrt(1500)


def test_sizes_of_weights_have_their_mean_and_spread():
    w = InDegreeWiring(degree=100, weight=0.2, spread=0.1).draw(200, 1, STREAMS).recurrent
    sizes = w[w > 0]
    assert abs(sizes.mean() / 0.2 - 1) < 5 * 0.1 / np.sqrt(sizes.size)
    assert abs(sizes.std() / 0.02 - 1) < 5 / np.sqrt(2 * sizes.size)


def test_an_exact_share_of_inputs_is_connected():
    w = input_weights(40, 50, 0.15, 0.3, STREAMS)
    assert (w != 0).sum() == 300
    assert set(np.unique(w)) == {-0.3, 0.0, 0.3}


def test_one_part_of_a_wiring_moves_no_other():
    """Streams have names: other inputs leave connections as they were."""
    few, many = (DistanceWiring(shape=(5, 5, 8)).draw(200, n, STREAMS) for n in (3, 30))
    assert (few.recurrent == many.recurrent).all()


def test_delays_are_whole_steps_evenly_between_the_bounds():
    steps = Delays(shortest=2e-3, longest=6e-3).steps(300, 1e-3, STREAMS)
    assert steps.shape == (300, 300) and set(np.unique(steps)) == {2, 3, 4, 5, 6}
    assert (steps == 4).mean() == pytest.approx(0.25, abs=5 * np.sqrt(0.25 * 0.75 / 90_000))
    assert Delays(shortest=0, longest=0, per="neuron").steps(4, 1e-3, STREAMS).tolist() == [1] * 4


def test_lines_hold_every_weight_once_at_its_delay():
    rng = np.random.default_rng(0)
    w = rng.standard_normal((20, 20)) * (rng.random((20, 20)) < 0.4)
    steps = rng.integers(1, 5, (20, 20))
    made = lines(w, steps)
    back = np.zeros((20, 20))
    for line, (source, delay) in enumerate(zip(made.source, made.delay, strict=True)):
        there = made.weights[:, line] != 0
        assert (steps[there, source] == delay).all()
        back[:, source] += made.weights[:, line]
    np.testing.assert_array_equal(back, w)
    for k in range(20):
        assert (made.source[made.first[k] : made.first[k + 1]] == k).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GaussianWiring(inputs=-1.0), "wiring.inputs is -1"),
        (lambda: GaussianWiring(recurrent=float("nan")), "wiring.recurrent is nan"),
        (lambda: InDegreeWiring(degree=-1), "wiring.degree"),
        (lambda: InDegreeWiring(excitatory=1.5), "wiring.excitatory is 1.5"),
        (lambda: InDegreeWiring(degree=50).draw(40, 3, STREAMS), "wiring.degree is 50"),
        (lambda: DistanceWiring(shape=()), "wiring.shape"),
        (lambda: DistanceWiring(shape=(3, 3)).draw(10, 1, STREAMS), "9 places"),
        (lambda: DistanceWiring(ee=1.1), "wiring.ee is 1.1"),
        (lambda: DistanceWiring(reach=0.0), "wiring.reach is 0"),
        (lambda: Delays(shortest=2e-3, longest=1e-3), "2 ms to 1 ms"),
        (lambda: Delays(shortest=0, longest=1e-3, per="both"), "delays.per"),
        (lambda: Delays(shortest=0, longest=10).steps(3, 1e-3, STREAMS), "10000 steps"),
    ],
)
def test_what_cannot_be_is_refused_by_name(make, message):
    with pytest.raises(SpecError, match=message):
        make()
