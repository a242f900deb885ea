"""Heat of a trace beside Gauss quadrature of its own voltages and currents."""

import numpy as np
import pytest
from reference import begin, reference, triangle

from xbarsim.device import load_device, load_sheet
from xbarsim.transient import simulate

PLACES, WEIGHTS = np.polynomial.legendre.leggauss(3)
LONG = pytest.param("jiang_2016_hfox_17", marks=pytest.mark.long)
LAWS = [LONG, "cuppers_2019", "kvatinsky_2015_generic", "du_2017", "chen_2015_hfox"]


@pytest.mark.parametrize("name", LAWS)
def test_heat_is_the_integral_of_the_emitted_power(name):
    law = load_device(name)
    t, v = (a[:3] for a in triangle(load_sheet(name).sweep))
    # panels as short as LSODA's steps, which follow whatever happens
    steps = [p[0] for p in reference(law, t, v, rtol=1e-6, atol=1e-8).pieces]
    ends = np.unique(np.concatenate([*steps, t]))
    ends = ends[np.append(True, np.diff(ends) > 1e-12 * t[-1])]
    half = 0.5 * np.diff(ends)[:, None]
    at = (ends[:-1, None] + half * (1 + PLACES)).ravel()
    grid = np.union1d(at, t)
    trace = simulate(law, grid, np.interp(grid, t, v), state=begin(law))
    power = (trace.v * trace.i)[np.isin(grid, at)]
    heat = (half * WEIGHTS).ravel() @ power
    assert trace.energy[-1] == pytest.approx(heat, rel=1e-6)
    few = simulate(law, t, v, state=begin(law))
    assert few.energy[-1] == pytest.approx(heat, rel=2e-6)
