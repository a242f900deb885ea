"""Every switching sheet beside SciPy's LSODA at a relative tolerance of 1e-9.

Two cells side by side: the sheet's own under its sweep, and one whose every parameter is changed by
up to 3 % under six steps of random height. What is asked is 1 % of the current's range and of the
switching time; the integrator at its default tolerance stays far below.
"""

import zlib
from dataclasses import fields

import numpy as np
import pytest
from reference import begin, jittered, reference, steps, triangle

from xbarsim.device import list_devices, load_device, load_sheet, with_parameters
from xbarsim.transient import simulate

SHEETS = list_devices("switching")
WITHIN = 1e-3  # of the range of the current, and of the time at which the state is half-way


def together(laws):
    """One law of several cells, whose parameters are arrays."""
    numbers = [f.name for f in fields(laws[0]) if isinstance(getattr(laws[0], f.name), float)]
    return with_parameters(
        laws[0], {n: np.array([getattr(law, n) for law in laws]) for n in numbers}
    )


def compare(laws, waveforms, points):
    """Assert that both integrators find the same current and the same switching time."""
    exact = [reference(law, *w) for law, w in zip(laws, waveforms, strict=True)]
    half, reach = np.transpose([e.crossing() for e in exact])
    assert reach.max() > 0.002
    around = half[:, None] * np.array([1 - WITHIN, 1 + WITHIN])
    even = np.linspace(0.0, max(t[-1] for t, _ in waveforms), points)
    grid = np.unique(np.concatenate([even, around.ravel(), *(t for t, _ in waveforms)]))
    v = np.stack([np.interp(grid, *w) for w in waveforms], axis=-1)
    start = np.stack([begin(law) for law in laws], axis=-1)
    trace = simulate(together(laws), grid, v, state=start)
    for k, (law, (t, _)) in enumerate(zip(laws, waveforms, strict=True)):
        at = grid <= t[-1]
        i = law.current(v[at, k], exact[k].states(grid[at]).T, np.full(at.sum(), law.ambient))
        off = abs(trace.i[at, k] - i)[~np.isin(grid[at], around)]
        assert off.max() < WITHIN * np.ptp(i)
        if reach[k] < 0.002:
            continue
        before, after = trace.state[np.searchsorted(grid, around[k]), 0, k]
        middle = exact[k].states([half[k]])[0, 0]
        assert (before - middle) * (after - middle) < 0


@pytest.mark.long
@pytest.mark.parametrize("name", SHEETS)
def test_a_sweep_and_another_cell_under_steps(name):
    law, sweep = load_device(name), load_sheet(name).sweep
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    compare([law, jittered(law, rng)], [triangle(sweep), steps(sweep, rng)], points=15)


def test_a_gate_that_outruns_the_gap_on_an_edge():
    """The gap begins on its gate, falls behind and is not there yet when the edge ends."""
    law, sweep = load_device("jiang_2014_hfox_demo"), load_sheet("jiang_2014_hfox_demo").sweep
    rng = np.random.default_rng([zlib.crc32(b"jiang_2014_hfox_demo"), 0])
    law = [jittered(law, rng, 0.1) for _ in range(3)][1]
    t, v = [steps(sweep, rng, 12) for _ in range(2)][1]
    compare([law], [(t[:10], v[:10])], points=65)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", SHEETS)
def test_many_cells_and_waveforms(name, seed):
    law, sweep = load_device(name), load_sheet(name).sweep
    rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
    laws = [jittered(law, rng, 0.1) for _ in range(3)]
    compare(laws, [steps(sweep, rng, 12) for _ in laws], points=201)
