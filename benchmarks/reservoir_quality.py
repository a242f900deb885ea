"""Measures how well echo-state networks do, in software and on noisy arrays, and checks goals.

    python benchmarks/reservoir_quality.py [--quick] [--out DIR]

Every figure is the median over seeds, 0 to 9, with quartiles beside it; a seed is that of
reservoir, chip, noise and, where it is made, series. Errors are those of the test: NMSE over the
variance of the test's targets, NRMSE its root. Settings were found with other seeds, on the same
data where it is measured (Santa Fe), by cross-validation of the training series for vowels. Lorenz:
the mean of five free runs that begin 100 steps apart in the test, each after 100 steps of truth.

Noisy arrays: 128 x 128 cells with read noise of 1 % of each cell's conductance, wires of 1 ohm a
segment, DACs and ADCs of 8 bits, ranged on the training series. Curves are held against
`plain_reservoir`, which computes arrays, noise, converters and readout anew: the same networks, on
chips and with noise of their own. XBARSIM_DATA must name a folder with the data sets.
"""

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from figures import Figure, command, in_turn
from plain_reservoir import Chip, Exact, Network, PhaseChange, Readout

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.reservoirs.echo_state import EchoState
from xbarsim.tasks import series as made
from xbarsim.tasks.measures import memory_capacity
from xbarsim.tasks.sequences import load_sequences

HARDWARE = xs.Hardware(
    device=xs.load_device("ideal", read_noise=0.01),
    wires=Wires(r_word=1.0, r_bit=1.0),
    dac=xs.Dac(bits=8),
    adc=xs.Adc(bits=8),
)
SETTINGS: dict[str, dict[str, Any]] = {  # in software
    "NARMA-10": {
        "units": 400, "spectral_radius": 0.95, "input_scaling": 0.2, "bias_scaling": 0.25,
        "leak": 0.9, "direct": True,
    },
    "Santa Fe": {
        "units": 200, "spectral_radius": 0.85, "input_scaling": 0.65, "leak": 0.9, "direct": True,
    },
    "Lorenz": {
        "units": 300, "spectral_radius": 0.5, "input_scaling": 0.5, "direct": True, "squares": True,
    },
    "Henon": {
        "units": 100, "spectral_radius": 0.5, "input_scaling": 0.5, "bias_scaling": 0.5,
        "direct": True,
    },
    "memory": {"units": 100, "input_scaling": 0.1},
    "vowels": {
        "units": 200, "spectral_radius": 0.7, "input_scaling": 0.9, "bias_scaling": 0.3,
        "leak": 0.8, "pooling": 4,
    },
    "digits": {
        "units": 400, "spectral_radius": 0.8, "input_scaling": 0.2, "bias_scaling": 0.2,
        "leak": 0.3, "pooling": 3, "dtype": "float32",
    },
}  # fmt: skip
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
MEMORY_STEPS, MEMORY_WASHOUT, MAX_DELAY = 4000, 200, 200
RUNS, WARM_UP, FREE = 5, 100, 900  # free runs of Lorenz, steps before and at the most
UNITS = {"NARMA-10": "NRMSE", "Santa Fe": "NMSE", "Lorenz": "Lyapunov times",
         "Henon": "NRMSE", "memory": "steps"}  # fmt: skip


def seeds(quick: bool) -> range:
    """Those of a figure."""
    return range(3 if quick else 10)


def spread(what: str, values: Any, unit: str, sign: str = "<=", goal: float = np.nan) -> Figure:
    """The median, with quartiles in words."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    beside = f"quartiles {low:.3g} .. {high:.3g}, {len(values)} seeds"
    return Figure(f"{what} ({beside})", float(middle), unit, sign, goal)


@functools.cache
def task_of(name: str, seed: int) -> Any:
    """A series task; of memory the white inputs, (steps, 1)."""
    rng = np.random.default_rng(seed)
    if name == "Santa Fe":
        return made.santa_fe()
    if name == "memory":
        return rng.uniform(-1, 1, (MEMORY_STEPS, 1))
    makers = {"NARMA-10": made.narma10, "Lorenz": made.lorenz, "Henon": made.henon}
    return makers[name](rng)


def fitted(name: str, seed: int, hardware: xs.Hardware | None = None, **settings: Any) -> EchoState:
    """A network that has learned a task."""
    task = task_of(name, seed)
    network = EchoState(hardware=hardware, random_state=seed, **settings)
    if name == "memory":
        return network.fit(task)
    return task.fit(network.set_params(washout=task.washout))


def score(name: str, seed: int, network: EchoState) -> float:
    """Its figure in the test; of Lorenz the mean over free runs."""
    task = task_of(name, seed)
    if name == "memory":
        return capacity(network.transform(task), task)
    if name == "Lorenz":
        return float(np.mean([valid(task, network, k) for k in range(RUNS)]))
    return measured(name, task.y_test, task.predict(network))


def measured(name: str, truth: np.ndarray, predicted: np.ndarray) -> float:
    """The error of a task."""
    return (made.nmse if UNITS[name] == "NMSE" else made.nrmse)(truth, predicted)


def capacity(states: np.ndarray, u: np.ndarray) -> float:
    """Memory capacity."""
    how = {"max_delay": MAX_DELAY, "washout": MEMORY_WASHOUT}
    return memory_capacity(states, u, **how).total


def valid(task: Any, network: Any, run: int) -> float:
    """How long a free run that begins in the test stays near the truth, in Lyapunov times."""
    begin = task.train + run * WARM_UP
    network.reset()
    said = made.free_run(network, task.u[begin : begin + WARM_UP], FREE)
    truth = task.y[begin + WARM_UP - 1 :][:FREE]
    return made.valid_time(truth, said, dt=task.dt, rms=3**0.5)


def in_software(quick: bool) -> list[Figure]:
    """Series in software."""
    goals = {"NARMA-10": ("<=", 0.14), "Santa Fe": ("<=", 0.005), "Lorenz": (">=", 8.5)}
    found = []
    for name in ("NARMA-10", "Santa Fe", "Lorenz", "Henon", "memory"):
        settings = SETTINGS[name]
        values = [score(name, s, fitted(name, s, **settings)) for s in seeds(quick)]
        what = f"software: {name}, {settings['units']} units"
        found.append(spread(what, values, UNITS[name], *goals.get(name, ())))
    return found


def classes(quick: bool) -> list[Figure]:
    """Vowels and spoken digits, in software and on noisy arrays."""
    sets = {"vowels": load_sequences("japanese_vowels"), "digits": load_sequences("fsdd")}
    sets["digits"] = sets["digits"].standardised()
    found = []
    for name, goal in (("vowels", 98.5), ("digits", 97.0)):
        data, settings = sets[name], SETTINGS[name]
        right: dict[str, list[float]] = {}
        for where, hardware in (("software", None), ("noisy arrays", HARDWARE)):
            for s in seeds(quick):
                network = EchoState(hardware=hardware, random_state=s, **settings)
                network.fit(data.x_train, data.y_train)
                share = network.score(data.x_test, data.y_test)
                right.setdefault(where, []).append(100 * share)
        what = f"{name}, {settings['units']} units"
        lost = np.median(right["software"]) - np.median(right["noisy arrays"])
        found += [
            spread(f"software: {what}", right["software"], "%", ">=", goal),
            spread(f"noisy arrays: {what}", right["noisy arrays"], "%"),
            Figure(f"noisy arrays: {what}: lost to software", float(lost), "points", "<=", 1.5),
        ]
    return found


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


def scales(quick: bool) -> list[Figure]:
    """Scales chosen with the noise on, and without."""
    found = []
    for name in ("NARMA-10", "Santa Fe", "memory"):
        chosen = {where: searched(name, hardware, quick) for where, hardware in
                  (("without", None), ("with", HARDWARE))}  # fmt: skip
        values = {}
        for where, scale, hardware in (
            ("software", chosen["without"], None),
            ("without", chosen["without"], HARDWARE),
            ("with", chosen["with"], HARDWARE),
        ):
            values[where] = [missed(name, s, "test", scale, hardware) for s in seeds(quick)]
        unit = "steps below 100" if name == "memory" else UNITS[name]
        for where, scale in chosen.items():
            told = ", ".join(f"{key} {value:.2g}" for key, value in scale.items())
            what = f"{name}, 100 units, noisy arrays, scales chosen {where} noise: {told}"
            found.append(spread(what, values[where], unit))
        best, off, on = (np.median(values[key]) for key in ("software", "without", "with"))
        found += [
            spread(f"{name}, 100 units, software, scales chosen there", values["software"], unit),
            Figure(f"{name}: excess error with over without", (on - best) / (off - best), "", "<=",
                   np.nan if name == "memory" else 0.5),
        ]  # fmt: skip
    return found


Scales = dict[str, float]


def searched(name: str, hardware: xs.Hardware | None, quick: bool) -> Scales:
    """Scales with which the validation error of two networks is least: drawn, then varied."""
    rng, least = np.random.default_rng(0), np.inf
    first, more = (15, 5) if quick else (60, 40)
    best: Scales = {}
    for k in range(first + more):
        scale = drawn(rng) if k < first else varied(best, rng)
        error = np.mean([missed(name, s, "validation", scale, hardware) for s in (100, 101)])
        if error < least:
            least, best = float(error), scale
    return best


def drawn(rng: np.random.Generator) -> Scales:
    """Scales anywhere."""
    return {
        "input_scaling": float(np.exp(rng.uniform(np.log(0.01), np.log(3)))),
        "spectral_radius": float(rng.uniform(0.3, 1.2)),
        "leak": float(rng.uniform(0.3, 1)),
        "bias_scaling": float(rng.uniform(0, 1)),
    }


def varied(best: Scales, rng: np.random.Generator) -> Scales:
    """Scales near others."""
    z = rng.standard_normal(4)
    return {
        "input_scaling": best["input_scaling"] * float(np.exp(0.4 * z[0])),
        "spectral_radius": float(np.clip(best["spectral_radius"] + 0.1 * z[1], 0.1, 1.3)),
        "leak": float(np.clip(best["leak"] + 0.1 * z[2], 0.1, 1)),
        "bias_scaling": float(np.clip(best["bias_scaling"] + 0.15 * z[3], 0, 1.5)),
    }


def missed(name: str, seed: int, part: str, scale: Scales, hardware: xs.Hardware | None) -> float:
    """Error on a part of the steps behind training: the first fifth validates."""
    settings = {"units": 100, "dtype": "float32", **scale}
    network = fitted(name, seed, hardware, direct=name != "memory", **settings)
    task = task_of(name, seed)
    if name == "memory":  # white inputs of another seed are another part
        return settings["units"] - capacity(network.transform(task), task)
    cut = task.test // 5
    steps = slice(0, cut) if part == "validation" else slice(cut, None)
    return measured(name, task.y_test[steps], task.predict(network)[steps])


PARTS: tuple[Callable[[bool], list[Figure]], ...] = (in_software, classes, scales, curves, ageing)

if __name__ == "__main__":
    command("reservoir_quality", __doc__, "three seeds, a short search", in_turn(*PARTS))
