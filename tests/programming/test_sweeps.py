"""Sweeps against closed forms, the published loops and the integrator."""

import numpy as np
import pytest

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.programming import iv_sweep, iv_sweeps
from xbarsim.transient import simulate

HERTZ = [1.0, 3.0, 6.0, 10.0]


def test_lobes_of_linear_drift_are_those_of_its_closed_form():
    """Independent solution at 1e-9: areas of each half of a sine of 1 V."""
    law = load_device("strukov_2008")
    found = iv_sweeps(law, -1.0, 1.0, [1 / f for f in HERTZ], shape="sine", points=600)
    expected = [8.9276e-6, 2.1403e-6, 1.00065e-6, 5.8520e-7]
    np.testing.assert_allclose([s.lobes[0] for s in found], expected, rtol=1e-4)
    np.testing.assert_allclose([s.lobes[1] for s in found], np.negative(expected), rtol=1e-4)


@pytest.mark.parametrize("name", ["cuppers_2019", "du_2017"])
def test_periods_taken_together_are_those_taken_alone(name):
    """The one law has a compiled rate, the other goes through one integration in its own units."""
    law = load_device(name)
    together = iv_sweeps(law, -1.0, 1.2, [1.0, 1e-3], points=24, tolerance=1e-6)
    for sweep in together:
        t = sweep.period * np.arange(49) / 24
        v = np.append(sweep.v, sweep.v[1:])
        trace = simulate(law, t, v, tolerance=1e-6)
        size = np.ptp(trace.state)
        np.testing.assert_allclose(sweep.state, trace.state[24:], atol=1e-3 * size)
        np.testing.assert_allclose(sweep.t, t[:25], rtol=1e-12)
    assert abs(together[0].g / together[1].g - 1).max() > 0.05


def test_a_faster_sweep_sets_at_a_higher_voltage():
    """JART at 1 V/s: -0.591 V where N passes 1e26 m^-3; 58 to 76 mV a decade."""
    sweeps = iv_sweeps(load_device("cuppers_2019"), -1.5, 1.5, [6.0, 0.6], v_read=0.2, points=800)
    slow, fast = (s.v_set for s in sweeps)
    assert slow == pytest.approx(-0.591, abs=0.003)
    assert 0.055 < slow - fast < 0.08
    assert sweeps[0].v_reset == pytest.approx(0.92, abs=0.02)


def test_a_cell_that_does_not_switch_has_no_switching_voltage():
    found = iv_sweep(load_device("kvatinsky_2015_pt_hf_ti"), -0.3, 0.3, 1.0)
    assert found.v_set is None and found.v_reset is None
    assert found.lobes == pytest.approx((0.0, 0.0), abs=1e-18)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"v_low": 0.1}, "v_low is 100 mV and v_high 1 V; a sweep goes around 0 V"),
        ({"periods": [1.0, 0.0]}, r"periods are \[1 s, 0 s\]"),
        ({"periods": []}, "one or more"),
        ({"points": 9}, "points a multiple of 4"),
        ({"shape": "saw"}, "'triangle' or 'sine'"),
        ({"v_read": 0.0}, "v_read is 0 V"),
    ],
)
def test_what_is_no_sweep_is_refused(changed, said):
    settings = {"v_low": -1.0, "v_high": 1.0, "periods": [1.0]} | changed
    with pytest.raises(SpecError, match=said):
        iv_sweeps(load_device("strukov_2008"), **settings)


def test_cells_that_differ_are_refused(streams):
    varied = load_device("bengel_2020_var").spread(streams.normal((4, 3)))
    with pytest.raises(SpecError, match="disc_length, n_max, n_min, radius of JartVcm differ"):
        iv_sweep(varied, -1.0, 1.0, 1.0)
