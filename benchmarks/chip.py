"""Times the whole report of a network of the size of VGG-8, and says what it costs; checks goals.

    python benchmarks/chip.py [--quick] [--out DIR]

PyTorch must be installed. Weights are random, as the time does not depend on them; so energies are
no statement about a trained network. 128 x 128 arrays of analogue RRAM (`wan_2022`) at 22 nm with
1 ohm a segment, 8-bit converters shared by 8 columns; every array is solved exactly. With --out the
ledger, the stages and the summary stand beside.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from figures import Figure, command
from torch import nn

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.energy import Machine, estimate
from xbarsim.technology import node

WIDTHS, HIDDEN = (128, 256, 512), 1024
#: seconds that a common C++ estimator took for one image of this network, on two cores
OTHERS = {"synaptic RRAM": 418.0, "SRAM": 257.0}


def vgg(widths: tuple[int, ...], hidden: int) -> nn.Sequential:
    """Pairs of convolutions, then two dense layers; for images of 32 x 32."""
    layers: list[nn.Module] = []
    before = 3
    for width in widths:
        for channels in (before, width):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
        layers.append(nn.MaxPool2d(2))
        before = width
    side = 32 >> len(widths)
    dense = [nn.Linear(before * side**2, hidden), nn.ReLU(), nn.Linear(hidden, 10)]
    return nn.Sequential(*layers, nn.Flatten(), *dense).eval()


def report(quick: bool) -> list[Figure]:
    """From the model to every table of the report."""
    torch.manual_seed(0)
    model = vgg(tuple(w // 4 for w in WIDTHS), HIDDEN // 4) if quick else vgg(WIDTHS, HIDDEN)
    hardware = xs.Hardware(
        device=xs.load_device("wan_2022"), wires=Wires(r_word=1.0, r_bit=1.0), dac=xs.Dac(bits=8),
        adc=xs.Adc(bits=8, columns_per_adc=8), node=node(22e-9),
    )  # fmt: skip
    x = np.random.default_rng(0).uniform(0, 1, (1, 3, 32, 32)).astype(np.float32)
    begun = time.perf_counter()
    placement = xs.map_network(model, hardware, example=torch.zeros(1, 3, 32, 32))
    network = xs.Network(placement)
    network.program()
    network.calibrate(x)
    chip = estimate(network, x).chip(Machine())
    chip.uncertainty()
    with TemporaryDirectory() as folder:
        chip.save(Path(folder))
    lasted = time.perf_counter() - begun
    found = [Figure("the whole report", lasted, "s", "<=", np.nan if quick else 60.0)]
    if not quick:
        found += [Figure(f"{name}, over ours", s / lasted, "x") for name, s in OTHERS.items()]
    s = chip.summary
    return [
        *found,
        Figure("arrays", placement.arrays, ""),
        Figure("MACs", s["macs"], ""),
        Figure("energy of an inference", 1e6 * s["energy"], "uJ"),
        Figure("energy a MAC", 1e15 * s["joule_per_mac"], "fJ"),
        Figure("latency", 1e6 * s["latency"], "us"),
        Figure("inferences a second", s["throughput"], ""),
        Figure("area", 1e6 * s["area"], "mm2"),
        Figure("TOPS/W", s["tops_per_watt"], ""),
        Figure("imbalance of the arrays", chip.reads.totals()["imbalance"], "", "<=", 1e-9),
    ]


if __name__ == "__main__":
    command("chip", __doc__, "a quarter of the width", (report,))
