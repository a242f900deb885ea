"""Noise of output currents: one cell by hand, arrays against other routes to the same numbers."""

import numpy as np
import pytest

from xbarsim.crossbar import Wires, solve
from xbarsim.crossbar.iteration import Ends
from xbarsim.crossbar.johnson import johnson_noise, shot_noise
from xbarsim.crossbar.noise import sensitivity
from xbarsim.effects.noise import BOLTZMANN, CHARGE, thermal_shot_spread

B, T = 5e6, 350.0
WIRES = Wires(r_word=40.0, r_bit=25.0, r_source=300.0, r_sense=100.0)


@pytest.fixture
def array(streams):
    rng = streams.rng()
    return rng.uniform(1e-6, 1e-3, (6, 4)), rng.uniform(-0.3, 0.3, (2, 6))


def test_one_cell_in_series_with_its_lines_is_a_resistor():
    wires = Wires(r_source=2e3, r_sense=3e3)
    found = johnson_noise(np.array([[1e-4]]), wires, B, T, np.ones((1, 1)))
    assert abs(found[0, 0]) == pytest.approx(np.sqrt(4 * BOLTZMANN * T * B / 15e3), rel=1e-9)


def test_shot_noise_of_one_cell_divides_between_the_cell_and_its_lines():
    wires = Wires(r_source=2e3, r_sense=3e3)
    g, v = np.array([[1e-4]]), np.array([[0.3]])
    found = shot_noise(g, v, wires, B, np.ones)
    i = 0.3 / 15e3
    assert abs(found[0, 0]) == pytest.approx(np.sqrt(2 * CHARGE * i * B) * 10 / 15, rel=1e-9)


def test_without_wires_both_are_the_textbook_sum(array, streams):
    g, v = array
    thermal = johnson_noise(g, Wires(), B, T, np.ones((1, 4)))
    shot = shot_noise(g, v, Wires(), B, np.ones)
    expected = np.sqrt((thermal_shot_spread(g, v[:, :, None], B, T) ** 2).sum(axis=1))
    np.testing.assert_allclose(np.sqrt(thermal**2 + shot**2), expected, rtol=1e-12)


def test_thermal_noise_has_the_conductance_between_the_sensed_ends_as_covariance(array):
    """The same conductances, from driving each bit line in turn."""
    g, _ = array
    draws = np.eye(4)
    root = johnson_noise(g, WIRES, B, T, draws)
    y = root.T @ root / (4 * BOLTZMANN * T * B)
    for j in range(4):
        ends = Ends(right=np.nan, top=np.nan, bottom=draws[j])
        driven = solve(g, np.zeros(6), WIRES, ends=ends)
        np.testing.assert_allclose(y[j], -driven.i_cell.sum(axis=-2).reshape(4), rtol=1e-7)


def test_cells_make_no_more_thermal_noise_than_they_and_the_wires(array):
    """With wires the noise is less than that of the bare cells, as they stand in series."""
    g, _ = array
    wired, bare = (johnson_noise(g, w, B, T, np.eye(4)) for w in (WIRES, Wires()))
    assert ((wired**2).sum(axis=0) < (bare**2).sum(axis=0)).all()
    thin = johnson_noise(g, Wires(r_word=1e-6, r_bit=1e-6), B, T, np.eye(4))
    np.testing.assert_allclose((thin**2).sum(axis=0), (bare**2).sum(axis=0), rtol=1e-6)


def test_shot_noise_spreads_over_the_outputs_as_changes_of_the_cells_do(array, streams):
    g, v = array
    rng, k = streams.rng(), 40_000
    found = shot_noise(g, np.repeat(v[:1], k, axis=0), WIRES, B, rng.standard_normal)
    s = sensitivity(g, v[:1], WIRES)
    current = np.abs(g * s.drop[0])
    expected = s.covariance(np.sqrt(2 * CHARGE * B * current) / np.abs(s.drop[0]))[0]
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert (np.abs(np.cov(found.T) - expected) < 5 * np.sqrt(2 / k) * scale).all()


def test_thermal_noise_of_unformed_columns_is_nothing(array):
    g = array[0].copy()
    g[:, 2] = 0.0
    found = johnson_noise(g, WIRES, B, T, np.eye(4))
    assert np.abs(found[:, 2]).max() < 1e-6 * np.abs(found).max()
