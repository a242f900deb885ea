"""Tiles on a GPU do what tiles on the host do; skipped where CuPy is not installed."""

import numpy as np
import pytest

from xbarsim import Adc, Dac, Hardware, Tile, load_device
from xbarsim.backend import to_numpy
from xbarsim.crossbar import Wires
from xbarsim.effects import CellSpread, Effects, Stuck
from xbarsim.encode import Encoding
from xbarsim.periphery import Integrator

cupy = pytest.importorskip("cupy")
pytestmark = pytest.mark.filterwarnings("default")  # of libraries that are newer than ours

WIRES = Wires(r_word=2.0, r_bit=2.0, r_source=20.0, r_sense=20.0)
AMPLIFIED = Effects(levels=16, spread=CellSpread(factor=0.1), johnson=True, shot=True)
EXACT = {
    "ideal": {},
    "wires": {"wires": WIRES},
    "offset": {"encoding": "offset"},
    "balanced": {"encoding": Encoding(kind="balanced")},
    "slices": {"encoding": Encoding(slices=2, cell_bits=4)},
    "copies": {"encoding": Encoding(copies=2)},
    "columns": {"scaling": "column"},
    "biases": {"bias_rows": 1},
    "converters": {"dac": Dac(bits=8), "adc": Adc(bits=10), "wires": WIRES},
    "bit serial": {"dac": Dac(bits=6, coding="bit_serial"), "adc": Adc(bits=10)},
    "pulse width": {"dac": Dac(bits=6, coding="pulse_width"), "integrator": Integrator()},
    "analogue sums": {
        "dac": Dac(bits=6, coding="bit_serial"), "adc": Adc(bits=10), "phase_sums": "analog",
        "partial_sums": "analog",
    },
    "settling": {"wires": WIRES, "settling": True},
}  # fmt: skip
RANDOM = {
    "noise": {},
    "wires": {"wires": WIRES},
    "exact noise": {"wires": WIRES, "noise": "exact"},
    "drift": {"compensation": "global"},
    "columns": {"compensation": "column"},
    "swapped rows": {"effects": Effects(stuck=Stuck(low=0.02)), "faults": "both"},
    "effects": {"effects": AMPLIFIED},
    "effects through wires": {"effects": AMPLIFIED, "wires": WIRES},
}


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.standard_normal((30, 50)), rng.standard_normal((64, 50))


def outputs(xp, w, x, device, age, settings):
    """Of a tile that lives in one library, in host memory."""
    hardware = Hardware(device=load_device(device), **{"rows": 32, "cols": 32} | settings)
    tile = Tile(xp.asarray(w), hardware, 0)
    tile.program()
    if age:
        tile.age(age)
    tile.calibrate(xp.asarray(x))
    return to_numpy(tile(xp.asarray(x)))


@pytest.mark.parametrize("name", EXACT)
def test_without_chance_outputs_are_equal(name, data):
    on_host, on_gpu = (outputs(xp, *data, "ideal", None, EXACT[name]) for xp in (np, cupy))
    np.testing.assert_allclose(on_gpu, on_host, rtol=1e-9, atol=1e-9 * np.abs(on_host).max())


@pytest.mark.parametrize("name", RANDOM)
def test_with_chance_errors_are_as_large(name, data):
    w, x = data
    exact = x @ w.T
    errors = [
        np.std(outputs(xp, w, x, "joshi_2020", 86400.0, RANDOM[name]) - exact) for xp in (np, cupy)
    ]
    assert 0 < errors[0] < np.std(exact)
    assert errors[1] == pytest.approx(errors[0], rel=0.25)
