"""Times and scores training in situ, on digits, and checks its goal.

    python benchmarks/in_situ.py [--quick] [--out DIR]

Every rule trains a 64-32-10 network of tanh by pulses of +0.2 and -0.25 V, 8 us, on Yakopcic's
cells (sixteen parameter sets, 10 % apart; 30 % from pulse to pulse: assumed), learning rate 0.1,
beside SGD of PyTorch, on one thread. Accuracies are means over chips, on the half of the digits
that was not trained.
"""

import time
from typing import Any

import numpy as np
import torch
from figures import Figure, command
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

from xbarsim import load_device
from xbarsim.device import Spread, sampled
from xbarsim.nn.in_situ import InSitu, MixedPrecision, RoundedPulses, StochasticPulses, in_situ
from xbarsim.programming import TransferPulses, programming_transfer

UP, DOWN, WIDTH = 0.2, -0.25, 8e-6  # V, V, s
SHIFTED, SKIP = {"reference": "symmetry", "pairs": 300}, {"skip_below": 0.3}
#: rule, and what `in_situ`, `InSitu` and `train` are told
RULES: dict[str, tuple[Any, dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "software": (None, {}, {}, {}),
    "stochastic": (StochasticPulses(), {}, {}, {}),
    "stochastic, zero-shifted": (StochasticPulses(), SHIFTED, {}, {}),
    "stochastic, zero-shifted, skipping": (StochasticPulses(), SHIFTED, SKIP, {}),
    "rounded": (RoundedPulses(), {}, {}, {}),
    "mixed precision": (MixedPrecision(), {}, {}, {}),
    "mixed precision, zero-shifted": (MixedPrecision(), SHIFTED, {}, {}),
    "mixed precision, skipping": (MixedPrecision(), {}, SKIP, {}),
    "perturbed, zero-shifted": (MixedPrecision(), SHIFTED, {}, {"nudges": 10, "batch": 30}),
}


def device() -> TransferPulses:
    """The cells."""
    law = load_device("yakopcic_2013_oblea_pulsed")
    spreads = {"a_p": Spread(relative=0.1), "a_n": Spread(relative=0.1)}
    normals = np.random.default_rng(0).standard_normal((16, 2))
    library = [
        programming_transfer(sampled(law, spreads, z), [DOWN, UP], WIDTH, 0.05, states=501)
        for z in normals
    ]
    return TransferPulses(library=tuple(library), up=UP, down=DOWN, noise=0.3)


def digits() -> list[torch.Tensor]:
    """Pixels and labels of both halves."""
    data = load_digits()
    pixels = (data.data / 16).astype("float32")
    halves = train_test_split(
        pixels, data.target, test_size=0.5, random_state=0, stratify=data.target
    )
    return [torch.from_numpy(part) for part in halves]


def each(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Loss of each sample."""
    return nn.functional.cross_entropy(scores, labels, reduction="none")


def train(
    model: nn.Module, trainer: InSitu | None, epochs: int, batch: int = 10, nudges: int = 0
) -> tuple[float, float]:
    """Per cent of the digits that were not trained, and the time of an epoch, s."""
    x, x_test, y, y_test = digits()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    order, begun = torch.Generator().manual_seed(0), time.perf_counter()
    for _ in range(epochs):
        for k in torch.randperm(len(x), generator=order).split(batch):
            sgd.zero_grad()
            if nudges and trainer is not None:
                trainer.perturb(x[k], lambda s, k=k: each(s, y[k]), times=nudges)
            else:
                each(model(x[k]), y[k]).mean().backward()
            if trainer is not None:
                trainer.step()
            sgd.step()
    lasted = (time.perf_counter() - begun) / epochs
    with torch.no_grad():
        right = (model(x_test).argmax(dim=1) == y_test).double().mean().item()
    return 100.0 * right, lasted


def chip(
    name: str, cells: TransferPulses, seed: int, epochs: int
) -> tuple[float, float, float, float]:
    """Accuracy (%), time of an epoch (s), pulses a cell in training: mean and most."""
    rule, made, rest, how = RULES[name]
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
    if rule is None:
        return *train(model, None, epochs, **how), 0.0, 0.0
    model = in_situ(model, cells, seed=seed, **made)
    trainer = InSitu(model, rule, lr=0.1, seed=seed, **rest)
    scored = train(model, trainer, epochs, **how)
    done = trainer.ledger()
    mean = float((done["pulses"] * done["cells"]).sum() / done["cells"].sum())
    return *scored, mean, float(done["most"].max())


def rules(quick: bool) -> list[Figure]:
    """Accuracy, writes and time of every rule."""
    chips, epochs, cells, found = (2, 4, device(), []) if quick else (10, 20, device(), [])
    for name in RULES:
        told = np.array([chip(name, cells, seed, epochs) for seed in range(chips)])
        accuracy, epoch, mean, most = told.mean(axis=0)
        found += [
            Figure(f"{name}: accuracy, {epochs} epochs, {chips} chips", accuracy, "%"),
            Figure(f"{name}: standard deviation", float(told[:, 0].std(ddof=1)), "points"),
            Figure(f"{name}: pulses a cell", mean, ""),
            Figure(f"{name}: pulses of the busiest cell", most, ""),
            Figure(f"{name}: epoch of digits", epoch, "s", "<=", 20.0),
        ]
    return found


def pulses(quick: bool) -> list[Figure]:
    """Pulses a second, with noise."""
    shape = (128, 128) if quick else (512, 512)
    rng = np.random.default_rng(1)
    cells = device().cells(rng.standard_normal((1, *shape)))
    x, z = cells.state_of(np.full(shape, 2e-3)), rng.standard_normal(shape)
    counts = rng.integers(-5, 6, shape)
    cells.pulse(x, counts, z)
    lasted = []
    for _ in range(5):
        begun = time.perf_counter()
        cells.pulse(x, counts, z)
        lasted.append(time.perf_counter() - begun)
    return [Figure("pulses with noise", abs(counts).sum() / min(lasted) / 1e6, "million/s")]


if __name__ == "__main__":
    torch.set_num_threads(1)
    command("in_situ", __doc__, "2 chips and 4 epochs", (pulses, rules))
