"""Tasks of echo-state networks, their settings, and figures with spreads.

Every figure is the median over seeds, 0 to 9, with quartiles beside it; a seed is that of
reservoir, chip, noise and, where it is made, series. Errors are those of the test: NMSE over the
variance of the test's targets, NRMSE its root. Lorenz: the mean of five free runs that begin 100
steps apart in the test, each after 100 steps of truth.

Noisy arrays: 128 x 128 cells with read noise of 1 % of each cell's conductance, wires of 1 ohm a
segment, DACs and ADCs of 8 bits, ranged on the training series.
"""

import functools
from typing import Any

import numpy as np
from figures import Figure

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.reservoirs.echo_state import EchoState
from xbarsim.tasks import series as made
from xbarsim.tasks.measures import memory_capacity

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
