"""Cells of so many levels: closed forms, and what may be said of them."""

import numpy as np
import pytest

from xbarsim.errors import SpecError
from xbarsim.programming import LevelPulses, PulsedDevice

SHAPE = (60, 70)


def made(streams, **changes):
    device = LevelPulses(**changes)
    cells = device.cells((streams / "cells").normal((device.normals, *SHAPE)))
    return cells, (streams / "pulses").normal(SHAPE)


def test_it_makes_pulsed_cells():
    assert isinstance(LevelPulses(), PulsedDevice)


@pytest.mark.parametrize("levels", [2, 3, 64])
def test_so_many_pulses_go_through_so_many_levels_and_back(levels, streams):
    cells, _ = made(streams, levels=levels, g_max=50e-6, on_off=20.0)
    x, found = cells.lowest(), []
    for _ in range(levels - 1):
        found.append(cells.read(x)[0, 0])
        x, _ = cells.pulse(x, np.ones(SHAPE, dtype=int))
    found.append(cells.read(x)[0, 0])
    np.testing.assert_allclose(found, np.linspace(2.5e-6, 50e-6, levels), rtol=1e-12)
    x, _ = cells.pulse(x, np.full(SHAPE, 1 - levels))
    np.testing.assert_allclose(cells.read(x), 2.5e-6, rtol=1e-9)


def test_a_cell_of_the_most_levels_reaches_its_highest(streams):
    """Pulses that set cells up go no further than so many."""
    device = LevelPulses(levels=100_000)
    cells = device.cells((streams / "cells").normal((device.normals, 1)))
    x, _, up, _ = cells.approach(cells.lowest(), np.array([device.g_max]))
    assert up[0] == 99_999 and cells.read(x)[0] == pytest.approx(device.g_max, rel=1e-6)
    with pytest.raises(SpecError, match="levels is 100001; .* from 2 to 100000"):
        LevelPulses(levels=100_001)


def test_a_cell_that_can_be_shut_conducts_nothing(streams):
    cells, _ = made(streams, on_off=np.inf)
    assert (cells.read(cells.lowest()) == 0).all()


def test_noise_and_spread_are_what_they_say(streams):
    """To four standard errors of a standard deviation, its value over sqrt(2 n)."""
    cells, z = made(streams, levels=101, on_off=np.inf, g_max=1.0, noise=0.2, spread=0.1)
    middle = np.full(SHAPE, 0.5)
    mean = cells.steps(middle)[0]
    near = 4 / np.sqrt(2 * mean.size)
    assert mean.std() / 0.01 == pytest.approx(0.1, rel=near)
    x, _ = cells.pulse(middle, np.ones(SHAPE, dtype=int), z)
    assert ((x - 0.5) / mean - 1).std() == pytest.approx(0.2, rel=near)


def test_ends_differ_by_their_spread_and_not_together(streams):
    cells, _ = made(streams, on_off=100.0, g_max=1.0, window_spread=0.1)
    low, high = (np.log(end).ravel() for end in cells.window())
    near = 4 / np.sqrt(2 * low.size)
    for end, mean in ((low, np.log(0.01)), (high, 0.0)):
        assert end.mean() == pytest.approx(mean, abs=4 * 0.1 / np.sqrt(low.size))
        assert end.std() == pytest.approx(0.1, rel=near)
    assert abs(np.corrcoef(low, high)[0, 1]) < 4 / np.sqrt(low.size)


def test_stuck_cells_stay_where_they_are_and_their_pulses_count(streams):
    cells, z = made(streams, on_off=10.0, g_max=1.0, stuck_low=0.1, stuck_high=0.2, energy=1e-12)
    up, heat = cells.pulse(cells.lowest(), np.full(SHAPE, 70), z)
    down, _ = cells.pulse(up, np.full(SHAPE, -70), z, 70)
    at_low, at_high = cells.read(up) < 0.5, cells.read(down) > 0.5
    for found, share in ((at_low, 0.1), (at_high, 0.2)):
        error = np.sqrt(share * (1 - share) / found.size)
        assert found.mean() == pytest.approx(share, abs=4 * error)
    np.testing.assert_allclose(cells.read(up)[at_low], 0.1, rtol=1e-7)
    np.testing.assert_allclose(cells.read(down)[at_high], 1.0, rtol=1e-7)
    np.testing.assert_allclose(heat, 70e-12, rtol=1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"levels": 1}, "levels is 1; it must be a whole number from 2"),
        ({"levels": 2.5}, "levels is 2.5"),
        ({"levels": True}, "levels is True"),
        ({"on_off": 1.0}, "on_off is 1; it must be above 1"),
        ({"on_off": np.nan}, "on_off is nan"),
        ({"on_off": "10"}, "on_off is '10'; it must be a number"),
        ({"g_max": 0.0}, "g_max is 0 S; it must be above 0 S"),
        ({"noise": -0.1}, "noise is -0.1; it must be at least 0"),
        ({"spread": np.inf}, "spread is inf"),
        ({"stuck_low": 0.6, "stuck_high": 0.5}, "shares of cells sum to at most 1"),
        ({"energy": -1e-12}, "energy is -1 pJ; it must be at least 0"),
    ],
)
def test_nonsense_is_refused(changes, message):
    with pytest.raises(SpecError, match=message):
        LevelPulses(**changes)


def test_too_few_normals_are_refused():
    with pytest.raises(SpecError, match=r"it takes 4 normals a cell"):
        LevelPulses().cells(np.zeros((2, 3)))
