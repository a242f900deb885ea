"""Times a liquid of 1000 LIF neurons beside snnTorch and Norse, and checks goals.

    python benchmarks/liquid.py [--quick] [--out DIR]

700 inputs of which 8 % spike in a step, 1000 neurons, every one connected with every other and with
every input. All have the same weights and inputs, in single precision, and the same equation as the
peer: `snntorch.RLeaky` with a reset to zero at once, and `norse.torch.LIFRecurrentCell`, both under
``torch.inference_mode``; how often spikes agree is printed. Thresholds are chosen so that neurons
spike in 8 % (18 %) of the steps. All run in one process in interleaved rounds of which the fastest
counts, on as many threads as the libraries take by themselves, after a pause in which those of the
run before come to rest. The peers' products with the inputs
of all steps are taken at once, before the steps, where their interface allows it (snnTorch).
"""

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from figures import Figure, command
from timing import PAUSE, interleaved

import xbarsim as xs
from xbarsim.reservoirs.liquid_core import Liquid
from xbarsim.reservoirs.neuron_models import LIF, DecayLIF, Spiking
from xbarsim.reservoirs.wiring import Connections, GaussianWiring
from xbarsim.streams import Streams

NEURONS, CHANNELS, INPUT_RATE = 1000, 700, 0.08
WIRING = GaussianWiring(inputs=0.1, recurrent=0.02)
TAU, TAU_SYNAPSE, DT = 10e-3, 5e-3, 1e-3  # those of Norse

Run = Callable[[], Any]
Series = list[Any]


def neuron(peer: str, threshold: float) -> Spiking:
    """Ours, with the equation of the peer: Norse decays by 1 - dt / tau."""
    if peer == "snnTorch":
        return DecayLIF(decay=0.9, threshold=threshold)
    tau, tau_synapse = (-DT / np.log(1 - DT / t) for t in (TAU, TAU_SYNAPSE))
    return LIF(tau=tau, tau_synapse=tau_synapse, threshold=threshold)


def liquid(peer: str, threshold: float, hardware: xs.Hardware | None = None) -> Liquid:
    """Ours, programmed."""
    made = Liquid(
        inputs=CHANNELS, neurons=NEURONS, wiring=WIRING, neuron=neuron(peer, threshold), dt=DT,
        hardware=hardware, streams=Streams(0), dtype=np.float32,
    )  # fmt: skip
    made.program()
    return made


def threshold(peer: str, series: Series, rate: float) -> float:
    """That with which neurons spike at `rate`, by bisection."""
    low, high = 1e-3, 30.0
    for _ in range(14):
        middle = (low * high) ** 0.5
        made = liquid(peer, middle)
        made.run(series)
        assert made.activity is not None
        low, high = (middle, high) if made.activity.rate > rate else (low, middle)
    return (low * high) ** 0.5


def in_snntorch(drawn: Connections, series: Series, threshold: float) -> Run:
    """Spikes (time, n, neurons) by snnTorch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import snntorch

    cell = snntorch.RLeaky(
        beta=0.9, linear_features=NEURONS, threshold=threshold, reset_mechanism="zero",
        reset_delay=False,
    )  # fmt: skip
    inner = torch.nn.Linear(CHANNELS, NEURONS, bias=False)
    inner.weight.data = torch.tensor(drawn.inputs, dtype=torch.float32)
    cell.recurrent.weight.data = torch.tensor(drawn.recurrent, dtype=torch.float32)
    cell.recurrent.bias = None
    x = torch.tensor(np.stack(series, axis=1))
    start = torch.zeros(len(series), NEURONS)

    @torch.inference_mode()
    def run() -> torch.Tensor:
        spikes, v, out = start, start, []
        for given in inner(x):
            spikes, v = cell(given, spikes, v)
            out.append(spikes)
        return torch.stack(out)

    return run


def in_norse(drawn: Connections, series: Series, threshold: float) -> Run:
    """Spikes (time, n, neurons) by Norse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import norse.torch as norse

    cell = norse.LIFRecurrentCell(
        CHANNELS, NEURONS, norse.LIFParameters(v_th=torch.tensor(threshold)), autapses=True, dt=DT
    )
    cell.input_weights.data = torch.tensor(drawn.inputs, dtype=torch.float32)
    cell.recurrent_weights.data = torch.tensor(drawn.recurrent, dtype=torch.float32)
    x = torch.tensor(np.stack(series, axis=1))

    @torch.inference_mode()
    def run() -> torch.Tensor:
        state, out = None, []
        for given in x:
            spikes, state = cell(given, state)
            out.append(spikes)
        return torch.stack(out)

    return run


PEERS = {"snnTorch": in_snntorch, "Norse": in_norse}


def compared(n: int, steps: int, rate: float, goal: float, rounds: int) -> list[Figure]:
    """Times a step of `n` series, ours and the peers' over ours."""
    rng, found = np.random.default_rng(1), []
    series = list((rng.random((n, steps, CHANNELS)) < INPUT_RATE).astype(np.float32))
    name = f"{n} series, {100 * rate:.0f} % spikes"
    for peer, make in PEERS.items():
        if not find_spec("snntorch" if peer == "snnTorch" else "norse"):
            continue
        at = threshold(peer, series[:4], rate)
        made = liquid(peer, at)
        theirs = make(made.connections, series, at)
        ours = np.stack(made.run(series)[0], axis=1)
        assert made.activity is not None
        agree = float((ours[:20] == theirs().numpy()[:20]).mean())
        runs = {"ours": lambda made=made: made.run(series), peer: theirs}
        lasted = interleaved(runs, rounds, PAUSE)
        found += [
            Figure(f"{name}: spikes a step as with {peer}", made.activity.rate, ""),
            Figure(
                f"{name}: spikes of the first 20 steps equal to {peer}'s", agree, "", ">=", 0.999
            ),
            Figure(f"{name}: a step, as with {peer}", lasted["ours"] / steps * 1e6, "us"),
            Figure(
                f"{name}: {peer}'s time over ours", lasted[peer] / lasted["ours"], "", ">=", goal
            ),
        ]
    return found


def on_arrays(n: int, steps: int, rounds: int) -> list[Figure]:
    """The same on noisy arrays with converters, over the time in software."""
    rng = np.random.default_rng(1)
    series = list((rng.random((n, steps, CHANNELS)) < INPUT_RATE).astype(np.float32))
    at = threshold("snnTorch", series[:4], 0.08)
    runs: dict[str, Run] = {}
    device = xs.load_device("wan_2022", read_noise=0.01)
    for name, built in (("software", None), ("read noise", {}),
                        ("read noise and 8-bit converters", {"adc": xs.Adc(bits=8)})):  # fmt: skip
        size = {"rows": 1024, "cols": 2048}
        hardware = None if built is None else xs.Hardware(device=device, **size, **built)
        made = liquid("snnTorch", at, hardware)
        made.run(series)
        runs[name] = lambda made=made: made.run(series)
    lasted = interleaved(runs, rounds, PAUSE)
    base = lasted.pop("software")
    return [
        Figure(f"{n} series, 8 % spikes, on arrays with {name}", seconds / base, "times software")
        for name, seconds in lasted.items()
    ]


def measured(quick: bool) -> list[Figure]:
    """Everything."""
    rounds, found = 5 if quick else 30, []
    for n, steps, rate, goal in ((1, 1000, 0.08, 20.0), (64, 50, 0.08, 6.0), (64, 50, 0.18, 3.0)):
        found += compared(n, steps, rate, goal, rounds)
    for n, steps in ((1, 200), (64, 50)):
        found += on_arrays(n, steps, rounds)
    return found


if __name__ == "__main__":
    command("liquid", __doc__, "fewer rounds", (measured,))
