"""The closed form of a state that approaches a soft end, against integration, however far."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from device_models._lines import approached
from xbarsim.device import load_device
from xbarsim.transient import simulate


def by_integration(u, drive, knee, steep):
    """Distance after a drive: above the knee it falls evenly, below by its logarithm."""
    even = min(max(u - knee, 0.0), drive)
    u, drive = u - even, drive - even
    if drive <= 0 or u <= 0:
        return u
    found = solve_ivp(
        lambda _, log: -np.exp(steep * (np.exp(log) - knee)) / knee,
        (0.0, drive), [np.log(u)], method="LSODA", rtol=1e-9, atol=1e-11,
    )  # fmt: skip
    return float(np.exp(found.y[0, -1]))


@pytest.mark.parametrize("steep", [0.0, 1.0, 5.0, 10.0, 20.0, 100.0, 800.0])
@pytest.mark.parametrize("knee", [1e-3, 0.7, 1.0])
def test_a_soft_end_is_approached_as_integration_does(knee, steep):
    u = np.array([0.0, 1e-3 * knee, 0.3 * knee, knee, 1.0])
    for drive in (1e-9, 1e-2, 1.0, 1e2, 1e4, 1e8):
        found = approached(u, np.full(1, drive), knee, steep)
        expected = [by_integration(float(one), drive, knee, steep) for one in u]
        np.testing.assert_allclose(found, expected, atol=1e-7)


def test_a_steep_window_does_not_let_a_strong_pulse_through():
    # with Newton's method from the other side the state jumped to 1
    law = load_device("yakopcic_2013_oblea_sine", x_p=0.0, alpha_p=20.0, x_start=0.0, a_p=1e4)
    end = simulate(law, [0.0, 1.0], [1.0, 1.0]).state[-1, 0]
    expected = 1.0 - by_integration(1.0, 1e4 * (np.exp(1.0) - np.exp(law.v_p)), 1.0, 20.0)
    assert 0.4 < end < 0.7
    assert end == pytest.approx(expected, abs=1e-6)
