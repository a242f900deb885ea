"""The compiled integrator of laws with one state does what the one of arrays does."""

import numpy as np
import pytest
from numba import njit
from test_bounds import Runaway, SoftEnd

from xbarsim.transient import simulate
from xbarsim.transient.compiled import CompiledLaw


@njit
def soft_end(v, s, temperature, p, memory):
    return 5.0 * v * min((1.0 - s) / 0.7, 1.0), v * s


@njit
def runaway(v, s, temperature, p, memory):
    return -1e-3 * v * np.exp(20.0 * (1.0 - s)), v * s


class CompiledSoftEnd(SoftEnd):
    def compiled_rate(self):
        return soft_end, np.zeros((1, 1))


class CompiledRunaway(Runaway):
    def compiled_rate(self):
        return runaway, np.zeros((1, 1))


@pytest.mark.long
@pytest.mark.parametrize(
    ("plain", "compiled"), [(SoftEnd, CompiledSoftEnd), (Runaway, CompiledRunaway)]
)
@pytest.mark.parametrize("dt", [0.4, 49.0, 60.0, 1e4])
@pytest.mark.parametrize("v", [[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [0.5, 1e-17]])
def test_both_integrators_agree(plain, compiled, dt, v):
    """Ends that are never reached, bounds that a state leaves, voltages that change their sign."""
    assert isinstance(compiled(), CompiledLaw) and not isinstance(plain(), CompiledLaw)
    start = np.array([[0.0, 0.11, 0.6, 1.0]])
    volts = np.repeat(np.array(v)[:, None], 4, axis=1)
    ours, theirs = (
        simulate(law(), [0.0, dt], volts, state=start, tolerance=1e-6) for law in (compiled, plain)
    )
    np.testing.assert_allclose(ours.state, theirs.state, atol=2e-4)
    np.testing.assert_allclose(ours.energy, theirs.energy, rtol=1e-3, atol=1e-12)
