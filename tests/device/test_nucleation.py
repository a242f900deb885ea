"""Nucleation-limited domains: published fractions, Monte Carlo, chances as an argument."""

import numpy as np
import pytest

from xbarsim.device import load_device
from xbarsim.errors import SpecError

# fraction switched after 0.1, 1, 10 and 100 us; Monte Carlo of the public model with 3 % scatter
FRACTIONS = {
    1.0: (0.00591, 0.04690, 0.14378, 0.285),
    1.5: (0.15764, 0.61631, 0.89109, 0.97574),
    2.0: (0.63604, 0.98578, 0.99975, 1.0),
}
TIMES = np.array([1e-7, 1e-6, 1e-5, 1e-4])


@pytest.fixture
def law():
    return load_device("alessandri_2018")


@pytest.mark.parametrize("v", FRACTIONS)
def test_mean_fraction_switched(law, v):
    found = law.switched(np.full(4, v), TIMES)
    np.testing.assert_allclose(found, FRACTIONS[v], rtol=0.012)
    if v > 1:
        np.testing.assert_allclose(found, FRACTIONS[v], rtol=2e-4)


@pytest.mark.parametrize("v", FRACTIONS)
def test_fraction_of_drawn_domains(law, v, streams):
    cells = 4000
    va = law.activations((streams / "activation").normal((20, cells)))
    state, now = law.initial_state((cells,)), 0.0
    for k, t in enumerate(TIMES):
        z = (streams / "chance" / str(k)).normal((20, cells))
        state = law.advance(np.full(cells, v), t - now, state, va, z)
        now = t
        p, f = FRACTIONS[v][k], (state[0] > 0).mean()
        assert abs(f - p) < 0.012 * p + 4 * np.sqrt(max(p * (1 - p), 1e-9) / (20 * cells))
    assert (abs(law.polarization(state)) <= 0.25).all()


def test_many_short_steps_flip_as_many_as_one(law, streams):
    cells = 4000
    va = law.activations((streams / "activation").normal((20, cells)))
    many = law.initial_state((cells,))
    for k in range(30):
        many = law.advance(1.5, 1e-6 / 30, many, va, (streams / str(k)).normal((20, cells)))
    assert (many[0] > 0).mean() == pytest.approx(0.61631, abs=4 * np.sqrt(0.24 / 8e4))


def test_without_voltage_nothing_changes(law, streams):
    va = law.activations(streams.normal((20, 50)))
    state = law.advance(1.4, 3e-7, law.initial_state((50,)), va, streams.normal((20, 50)))
    after = law.advance(0.0, 3e7, state, va, np.full((20, 50), -9.0))
    np.testing.assert_array_equal(after, state)


def test_supporting_voltage_turns_clocks_back_to_zero(law):
    va = np.full((20, 1), 2.3)
    late = np.full((20, 1), 9.0)
    state = law.advance(1.5, 3e-7, law.initial_state((1,)), va, late)
    half = law.advance(-1.5, 1e-7, state, va, late)
    np.testing.assert_allclose(half[1], state[1] * 2 / 3)
    assert not law.advance(-1.5, 1e-3, state, va, late)[1].any()


def test_domains_flip_back(law, streams):
    va = law.activations(streams.normal((20, 50)))
    z = np.full((20, 50), -9.0)
    up = law.advance(3.0, 1e-3, law.initial_state((50,)), va, z)
    down = law.advance(-3.0, 1e-3, up, va, z)
    assert (up[0] == 1).all() and (down[0] == -1).all() and not down[1].any()


def test_switching_time_is_limited(law):
    assert law.time(np.array([1e-9, 0.1]), np.array([2.3, 2.3])) == pytest.approx(1e9)
    assert law.time(np.array(2.0), np.array(2.3)) == pytest.approx(19e-9 * np.exp(1.15**3))
    assert law.time(np.array(1.0), np.array(0.0)) == pytest.approx(19e-9)


def test_part_of_a_domain_is_refused():
    with pytest.raises(SpecError, match="whole domains"):
        load_device("alessandri_2018", domains=2.5)
