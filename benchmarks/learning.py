"""Times learning on crossbars beside plain PyTorch and aihwkit, and checks goals.

    python benchmarks/learning.py [--quick] [--out DIR]

The network is 784-256-128-10 with ReLU between, in single precision. On crossbars a weight is a
pair of analogue RRAM cells, inputs and outputs go through 8-bit converters, every pass has fresh
errors of the weights (in training) or a programmed chip's (in evaluation), and fresh read noise.
aihwkit's torch tiles do the same as far as they know it: rounding of inputs and outputs, noise of
one size on outputs for that of cells, noise of weights in training. All run in one process in
interleaved rounds of which the fastest counts, on the threads that the libraries take by
themselves. The first calls, which compile, are not counted.
"""

import copy
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from figures import Figure, command
from mapping import plain
from timing import interleaved
from torch import nn

import xbarsim as xs
from xbarsim import nn as xnn
from xbarsim.crossbar import Wires

FORWARD, STEP = 256, 64  # inputs
WIDE, TILE = (784, 512), (128, 128)

LIKE = ", noise as aihwkit's"  # of outputs, of one size, in place of that of cells

Run = Callable[[], object]


def hardware(rows: int, cols: int, wires: Wires | None = None, noise: float = 0.02) -> xs.Hardware:
    """Analogue RRAM with converters; without noise of cells each conversion has some instead."""
    return xs.Hardware(
        device=xs.load_device("wan_2022", read_noise=noise),
        wires=wires,
        rows=rows,
        cols=cols,
        dac=xs.Dac(bits=8),
        adc=xs.Adc(bits=8, noise=0.0 if noise else 0.6),
    )


def aihwkit(
    net: nn.Module, training: bool, tile: tuple[int, int] | None, fixed: bool = True
) -> nn.Module:
    """The network on aihwkit's torch tiles, with the effects that both know.

    Converters have ranges that stay, as ours; or (not `fixed`) those that aihwkit comes with, which
    follow each input and are widened until no output is cut off.
    """
    from aihwkit.nn.conversion import convert_to_analog
    from aihwkit.simulator.configs import (
        BoundManagementType,
        NoiseManagementType,
        TorchInferenceRPUConfig,
        WeightModifierType,
    )

    config = TorchInferenceRPUConfig()
    config.forward.inp_res = config.forward.out_res = 1 / 254
    config.forward.out_noise = 0.06
    if fixed:
        config.forward.noise_management = NoiseManagementType.NONE
        config.forward.bound_management = BoundManagementType.NONE
    config.mapping.max_input_size = tile[0] if tile else 0
    config.mapping.max_output_size = tile[1] // 2 if tile else 0
    if training:
        config.modifier.type = WeightModifierType.ADD_NORMAL
        config.modifier.std_dev = 0.06
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return convert_to_analog(net, config)


def forward(net: nn.Module, x: torch.Tensor) -> Run:
    """A pass without gradients in evaluation."""
    net.eval()

    @torch.inference_mode()
    def run() -> object:
        return net(x)

    return run


def step(net: nn.Module, x: torch.Tensor, y: torch.Tensor) -> Run:
    """A step of training: a pass, gradients, and Adam's update."""
    net.train()
    adam = torch.optim.Adam(net.parameters(), lr=1e-4)

    def run() -> object:
        adam.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        adam.step()
        return loss

    return run


def passes() -> tuple[dict[str, Run], dict[str, Run]]:
    """Passes in evaluation, and steps of training, by name."""
    net, x = plain()
    few, y = x[:STEP], torch.arange(STEP) % 10
    convert: Any = xnn.convert
    ours = {
        f"{name}{suffix}": partial(convert, net, hardware(*size, noise=noise))
        for name, size in (("one array a layer", WIDE), ("128 x 128 arrays", TILE))
        for suffix, noise in (("", 0.02), (LIKE, 0.0))
    }
    forwards = {"plain": forward(copy.deepcopy(net), x)}
    forwards |= {name: forward(make(), x) for name, make in ours.items()}
    steps = {"plain": step(copy.deepcopy(net), few, y)}
    steps |= {name: step(make(), few, y) for name, make in ours.items()}
    if find_spec("aihwkit"):
        for name, tile in (("one array a layer", None), ("128 x 128 arrays", TILE)):
            for ranges, fixed in (("", True), (" with its own ranges", False)):
                key = f"{name}, aihwkit{ranges}"
                forwards[key] = forward(aihwkit(net, False, tile, fixed), x)
                steps[key] = step(aihwkit(net, True, tile, fixed), few, y)
    return forwards, steps


def through_wires(rounds: int) -> float:
    """A step of training through the exact circuit of 128 x 128 arrays, s."""
    net, x = plain()
    built = hardware(*TILE, Wires(r_word=1.0, r_bit=1.0))
    module = xnn.convert(net, built, xnn.HardwareAware(cells="circuit"))
    run = step(module, x[:STEP], torch.arange(STEP) % 10)
    run()
    best = np.inf
    for _ in range(rounds):
        begun = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - begun)
    return float(best)


def compared(runs: dict[str, Run], rounds: int, what: str, most: float) -> list[Figure]:
    """Times over the plain one; against aihwkit's where it is there."""
    for run in runs.values():
        for _ in range(20):
            run()
    lasted = interleaved(runs, rounds)
    base = lasted.pop("plain")
    found = [Figure(f"{what}, plain layers of torch", base * 1e6, "us")]
    for name, seconds in lasted.items():
        goal = np.nan if ", aihwkit" in name else most
        found.append(Figure(f"{what}, {name}", seconds / base, "times that", "<=", goal))
    for name, theirs in lasted.items():
        if ", aihwkit" in name:
            ratio = theirs / lasted[name.split(", aihwkit")[0] + LIKE]
            goal = 2.0 if what == "pass" else np.nan
            found.append(Figure(f"{what}, {name}: its time over ours", ratio, "", ">=", goal))
    return found


def measured(quick: bool) -> list[Figure]:
    """Everything."""
    rounds, (forwards, steps) = 100 if quick else 1000, passes()
    found = compared(forwards, rounds, "pass", 3.0)
    found += compared(steps, rounds, "step", 3.0)
    wired = through_wires(5 if quick else 20)
    return [*found, Figure("step through exact wires of 128 x 128 arrays", wired, "s", "<=", 1.0)]


if __name__ == "__main__":
    command("learning", __doc__, "fewer rounds", (measured,))
