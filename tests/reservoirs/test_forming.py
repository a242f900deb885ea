"""Weights that are left to the forming of devices."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from xbarsim import Adc, Encoding, Hardware, SpecError, Tile, load_device
from xbarsim.device import StatisticalDevice
from xbarsim.reservoirs.delays import Delays
from xbarsim.reservoirs.forming import (
    FormedWiring,
    formed_cells,
    formed_hardware,
    formed_weights,
)
from xbarsim.reservoirs.liquid_core import Liquid
from xbarsim.reservoirs.neuron_models import DecayLIF
from xbarsim.streams import Streams

DEVICE = load_device("wang_2023")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_forming_breaks_the_share_and_leaves_the_devices_conductances(share):
    """Both from one normal a cell; conductances are log-normal as measured, whatever the share."""
    cells = formed_cells(DEVICE, share)
    assert isinstance(cells, StatisticalDevice)
    g = cells.program(np.zeros(40_000), Streams(0).normal((40_000,)))
    broken = g > 0
    assert abs(broken.mean() - share) < 5 * np.sqrt(share * (1 - share) / 40_000)
    z = (np.log(g[broken] / DEVICE.g_mean) + DEVICE.g_spread**2 / 2) / DEVICE.g_spread
    assert kstest(z, norm.cdf).pvalue > 1e-3


def test_targets_do_not_matter():
    z, cells = Streams(0).normal((50,)), formed_cells(DEVICE, 0.5)
    assert (cells.program(np.zeros(50), z) == cells.program(np.full(50, 1e-5), z)).all()


def test_a_tile_of_formed_cells_holds_what_software_draws():
    """The same law: shares of zeros, and quantiles of what is not zero."""
    w = formed_weights((300, 300), 0.2, 0.4, DEVICE, Streams(0))
    hardware = formed_hardware(Hardware(device=DEVICE, rows=64, cols=64), 0.4)
    tile = Tile(np.full((300, 300), 0.2), hardware, seed=1)
    tile.program()
    held = tile.held
    expected = 0.6**2
    for found in (w, held):
        assert abs((found == 0).mean() - expected) < 5 * np.sqrt(expected * 0.64 / w.size)
    quantiles = np.linspace(0.05, 0.95, 19)
    a, b = (np.quantile(np.abs(x[x != 0]), quantiles) for x in (w, held))
    np.testing.assert_allclose(a, b, rtol=0.05)


def test_a_liquid_on_formed_cells_programs_no_target():
    """All weights of the tiles are one number; what they hold is random and of both signs."""
    liquid = Liquid(
        inputs=40, neurons=100, wiring=FormedWiring(inputs=0.4, recurrent=0.1), neuron=DecayLIF(),
        hardware=Hardware(device=DEVICE, adc=Adc(bits=8)), streams=Streams(0),
    )  # fmt: skip
    assert len(np.unique(liquid.tiles["recurrent"].cells.g_target)) == 2  # a pair's ends
    liquid.program()
    held = liquid.tiles["recurrent"].held
    assert (held > 0).mean() > 0.25 and (held < 0).mean() > 0.25
    rng = np.random.default_rng(0)
    liquid.run([(rng.random((50, 40)) < 0.2).astype(float)])
    assert 0.01 < liquid.activity.rate < 0.5
    software = Liquid(
        inputs=40, neurons=100, wiring=FormedWiring(inputs=0.4, recurrent=0.1), neuron=DecayLIF(),
        streams=Streams(0),
    )  # fmt: skip
    assert software.connections.recurrent.std() == pytest.approx(held.std(), rel=0.05)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: formed_cells(load_device("ideal"), 0.5), "says nothing of forming"),
        (lambda: formed_cells(DEVICE, 1.0), "share of cells that forming breaks .* is 1"),
        (
            lambda: formed_hardware(Hardware(device=DEVICE, encoding="single"), 0.5),
            "encoding is 'single'",
        ),
        (
            lambda: formed_hardware(
                Hardware(device=DEVICE, encoding=Encoding(slices=2, cell_bits=2)), 0.5
            ),
            "cell_bits None",
        ),
        (lambda: FormedWiring(inputs=-1), "wiring.inputs is -1"),
        (
            lambda: Liquid(
                inputs=3, neurons=9, wiring=FormedWiring(), neuron=DecayLIF(), streams=Streams(0),
                hardware=Hardware(device=DEVICE), delays=Delays(shortest=0, longest=5e-3),
            ),
            "take delays per neuron",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(SpecError, match=message):
        make()
