"""Errors of echo-state networks against read noise, bits and age, and an independent computation.

`plain_reservoir` computes arrays, noise, converters and readout anew: the same networks, on chips
and with noise of their own.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from figures import Figure
from plain_reservoir import Chip, Exact, Network, PhaseChange, Readout
from reservoir_tasks import (
    HARDWARE,
    RUNS,
    UNITS,
    capacity,
    fitted,
    measured,
    score,
    seeds,
    spread,
    task_of,
    valid,
)

import xbarsim as xs
from xbarsim.reservoirs.echo_state import EchoState

NOISY: dict[str, dict[str, Any]] = {  # of curves: scales that stand the noise
    "NARMA-10": {
        "units": 100, "spectral_radius": 0.8, "input_scaling": 0.8, "direct": True,
    },
    "Santa Fe": {
        "units": 100, "spectral_radius": 0.7, "input_scaling": 0.7, "bias_scaling": 0.5,
        "direct": True,
    },
    "Lorenz": {
        "units": 100, "spectral_radius": 0.5, "input_scaling": 0.5, "direct": True, "squares": True,
    },
    "memory": {"units": 100, "input_scaling": 1.0},
}  # fmt: skip
POINTS = ((0.0, 8), (0.01, 8), (0.03, 8), (0.1, 8), (0.01, 6), (0.01, 10), (0.01, 12))
AGES = {"20 s": 20.0, "1 hour": 3600.0, "1 day": 86400.0, "1 year": 3.1536e7}


class Plain:
    """A fitted network's weights, on arrays and with a readout of `plain_reservoir`."""

    def __init__(
        self, name: str, seed: int, network: EchoState, cells: Any, hardware: xs.Hardware
    ) -> None:
        core, task = network.core_, task_of(name, seed)
        neurons = core.neurons
        weights = neurons.recurrent.toarray(), neurons.inputs
        plain = Network(*weights, neurons.bias, neurons.leak, core.full)
        self.name, self.task, self.squares = name, task, network.squares
        u = task if name == "memory" else task.u_train
        rng = np.random.default_rng([seed, 1])
        bits = (hardware.dac.bits, hardware.adc.bits)
        kept = hardware.compensation == "global"
        self.chip = Chip(plain, cells, hardware.wires.r_word, bits, u, rng, compensated=kept)
        if name != "memory":
            seen = self.seen(self.chip.states(u), u)[task.washout :]
            self.readout = Readout(seen, task.y_train[task.washout :])

    def seen(self, x: np.ndarray, u: np.ndarray) -> np.ndarray:
        """What the readout sees of steps."""
        both = np.concatenate([x, u], axis=1)
        return np.concatenate([both, both**2], axis=1) if self.squares else both

    def score(self) -> float:
        """The figure in the test."""
        task = self.task
        if self.name == "memory":
            return capacity(self.chip.states(task), task)
        if self.name == "Lorenz":
            return float(np.mean([valid(task, self, k) for k in range(RUNS)]))
        u = task.u[: task.train + task.test]
        said = self.readout(self.seen(self.chip.states(u), u))
        return measured(self.name, task.y_test, said[task.train :])

    def reset(self) -> None:
        """Let a series begin."""
        self.x = np.zeros(len(self.chip.network.bias))

    def step(self, u: np.ndarray) -> np.ndarray:
        """Outputs after one more step."""
        self.x = self.chip.step(self.x, u)
        return self.readout(self.seen(self.x[None], u[None]))[0]


def compared(what: str, unit: str, ours: list[float], plain: list[float]) -> list[Figure]:
    """A point of a curve, and how far the independent computation is from it."""
    off = np.array(ours) - plain
    error = max(off.std(ddof=1) / np.sqrt(len(off)), 1e-12)
    middle = np.median(plain)
    return [
        spread(f"{what}; independently {middle:.3g}", ours, unit),
        Figure("... mean difference over its standard error", abs(off.mean()) / error, "", "<=", 4),
    ]


def curves(quick: bool) -> list[Figure]:
    """Errors against read noise and bits of the ADC."""
    found = []
    for name, settings in NOISY.items():
        ours: dict[Any, list[float]] = {point: [] for point in POINTS}
        plain: dict[Any, list[float]] = {point: [] for point in POINTS}
        for s in seeds(quick):
            for noise, bits in POINTS:
                device = xs.load_device("ideal", read_noise=noise)
                hardware = replace(HARDWARE, device=device, adc=xs.Adc(bits=bits))
                network = fitted(name, s, hardware, **settings)
                ours[noise, bits].append(score(name, s, network))
                other = Plain(name, s, network, Exact(noise), hardware)
                plain[noise, bits].append(other.score())
        for noise, bits in POINTS:
            what = f"{name}, read noise {noise:.1%}, {bits} bits"
            found += compared(what, UNITS[name], ours[noise, bits], plain[noise, bits])
    return found


def ageing(quick: bool) -> list[Figure]:
    """Errors against age of phase-change cells, global compensation, readouts of the beginning."""
    hardware = replace(HARDWARE, device=xs.load_device("joshi_2020"), compensation="global")
    found = []
    for name, settings in NOISY.items():
        ours: dict[str, list[float]] = {age: [] for age in AGES}
        plain: dict[str, list[float]] = {age: [] for age in AGES}
        for s in seeds(quick):
            network = fitted(name, s, hardware, **settings)
            other = Plain(name, s, network, PhaseChange(), hardware)
            for age, t in AGES.items():
                network.age = t
                other.chip.age(t)
                ours[age].append(score(name, s, network))
                plain[age].append(other.score())
        for age in AGES:
            found += compared(f"{name}, phase change, {age}", UNITS[name], ours[age], plain[age])
    return found
