"""Defects that other estimators of such chips have, or had; each is a fact that holds here.

They were found in NeuroSim V1.4 and V1.5, MNSIM 2.0 and CiMLoop by reading and running them.
"""

import numpy as np
import pytest

import xbarsim as xs
from xbarsim.energy import CATALOGUE, estimate
from xbarsim.technology import node

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

SHAPE = (1, 3, 13, 11)


def model():
    torch.manual_seed(0)
    convolutions = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, stride=2, bias=False),
        nn.ReLU(),
        nn.Conv2d(8, 4, 3, bias=False),
        nn.ReLU(),
    )
    return nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(4 * 5 * 4, 10, bias=False)).eval()


def hardware(bits=8):
    return xs.Hardware(
        device=xs.load_device("joshi_2020"), rows=32, cols=32, dac=xs.Dac(bits=8),
        adc=xs.Adc(bits=bits), node=node(45e-9),
    )  # fmt: skip


@pytest.fixture(scope="module")
def network():
    placement = xs.map_network(model(), hardware(), example=torch.zeros(SHAPE))
    built = xs.Network(placement, 0)
    built.program()
    return built


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).uniform(0, 1, SHAPE).astype(np.float32)


@pytest.fixture(scope="module")
def chip(network, x):
    network.calibrate(x)
    return estimate(network, x).chip()


def test_operations_and_hardware_count_the_same_positions_of_a_convolution(chip):
    """NeuroSim: hardware without padding, operations without stride, 1.38 and 1.91 times more."""
    out = [tuple(model()[: 2 * k + 1](torch.zeros(SHAPE)).shape[2:]) for k in (0, 1)]
    assert out == [(7, 6), (5, 4)]
    reads = chip.stages["reads"].tolist()
    assert reads == [7 * 6, 5 * 4, 1]
    assert chip.summary["macs"] == 7 * 6 * 27 * 8 + 5 * 4 * 72 * 4 + 80 * 10
    assert chip.stages["operations"].sum() == 2 * chip.summary["macs"]


def test_operations_are_those_of_a_public_counter(chip):
    fvcore = pytest.importorskip("fvcore.nn")
    count = fvcore.FlopCountAnalysis(model(), torch.zeros(SHAPE)).unsupported_ops_warnings(False)
    by_kind = count.by_operator()
    assert by_kind["conv"] + by_kind["linear"] == chip.summary["macs"]


def test_efficiency_is_that_of_the_energies_which_are_printed(chip):
    """NeuroSim's TOPS/W hold a factor of 1.22 that its energies do not."""
    s = chip.summary
    printed = chip.ledger["energy"].sum() + s["energy_leakage"]
    assert s["tops_per_watt"] == pytest.approx(2e-12 * s["macs"] / printed, rel=1e-12)


def test_areas_of_components_add_up_to_the_chip(chip):
    """In NeuroSim's default run they explain 28 % of it."""
    parts = chip.by("component")["area"].sum()
    assert chip.summary["area"] == pytest.approx(chip.machine.routing * parts, rel=1e-12)


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k in ("adc", "dac") for n in CATALOGUE[k]])
def test_no_entry_of_a_converter_is_out_of_line_with_its_neighbours(kind, name):
    """MNSIM's 8-bit DAC takes a thousand times what its neighbours do."""
    one = CATALOGUE[kind][name]
    at = node(min(max(one.valid.get("node", (45e-9, 45e-9))[0], 45e-9), 130e-9))
    at = node(28e-9) if name == "zigzag" else at
    low, high = one.valid.get("bits", (8, 8))
    sizes = {"rate": 1e8, "rows": 64.0, "time": 1e-8}
    energies = [one.cost(at, bits=float(b), **sizes).energy for b in range(int(low), int(high) + 1)]
    steps = [b / a for a, b in zip(energies, energies[1:], strict=False) if a > 0]
    assert all(0.99 <= step <= 4.1 for step in steps)  # four times a bit is thermal noise


def test_an_operation_is_half_a_product(chip):
    """CiMLoop's table of NeuRRAM says fJ/MAC and is fJ/operation."""
    s = chip.summary
    assert 2 / (1e12 * s["tops_per_watt"]) == pytest.approx(s["joule_per_mac"], rel=1e-12)


def test_accuracy_and_energy_are_of_the_same_cells(network, x):
    """NeuroSim compiles levels and resistances for the energy apart from those of the accuracy."""
    network.age(network.placement.hardware.device.ages[0])
    before = network(x), estimate(network, x).totals()["cells"]
    network.age(1e7)
    after = network(x), estimate(network, x).totals()["cells"]
    network.age(network.placement.hardware.device.ages[0])
    assert np.abs(after[0]).mean() < 0.9 * np.abs(before[0]).mean()  # drift without compensation
    assert after[1] < 0.9 * before[1]


def test_converters_of_the_report_are_those_of_the_read(x):
    """Bits are said once: what rounds outputs is what is charged."""
    energies = []
    for bits in (4, 8):
        placed = xs.map_network(model(), hardware(bits), example=torch.zeros(SHAPE))
        built = xs.Network(placed, 0)
        built.program()
        built.calibrate(x)
        rows = estimate(built, x).chip().ledger
        energies.append(rows[rows["component"] == "adc"]["energy"].sum())
        steps = np.unique(built.all_tiles[-1].partition.arrays)
        assert len(steps) == 1
    assert energies[0] < energies[1]
