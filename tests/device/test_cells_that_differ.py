"""Cells whose parameters differ are integrated as each alone."""

import numpy as np

from xbarsim.device import load_device, with_parameters
from xbarsim.transient import simulate


def test_thresholds_may_differ_from_cell_to_cell():
    law = load_device("kvatinsky_2015_generic")
    v_off = np.linspace(0.02, 0.9, 6)
    t = np.linspace(0.0, 20e-6, 9)
    v = np.sin(2 * np.pi * t / 20e-6)
    together = simulate(with_parameters(law, {"v_off": v_off}), t, v).state[-1, 0]
    alone = [simulate(with_parameters(law, {"v_off": x}), t, v).state[-1, 0] for x in v_off]
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-12)
