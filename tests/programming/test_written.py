"""Cells of a law that differ, and cells that are written through their lines."""

from functools import lru_cache

import numpy as np
import pytest

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.device import Spread, StatisticalDevice, WrittenCells, load_device, sampled
from xbarsim.errors import SpecError
from xbarsim.programming import (
    WriteVerify,
    WrittenDevice,
    programming_transfer,
    statistical_retention,
    write_verify,
)
from xbarsim.transient import simulate
from xbarsim.transient.series import in_series

LEVELS = np.concatenate([-np.linspace(1.0, 1.8, 24)[::-1], np.linspace(1.3, 2.4, 24)])
WIDTH, READ = 10e-9, 0.2
SCHEME = WriteVerify(window=2e-6, read_noise=0.005)
WIRES = Wires(r_word=20.0, r_bit=30.0, r_source=50.0, r_sense=50.0)


def law(**changed):
    return load_device("jiang_2014_hfox_demo", **changed)


@lru_cache(maxsize=64)
def behind(resistance):
    one = in_series(law(), resistance) if resistance else law()
    return (programming_transfer(one, LEVELS, WIDTH, READ, states=501),)


@pytest.fixture(scope="module")
def device():
    return WrittenDevice(
        library=behind(0.0), scheme=SCHEME, g_min=6e-6, g_max=100e-6, behind=behind
    )


@pytest.fixture
def targets(streams):
    return streams.rng().uniform(8e-6, 90e-6, (12, 10))


def test_without_wires_cells_are_written_straight(device, targets, streams):
    assert isinstance(device, StatisticalDevice) and isinstance(device, WrittenCells)
    z = streams.normal(targets.shape)
    straight = write_verify(device.library, targets, SCHEME, z)
    for wires in (None, Wires()):
        np.testing.assert_array_equal(device.write(targets, z, 0.0, wires).g, straight.g)


@pytest.mark.long
def test_what_is_read_through_the_line_meets_the_target(device, targets, streams):
    z = streams.normal(targets.shape)
    far = device.write(targets, z, 0.0, WIRES)
    assert far.verified.mean() > 0.95
    row, col = np.indices(targets.shape)
    path = 100.0 + 20.0 * col + 30.0 * (11 - row)
    seen = 1.0 / (1.0 / far.g + path)
    done = far.verified
    assert (abs(seen - targets)[done] < 2e-6 + 5 * 0.005 * targets[done] + 3e-7).all()
    assert (far.g[done] > seen[done]).all()


def test_between_line_resistances_pulses_are_those_of_the_law_behind_its_line(device, streams):
    """One pulse on cells behind lines that were not characterised, beside the integrator."""
    path, place, weight = device._paths(WIRES, (12, 10))
    rows, cols = [3, 0, 8], [4, 9, 1]
    library = [behind(r)[0] for r in path]
    r = np.array([100.0 + 20.0 * c + 30.0 * (11 - k) for k, c in zip(rows, cols, strict=True)])
    for level in (2, 30, 45):
        x = np.array([0.9e-9, 1.2e-9, 0.5e-9])
        after = np.empty(3)
        for k in range(3):
            m, w = place[rows[k], cols[k]], weight[rows[k], cols[k]]
            ends = [x[k : k + 1].copy() for _ in range(2)]
            for end, one in zip(ends, library[m : m + 2], strict=True):
                one.pulse(end, np.array([level]))
            after[k] = (1 - w) * ends[0][0] + w * ends[1][0]
        v = np.full((2, 3), LEVELS[level])
        exact = simulate(in_series(law(), r), [0.0, WIDTH], v, state=x[None], tolerance=1e-7)
        np.testing.assert_allclose(after, exact.state[-1, 0], atol=2e-12)


def test_a_cell_that_no_line_leads_to_is_refused(device, targets):
    r_word = np.full((12, 9), 1.0)
    r_word[4, 6] = np.inf
    with pytest.raises(SpecError, match=r"no line leads to cell \(4, 7\)"):
        device.write(targets, targets, 0.0, Wires(r_word=r_word, r_bit=1.0))


def test_a_library_gives_each_cell_one_parameter_set_for_good(targets, streams):
    sets = sampled(law(), {"e_a": Spread(relative=0.02)}, streams.normal((1, 4)))
    laws = [law(e_a=float(e)) for e in sets.e_a]
    library = tuple(programming_transfer(one, LEVELS, WIDTH, READ, states=501) for one in laws)
    device = WrittenDevice(library=library, scheme=SCHEME, g_min=6e-6, g_max=100e-6)
    z, z_device = streams.normal((2, *targets.shape))
    first = device.write(targets, z, z_device)
    again = device.write(targets, streams.normal(targets.shape), z_device)
    alone = [write_verify(one, targets, SCHEME, z) for one in library]
    own = np.argmin([abs(first.pulses - a.pulses) + 1e20 * abs(first.g - a.g) for a in alone], 0)
    assert len(np.unique(own)) == 4
    for k, one in enumerate(alone):
        np.testing.assert_array_equal(first.g[own == k], one.g[own == k])
    mean = [[part.pulses[own == k].mean() for k in range(4)] for part in (first, again)]
    assert np.corrcoef(mean)[0, 1] > 0.9, "a cell that needs more pulses needs them again"


@pytest.mark.parametrize("through", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_tile_of_a_law_holds_its_weights(device, through, streams):
    hardware = xs.Hardware(
        device=device if through else WrittenDevice(library=behind(0.0), scheme=SCHEME,
                                                    g_min=6e-6, g_max=100e-6),
        rows=16, cols=16, wires=WIRES,
    )  # fmt: skip
    tile = xs.Tile(streams.normal((6, 12)), hardware, seed=3)
    tile.program()
    error = abs(tile.g - tile.cells.g_target)[tile.cells.formed]
    assert tile.ledger["cells_unverified"] < 0.1 * tile.ledger["cells_programmed"]
    assert np.median(error) < (2e-5 if through else 2e-6)
    assert tile.ledger["write_energy"] > 0


def test_the_panels_of_a_card_draw_from_the_whole_library(streams):
    cells = [law(g_0=x) for x in (0.24e-9, 0.25e-9, 0.26e-9)]
    library = tuple(programming_transfer(one, LEVELS, WIDTH, READ, states=501) for one in cells)
    device = WrittenDevice(library=library, scheme=SCHEME, g_min=10e-6, g_max=100e-6)
    target, z_device = np.full((1, 300), 50e-6), streams.normal((300,))
    z = np.zeros((2, 1, 300))
    found = statistical_retention(device, target[0, :1], [0.0], z, z_device).g[0]
    np.testing.assert_array_equal(found, device.write(target, z[0], z_device).g)
    assert len(np.unique(found)) == 3


@pytest.mark.parametrize("shape", [(), (4,), (0, 4)])
def test_cells_behind_lines_form_an_array(device, shape):
    with pytest.raises(SpecError, match="rows, cols"):
        device.write(np.full(shape, 50e-6), np.zeros(shape), 0.0, WIRES)
